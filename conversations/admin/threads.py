"""Threads and runs in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from conversations.admin.ids import as_id
from conversations.models import Run, Thread
from conversations.turns import announce
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat.staff.paginator import CappedPaginator
from memchat.staff.rights import GoesWithItsOwner
from memchat.staff.texts import StaffLooks, words
from memchat.users import access_log
from memchat.users.models import AccessKind


@admin.register(Thread)
class ThreadAdmin(StaffLooks):
    text_columns = ("title", "tags")
    named = "thread"
    named_all = "threads"
    list_texts = ("shown_title",)
    list_display = ("number", "user", "provider", "model_name", "memory_mode", "temporary", "active_at", "messages")
    list_filter = ("memory_mode", "temporary", "active_at")
    search_help_text = _("A username, the id of a thread, or with the right to look at texts part of a title")
    ordering = ("-active_at", "-id")
    fields = (
        "shown_title", "user", "provider", "model_name", "memory_mode", "temporary", "expires_at", "created_at",
        "active_at", "messages",
    )  # fmt: skip
    readonly_fields = fields
    reason_hint = _("To delete threads for somebody who asked for it, first give the reason here.")

    @admin.display(description=_("thread"))
    def number(self, thread: Thread) -> str:
        return str(thread.pk)

    @admin.display(description=_("title"))
    def shown_title(self, thread: Thread) -> str:
        return words(thread, "title") or str(_("New thread"))

    @admin.display(description=_("messages"))
    def messages(self, thread: Thread) -> str:
        url = reverse("admin:conversations_message_changelist")
        return format_html('<a href="{}?thread__id__exact={}">{}</a>', url, thread.pk, _("Show"))

    def by_id(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        pk = as_id(term)
        return None if pk is None else queryset.filter(pk=pk)

    def search_texts(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(title__icontains=text)

    # --- Deleting on request --------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With its owner, or for its owner with a reason that they can read."""
        if super().has_delete_permission(request, obj):
            return True
        return bool(access_log.reason_to_look(request)) and request.user.has_perm("conversations.delete_thread")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without a list of every message."""
        threads = [str(thread) for thread in objs]
        return threads, {_("threads with all their messages"): len(threads)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Thread) -> None:
        user_id, pk = obj.user_id, obj.pk
        with transaction.atomic():
            # In the order in which accepting and finishing take their locks. Not the owner's way to it, for whom one
            # whose time is over is gone.
            thread = Thread.objects.select_for_update().filter(user_id=user_id, pk=pk).first()
            if thread is None:
                return
            running = list(thread.runs.values_list("reply_id", flat=True))
            thread.delete()
            access_log.note(request, user_id, f"thread {pk}, deleted", AccessKind.FORGOT)
        for reply_id in running:
            hub.call_soon(runner.stop_run, reply_id)
        announce.gone(user_id, pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Thread]) -> None:
        for thread in list(queryset.only("pk", "user_id")):
            self.delete_model(request, thread)


@admin.register(Run)
class RunAdmin(GoesWithItsOwner, admin.ModelAdmin):
    list_display = ("created_at", "user", "reply_id", "epoch", "owner", "lease_expires_at", "stop_requested")
    fields = (
        "reply", "thread", "user", "epoch", "owner", "lease_expires_at", "stop_requested", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    list_select_related = ("user",)
    ordering = ("created_at", "pk")
    paginator = CappedPaginator
    show_full_result_count = False
    sortable_by = ()
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return False
