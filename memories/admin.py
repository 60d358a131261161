"""Memories in the admin: staff find and read them and can forget them; nobody rewrites what a person said."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from memchat.admin_paginator import CappedPaginator
from memories import writing
from memories.models import Memory


class CurrentFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("current", _("Current")), ("ended", _("Superseded or forgotten"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Memory]) -> QuerySet[Memory]:
        if self.value() == "current":
            return queryset.filter(ended_at=None)
        if self.value() == "ended":
            return queryset.exclude(ended_at=None)
        return queryset


@admin.register(Memory)
class MemoryAdmin(admin.ModelAdmin):
    list_display = (
        "text_start",
        "user",
        "category",
        "origin",
        "pinned",
        "embedder",
        "created_at",
        "ended_at",
        "ending",
    )
    list_display_links = ("text_start",)
    list_filter = (CurrentFilter, "category", "origin", "pinned", "ending")
    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ()
    ordering = ("-created_at", "-pk")
    # The words are looked up by get_search_results; this only shows the field.
    search_fields = ("text",)
    search_help_text = _("Whole words of the memory, or the owner's username after an @")
    paginator = CappedPaginator
    show_full_result_count = False
    actions = ("forget",)
    fieldsets = (
        (None, {"fields": ("text", "user", "namespace", "key", "category", "origin", "pinned")}),
        (_("Dates"), {"fields": ("created_at", "valid_from", "expires_at", "ended_at", "ending")}),
        (_("Where it comes from"), {"fields": ("source_thread", "source_message", "supersedes_id")}),
        (_("How it is found"), {"fields": ("embedder", "dimensions", "word_count")}),
    )

    @admin.display(description=_("memory"))
    def text_start(self, memory: Memory) -> str:
        return str(memory)

    @admin.display(description=_("supersedes"))
    def supersedes_id(self, memory: Memory) -> int | None:
        return memory.supersedes_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Memory]:
        return super().get_queryset(request).defer("embedding", "terms")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Memory], search_term: str
    ) -> tuple[QuerySet[Memory], bool]:
        """All words must occur. The expression is that of the index memory_admin_search, so the index answers."""
        owner = re.search(r"(?:^|\s)@(\S+)", search_term)
        if owner:
            queryset = queryset.filter(user__username=owner[1])
            search_term = search_term.replace(owner[0], " ")
        if search_term.strip():
            queryset = queryset.annotate(words=SearchVector("text", config="simple")).filter(
                words=SearchQuery(search_term.strip(), config="simple")
            )
        return queryset, False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _, options in self.fieldsets for field in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Forgetting keeps the history; removing for good is the owner's."""
        return False

    @admin.action(description=_("Forget selected memories"), permissions=["change"])
    def forget(self, request: HttpRequest, memories: QuerySet[Memory]) -> None:
        count = 0
        for memory in memories:
            if writing.forget(memory):
                count += 1
                self.log_change(request, memory, "Forgotten.")
        self.message_user(
            request, ngettext("%d memory forgotten.", "%d memories forgotten.", count) % count, messages.SUCCESS
        )
