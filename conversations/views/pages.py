"""The page of a thread, and what stands on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conversations import rendering
from conversations.branches import branch_around, messages_up_to
from conversations.models import OPEN_STATES, Message, MessageRole, ProviderRule, Thread
from conversations.providers.registry import configured_providers, default_provider, is_configured
from conversations.settled import bring_up_to_date
from conversations.turns import announce, frames, steering
from conversations.views.reach import id_or_none, own_message, own_thread
from conversations.views.thread_list import list_context
from memchat.web.scripts import wants_data
from memories.access import MemoryMode

PAGE_MESSAGES = 40
AFTER = 20
"""How many messages follow the one that a page is opened at."""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the template shows it."""

    message: Message
    html: SafeString
    error: frames.ReplyError | None
    changes: list[frames.Frame]
    memories: list[frames.Frame]
    tools: list[frames.Frame]
    attachments: list[frames.Frame]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.message, name)

    @property
    def is_open(self) -> bool:
        return self.message.state in OPEN_STATES

    @property
    def model_name(self) -> str:
        return frames.shown_model(self.message)

    @property
    def omitted(self) -> int:
        return self.message.omitted_count

    @property
    def notice(self) -> str:
        return self.message.memory_notice

    @property
    def end(self) -> int:
        return len(self.message.text)

    @property
    def usage(self) -> frames.Frame | None:
        return frames.usage_frame(self.message)

    @property
    def here(self) -> str:
        """Where a form about this message leads back to."""
        return f"{reverse('thread', args=[self.message.thread_id])}#message-{self.message.pk}"


def show(message: Message) -> ShownMessage:
    """Make a message ready to be shown; a reply rendered by older rules is rendered and stored anew."""
    html = ""
    if message.role == MessageRole.ASSISTANT and message.state in OPEN_STATES:
        written = rendering.so_far(message.text)
        html = "".join(written.blocks) + written.tail
    elif message.role == MessageRole.ASSISTANT:
        bring_up_to_date([message])
        html = message.html
    return ShownMessage(
        message,
        mark_safe(html),  # noqa: S308  sanitised by conversations.rendering
        frames.reply_error(message),
        frames.changes_of(message),
        [_with_actions(message, memory) for memory in frames.memories_of(message)],
        frames.tools_of(message),
        frames.attachments_of(message),
    )


def _with_actions(message: Message, memory: frames.Frame) -> frames.Frame:
    """A memory that a reply used, with where its buttons' forms are posted to; empty where a button has no use."""
    pk, status = memory["id"], memory["status"]
    relevance = "" if status else reverse("memory_use_not_relevant", args=[message.pk, pk])
    return {
        **memory,
        "forget": "" if status else reverse("memories:forget", args=[pk]),
        "undo": reverse("memories:undo", args=[pk]) if status == "forgotten" else "",
        "lower": "" if memory["not_relevant"] else relevance,
        "raise": relevance if memory["not_relevant"] else "",
    }


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page of a thread that does not exist yet."""
    return thread_page(request, None)


@login_required
@require_GET
def thread(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    found = own_thread(request, thread_id)
    if wants_data(request) and "before" in request.GET:
        context = {**_messages(request, found), "providers": model_choices(found)}
        response = render(request, "conversations/_older.html", context)
        # The page of the same address must never be shown from this.
        add_never_cache_headers(response)
        return response
    if found.unread and steering.mark_seen(found.user_id, found.pk):
        found.unread = False
        announce.seen(found.user_id, found.pk)
    return thread_page(request, found)


def thread_page(
    request: HttpRequest,
    thread: Thread | None,
    status: int = 200,
    draft: str = "",
    attached: Sequence[frames.Frame] = (),
    chosen: Thread | None = None,
) -> HttpResponse:
    """The page of a thread, or of one that does not exist yet; with what somebody was about to send.

    `chosen`, a thread that is not stored, has the model for that, and how a thread that begins so stands with memory.
    """
    choices = model_choices(chosen or thread)
    context: dict[str, Any] = {
        "thread": thread,
        "messages_shown": [],
        "older_url": "",
        "providers": choices,
        "keeps_memories_out": any(choice.chosen and choice.keeps_out for choice in choices),
        **_memory(request, thread, chosen),
        "max_chars": settings.MESSAGE_MAX_CHARS,
        "offline_only": not settings.PROVIDERS,
        "draft": draft,
        "attached": attached,
        "sees_images": all(choice.sees_images for choice in choices if choice.chosen),
        "attachments": {"count": settings.ATTACHMENTS_PER_MESSAGE, "max_mb": settings.ATTACHMENT_MAX_MB},
        "client_id": uuid.uuid4(),
        **list_context(request),
    }
    if thread is not None:
        context |= _messages(request, thread)
    return render(request, "conversations/thread.html", context, status=status)


def _messages(request: HttpRequest, thread: Thread) -> dict[str, Any]:
    """A page of the thread's messages: the newest, or those before one of them, or those around one (`?at=`)."""
    leaf, is_newest, other = thread.head_id, True, None
    if before := id_or_none(request.GET.get("before")):
        leaf, is_newest = own_message(request, before).parent_id, False
    elif (wanted := id_or_none(request.GET.get("at"))) and own_message(request, wanted).thread_id == thread.pk:
        around = branch_around(wanted, thread.head_id, thread.user_id, PAGE_MESSAGES, AFTER)
        leaf, is_newest = around.leaf, around.leaf == thread.head_id
        other = wanted if around.is_other else None
    found = messages_up_to(leaf, thread.user_id, PAGE_MESSAGES)
    page = reverse("thread", args=[thread.pk])
    return {
        "messages_shown": [show(message) for message in found if message.thread_id == thread.pk],
        "older_url": f"{page}?before={found[0].pk}" if found and found[0].depth else "",
        "newest_url": "" if is_newest else page,
        "other_branch": other,
    }


def _memory(request: HttpRequest, thread: Thread | None, chosen: Thread | None) -> dict[str, Any]:
    """How the thread stands with its person's memories, or will once it begins."""
    begins = chosen or Thread()
    mode = begins.memory_mode if thread is None else thread.memory_mode
    is_temporary = thread is not None and thread.temporary
    person_on = request.user.memory_on  # type: ignore[union-attr]
    try:
        settings_url = reverse("memories:settings")
    except NoReverseMatch:
        settings_url = reverse("memories:list")
    return {
        "memory_mode": mode,
        "memory_modes": _modes(),
        "memory_state": mode if person_on else "none",
        "memory_on": person_on and not is_temporary and mode != MemoryMode.OFF,
        "memory_settings_url": settings_url,
        "is_temporary": is_temporary,
        "begins_temporary": begins.temporary,
        "temporary_hours": settings.TEMPORARY_HOURS,
    }


def _modes() -> list[tuple[str, str, str]]:
    """A thread's switch as (value, label, what it means)."""
    return [
        (
            MemoryMode.WRITE,
            _("On"),
            _("Replies know what is remembered of you, and what you say here can be remembered."),
        ),
        (
            MemoryMode.READ,
            _("Read only"),
            _("Replies know what is remembered of you. Nothing said here is remembered."),
        ),
        (
            MemoryMode.OFF,
            _("Off"),
            _("Replies know nothing that is remembered of you, and nothing said here is remembered."),
        ),
    ]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model one may choose; `keeps_out` when staff have decided that it is never given memories."""

    value: str
    label: str
    chosen: bool
    keeps_out: bool
    sees_images: bool


def model_choices(thread: Thread | None) -> list[ModelChoice]:
    default = default_provider()
    chosen = (
        (thread.provider, thread.model_name)
        if thread is not None and thread.provider
        else (default.name, default.model_names[0])
    )
    if not is_configured(*chosen):
        chosen = (default.name, default.model_names[0])
    kept_out = set(ProviderRule.objects.filter(sends_memories=False).values_list("provider", flat=True))
    return [
        ModelChoice(
            f"{provider.name}:{model_name}",
            f"{provider.label} · {model_name}" if provider.is_model else provider.label,
            (provider.name, model_name) == chosen,
            provider.name in kept_out,
            provider.sees_images,
        )
        for provider in configured_providers().values()
        for model_name in provider.model_names
    ]
