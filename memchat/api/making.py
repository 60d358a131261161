"""Rows as programs get them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from conversations.models import Attachment, Message, MessageRole, Thread
from conversations.turns import accepting, frames
from memories.models import Memory, Proposal

Json = dict[str, Any]


def thread(one: Thread) -> Json:
    return {
        "id": one.pk,
        "title": one.title,
        "memory_mode": one.memory_mode,
        "temporary": one.temporary,
        "expires_at": one.expires_at,
        "pinned": one.pinned,
        "archived": one.archived,
        "unread": one.unread,
        "tags": one.tags,
        "provider": one.provider,
        "model": one.model_name,
        "head": one.head_id,
        "created_at": one.created_at,
        "active_at": one.active_at,
    }


_OF_CHANGE = ("kind", "source", "text", "previous", "reason", "status", "memory", "proposal")
_OF_USE = ("id", "text", "rank", "reasons", "status", "not_relevant")
_OF_USAGE = ("read", "written", "cached", "cost")


_OF_ATTACHMENT = (
    "id",
    "name",
    "kind",
    "media_type",
    "size",
    "chars",
    "cut",
    "pages",
    "unread_pages",
    "width",
    "height",
)


def attachment(one: Attachment) -> Json:
    return {name: getattr(one, name) for name in _OF_ATTACHMENT}


def message(one: Message, *, new_with: Sequence[Attachment] | None = None) -> Json:
    """A message with what hangs on it: on one that is new nothing but the files that came `new_with` it."""
    is_new = new_with is not None
    error = frames.reply_error(one)
    usage = frames.usage_frame(one)
    is_reply = one.role == MessageRole.ASSISTANT
    changes = [] if is_new else frames.changes_of(one)
    uses = [] if is_new or not is_reply else frames.memories_of(one)
    files = new_with if new_with is not None else () if is_reply else one.attachments.all()
    return {
        "id": str(one.pk),
        "thread": str(one.thread_id),
        "parent": str(one.parent_id) if one.parent_id else None,
        "role": one.role,
        "state": one.state,
        "text": one.text,
        "attachments": [attachment(file) for file in files],
        "created_at": one.created_at,
        "provider": one.provider,
        "model": one.model_name,
        "stop_reason": one.stop_reason,
        "error": None
        if error is None
        else {"code": error.kind, "message": error.text, "retry": error.retry, "retry_after": error.retry_after},
        "changes": [{name: change[name] for name in _OF_CHANGE} for change in changes],
        "memories": [{name: use[name] for name in _OF_USE} for use in uses],
        "broke_off": one.broke_off,
        "usage": None if usage is None else {name: usage[name] for name in _OF_USAGE},
        "versions": frames.versions_frame(one).get("versions"),
    }


def accepted(one: accepting.Accepted) -> Json:
    # Another reply to a message that was sent before may come without its files.
    files = one.attachments or tuple(one.message.attachments.all())
    return {
        "thread": thread(one.thread),
        "message": message(one.message, new_with=files),
        "reply": message(one.reply, new_with=()),
        "again": one.again,
    }


def memory(one: Memory, reasons: tuple[str, ...] = ()) -> Json:
    expired = one.expires_at is not None and one.expires_at <= timezone.now()
    return {
        "id": one.pk,
        "text": one.text,
        "category": one.category,
        "origin": one.origin,
        "state": one.ending or ("expired" if expired else "current"),
        "pinned": one.pinned,
        "namespace": one.namespace,
        "key": one.key,
        "created_at": one.created_at,
        "confirmed_at": one.confirmed_at,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "expires_at": one.expires_at,
        "ended_at": one.ended_at,
        "supersedes": one.supersedes_id,
        "source": _source(one),
        "reasons": list(reasons),
    }


def proposal(one: Proposal) -> Json:
    return {
        "id": one.pk,
        "text": one.text,
        "category": one.category,
        "sensitive": one.sensitive,
        "origin": one.origin,
        "replaces": one.replaces_id,
        "created_at": one.created_at,
        "source": _source(one),
    }


def _source(one: Memory | Proposal) -> Json | None:
    return {"thread": one.source_thread, "message": one.source_message} if one.source_thread else None
