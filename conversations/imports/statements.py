"""Statements that another assistant had remembered, out of the several shapes in which exports carry them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from conversations.imports.found import FoundMemory, listing_of, mapping_of, text_of, time_of

LONGEST = 1_000
"""Characters of one statement; a longer paragraph is taken apart after its sentences."""
MOST_KEPT = 5_000
"""Of one statement in any case: more than can be remembered, so that it is refused for its length."""
MOST_CHARS = 200_000
"""Of one text; nobody's memory is longer."""

_LINE = re.compile(r"\s*(?:[-*•+]\s+|\d{1,4}[.)]\s+)?(?:\[(\d{4}-\d{2}-\d{2})\][.:]?\s*(?:[-–]\s*)?)?(.*)")
_HEADING = re.compile(r"#{1,6}\s.*|\*\*[^*]{1,80}\*\*:?|__[^_]{1,80}__:?|[^.!?。]{1,60}:")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*")
_TEXTS = ("content", "text", "memory", "value", "statement")
_TIMES = ("valid_from", "created_at", "created", "create_time", "date", "updated_at")


def in_text(text: str, since: date | None = None) -> list[FoundMemory]:
    """One statement for each line that is no heading."""
    found = []
    for line in text[:MOST_CHARS].splitlines():
        if _HEADING.fullmatch(line.strip()):
            continue
        match = _LINE.fullmatch(line)
        day, said = (match[1], match[2].strip()) if match else (None, line.strip())
        found += [FoundMemory(piece, _day(day) or since) for piece in _pieces(said)]
    return found


def in_entry(entry: Any) -> list[FoundMemory]:
    """What one entry of a list of memories says."""
    if isinstance(entry, str):
        return [FoundMemory(piece) for piece in _pieces(text_of(entry)[:MOST_CHARS].strip())]
    entry = mapping_of(entry)
    if is_summary(entry):
        return in_summary(entry)
    if entry.get("ending") or entry.get("item") or _is_over(entry.get("expires_at")):
        # As in an old file of our own: what was forgotten or replaced, data of programs, or what was true for a time.
        return []
    text = next((text for name in _TEXTS if (text := text_of(entry.get(name)).strip())), "")
    when = next((time for name in _TIMES if (time := time_of(entry.get(name)))), None)
    return [FoundMemory(text[:MOST_KEPT], when.date() if when else None)] if text else []


def is_summary(item: dict[str, Any]) -> bool:
    """Whether this is what Claude remembers of a person, written as prose."""
    return isinstance(item.get("conversations_memory"), str) or isinstance(item.get("project_memories"), dict)


def in_summary(item: dict[str, Any]) -> list[FoundMemory]:
    texts = [item.get("conversations_memory"), *mapping_of(item.get("project_memories")).values()]
    texts += [mapping_of(file).get("content") for file in listing_of(item.get("memory_files"))]
    return [memory for text in texts for memory in in_text(text_of(text))]


def _pieces(said: str) -> Iterator[str]:
    """A statement as it is, or, when it is long, its sentences put together as far as they go."""
    if len(said) <= LONGEST:
        if said:
            yield said
        return
    piece = ""
    for sentence in _SENTENCE_END.split(said):
        if piece and len(piece) + len(sentence) >= LONGEST:
            yield piece[:MOST_KEPT]
            piece = ""
        piece = f"{piece} {sentence}".strip()
    if piece:
        yield piece[:MOST_KEPT]


def _is_over(raw: Any) -> bool:
    over = time_of(raw)
    return over is not None and over <= datetime.now(UTC)


def _day(raw: str | None) -> date | None:
    when = time_of(raw)
    return when.date() if when else None
