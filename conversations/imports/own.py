"""A thread out of the file with everything that a site of this kind hands out to a person."""

from __future__ import annotations

from typing import Any, Literal

from conversations.errors import REPLY_ERRORS
from conversations.imports.found import (
    FoundMessage,
    FoundThread,
    cut,
    line_of,
    listing_of,
    mapping_of,
    text_of,
    time_of,
)
from conversations.imports.tree import fill

SOURCE = "memchat"
LABEL = "memchat"
_ROLES: dict[str, Literal["user", "assistant"]] = {"user": "user", "assistant": "assistant"}
# A reply that was still being written when its thread was exported is not whole.
_ENDED: dict[str, Literal["stopped", "interrupted", "failed"]] = {
    "pending": "interrupted",
    "streaming": "interrupted",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "failed": "failed",
}
_STOP_REASONS = {"end", "length", "refusal"}


def recognises(item: dict[str, Any]) -> bool:
    return isinstance(item.get("thread"), dict) and isinstance(item.get("messages"), list)


def read(item: dict[str, Any]) -> FoundThread:
    row = item["thread"]
    written = {key: message for message in item["messages"] if (key := text_of(mapping_of(message).get("id")))}
    thread = FoundThread(
        source=SOURCE,
        key=text_of(row.get("id")),
        title=line_of(row.get("title"), 200),
        created_at=time_of(row.get("created_at")),
        active_at=time_of(row.get("active_at")),
        kept_private=row.get("memory_mode") == "off",
    )
    if row.get("temporary") is True:
        return thread
    parents = {key: text_of(message.get("parent")) or None for key, message in written.items()}
    shown_by = fill(thread, written, parents, _message)
    last = thread.messages[-1].key if thread.messages else None
    thread.head = shown_by.get(text_of(row.get("head"))) or last
    return thread


def _message(key: str, above: str | None, message: dict[str, Any]) -> FoundMessage | None:
    role = _ROLES.get(text_of(message.get("role")))
    text = cut("\n\n".join(filter(None, [*_files(message), text_of(message.get("text"))])))
    if role is None or not text.strip():
        return None
    found = FoundMessage(
        key, above, role, text, time_of(message.get("created_at")), line_of(message.get("model_name"), 120)
    )
    if role == "assistant":
        _end(found, message)
    return found


def _end(found: FoundMessage, message: dict[str, Any]) -> None:
    """Say how a reply ended. What a policy cut off is kept from providers, and what broke off can be gone on with."""
    reason, kind = text_of(message.get("stop_reason")), text_of(message.get("error_kind"))
    found.stop_reason = reason if reason in _STOP_REASONS else ""
    found.error_kind = kind if kind in REPLY_ERRORS else ""
    found.state = "failed" if kind == "refused" else _ENDED.get(text_of(message.get("state")), "complete")


def _files(message: dict[str, Any]) -> list[str]:
    """The names of files that came with a message: they stand where the files were."""
    listed = (line_of(mapping_of(one).get("name"), 200) for one in listing_of(message.get("attachments"))[:50])
    return [f"[{name}]" for name in listed if name]
