"""A conversation of a Claude export: a list of messages that may name the one each of them follows."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

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

SOURCE = "claude"
LABEL = "Claude"
_ROLES: dict[str, Literal["user", "assistant"]] = {"human": "user", "user": "user", "assistant": "assistant"}


def recognises(item: dict[str, Any]) -> bool:
    return isinstance(item.get("chat_messages"), list)


def read(item: dict[str, Any]) -> FoundThread:
    written = {
        text_of(message.get("uuid")) or f"#{number}": message
        for number, message in enumerate(item["chat_messages"])
        if isinstance(message, dict)
    }
    thread = FoundThread(
        source=SOURCE,
        key=text_of(item.get("uuid")) or next(iter(written), ""),
        title=line_of(item.get("name"), 200),
        created_at=time_of(item.get("created_at")),
        active_at=time_of(item.get("updated_at")),
    )
    model = line_of(item.get("model"), 80)
    shown_by = fill(thread, written, _parents(written), partial(_message, model))
    leaf = item.get("current_leaf_message_uuid")
    newest = leaf if isinstance(leaf, str) and leaf in shown_by else next(reversed(written), "")
    thread.head = shown_by.get(newest) or (thread.messages[-1].key if thread.messages else None)
    return thread


def _parents(written: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """Who each message follows: the one it names, or, where none names any, the one before it."""
    named = {key: message.get("parent_message_uuid") for key, message in written.items()}
    parents = {key: parent if isinstance(parent, str) else None for key, parent in named.items()}
    if any(parent in written for parent in parents.values()):
        return parents
    return dict(zip(written, [None, *written], strict=False))


def _message(model: str, key: str, above: str | None, message: dict[str, Any]) -> FoundMessage | None:
    role = _ROLES.get(text_of(message.get("sender")))
    if role is None:
        return None
    text = cut("\n\n".join(filter(None, [*_attachments(message), _text(message)])))
    if not text.strip():
        return None
    name = "" if role == "user" else f"{LABEL} · {model}" if model else LABEL
    return FoundMessage(key, above, role, text, time_of(message.get("created_at")), name)


def _text(message: dict[str, Any]) -> str:
    blocks = [mapping_of(block) for block in listing_of(message.get("content"))]
    told = [text for block in blocks if (text := _shown(block)).strip()]
    if told or any(block.get("type") for block in blocks):
        return "\n\n".join(told)
    return text_of(message.get("text"))


def _shown(block: dict[str, Any]) -> str:
    """What people saw of a block: its words, or the name of a document that was written beside the conversation."""
    if block.get("type") == "text":
        return text_of(block.get("text"))
    is_document = block.get("type") == "tool_use" and block.get("name") == "artifacts"
    title = line_of(mapping_of(block.get("input")).get("title"), 200) if is_document else ""
    return f"[{title}]" if title else ""


def _attachments(message: dict[str, Any]) -> list[str]:
    """What came with a message: the names of files, and the text of what was pasted."""
    told = []
    for one in [*listing_of(message.get("attachments"))[:50], *listing_of(message.get("files"))[:50]]:
        name = line_of(mapping_of(one).get("file_name"), 200)
        told.append(f"[{name}]" if name else text_of(mapping_of(one).get("extracted_content")))
    return told
