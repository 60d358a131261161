from django.urls import path

from memories.views import bulk, editing, exchange, listing, proposals, settings

app_name = "memories"
urlpatterns = [
    path("", listing.memory_list, name="list"),
    path("add/", editing.add, name="add"),
    path("settings/", settings.memory_settings, name="settings"),
    path("settings/switch/", settings.switch, name="switch"),
    path("access-log/", settings.access_log, name="access_log"),
    # Many at once
    path("forget-selected/", bulk.forget_selected, name="forget_selected"),
    path("undo-selected/", bulk.undo_selected, name="undo_selected"),
    path("forget-all/", bulk.forget_all, name="forget_all"),
    path("forgotten/", listing.forgotten_list, name="forgotten"),
    path("forgotten/undo/", bulk.undo_all, name="undo_all"),
    path("forgotten/erase/", bulk.erase_all, name="erase_all"),
    # Files
    path("export/", exchange.export_json, name="export"),
    path("export/markdown/", exchange.export_markdown, name="export_markdown"),
    path("import/", exchange.import_file, name="import"),
    path("import/chosen/", exchange.import_chosen, name="import_chosen"),
    # What waits for the person's word
    path("proposals/", proposals.proposal_list, name="proposals"),
    path("proposals/<int:pk>/approve/", proposals.approve, name="approve"),
    path("proposals/<int:pk>/reject/", proposals.reject, name="reject"),
    path("proposals/<int:pk>/edit/", proposals.reword, name="reword"),
    # One
    path("<int:pk>/edit/", editing.edit, name="edit"),
    path("<int:pk>/history/", listing.history, name="history"),
    path("<int:pk>/forget/", editing.forget, name="forget"),
    path("<int:pk>/undo/", editing.undo, name="undo"),
    path("<int:pk>/restore/", editing.restore, name="restore"),
    path("<int:pk>/take-back/", editing.take_back, name="take_back"),
    path("<int:pk>/erase/", editing.erase, name="erase"),
    path("<int:pk>/pin/", editing.pin, name="pin"),
]
