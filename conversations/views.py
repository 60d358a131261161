"""The pages of a person's threads. Everything here also works without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import rendering
from conversations.branches import messages_up_to, shown
from conversations.errors import TurnError
from conversations.models import OPEN_STATES, TITLE_MAX_CHARS, MemoryMode, Message, MessageRole, Thread
from conversations.providers.registry import configured_providers, default_provider, is_configured
from conversations.turns import announce, frames, ledger
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat.text import storable
from memories import writing
from memories.models import Memory

PAGE_MESSAGES = 60
PAGE_THREADS = 40


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the template shows it."""

    message: Message
    html: SafeString
    error: frames.ReplyError | None
    changes: list[frames.Frame]
    memories: list[frames.Frame]

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


def show(message: Message) -> ShownMessage:
    """Make a message ready to be shown; a reply rendered by older rules is rendered and stored anew."""
    html = ""
    if message.role == MessageRole.ASSISTANT and message.state not in OPEN_STATES:
        if message.html_version != rendering.VERSION:
            message.html, message.html_version = rendering.render(message.text), rendering.VERSION
            Message.objects.filter(pk=message.pk).update(html=message.html, html_version=message.html_version)
        html = message.html
    return ShownMessage(
        message,
        mark_safe(html),  # noqa: S308  sanitised by conversations.rendering
        frames.reply_error(message),
        frames.changes_of(message),
        frames.memories_of(message),
    )


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page of a thread that does not exist yet."""
    return _page(request, None)


@login_required
@require_GET
def thread(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    return _page(request, own_thread(request, thread_id))


def own_thread(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    """The signed-in person's thread, or the same 404 for a missing and for a foreign one."""
    found = Thread.objects.of(request.user).filter(pk=thread_id).first()
    if found is None:
        raise Http404
    return found


def own_message(request: HttpRequest, message_id: uuid.UUID) -> Message:
    found = shown(request.user.pk).filter(pk=message_id).first()  # type: ignore[arg-type]
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, thread: Thread | None, status: int = 200, draft: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "thread": thread,
        "messages_shown": [],
        "older_url": "",
        "providers": _provider_choices(thread),
        "memory_on": thread is None or thread.memory_mode != MemoryMode.OFF,
        "max_chars": settings.MESSAGE_MAX_CHARS,
        "offline_only": not settings.PROVIDERS,
        "draft": draft,
        "client_id": uuid.uuid4(),
        **_thread_list(request),
    }
    if thread is not None:
        leaf = thread.head_id
        if before := _id_or_none(request.GET.get("before")):
            leaf = own_message(request, before).parent_id
        found = messages_up_to(leaf, thread.user_id, PAGE_MESSAGES)
        context["messages_shown"] = [show(message) for message in found if message.thread_id == thread.pk]
        if found and found[0].depth:
            context["older_url"] = f"{reverse('thread', args=[thread.pk])}?before={found[0].pk}"
        context["newest_url"] = reverse("thread", args=[thread.pk]) if request.GET.get("before") else ""
    return render(request, "conversations/thread.html", context, status=status)


def _id_or_none(raw: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw) if raw else None
    except ValueError:
        raise Http404 from None


def _provider_choices(thread: Thread | None) -> list[tuple[str, str, bool]]:
    """Every model one may choose as (value, label, chosen)."""
    default = default_provider()
    chosen = (
        (thread.provider, thread.model_name)
        if thread is not None and thread.provider
        else (default.name, default.model_names[0])
    )
    if not is_configured(*chosen):
        chosen = (default.name, default.model_names[0])
    return [
        (
            f"{provider.name}:{model_name}",
            f"{provider.label} · {model_name}" if provider.is_model else provider.label,
            (provider.name, model_name) == chosen,
        )
        for provider in configured_providers().values()
        for model_name in provider.model_names
    ]


def _thread_list(request: HttpRequest) -> dict[str, Any]:
    """A page of one's threads, latest first, grouped by day; the cursor is the last one's time and id."""
    threads = Thread.objects.of(request.user).order_by("-active_at", "-id")
    if cursor := request.GET.get("threads_before"):
        last = Thread.objects.of(request.user).filter(pk=_id_or_none(cursor)).first()
        if last is not None:
            older = Q(active_at__lt=last.active_at) | Q(active_at=last.active_at, pk__lt=last.pk)
            threads = threads.filter(older)
    page = list(threads[: PAGE_THREADS + 1])
    more = len(page) > PAGE_THREADS
    page = page[:PAGE_THREADS]
    return {
        "threads": page,
        "thread_groups": by_day(page),
        "more_threads_url": f"?threads_before={page[-1].pk}" if more else "",
    }


def by_day(threads: Iterable[Thread]) -> list[tuple[str, list[Thread]]]:
    """Threads under the day they were last active on."""
    today = timezone.localdate()
    return [
        (_day_label(day, today), list(group))
        for day, group in groupby(threads, key=lambda one: timezone.localdate(one.active_at))
    ]


def _day_label(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return formats.date_format(day, "DATE_FORMAT")


# --- Without JavaScript ------------------------------------------------------------------------------------------


@login_required
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Store a message sent as a form; whichever process is free writes the reply."""
    thread_id = _id_or_none(request.POST.get("thread"))
    text = request.POST.get("text", "")
    provider, _colon, model_name = request.POST.get("model", "").partition(":")
    if not is_configured(provider, model_name):
        provider = model_name = ""
    try:
        # Sent twice, the form is one message; sent again with another text, after going back, it is another.
        form_id = _id_or_none(request.POST.get("id"))
        client_id = uuid.uuid5(form_id, storable(text)) if form_id else uuid.uuid4()
        accepted = ledger.accept(
            request.user.pk,  # type: ignore[arg-type]
            thread_id,
            client_id,
            text,
            provider=provider,
            model_name=model_name,
        )
    except TurnError as error:
        if error.kind == "not_found":
            raise Http404 from None
        notices.error(request, str(error.text))
        found = Thread.objects.of(request.user).filter(pk=thread_id).first() if thread_id else None
        return _page(request, found, status=409 if error.kind == "busy" else 400, draft=storable(text))
    if not accepted.again:
        _announce(accepted, with_question=True)
    return redirect(f"{reverse('thread', args=[accepted.thread.pk])}#message-{accepted.reply.pk}")


@login_required
@require_POST
def retry(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    try:
        accepted = ledger.retry(request.user.pk, message_id)  # type: ignore[arg-type]
    except TurnError as error:
        if error.kind == "not_found":
            raise Http404 from None
        notices.error(request, str(error.text))
        return redirect("thread", own_message(request, message_id).thread_id)
    _announce(accepted, with_question=False)
    return redirect(f"{reverse('thread', args=[accepted.thread.pk])}#message-{accepted.reply.pk}")


def _announce(accepted: ledger.Accepted, with_question: bool) -> None:
    topic = f"thread.{accepted.thread.pk}"
    for message in [accepted.message, accepted.reply] if with_question else [accepted.reply]:
        whole = frames.new_message_frame(message)
        hub.publish_soon(topic, {"type": "message", "thread": whole["thread"], "message": whole})
    hub.publish_soon(f"user.{accepted.thread.user_id}", frames.thread_frame(accepted.thread))
    runner.look_soon()


@login_required
@require_POST
def stop(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    try:
        stopped = ledger.request_stop(request.user.pk, message_id)  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    if stopped.ended:
        announce.ended(own_message(request, message_id))
    else:
        hub.call_soon(runner.stop_run, message_id)
    return redirect("thread", stopped.thread_id)


# --- Threads -----------------------------------------------------------------------------------------------------


@login_required
@require_POST
def rename(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    found = own_thread(request, thread_id)
    title = " ".join(storable(request.POST.get("title", "")).split())
    if not title or len(title) > TITLE_MAX_CHARS:
        text = _("A title has between 1 and %(max)d characters.") % {"max": TITLE_MAX_CHARS}
        if _wants_data(request):
            return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
        notices.error(request, text)
        return redirect("thread", found.pk)
    found.title, found.titled_by_hand = title, True
    found.save(update_fields=["title", "titled_by_hand"])
    hub.publish_soon(f"user.{found.user_id}", frames.thread_frame(found))
    return HttpResponse(status=204) if _wants_data(request) else redirect("thread", found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a thread with everything in it."""
    found = own_thread(request, thread_id)
    learned = Memory.objects.of(request.user).current().filter(source_thread=found.pk).without_vectors()
    if request.method == "GET":
        return render(request, "conversations/delete_thread.html", {"thread": found, "memories": learned})
    if request.POST.get("forget_memories") == "yes":
        for memory in learned:
            writing.forget(memory)
    user_id = found.user_id
    with transaction.atomic():
        # In the order in which accepting and finishing take their locks.
        found = ledger.lock_thread(user_id, thread_id)
        running = list(found.runs.values_list("reply_id", flat=True))
        found.delete()
    for reply_id in running:
        hub.call_soon(runner.stop_run, reply_id)
    gone: frames.Frame = {"type": "gone", "thread": str(thread_id)}
    hub.publish_soon(f"user.{user_id}", gone)
    if _wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("The thread was deleted."))
    return HttpResponseRedirect(reverse("home"))


def _wants_data(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


# --- Messages ----------------------------------------------------------------------------------------------------


@login_required
@require_GET
def source(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """A message as it was written, Markdown and all, for copying."""
    return HttpResponse(own_message(request, message_id).text, content_type="text/plain; charset=utf-8")


@login_required
@require_GET
def rendered(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """A settled reply's rendering, for one too long for a frame of the socket."""
    message = own_message(request, message_id)
    if message.role != MessageRole.ASSISTANT or message.state in OPEN_STATES:
        raise Http404
    return HttpResponse(show(message).html, content_type="text/html; charset=utf-8")
