"""Puts nodes that name their parents into order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conversations.imports.found import FoundMessage, FoundThread


def children_of(ids: Iterable[str], parents: Mapping[str, str | None]) -> dict[str | None, list[str]]:
    """The children of each node, in the order given; those of no known parent under None."""
    listed = list(ids)
    known = set(listed)
    children: dict[str | None, list[str]] = {}
    for one in listed:
        parent = parents.get(one)
        children.setdefault(parent if parent in known else None, []).append(one)
    return children


def parents_first(children: Mapping[str | None, list[str]]) -> list[str]:
    """Every node that is reached from a root, parents before children. What runs in a circle is not reached."""
    ordered: list[str] = []
    waiting = deque(children.get(None, ()))
    while waiting:
        one = waiting.popleft()
        ordered.append(one)
        waiting.extend(children.get(one, ()))
    return ordered


def fill(
    thread: FoundThread,
    written: Mapping[str, dict[str, Any]],
    parents: Mapping[str, str | None],
    make: Callable[[str, str | None, dict[str, Any]], FoundMessage | None],
) -> dict[str, str | None]:
    """Give a thread the messages that `make` makes of what was written, given its key and the message it follows.

    Returns which message each key belongs to, or follows when nothing was made of it.
    """
    children = children_of(written, parents)
    parent_of = {child: parent for parent, listed in children.items() for child in listed}
    shown_by: dict[str, str | None] = {}
    for key in parents_first(children):
        parent = parent_of[key]
        above = shown_by.get(parent) if parent is not None else None
        message = make(key, above, written[key])
        shown_by[key] = key if message is not None else above
        if message is not None:
            thread.messages.append(message)
    return shown_by
