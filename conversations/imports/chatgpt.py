"""A conversation of a ChatGPT export: a tree of nodes, most of which people never saw.

Kept is what was shown: the person's messages and the replies to all. What a reply was made of (steps, tools, thoughts)
is left out, and a reply that was interrupted by such steps becomes one message again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from conversations.imports import statements
from conversations.imports.found import (
    FoundMemory,
    FoundMessage,
    FoundThread,
    cut,
    line_of,
    listing_of,
    mapping_of,
    text_of,
    time_of,
)
from conversations.imports.tree import children_of, parents_first

SOURCE = "chatgpt"
LABEL = "ChatGPT"
IMAGE = "[image]"

# Marks of citations: between private characters, or in lenticular brackets with a dagger.
_CITATION = re.compile("[ ]?\ue200[^\ue201]{0,2000}\ue201|【[^】]{0,200}†[^】]{0,200}】|[\ue200-\ue206]")
_HIDDEN = ("is_visually_hidden_from_conversation", "is_user_system_message")
_TO_ALL = {"", "all", "assistant"}
_CANVAS = "canmore.create_textdoc"
_CANVAS_NAME = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.){1,400}")')


@dataclass(frozen=True, slots=True)
class _Part:
    """What one node shows."""

    role: Literal["user", "assistant"]
    text: str
    created_at: datetime | None
    model_name: str


def recognises(item: dict[str, Any]) -> bool:
    return isinstance(item.get("mapping"), dict)


def read(item: dict[str, Any]) -> FoundThread:
    nodes = {key: node for key, node in item["mapping"].items() if isinstance(node, dict)}
    thread = FoundThread(
        source=SOURCE,
        key=text_of(item.get("conversation_id")) or text_of(item.get("id")) or next(iter(nodes), ""),
        title=line_of(item.get("title"), 200),
        created_at=time_of(item.get("create_time")),
        active_at=time_of(item.get("update_time")),
        kept_private=item.get("is_do_not_remember") is True,
    )
    children = children_of(nodes, _parents(nodes))
    shown_by = _gather(thread, nodes, children)
    head = item.get("current_node")
    last = thread.messages[-1].key if thread.messages else None
    thread.head = (shown_by.get(head) if isinstance(head, str) else None) or last
    return thread


def _parents(nodes: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """Who each node follows; some exports only say who follows it."""
    parents: dict[str, str | None] = {}
    for key, node in nodes.items():
        parent = node.get("parent")
        if isinstance(parent, str):
            parents[key] = parent
        for child in listing_of(node.get("children")):
            if isinstance(child, str):
                parents.setdefault(child, key)
    return parents


def _gather(
    thread: FoundThread, nodes: dict[str, dict[str, Any]], children: dict[str | None, list[str]]
) -> dict[str, str | None]:
    """Fill in the thread's messages and memories; which message each node belongs to or follows."""
    parent_of = {child: parent for parent, listed in children.items() for child in listed}
    messages: dict[str, FoundMessage] = {}
    shown_by: dict[str, str | None] = {}
    straight: dict[str, bool] = {}  # whether nothing branched off since the last message
    for key in parents_first(children):
        message = mapping_of(nodes[key].get("message"))
        thread.memories += _memories(message)
        parent = parent_of[key]
        above = shown_by.get(parent) if parent is not None else None
        alone = len(children.get(key, ())) < 2
        part = _part(message)
        if part is None:
            shown_by[key] = above
            straight[key] = alone and (parent is None or straight[parent])
            continue
        straight[key] = alone
        before = messages.get(above) if above is not None else None
        if before is not None and parent is not None and straight[parent] and before.role == part.role == "assistant":
            before.text = cut(f"{before.text}\n\n{part.text}")
            before.model_name = before.model_name or part.model_name
            shown_by[key] = above
            continue
        messages[key] = FoundMessage(key, above, part.role, part.text, part.created_at, part.model_name)
        shown_by[key] = key
    thread.messages = list(messages.values())
    return shown_by


def _part(message: dict[str, Any]) -> _Part | None:
    """What a node shows, or None."""
    role = mapping_of(message.get("author")).get("role")
    metadata = mapping_of(message.get("metadata"))
    if role not in {"user", "assistant", "tool"} or any(metadata.get(name) is True for name in _HIDDEN):
        return None
    recipient, content = text_of(message.get("recipient")), mapping_of(message.get("content"))
    if recipient not in {*_TO_ALL, _CANVAS} or message.get("channel") == "analysis":
        return None
    text = _canvas(content) if recipient == _CANVAS else _text(content)
    if role == "tool":
        # Of what tools give back people see the pictures.
        text = IMAGE if IMAGE in text else ""
    if role == "user":
        text = "\n\n".join(filter(None, [*_files(metadata), text]))
    text = cut(_CITATION.sub("", text))
    if not text.strip():
        return None
    model = line_of(metadata.get("model_slug"), 80)
    name = "" if role == "user" else f"{LABEL} · {model}" if model else LABEL
    return _Part("user" if role == "user" else "assistant", text, time_of(message.get("create_time")), name)


def _text(content: dict[str, Any]) -> str:
    kind = content.get("content_type")
    if kind == "code":
        code, language = text_of(content.get("text")), line_of(content.get("language"), 30)
        return f"```{'' if language == 'unknown' else language}\n{code}\n```" if code.strip() else ""
    if kind not in {"text", "multimodal_text"}:
        return ""
    return "\n\n".join(filter(None, (_piece(piece) for piece in listing_of(content.get("parts")))))


def _canvas(content: dict[str, Any]) -> str:
    """The name of a document that was written beside the conversation: it stands where people saw that."""
    named = _CANVAS_NAME.match(text_of(content.get("text")) or _text(content))
    try:
        name = line_of(json.loads(named[1]), 200) if named else ""
    except ValueError:
        return ""
    return f"[{name}]" if name else ""


def _piece(piece: Any) -> str:
    if isinstance(piece, dict):
        if "image" in text_of(piece.get("content_type")):
            return IMAGE
        return text_of(piece.get("text"))
    return text_of(piece)


def _files(metadata: dict[str, Any]) -> list[str]:
    """The names of files that came with a message; pictures are part of its content."""
    listed = [mapping_of(one) for one in listing_of(metadata.get("attachments"))[:50]]
    return [
        f"[{name}]"
        for one in listed
        if (name := line_of(one.get("name"), 200)) and not text_of(one.get("mime_type")).startswith("image/")
    ]


def _memories(message: dict[str, Any]) -> list[FoundMemory]:
    """What a conversation carries of ChatGPT's memory: the list it was given, and what it noted in it."""
    content = mapping_of(message.get("content"))
    if content.get("content_type") == "model_editable_context":
        return statements.in_text(text_of(content.get("model_set_context")))
    if message.get("recipient") != "bio" or mapping_of(message.get("author")).get("role") != "assistant":
        return []
    noted = time_of(message.get("create_time"))
    return statements.in_text(_text(content), since=noted.date() if noted else None)
