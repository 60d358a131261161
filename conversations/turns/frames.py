"""What the socket sends, built from models; docs/protocol.md is the description."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from conversations.errors import RETRY_NEVER_HELPS
from conversations.models import (
    OPEN_STATES,
    Attachment,
    AttachmentKind,
    MemoryChange,
    MemoryUse,
    Message,
    MessageRole,
    State,
    Thread,
    ToolUse,
)
from conversations.providers.registry import no_model_label
from conversations.turns import wording
from memories.models import Memory

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
    wait = None if message.retry_after is None else max(1, round(message.retry_after))
    text = wording.error_text(message.error_kind, wait)
    return ReplyError(message.error_kind, text, message.error_kind not in RETRY_NEVER_HELPS, wait)


def change_status(change: MemoryChange) -> str:
    """What became of a change since: worked out from its memory, so that every page and every tab says the same."""
    memory = change.memory
    if change.kind == "proposed":
        if change.proposal_id:
            return ""
        return "rejected" if memory is None else _status_since(memory) or "approved"
    if change.kind in {"remembered", "updated"}:
        return "removed" if memory is None else _status_since(memory)
    if change.kind == "forgot":
        if memory is None:
            return "" if change.text else "removed"
        return "undone" if memory.ended_at is None or getattr(memory, "superseded_by", None) else ""
    return ""


def _status_since(memory: Memory) -> str:
    """What became of a memory that was stored: "" as long as it counts."""
    if memory.ended_at is None:
        return ""
    if memory.ending == "forgotten":
        # By Undo or elsewhere: what has become of it is the same.
        return "forgotten"
    older, newer = memory.supersedes, getattr(memory, "superseded_by", None)
    return "undone" if older and newer and newer.text == older.text else "changed"


def change_frame(change: MemoryChange) -> Frame:
    """What happened to memory, and what became of that.

    `previous` is the text that an update replaced, `url` leads to a memory that counts; `undo`, `approve` and `reject`
    are where a form is posted to, empty where that is not possible (any more).
    """
    memory, proposal = change.memory, change.proposal
    status = change_status(change)
    text = memory.text if memory else proposal.text if proposal else change.text
    updates = change.kind in {"updated", "proposed"}
    previous = memory.supersedes.text if memory and memory.supersedes and updates else ""
    return {
        "kind": change.kind,
        "source": change.source,
        "source_label": wording.source_label(change.source),
        "label": wording.change_label(change.kind, is_stored=memory is not None),
        "text": text[:CHANGE_MAX_CHARS],
        "previous": previous[:CHANGE_MAX_CHARS],
        "reason": wording.reason_text(change.reason),
        "memory": memory.pk if memory else None,
        "proposal": proposal.pk if proposal else None,
        "url": _memory_url("edit", memory.pk) if memory and memory.ended_at is None else "",
        "status": status,
        "status_label": wording.status_label(status),
        "undo": _undo_url(change, status),
        "approve": _memory_url("approve", proposal.pk) if proposal else "",
        "reject": _memory_url("reject", proposal.pk) if proposal else "",
    }


def _undo_url(change: MemoryChange, status: str) -> str:
    """Where a change is undone."""
    memory = change.memory
    if memory is None:
        return ""
    if change.kind == "forgot":
        return "" if status else _memory_url("undo", memory.pk)
    if change.kind not in {"remembered", "updated", "proposed"} or status not in {"", "approved"}:
        return ""
    # What it replaced comes back.
    return _memory_url("take_back" if memory.supersedes_id else "forget", memory.pk)


def _memory_url(name: str, pk: int) -> str:
    try:
        return reverse(f"memories:{name}", args=[pk])
    except NoReverseMatch:
        return ""


def use_frame(use: MemoryUse) -> Frame:
    reasons = use.reasons.split(",") if use.reasons else []
    status = "" if use.memory.ended_at is None else "forgotten" if use.memory.ending == "forgotten" else "changed"
    return memory_frame(use.memory_id, use.memory.text, use.rank, reasons, status, use.not_relevant)


def memory_frame(
    memory_id: int, text: str, rank: int, reasons: Sequence[str], status: str = "", not_relevant: bool = False
) -> Frame:
    """A memory that stands in a prompt; `url` leads to it as long as it counts."""
    return {
        "id": memory_id,
        "text": text,
        "rank": rank,
        "reasons": list(reasons),
        "url": "" if status else _memory_url("edit", memory_id),
        "status": status,
        "status_label": wording.status_label(status or ("not_relevant" if not_relevant else "")),
        "not_relevant": not_relevant,
    }


def changes_of(message: Message) -> list[Frame]:
    """What the question of this reply did to memory."""
    if message.role != MessageRole.ASSISTANT or message.parent is None:
        return []
    return [change_frame(change) for change in message.parent.memory_changes.all()]


def memories_of(message: Message) -> list[Frame]:
    return [use_frame(use) for use in message.memory_uses.all()]


def tool_frame(use: ToolUse) -> Frame:
    """A search that the model made while it replied."""
    return {"name": use.name, "label": wording.tool_label(use.name), "query": use.query, "found": use.found}


def tools_of(message: Message) -> list[Frame]:
    return [tool_frame(use) for use in message.tool_uses.all()]


def attachment_frame(attachment: Attachment) -> Frame:
    """A file of a message, or one that waits to be sent; `preview` is the address of an image that can be shown."""
    is_image = attachment.kind == AttachmentKind.IMAGE
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "kind": attachment.kind,
        "size": attachment.size,
        "about": wording.about_file(
            attachment.kind,
            attachment.size,
            is_pdf=attachment.media_type == "application/pdf",
            is_cut=attachment.cut,
            pages=attachment.pages,
            unread_pages=attachment.unread_pages,
        ),
        "chars": attachment.chars,
        "cut": attachment.cut,
        "pages": attachment.pages,
        "unread_pages": attachment.unread_pages,
        "width": attachment.width,
        "height": attachment.height,
        "url": reverse("attachment", args=[attachment.pk, attachment.name]),
        "preview": reverse("attachment_preview", args=[attachment.pk]) if is_image else "",
    }


def attachments_of(message: Message) -> list[Frame]:
    """The files of a person's message; a reply has none."""
    if message.role == MessageRole.ASSISTANT:
        return []
    return [attachment_frame(one) for one in message.attachments.all()]


def versions_frame(message: Message) -> Frame:
    """Which version of how many it is; nothing where nobody has looked, and nothing has changed about it."""
    if not hasattr(message, "versions"):
        return {}
    found = message.versions
    if found is None:
        return {"versions": None}
    previous, following = (str(one) if one else None for one in (found.previous, found.next))
    return {"versions": {"index": found.index, "count": found.count, "previous": previous, "next": following}}


def usage_frame(message: Message) -> Frame | None:
    """What a reply took, in words; None where nobody has counted."""
    read, written = message.input_tokens, message.output_tokens
    if read is None or written is None:
        return None
    cached = message.cached_tokens or 0
    return {
        **wording.usage_words(read, written, cached, message.cost),
        "read": read,
        "written": written,
        "cached": cached,
        "cost": None if message.cost is None else str(message.cost),
    }


def shown_model(message: Message) -> str:
    """The name of the model that replied; of what is no model, what people call it here."""
    return no_model_label(message.provider) or message.model_name


def message_frame(
    message: Message,
    changes: list[Frame] | None = None,
    memories: list[Frame] | None = None,
    tools: list[Frame] | None = None,
) -> Frame:
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
        "tools": tools_of(message) if tools is None else tools,
        "attachments": attachments_of(message),
        "omitted": message.omitted_count,
        "notice": message.memory_notice,
        "broke_off": message.broke_off,
        "usage": usage_frame(message),
        **versions_frame(message),
        "end": len(message.text),
    }


def new_message_frame(message: Message, attachments: Sequence[Attachment] = ()) -> Frame:
    """A message that was just stored: nothing hangs on it yet but its files, so nothing is looked up."""
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
        "tools": [],
        "attachments": [attachment_frame(one) for one in attachments],
        "omitted": 0,
        "notice": "",
        "broke_off": False,
        "usage": None,
        **versions_frame(message),
        "end": 0,
    }


def thread_frame(thread: Thread) -> Frame:
    return {"type": "thread", **thread_state(thread), "active_at": thread.active_at.isoformat()}


def thread_state(thread: Thread) -> Frame:
    """What a page shows of a thread beside its messages."""
    return {
        "thread": str(thread.pk),
        "title": thread.title,
        "memory_mode": thread.memory_mode,
        "temporary": thread.temporary,
        "expires_at": thread.expires_at.isoformat() if thread.expires_at else None,
        "pinned": thread.pinned,
        "archived": thread.archived,
        "tags": thread.tags,
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


def markup_change(before: str, settled: str, tail: str) -> Frame:
    """How `before` becomes what has settled and the new tail: take so much off its end, then add."""
    after = settled + tail
    same = _same(before, after)
    return {"drop": units(before[same:]), "html": after[same:]}


def _same(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def units(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def whole_markup(names: Frame, at: int, blocks: list[str], tail: str, *, done: bool = False) -> list[Frame]:
    """All of a reply's markup as frames of bounded size; the last says where each block ends."""
    html = "".join(blocks) + tail
    starts = range(0, len(html) or 1, PIECE_MAX_CHARS)
    whole: list[Frame] = [
        {"type": "markup", **names, "part": part, "html": html[start : start + PIECE_MAX_CHARS]}
        for part, start in enumerate(starts)
    ]
    whole[-1] |= {"at": at, "blocks": [units(block) for block in blocks], **({"done": True} if done else {})}
    return whole


def memory_frame_of(message: Message) -> Frame:
    """What a reply has to do with memories, as it is now."""
    return {
        "type": "memory",
        **wording.marked(),
        "thread": str(message.thread_id),
        "message": str(message.pk),
        "changes": changes_of(message),
        "memories": memories_of(message),
        "tools": tools_of(message),
    }


def ended_frame(
    message: Message,
    changes: list[Frame] | None = None,
    memories: list[Frame] | None = None,
    tools: list[Frame] | None = None,
) -> Frame:
    return {
        "type": "ended",
        **wording.marked(),
        "thread": str(message.thread_id),
        "message": message_frame(message, changes, memories, tools),
        "end": len(message.text),
    }
