"""Memories out of memchat's own file, each with all that its row says."""

from __future__ import annotations

from typing import Any

from conversations.imports.found import FoundMemory, FoundVersion, text_of, time_of
from conversations.imports.statements import MOST_KEPT

_READ = {
    *("namespace", "key", "text", "category", "pinned"),
    *("created_at", "ended_at", "valid_from", "valid_until", "expires_at"),
}


def recognises(row: Any) -> bool:
    """Whether this is one of our own rows; nobody else says of a memory where it is from."""
    return isinstance(row, dict) and isinstance(row.get("text"), str) and {"category", "origin"} <= row.keys()


def read(row: dict[str, Any]) -> FoundMemory | FoundVersion | None:
    """A current statement, or what one said before; None for what was forgotten, and for what programs keep."""
    text, ending = text_of(row["text"]).strip(), text_of(row.get("ending"))
    if not text or row.get("item"):
        return None
    if ending:
        return (
            FoundVersion(_place(row), text[:MOST_KEPT], _read(row))
            if ending == "superseded" and all(_place(row))
            else None
        )
    since = time_of(row.get("valid_from")) or time_of(row.get("created_at"))
    return FoundMemory(text[:MOST_KEPT], since.date() if since else None, _place(row), _read(row))


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """What is read of a row, and no more of it than could be stored: it is held until the file is read."""
    known = ((name, value) for name, value in row.items() if name in _READ)
    return {name: value if isinstance(value, bool) else text_of(value)[:MOST_KEPT] for name, value in known}


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return text_of(row.get("namespace")), text_of(row.get("key"))
