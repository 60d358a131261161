from django.urls import path

from conversations.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("<uuid:import_id>/", views.one, name="import"),
    path("<uuid:import_id>/progress/", views.progress, name="import_progress"),
    path("<uuid:import_id>/start/", views.start, name="import_start"),
    path("<uuid:import_id>/cancel/", views.cancel, name="import_cancel"),
]
