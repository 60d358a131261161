"""Everything that can be imported from a file, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

from conversations.imports import chatgpt, claude, own, own_memories, statements
from conversations.imports.archive import Archive
from conversations.imports.documents import TooHeavy, entries
from conversations.imports.errors import ImportProblem
from conversations.imports.found import Found, FoundThread, Unreadable

LABELS = {chatgpt.SOURCE: chatgpt.LABEL, claude.SOURCE: claude.LABEL, own.SOURCE: own.LABEL}

_READERS: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], FoundThread]], ...] = (
    (chatgpt.recognises, chatgpt.read),
    (claude.recognises, claude.read),
    (own.recognises, own.read),
)
"""Another source of conversations is another pair here."""


class Reading:
    """An iterator over what a file holds; `done` of `size` bytes have been read. Raises ImportProblem."""

    def __init__(self, file: IO[bytes], size: int, *, max_bytes: int) -> None:
        self._archive = Archive(file, size, max_bytes)
        self.size = self._archive.size
        self.done = 0
        self._found = self._read()

    def __iter__(self) -> Iterator[Found]:
        return self

    def __next__(self) -> Found:
        return next(self._found)

    def _read(self) -> Iterator[Found]:
        for document in self._archive.documents:
            opened = partial(self._from_start, self._archive.open(document), self.done)
            for key, entry in entries(opened):
                yield from _found(entry, is_memory=key == "memories" or "memor" in document.name.lower())

    def _from_start(self, opened: Callable[[], Callable[[int], bytes]], before: int) -> Callable[[int], bytes]:
        read = opened()
        self.done = before

        def counted(size: int) -> bytes:
            chunk = read(size)
            self.done += len(chunk)
            return chunk

        return counted


def _found(entry: Any, *, is_memory: bool) -> Iterator[Found]:
    if isinstance(entry, TooHeavy):
        yield Unreadable()
        return
    if isinstance(entry, dict):
        for recognises, read in _READERS:
            if recognises(entry):
                yield _read_safely(read, entry)
                return
        if statements.is_summary(entry):
            yield from statements.in_summary(entry)
            return
    if is_memory and own_memories.recognises(entry):
        found = own_memories.read(entry)
        yield from [found] if found else []
    elif is_memory:
        yield from statements.in_entry(entry)
    elif isinstance(entry, dict) and {"title", "name", "uuid", "id"} & entry.keys():
        yield Unreadable()


def _read_safely(read: Callable[[dict[str, Any]], FoundThread], entry: dict[str, Any]) -> Found:
    """A conversation whose parts are not what they should be is one that cannot be read, and no more than that."""
    try:
        thread = read(entry)
    except ImportProblem:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        return Unreadable()
    return thread if thread.key else Unreadable()
