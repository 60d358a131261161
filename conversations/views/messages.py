"""What is done with messages: sending one as a form, stopping a reply, reading one as it was written."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.attachments import posted
from conversations.errors import TurnError
from conversations.models import OPEN_STATES, MessageRole, Thread
from conversations.providers.registry import is_configured
from conversations.turns import accepting
from conversations.turns.asked import stop as stop_reply
from conversations.turns.asked import tell_of
from conversations.views.pages import show, thread_page
from conversations.views.reach import id_or_none, own_message
from memchat.text import storable
from memchat.users.limits import with_retry_after
from memories.access import MemoryMode

_GONE = _("This thread is not there any more. What you wrote stands below; sent now, it begins a new thread.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest) -> HttpResponse:
    """Store a message sent as a form; whichever process is free writes the reply."""
    if request.method != "POST":
        # The page of a form that was refused stands at this address, and so do the links of its list of threads.
        return redirect(reverse("home", query=request.GET))
    thread_id = id_or_none(request.POST.get("thread"))
    text = request.POST.get("text", "")
    files: list[uuid.UUID] = []
    provider, _colon, model_name = request.POST.get("model", "").partition(":")
    if not is_configured(provider, model_name):
        provider = model_name = ""
    try:
        # Sent twice, the form is one message; sent again with another text, after going back, it is another.
        form_id = id_or_none(request.POST.get("id"))
        marks = storable(text + posted.marks_of(request))
        client_id = uuid.uuid5(form_id, marks) if form_id else uuid.uuid4()
        files, problems = posted.take_posted(request)
        if problems:
            raise TurnError("bad_attachment", "\n".join(problems))
        accepted = accepting.accept(
            request.user.pk,  # type: ignore[arg-type]
            thread_id,
            client_id,
            text,
            provider=provider,
            model_name=model_name,
            attachments=files,
            **_beginning(request, thread_id),
        )
    except TurnError as error:
        notices.error(request, _GONE if error.kind == "not_found" else str(error.text))
        # The page comes back as it was sent, with the text in its box.
        found = Thread.objects.of(request.user).filter(pk=thread_id).first() if thread_id else None
        attached = posted.waiting(request.user.pk, files)  # type: ignore[arg-type]
        status = {"not_found": 404, "busy": 409, "limited": 429}.get(error.kind, 400)
        chosen = _chosen(request, found, provider, model_name)
        page = thread_page(request, found, status=status, draft=storable(text), attached=attached, chosen=chosen)
        return with_retry_after(page, error.retry_after)
    if not accepted.again:
        tell_of(accepted, with_question=True)
    return redirect(f"{reverse('thread', args=[accepted.thread.pk])}#message-{accepted.reply.pk}")


def _chosen(request: HttpRequest, thread: Thread | None, provider: str, model_name: str) -> Thread:
    """A thread, never stored, as the form would have it: the same is chosen when the form is sent again."""
    if not provider and thread is not None:
        provider, model_name = thread.provider, thread.model_name
    mode = request.POST.get("memory_mode", "")
    return Thread(
        provider=provider,
        model_name=model_name,
        memory_mode=mode if mode in MemoryMode.values else MemoryMode.WRITE,
        temporary=bool(request.POST.get("temporary")),
    )


def _beginning(request: HttpRequest, thread_id: uuid.UUID | None) -> dict[str, Any]:
    """What the form says of a thread that begins with it. Raises TurnError(bad_command)."""
    mode, is_temporary = request.POST.get("memory_mode", ""), request.POST.get("temporary", "")
    if thread_id is not None:
        return {}
    if mode not in {"", *MemoryMode.values} or is_temporary not in {"", "yes"}:
        raise TurnError("bad_command")
    return {"memory_mode": "" if is_temporary else mode, "temporary": bool(is_temporary)}


@login_required
@require_POST
def stop(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    try:
        stopped = stop_reply(request.user.pk, message_id)  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    return redirect("thread", stopped.thread_id)


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
