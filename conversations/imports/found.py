"""What reading an export yields, and tolerant ways to take values out of somebody else's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from memchat.text import storable

MESSAGE_MAX_CHARS = 200_000
CUT = "\n\n[…]"
"""Stands at the end of a message that was longer than that."""

_MILLISECONDS_FROM = 100_000_000_000
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class FoundMessage:
    """One message; `parent` is the key of the one before it on its branch.

    Where it says so, how a reply ended; without that it is complete.
    """

    key: str
    parent: str | None
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime | None = None
    model_name: str = ""
    state: Literal["complete", "stopped", "interrupted", "failed"] = "complete"
    stop_reason: str = ""
    error_kind: str = ""


@dataclass(frozen=True, slots=True)
class FoundMemory:
    """A statement that the other assistant had remembered, and since when; `row` is all that our own file says of it.

    `place` is where it is kept there: a namespace and a key.
    """

    text: str
    since: date | None = None
    place: tuple[str, str] = ("", "")
    row: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """What a memory of our own file said before; it is kept at the same place."""

    place: tuple[str, str]
    text: str
    row: dict[str, Any]


@dataclass(slots=True)
class FoundThread:
    """One conversation: its messages with parents before children, and the last one of the branch that was shown."""

    source: str
    key: str
    title: str
    created_at: datetime | None
    active_at: datetime | None
    messages: list[FoundMessage] = field(default_factory=list)
    head: str | None = None
    kept_private: bool = False
    memories: list[FoundMemory] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One entry that is no conversation, or too large a one."""


Found = FoundThread | FoundMemory | FoundVersion | Unreadable


def text_of(value: Any) -> str:
    """A string, fit to be stored; anything else is empty."""
    return storable(value) if isinstance(value, str) else ""


def line_of(value: Any, longest: int) -> str:
    """A string on one line, cut."""
    return " ".join(text_of(value)[: 4 * longest].split())[:longest]


def mapping_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def listing_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def time_of(value: Any) -> datetime | None:
    """Seconds or milliseconds since 1970, or an ISO date; None for what cannot be."""
    try:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            seconds = float(value) / 1000 if value > _MILLISECONDS_FROM else float(value)
            when = datetime.fromtimestamp(seconds, UTC)
        elif isinstance(value, str) and len(value) <= 40:
            when = datetime.fromisoformat(value)
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError, ArithmeticError):
        return None
    return when if _EARLIEST <= when <= datetime.now(UTC) + timedelta(days=1) else None


def cut(text: str) -> str:
    """A message's text, no longer than a message may be."""
    text = text.strip("\r\n").rstrip()
    return text if len(text) <= MESSAGE_MAX_CHARS else text[: MESSAGE_MAX_CHARS - len(CUT)] + CUT
