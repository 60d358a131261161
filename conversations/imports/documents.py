"""The entries of a JSON document one after the other, whatever its size and however hostile it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import ijson

from conversations.imports.errors import ImportProblem

BUFFER = 64 * 1024
LONGEST_TOKEN = 32 * 1024 * 1024
"""Bytes without anything the parser could tell of: one string that long."""
HEAVIEST_ENTRY = 48 * 1024 * 1024
"""Characters and nodes of one entry, a node counting as 64 characters."""
LONGEST_SKIPPED = 4 * HEAVIEST_ENTRY
DEEPEST = 200
MOST_ENTRIES = 100_000
_NODE = 64

LISTS = {"conversations", "memories", "threads"}
"""Keys of a document whose lists are gone through entry by entry."""

Event = tuple[str, Any]

_PATIENT = ijson.get_backend("python")
"""Slow, and knows numbers of any size."""


class TooHeavy:
    """Stands for an entry that was too large to be held."""


class _Source:
    """What the parser reads from: counts, skips a byte order mark, and stops at a token without an end."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._begun = False
        self.since_event = 0
        self.since_entry = 0

    def read(self, size: int) -> bytes:
        if not size:
            return b""
        chunk = self._read(size)
        if not self._begun and chunk:
            self._begun = True
            chunk = chunk.removeprefix(b"\xef\xbb\xbf") or self._read(size)
        self.since_event += len(chunk)
        self.since_entry += len(chunk)
        if self.since_event > LONGEST_TOKEN or self.since_entry > LONGEST_SKIPPED:
            raise ImportProblem("too_large")
        return chunk


def entries(opened: Callable[[], Callable[[int], bytes]]) -> Iterator[tuple[str, Any]]:
    """Each entry with the key of the list it stands in, "" for a document that is a list.

    What else a document says comes last, as one entry under "*". `opened` gives what reads it from its start.
    Raises ImportProblem: damaged, too_large, too_many_entries.
    """
    count = 0
    try:
        for entry in _parsed(opened(), ijson):
            count += 1
            yield entry
    except _Overflow:
        # The fast parser takes the process down with it when it makes a number of thousands of digits, so it may not.
        yield from islice(_parsed(opened(), _PATIENT), count, None)


class _Overflow(Exception):
    """There is a larger number in a document than a machine's."""


def _parsed(read: Callable[[int], bytes], parser: Any) -> Iterator[tuple[str, Any]]:
    source = _Source(read)
    try:
        for entry in _entries(_events(source, parser)):
            yield entry
            source.since_entry = 0
    except (ijson.JSONError, ValueError, ArithmeticError) as error:
        # ValueError: bad UTF-8, or a number of thousands of digits.
        if parser is not _PATIENT and "overflow" in str(error):
            raise _Overflow from None
        raise ImportProblem("damaged") from error


def _events(source: _Source, parser: Any) -> Iterator[Event]:
    for event in parser.basic_parse(source, buf_size=BUFFER, use_float=True):
        source.since_event = 0
        yield event


def _entries(events: Iterator[Event]) -> Iterator[tuple[str, Any]]:
    kind, _value = next(events, ("", None))
    if kind == "start_array":
        yield from _listed("", events)
    elif kind == "start_map":
        rest: dict[str, Any] = {}
        for kind, key in events:
            if kind == "end_map":
                break
            kind, value = next(events)
            if kind == "start_array" and key in LISTS:
                yield from _listed(key, events)
            elif len(rest) < MOST_ENTRIES:
                rest[key] = _built(kind, value, events)
        yield "*", rest
    else:
        raise ImportProblem("damaged")
    if next(events, None) is not None:
        raise ImportProblem("damaged")


def _listed(key: str, events: Iterator[Event]) -> Iterator[tuple[str, Any]]:
    for count, (kind, value) in enumerate(events):
        if kind == "end_array":
            return
        if count >= MOST_ENTRIES:
            raise ImportProblem("too_many_entries")
        yield key, _built(kind, value, events)


def _built(kind: str, value: Any, events: Iterator[Event]) -> Any:
    """One value, from its first event on; TooHeavy when it is more than may be held."""
    if kind not in {"start_map", "start_array"}:
        return value
    root: Any = {} if kind == "start_map" else []
    open_values: list[Any] = [root]
    keys: list[str] = [""]
    weight = 0
    for kind, value in events:
        weight += _NODE + (len(value) if isinstance(value, str) else 0)
        if weight > HEAVIEST_ENTRY:
            root.clear()
            _skip(len(open_values), kind, events)
            return TooHeavy()
        if kind == "map_key":
            keys[-1] = value
        elif kind in {"end_map", "end_array"}:
            open_values.pop()
            keys.pop()
            if not open_values:
                return root
        else:
            new: Any = {} if kind == "start_map" else [] if kind == "start_array" else value
            container = open_values[-1]
            if isinstance(container, dict):
                container[keys[-1]] = new
            else:
                container.append(new)
            if kind in {"start_map", "start_array"}:
                if len(open_values) >= DEEPEST:
                    raise ImportProblem("damaged")
                open_values.append(new)
                keys.append("")
    raise ImportProblem("damaged")


def _skip(depth: int, kind: str, events: Iterator[Event]) -> None:
    """Go on to the end of a value that is not held."""
    while True:
        depth += (kind in {"start_map", "start_array"}) - (kind in {"end_map", "end_array"})
        if not depth:
            return
        kind, _value = next(events, ("", None))
        if not kind:
            raise ImportProblem("damaged")
