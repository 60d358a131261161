"""The memories of a file, until all of it has been looked through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from conversations.imports.found import FoundMemory, FoundVersion
from conversations.imports.wording import MOST_MEMORIES
from memories import imported
from memories.exchange.entries import Entry, unpacked

MOST_HISTORY_CHARS = 500_000
"""Of one file: it is held until the person has chosen. What is beyond comes in without what it said before."""


class Gathered:
    """Each statement once, as far as there is room; with what it said before, wherever in the file that stands."""

    def __init__(self) -> None:
        self._memories: dict[tuple[str, str], FoundMemory] = {}
        self._versions: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self._chars = 0

    def __bool__(self) -> bool:
        return bool(self._memories)

    def add(self, memories: Iterable[FoundMemory]) -> None:
        for memory in memories:
            if len(self._memories) < MOST_MEMORIES:
                self._memories.setdefault((memory.place[0], memory.text.casefold()), memory)

    def add_version(self, version: FoundVersion) -> None:
        if self._chars + len(version.text) <= MOST_HISTORY_CHARS:
            self._chars += len(version.text)
            self._versions[version.place].append(version.row)

    def entries(self) -> list[Entry]:
        return [self._entry(memory) for memory in self._memories.values()]

    def _entry(self, memory: FoundMemory) -> Entry:
        if memory.row is None:
            return imported.statement(memory.text, memory.since)
        before = sorted(self._versions.get(memory.place, ()), key=lambda row: str(row.get("created_at")))
        return unpacked({**memory.row, "text": memory.text, "history": before})
