"""What the socket sends, built from models; docs/protocol.md is the description."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from conversations.errors import REPLY_ERRORS, RETRY_NEVER_HELPS
from conversations.models import OPEN_STATES, MemoryChange, MemoryUse, Message, MessageRole, State, Thread
from conversations.providers.registry import no_model_label

Frame = dict[str, Any]

PIECE_MAX_CHARS = 30_000
"""Keeps every frame under 256 KiB, also when JSON escapes each character to six bytes."""

CHANGE_MAX_CHARS = 1_000
"""One message can forget dozens of memories of 4,000 characters each."""

HTML_MAX_CHARS = 60_000
"""A longer rendering is not put into a frame; the page fetches it."""


# Made once: `json.dumps` with options makes an encoder for every call.
encode: Callable[[Frame], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class ReplyError:
    """Why a reply did not become complete, in words for the person."""

    kind: str
    text: str
    retry: bool
    retry_after: int | None


def reply_error(message: Message) -> ReplyError | None:
    if message.state not in {State.FAILED, State.INTERRUPTED} or not message.error_kind:
        return None
    text = str(REPLY_ERRORS.get(message.error_kind, REPLY_ERRORS["internal"]))
    wait = None if message.retry_after is None else max(1, round(message.retry_after))
    if wait is not None:
        text = _("%(reason)s Try again in %(seconds)d seconds.") % {"reason": text, "seconds": wait}
    return ReplyError(message.error_kind, text, message.error_kind not in RETRY_NEVER_HELPS, wait)


def change_label(change: MemoryChange) -> str:
    """One line about what happened to memory, without the text it happened to."""
    return {
        "remembered": _("Remembered"),
        "known": _("Already known"),
        "forgot": _("Forgotten"),
        "not_found": _("Nothing found to forget"),
        "listed": _("Listed what is remembered"),
        "refused": _("Not stored"),
    }.get(change.kind, change.kind)


def change_frame(change: MemoryChange) -> Frame:
    memory = change.memory
    return {
        "kind": change.kind,
        "label": change_label(change),
        "text": (memory.text if memory else change.text)[:CHANGE_MAX_CHARS],
        "reason": change.reason,
        "memory": memory.pk if memory else None,
        "url": reverse("memories:edit", args=[memory.pk]) if memory and memory.ended_at is None else "",
    }


def use_frame(use: MemoryUse) -> Frame:
    reasons = use.reasons.split(",") if use.reasons else []
    return memory_frame(use.memory_id, use.memory.text, use.rank, reasons, use.memory.ended_at is None)


def memory_frame(memory_id: int, text: str, rank: int, reasons: Sequence[str], is_current: bool = True) -> Frame:
    """A memory that stands in a prompt; `url` leads to it as long as it counts."""
    url = reverse("memories:edit", args=[memory_id]) if is_current else ""
    return {"id": memory_id, "text": text, "rank": rank, "reasons": list(reasons), "url": url}


def changes_of(message: Message) -> list[Frame]:
    """What the question of this reply did to memory."""
    if message.role != MessageRole.ASSISTANT or message.parent is None:
        return []
    return [change_frame(change) for change in message.parent.memory_changes.all()]


def memories_of(message: Message) -> list[Frame]:
    return [use_frame(use) for use in message.memory_uses.all()]


def shown_model(message: Message) -> str:
    """The name of the model that replied; of what is no model, what people call it here."""
    return no_model_label(message.provider) or message.model_name


def message_frame(message: Message, changes: list[Frame] | None = None, memories: list[Frame] | None = None) -> Frame:
    """A whole message. A reply that is still written has no text here: pieces bring it.

    What it has to do with memories is looked up unless it is given.
    """
    is_reply = message.role == MessageRole.ASSISTANT
    error = reply_error(message)
    html: str | None = ""
    if is_reply and message.state not in OPEN_STATES:
        html = message.html if len(message.html) <= HTML_MAX_CHARS else None
    return {
        "id": str(message.pk),
        "thread": str(message.thread_id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "state": message.state,
        "text": "" if is_reply else message.text,
        "html": html,
        "created_at": message.created_at.isoformat(),
        "provider": message.provider,
        "model_name": shown_model(message),
        "stop_reason": message.stop_reason,
        "error": None
        if error is None
        else {"kind": error.kind, "text": error.text, "retry": error.retry, "retry_after": error.retry_after},
        "changes": changes_of(message) if changes is None else changes,
        "memories": memories_of(message) if memories is None else memories,
        "omitted": message.omitted_count,
        "notice": message.memory_notice,
        "end": len(message.text),
    }


def new_message_frame(message: Message) -> Frame:
    """A message that was just stored: nothing hangs on it yet, so nothing is looked up."""
    is_reply = message.role == MessageRole.ASSISTANT
    return {
        "id": str(message.pk),
        "thread": str(message.thread_id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "state": message.state,
        "text": "" if is_reply else message.text,
        "html": "",
        "created_at": message.created_at.isoformat(),
        "provider": "",
        "model_name": "",
        "stop_reason": "",
        "error": None,
        "changes": [],
        "memories": [],
        "omitted": 0,
        "notice": "",
        "end": 0,
    }


def thread_frame(thread: Thread) -> Frame:
    return {
        "type": "thread",
        "thread": str(thread.pk),
        "title": str(thread),
        "active_at": thread.active_at.isoformat(),
    }


def pieces(thread_id: Any, message_id: Any, epoch: int, text: str, offset: int) -> list[Frame]:
    """`text[offset:]` as frames of bounded size."""
    frames = []
    while offset < len(text):
        part = text[offset : offset + PIECE_MAX_CHARS]
        frames.append(
            {
                "type": "piece",
                "thread": str(thread_id),
                "message": str(message_id),
                "epoch": epoch,
                "offset": offset,
                "end": offset + len(part),
                "text": part,
            }
        )
        offset += len(part)
    return frames


def ended_frame(message: Message, changes: list[Frame] | None = None, memories: list[Frame] | None = None) -> Frame:
    return {
        "type": "ended",
        "thread": str(message.thread_id),
        "message": message_frame(message, changes, memories),
        "end": len(message.text),
    }
