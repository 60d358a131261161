"""Files as ChatGPT and Claude hand them out, made for tests."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

BASE = 1_700_000_000.5
"""14 November 2023."""


def node(
    key: str,
    parent: str | None,
    role: str = "",
    text: Any = "",
    at: float = 0,
    children: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """One node of a ChatGPT conversation; without a role it carries no message. `text` may be a whole content."""
    if not role:
        return {"id": key, "message": None, "parent": parent, "children": list(children)}
    content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
    message = {
        "id": key,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": BASE + at,
        "update_time": None,
        "content": content,
        "status": "finished_successfully",
        "end_turn": True,
        "weight": 1.0,
        "metadata": {"model_slug": "gpt-4o"} if role == "assistant" else {},
        "recipient": "all",
        "channel": None,
    }
    message.update(more)
    return {"id": key, "message": message, "parent": parent, "children": list(children)}


def chatgpt(
    *nodes: dict[str, Any], key: str = "c-1", title: Any = "Lisbon", current: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "title": title,
        "create_time": BASE,
        "update_time": BASE + 500,
        "mapping": {one["id"]: one for one in nodes},
        "moderation_results": [],
        "current_node": current or nodes[-1]["id"],
        "conversation_id": key,
        "id": key,
        "is_archived": False,
        "default_model_slug": "gpt-4o",
        **more,
    }


def simple_chatgpt(key: str = "c-1", title: str = "Lisbon", turns: int = 1) -> dict[str, Any]:
    """Questions and answers, with the root and the hidden system message that every conversation has."""
    nodes = [
        node("root", None),
        node("sys", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
    ]
    for turn in range(turns):
        nodes.append(node(f"q{turn}", nodes[-1]["id"], "user", f"{title}: question {turn}?", 10 * turn))
        nodes.append(node(f"a{turn}", nodes[-1]["id"], "assistant", f"{title}: **answer** {turn}.", 10 * turn + 5))
    return chatgpt(*nodes, key=key, title=title)


def claude_message(key: str, sender: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "uuid": key,
        "text": text,
        "content": [{"type": "text", "text": text, "citations": []}],
        "sender": sender,
        "created_at": "2025-02-03T10:00:00.123456Z",
        "updated_at": "2025-02-03T10:00:00.123456Z",
        "attachments": [],
        "files": [],
        **more,
    }


def claude(*messages: dict[str, Any], key: str = "d-1", name: str = "A clause", **more: Any) -> dict[str, Any]:
    return {
        "uuid": key,
        "name": name,
        "summary": "",
        "created_at": "2025-02-03T10:00:00.000000Z",
        "updated_at": "2025-02-04T11:00:00.000000Z",
        "account": {"uuid": "a-1"},
        "chat_messages": list(messages),
        **more,
    }


def simple_claude(key: str = "d-1", name: str = "A clause") -> dict[str, Any]:
    return claude(
        claude_message(f"{key}-1", "human", f"{name}: what is it?"),
        claude_message(f"{key}-2", "assistant", f"{name}: it is *that*."),
        key=key,
        name=name,
    )


def zipped(other: dict[str, Any] | None = None, **files: Any) -> bytes:
    """A ZIP with JSON files (or bytes) in it; those that are named by an argument get the ending for it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**{f"{name}.json": file for name, file in files.items()}, **(other or {})}.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(name, data)
    return buffer.getvalue()
