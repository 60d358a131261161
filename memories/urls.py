from django.urls import path

app_name = "memories"
urlpatterns: list = []
