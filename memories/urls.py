from django.http import HttpResponse
from django.urls import path

app_name = "memories"
urlpatterns = [path("<int:pk>/edit/", lambda request, pk: HttpResponse(), name="edit")]
