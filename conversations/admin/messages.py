"""Messages in the admin, with what they used of memory and what they did to it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from conversations.admin.ids import as_id
from conversations.models import Attachment, MemoryChange, MemoryUse, Message, ToolUse
from memchat.staff.rights import LookOnlyInline
from memchat.staff.texts import StaffLooks, shows_texts, words

BEGINNING_CHARS = 80


def link(kind: str, pk: Any, label: Any) -> str:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{kind}_change", args=[pk]), label) if pk else "-"


class MemoryInline(LookOnlyInline):
    """Memories are named, not told: looking at one is a look of its own."""

    @admin.display(description=_("memory"))
    def which(self, row: Any) -> str:
        return link("memories_memory", row.memory_id, _("memory %s") % row.memory_id)


class MemoryUseInline(MemoryInline):
    model = MemoryUse
    fields = ("rank", "which", "reasons", "score", "not_relevant")
    readonly_fields = fields
    verbose_name_plural = _("memories in the prompt")


class MemoryChangeInline(MemoryInline):
    model = MemoryChange
    fields = ("position", "kind", "source", "which", "proposed", "asked_for", "reason")
    readonly_fields = fields
    verbose_name_plural = _("what it did to memories")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset if shows_texts(request) else queryset.defer("text")

    @admin.display(description=_("proposed memory"))
    def proposed(self, row: MemoryChange) -> str:
        return link("memories_proposal", row.proposal_id, _("proposed memory %s") % row.proposal_id)

    @admin.display(description=_("text"))
    def asked_for(self, row: MemoryChange) -> str:
        return words(row, "text")


class ToolUseInline(MemoryInline):
    model = ToolUse
    fields = ("position", "name", "asked", "found")
    readonly_fields = fields
    verbose_name_plural = _("what the model looked up")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset if shows_texts(request) else queryset.defer("query")

    @admin.display(description=_("looked for"))
    def asked(self, row: ToolUse) -> str:
        return words(row, "query")


class AttachmentInline(MemoryInline):
    """That there are files and what kind, not what is in them."""

    model = Attachment
    fields = ("position", "called", "kind", "media_type", "size", "cut", "pages", "unread_pages")
    readonly_fields = fields
    verbose_name_plural = _("attached files")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset if shows_texts(request) else queryset.defer("name", "data", "preview", "text")

    @admin.display(description=_("name"))
    def called(self, row: Attachment) -> str:
        return words(row, "name")


@admin.register(Message)
class MessageAdmin(StaffLooks):
    # What a provider says of an error may repeat what it was asked.
    text_columns = ("text", "html", "error_detail")
    named = "message"
    named_all = "messages"
    list_texts = ("beginning",)
    list_display = ("created_at", "user", "role", "state", "provider", "model_name", "error_kind")
    # Only what has fixed choices: the values of other columns would have to be collected from the whole table.
    list_filter = ("role", "state", "created_at")
    extra_lookups = ("user__id__exact", "thread__id__exact")
    search_help_text = _("A username, or the id of a message or thread")
    ordering = ("-created_at", "-id")
    fields = (
        "in_thread", "user", "role", "state", "full_text", "created_at", "ended_at", "provider", "model_name",
        "stop_reason", "error_kind", "detail", "input_tokens", "output_tokens", "cached_tokens", "cost",
        "omitted_count", "memory_notice",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (MemoryUseInline, MemoryChangeInline, ToolUseInline, AttachmentInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("html")

    def by_id(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        pk = as_id(term)
        return None if pk is None else queryset.filter(Q(pk=pk) | Q(thread_id=pk))

    @admin.display(description=_("thread"))
    def in_thread(self, message: Message) -> str:
        return link("conversations_thread", message.thread_id, message.thread_id)

    @admin.display(description=_("text"))
    def beginning(self, message: Message) -> str:
        return words(message, "text")[:BEGINNING_CHARS]

    @admin.display(description=_("text"))
    def full_text(self, message: Message) -> str:
        return words(message, "text")

    @admin.display(description=_("error detail"))
    def detail(self, message: Message) -> str:
        return words(message, "error_detail")
