"""The list of memories, and the page of one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from memchat.staff.panels import Link, MakePanel, Panel
from memchat.staff.texts import PEOPLE_AT_ONCE, StaffLooks, words
from memchat.users import access_log
from memchat.users.models import AccessKind, User
from memories.admin import on_request, searching
from memories.admin.export import as_csv
from memories.admin.filters import EmbedderFilter, StateFilter
from memories.models import Ending, Memory, Origin

VERSIONS_SHOWN = 50
_MEANING = "meaning:"


def label(pk: int) -> str:
    """What a memory is called without saying what it says."""
    return str(Memory(pk=pk))


@admin.register(Memory)
class MemoryAdmin(StaffLooks):
    text_columns = ("text", "value", "key", "namespace")
    named = "memory"
    named_all = "memories"
    list_texts = ("statement",)
    list_display = (
        "number", "user", "category", "origin", "pinned", "quoted", "embedder", "created_at", "ended_at", "ending",
    )  # fmt: skip
    list_filter = (StateFilter, "category", "origin", EmbedderFilter, "pinned", "quoted", "created_at")
    ordering = ("-created_at", "-pk")
    search_help_text = _(
        "owner:name for one person's memories. With the right to look at texts also whole words, or meaning:words."
    )
    actions = ("forget", "export", "export_with_texts")
    fieldsets = (
        (
            None,
            {"fields": ("statement", "user", "category", "origin", "pinned", "quoted", "lowered", "space", "name")},
        ),
        (
            _("Dates"),
            {"fields": ("created_at", "confirmed_at", "valid_from", "valid_until", "expires_at", "ended_at", "ending")},
        ),
        (_("Where it comes from"), {"fields": ("from_thread", "from_message", "replaced")}),
        (_("How it is found"), {"fields": ("embedder", "dimensions", "word_count")}),
    )

    panels: ClassVar[list[MakePanel]] = []
    """Tables on the page of one memory; a room above this one adds its own."""

    # --- Columns --------------------------------------------------------------------------------------------

    @admin.display(description=_("memory"))
    def number(self, memory: Memory) -> str:
        return str(memory)

    @admin.display(description=_("text"))
    def statement(self, memory: Memory) -> str:
        return words(memory, "text")

    @admin.display(description=_("namespace"))
    def space(self, memory: Memory) -> str:
        return words(memory, "namespace")

    @admin.display(description=_("key"))
    def name(self, memory: Memory) -> str:
        return words(memory, "key")

    @admin.display(description=_("supersedes"))
    def replaced(self, memory: Memory) -> str:
        if memory.supersedes_id is None:
            return self.get_empty_value_display()
        url = reverse("admin:memories_memory_change", args=[memory.supersedes_id])
        return format_html('<a href="{}">{}</a>', url, label(memory.supersedes_id))

    @admin.display(description=_("thread"))
    def from_thread(self, memory: Memory) -> str:
        return self._source("thread", memory.source_thread)

    @admin.display(description=_("message"))
    def from_message(self, memory: Memory) -> str:
        return self._source("message", memory.source_message)

    def _source(self, kind: str, pk: Any) -> str:
        if pk is None:
            return self.get_empty_value_display()
        try:
            # Named, not imported: what a thread is, is not known here.
            url = reverse(f"admin:conversations_{kind}_change", args=[pk])
        except NoReverseMatch:
            return str(pk)
        return format_html('<a href="{}">{}</a>', url, pk)

    # --- What is read ---------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Memory]:
        return super().get_queryset(request).defer("embedding", "terms")

    def search_texts(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        if not text.startswith(_MEANING):
            return searching.by_words(queryset, text)
        try:
            return searching.by_meaning(queryset, text.removeprefix(_MEANING).strip())
        except searching.SearchFailed as error:
            messages.error(request, str(error))
            return queryset.none()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _, options in self.fieldsets for field in options["fields"]]

    # --- The page of one memory -----------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("on-request/", wrap(self.on_request_page), name="memories_memory_on_request"),
            path("export/", wrap(self.export_page), name="memories_memory_export"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        memory = kwargs.get("obj")
        if memory is not None:
            context["panels"] = [make(request, memory) for make in (self.history, *self.panels)]
            if self.has_forget_permission(request):
                context["tools"] = [Link(gettext("Forget on request"), on_request.address([memory.pk]))]
        return super().render_change_form(request, context, *args, **kwargs)

    def history(self, request: HttpRequest, memory: Memory) -> Panel:
        """All versions of it, without their texts: looking at one is a look of its own."""
        here = Memory.objects.of(memory.user_id)
        key = here.filter(pk=memory.pk).values_list("namespace", "key").get()
        versions = here.filter(namespace=key[0], key=key[1]).order_by("-created_at", "-pk")
        shown = versions.values_list("pk", "created_at", "origin", "ended_at", "ending")[:VERSIONS_SHOWN]
        rows = [
            (self._version(pk, memory), created, Origin(origin).label, ended, Ending(ending).label if ending else "")
            for pk, created, origin, ended, ending in shown
        ]
        return Panel(
            _("History"), (_("version"), _("created"), _("origin"), _("ended"), _("why")), rows, _("Newest first.")
        )

    @staticmethod
    def _version(pk: int, memory: Memory) -> Any:
        if pk == memory.pk:
            return label(pk)
        return Link(label(pk), reverse("admin:memories_memory_change", args=[pk]))

    # --- Forgetting and exporting ---------------------------------------------------------------------------

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.has_perm("memories.change_memory"))

    def has_texts_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and access_log.may_view_text(request)

    def on_request_page(self, request: HttpRequest) -> HttpResponse:
        return on_request.page(request, self)

    @admin.action(description=_("Forget on request …"), permissions=["forget"])
    def forget(self, request: HttpRequest, memories: QuerySet[Memory]) -> HttpResponse | None:
        ids = list(memories.order_by("pk").values_list("pk", flat=True)[: on_request.AT_ONCE + 1])
        if len(ids) > on_request.AT_ONCE:
            most = gettext("At most %d memories can be forgotten on request at once.") % on_request.AT_ONCE
            self.message_user(request, most, messages.ERROR)
            return None
        return HttpResponseRedirect(on_request.address(ids))

    @admin.action(description=_("Export as CSV, without texts"), permissions=["view"])
    def export(self, request: HttpRequest, memories: QuerySet[Memory]) -> HttpResponseBase:
        return as_csv(memories, with_texts=False)

    @admin.action(description=_("Export as CSV, with texts"), permissions=["texts"])
    def export_with_texts(self, request: HttpRequest, memories: QuerySet[Memory]) -> HttpResponseBase | None:
        owners = list(memories.order_by("user_id").values_list("user_id", flat=True).distinct()[:PEOPLE_AT_ONCE])
        if len(owners) == PEOPLE_AT_ONCE:
            self.message_user(request, gettext("These are too many people's at once."), messages.ERROR)
            return None
        access_log.note_each(request, owners, "memories, as CSV", AccessKind.EXPORTED)
        # Nobody is in the file whose entry was not written, also if they have just made their first memory.
        return as_csv(memories.filter(user__in=owners), with_texts=True)

    def export_page(self, request: HttpRequest) -> HttpResponseBase:
        """All memories of one person as a file; without their texts for those who may not look at them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        owner = get_object_or_404(User, username=request.GET.get("owner", "").replace("\x00", ""))
        may = access_log.may_view_text(request)
        if may:
            access_log.note(request, owner.pk, "memories, as CSV", AccessKind.EXPORTED)
        return as_csv(Memory.objects.of(owner), with_texts=may)
