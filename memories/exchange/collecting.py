"""What a person's export is made of, in batches: no file is ever held in memory as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from memories.exchange.as_markdown import Batch
from memories.models import Category, Ending, Memory, MemoryQuerySet

BATCH = 500


def everything(user: Any) -> Iterator[list[Memory]]:
    """All rows of a person, history and what was forgotten included, oldest first."""
    return _batches(Memory.objects.of(user).without_vectors())


def current_by_category(user: Any) -> Iterator[tuple[str, Iterator[Batch]]]:
    """What counts now, each with its earlier versions, newest first."""
    current = Memory.objects.of(user).current().without_vectors()
    for category in Category:
        yield str(category.label), _with_history(user, current.filter(category=category))


def _with_history(user: Any, current: MemoryQuerySet) -> Iterator[Batch]:
    for batch in _batches(current):
        before: dict[tuple[str, str], list[Memory]] = defaultdict(list)
        superseded = Memory.objects.of(user).filter(ending=Ending.SUPERSEDED, key__in=[one.key for one in batch])
        for version in superseded.without_vectors().order_by("-created_at", "-pk"):
            before[version.namespace, version.key].append(version)
        yield [(memory, before[memory.namespace, memory.key]) for memory in batch]


def _batches(memories: MemoryQuerySet) -> Iterator[list[Memory]]:
    last = 0
    while batch := list(memories.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk
