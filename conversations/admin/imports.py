"""Files that people bring from elsewhere, in the admin: how far each is, and why one failed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.admin.ids import as_id
from conversations.models import Import
from memchat.staff.texts import StaffLooks, words


@admin.register(Import)
class ImportAdmin(StaffLooks):
    # Titles of threads and statements, as long as they are kept.
    text_columns = ("found", "memories")
    named = "import"
    named_all = "imports"
    list_display = (
        "created_at", "user", "state", "error_kind", "source", "size", "added", "grown", "messages", "remembered",
        "ended_at",
    )  # fmt: skip
    list_filter = ("state", "created_at")
    ordering = ("-created_at", "-pk")
    search_help_text = _("A username, or the id of an import")
    fields = (
        "id", "user", "state", "error_kind", "source", "size", "done", "total", "wants_threads", "added", "grown",
        "messages", "remembered", "what_was_found", "statements", "created_at", "ended_at",
    )  # fmt: skip
    readonly_fields = fields

    def by_id(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        pk = as_id(term)
        return None if pk is None else queryset.filter(pk=pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        # A list shows neither, and both may be large.
        found = super().get_queryset(request)
        page = request.resolver_match.url_name if request.resolver_match else ""
        return found.defer(*self.text_columns) if (page or "").endswith("_changelist") else found

    @admin.display(description=_("found"))
    def what_was_found(self, owner: Import) -> str:
        return words(owner, "found")

    @admin.display(description=_("memories"))
    def statements(self, owner: Import) -> str:
        return words(owner, "memories")
