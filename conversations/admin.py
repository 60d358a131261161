"""Threads, messages and runs for staff: to look at, never to change what anyone wrote."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from conversations.models import MemoryChange, MemoryUse, Message, Run, Thread
from memchat.admin_paginator import CappedPaginator


class LookOnly(admin.ModelAdmin):
    """Staff may read and delete; nobody writes in another's name."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Thread)
class ThreadAdmin(LookOnly):
    list_display = ("title_or_new", "user", "provider", "model_name", "memory_mode", "active_at", "messages_link")
    list_filter = ("memory_mode",)
    list_select_related = ("user",)
    search_fields = ("title", "user__username", "user__email")
    ordering = ("-active_at", "-id")
    fields = ("title", "user", "provider", "model_name", "memory_mode", "created_at", "active_at", "messages_link")
    readonly_fields = fields

    @admin.display(description=_("title"), ordering="title")
    def title_or_new(self, thread: Thread) -> str:
        return str(thread)

    @admin.display(description=_("messages"))
    def messages_link(self, thread: Thread) -> str:
        url = reverse("admin:conversations_message_changelist")
        return format_html('<a href="{}?thread__id__exact={}">{}</a>', url, thread.pk, _("Show"))


class LookOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("memory").defer("memory__embedding", "memory__terms")


class MemoryUseInline(LookOnlyInline):
    model = MemoryUse
    fields = ("rank", "memory", "reasons", "score")
    verbose_name_plural = _("memories in the prompt")


class MemoryChangeInline(LookOnlyInline):
    model = MemoryChange
    fields = ("position", "kind", "memory", "text", "reason")
    verbose_name_plural = _("what it did to memories")


@admin.register(Message)
class MessageAdmin(LookOnly):
    list_display = ("created_at", "user", "role", "state", "beginning", "provider", "model_name", "error_kind")
    # Only what has fixed choices: the values of other columns would have to be collected from the whole table.
    list_filter = ("role", "state")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    search_help_text = _("An id of a message or thread, or a user name.")
    ordering = ("-created_at", "-id")
    fields = (
        "thread", "user", "role", "state", "text", "created_at", "ended_at", "provider", "model_name",
        "stop_reason", "error_kind", "error_detail", "input_tokens", "output_tokens", "cached_tokens", "omitted_count",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (MemoryUseInline, MemoryChangeInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("html")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        try:
            wanted = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Q(pk=wanted) | Q(thread_id=wanted)), False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never one by one, which would tear a thread apart; with its thread or its owner it goes."""
        page = request.resolver_match.url_name if request.resolver_match else ""
        return not (page or "").startswith("conversations_message_") and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "thread__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("text"))
    def beginning(self, message: Message) -> str:
        return message.text[:80]


@admin.register(Run)
class RunAdmin(LookOnly):
    list_display = ("created_at", "user", "thread", "epoch", "owner", "lease_expires_at", "stop_requested")
    list_select_related = ("user", "thread")
    ordering = ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
