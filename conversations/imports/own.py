"""A thread out of the file with everything that a site of this kind hands out to a person."""

from __future__ import annotations

from typing import Any, Literal

from conversations.imports.found import FoundMessage, FoundThread, cut, line_of, mapping_of, text_of, time_of
from conversations.imports.tree import fill

SOURCE = "memchat"
LABEL = "memchat"
_ROLES: dict[str, Literal["user", "assistant"]] = {"user": "user", "assistant": "assistant"}


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
    text = cut(text_of(message.get("text")))
    if role is None or not text.strip():
        return None
    return FoundMessage(
        key, above, role, text, time_of(message.get("created_at")), line_of(message.get("model_name"), 120)
    )
