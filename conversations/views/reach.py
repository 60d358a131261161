"""What the person behind a request reaches: what is theirs. Everything else does not exist for them."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest

from conversations.branches import reachable
from conversations.models import Message, Thread


def own_thread(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    """The signed-in person's thread, or the same 404 for a missing and for a foreign one."""
    found = Thread.objects.of(request.user).filter(pk=thread_id).first()
    if found is None:
        raise Http404
    return found


def own_message(request: HttpRequest, message_id: uuid.UUID) -> Message:
    found = reachable(request.user.pk).filter(pk=message_id).first()  # type: ignore[arg-type]
    if found is None:
        raise Http404
    return found


def id_or_none(raw: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw) if raw else None
    except ValueError:
        raise Http404 from None
