from django.urls import path

from conversations.attachments import views

urlpatterns = [
    path("", views.attachments, name="attachments"),
    path("<uuid:attachment_id>/remove/", views.remove, name="attachment_remove"),
    path("<uuid:attachment_id>/preview/", views.preview, name="attachment_preview"),
    path("<uuid:attachment_id>/<str:name>", views.original, name="attachment"),
]
