"""What a memory said before, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from memories.items.places import Place
from memories.items.values import Kept
from memories.models import Category, Ending, Memory, Origin, Proposal
from memories.safety.instructions import reads_like_instruction
from memories.writing import items
from memories.writing.checks import must_ask, tidied, why_refused
from memories.writing.rows import index, lock


@dataclass(frozen=True, slots=True)
class Version:
    """What a memory said before, as it stands in a file."""

    text: str
    created_at: datetime
    ended_at: datetime
    category: str = Category.FACT
    valid_from: date | None = None
    valid_until: date | None = None
    kept: Kept | None = None


def add_history(memory: Memory, versions: Iterable[Version]) -> int:
    """Put what a memory said before, oldest first, behind one that has no history yet; how many were stored."""
    with transaction.atomic():
        lock(memory.user_id)
        mine = Memory.objects.of(memory.user_id)
        if mine.filter(namespace=memory.namespace, key=memory.key).exclude(pk=memory.pk).exists():
            return 0
        before: Memory | None = None
        count = 0
        for version in versions:
            text = tidied(version.text)
            # What would not be stored today, or not without asking, is not let in by this door either.
            if _is_refused(memory, version, text):
                continue
            row = Memory(
                user_id=memory.user_id,
                namespace=memory.namespace,
                key=memory.key,
                value=version.kept.value if version.kept else {"data": text},
                paths=version.kept.listed_paths if version.kept else None,
                by_site=version.kept is not None and version.kept.by_site,
                category=version.category,
                origin=Origin.IMPORTED,
                valid_from=version.valid_from,
                valid_until=version.valid_until,
                created_at=min(version.created_at, memory.created_at),
                ended_at=version.ended_at,
                ending=Ending.SUPERSEDED,
                quoted=reads_like_instruction(text),
                supersedes=before,
            )
            # Nothing recalls it, so it needs no vector.
            index(row, text)
            row.save(force_insert=True)
            before, count = row, count + 1
        if before is not None:
            mine.filter(pk=memory.pk).update(supersedes=before)
    return count


def _is_refused(memory: Memory, version: Version, text: str) -> bool:
    if version.kept is not None:
        put = items.Put.of_kept(Place(memory.user_id, memory.namespace), memory.key, version.kept)
        if not put.is_recalled:
            return bool(items.why_refused(put))
    return bool(why_refused(text) or must_ask(text, Origin.IMPORTED))


def cut_off_from(user: Any, thread_id: UUID) -> None:
    """Forget that memories came from a thread, which is no more."""
    nothing: dict[str, None] = {"source_thread": None, "source_message": None}
    with transaction.atomic():
        Memory.objects.of(user).filter(source_thread=thread_id).update(**nothing)
        Proposal.objects.of(user).filter(source_thread=thread_id).update(**nothing)
