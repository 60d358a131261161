"""Forms that steer a thread: another reply, another wording, going on, another branch. Scripts use the socket."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from conversations.branches import with_versions
from conversations.errors import TurnError
from conversations.models import OPEN_STATES, Message, MessageRole
from conversations.providers.registry import is_configured
from conversations.turns import announce, steering
from conversations.turns.accepting import Accepted
from conversations.turns.asked import tell_of
from conversations.views.pages import model_choices
from conversations.views.reach import id_or_none, own_message
from memchat.text import storable


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Have a reply written anew; asked for as a page, choose first by which model."""
    reply = _own(request, message_id, MessageRole.ASSISTANT)
    if request.method != "POST":
        if reply.state in OPEN_STATES:
            return redirect(_place(reply))
        context = {"reply": reply, "providers": model_choices(reply.thread), "back": _place(reply)}
        return render(request, "conversations/retry_reply.html", context)
    provider, model_name = _model(request)
    try:
        accepted = steering.retry(request.user.pk, message_id, provider=provider, model_name=model_name)  # type: ignore[arg-type]
    except TurnError as error:
        return _refused(request, reply, error)
    return _begun(accepted, with_question=False)


@login_required
@require_POST
def go_on(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Have a reply that broke off gone on with."""
    reply = _own(request, message_id, MessageRole.ASSISTANT)
    try:
        accepted = steering.go_on(request.user.pk, message_id)  # type: ignore[arg-type]
    except TurnError as error:
        return _refused(request, reply, error)
    return _begun(accepted, with_question=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Write an own message anew, and have it answered; the earlier version stays."""
    message = _own(request, message_id, MessageRole.USER)
    text, status = message.text, 200
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            # Sent twice, the form is one version; sent again with another text, after going back, it is another.
            form_id = id_or_none(request.POST.get("id"))
            own_id = uuid.uuid5(form_id, storable(text)) if form_id else uuid.uuid4()
            provider, model_name = _model(request)
            accepted = steering.edit(
                request.user.pk,  # type: ignore[arg-type]
                message_id,
                own_id,
                text,
                provider=provider,
                model_name=model_name,
            )
            return _begun(accepted, with_question=True)
        except TurnError as error:
            if error.kind == "not_found":
                raise Http404 from None
            # The page comes back as it was sent, with the text in its box.
            notices.error(request, str(error.text))
            text, status = storable(text), {"not_ended": 409, "limited": 429}.get(error.kind, 400)
    context = {
        "message": message,
        "text": text,
        "form_id": uuid.uuid4(),
        "model": ":".join(_model(request)),
        "back": _place(message),
        "max_chars": settings.MESSAGE_MAX_CHARS,
    }
    return render(request, "conversations/edit_message.html", context, status=status)


@login_required
@require_POST
def show(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show the branch of another version."""
    message = own_message(request, message_id)
    try:
        branch = steering.show_branch(request.user.pk, message_id)  # type: ignore[arg-type]
    except TurnError as error:
        return _refused(request, message, error)
    if branch.changed:
        announce.branch_shown(announce.branch_frame(branch))
    # One that a search led to may be far above the newest messages.
    return redirect(_place(message, at="at" in request.POST))


def _own(request: HttpRequest, message_id: uuid.UUID, role: MessageRole) -> Message:
    message = own_message(request, message_id)
    if message.role != role:
        raise Http404
    return message


def _model(request: HttpRequest) -> tuple[str, str]:
    """The model that the form names, if it can be chosen here."""
    provider, _colon, model_name = request.POST.get("model", "").partition(":")
    return (provider, model_name) if is_configured(provider, model_name) else ("", "")


def _refused(request: HttpRequest, message: Message, error: TurnError) -> HttpResponse:
    if error.kind == "not_found":
        raise Http404 from None
    notices.error(request, str(error.text))
    return redirect(_place(message))


def _begun(accepted: Accepted, with_question: bool) -> HttpResponse:
    if not accepted.again:
        with_versions([accepted.message, accepted.reply], accepted.thread.user_id)
        tell_of(accepted, with_question=with_question)
    return redirect(_place(accepted.reply))


def _place(message: Any, at: bool = False) -> str:
    query = f"?at={message.pk}" if at else ""
    return f"{reverse('thread', args=[message.thread_id])}{query}#message-{message.pk}"
