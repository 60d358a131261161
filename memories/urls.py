from django.urls import path

from memories import views

app_name = "memories"
urlpatterns = [
    path("", views.memory_list, name="list"),
    path("add/", views.add, name="add"),
    path("forgotten/", views.forgotten_list, name="forgotten"),
    path("forget-all/", views.forget_all, name="forget_all"),
    path("export/", views.export, name="export"),
    path("import/", views.import_file, name="import"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/history/", views.history, name="history"),
    path("<int:pk>/forget/", views.forget, name="forget"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/restore/", views.restore, name="restore"),
    path("<int:pk>/erase/", views.erase, name="erase"),
    path("<int:pk>/pin/", views.pin, name="pin"),
]
