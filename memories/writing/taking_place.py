"""What a new statement does to an older one about the same thing, where there is one value at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from memories.models import DEFAULT_NAMESPACE, Category, Memory, Origin
from memories.slots import MOST_TERMS, Relation, slot_of
from memories.words import owned
from memories.writing.correcting import give_way
from memories.writing.outcome import Outcome
from memories.writing.rows import note_confirmed, note_said_again, note_until

_SPEAKS_FOR_NOW = {Origin.SAID, Origin.WRITTEN, Origin.LEARNED}
"""What comes from these is how things stand; what is imported or sent by a program may be of any age."""


@dataclass(frozen=True, slots=True)
class Held:
    """The newest memory about the slot that a new statement fills too, and how that one stands to it."""

    memory: Memory
    relation: Relation


def held_already(memory: Memory) -> Held | None:
    """What is remembered already of something that has one value at a time, if that is what `memory` is about."""
    if memory.origin not in _SPEAKS_FOR_NOW or memory.namespace != DEFAULT_NAMESPACE:
        return None
    if (slot := slot_of(memory.value["data"])) is None:
        return None
    rows = Memory.objects.of(memory.user_id).current().recalled().filter(ttl_minutes=None)
    if memory.source_message is not None:
        # Two things said in one breath are both meant.
        rows = rows.exclude(source_message=memory.source_message)
    if memory.valid_from is not None:
        rows = rows.exclude(valid_from__gt=memory.valid_from)
    anchors = [owned(memory.user_id, term) for term in slot.anchors()]
    rows = rows.sharing(anchors).filter(word_count__lte=MOST_TERMS).order_by("-created_at", "-pk")
    for pk, text in rows.values_list("pk", "text"):
        other = slot_of(text, like=slot)
        if other is not None and other.name == slot.name:
            return Held(rows.without_vectors().get(pk=pk), slot.relation(other))
    return None


def nothing_new(memory: Memory, known: Memory | None, held: Held | None, said_at: datetime | None) -> Outcome | None:
    """What to answer when nothing needs to be stored: it is known, in these words or others, or out of date."""
    contradicted = held is not None and held.relation == "other"
    if held is not None and contradicted and said_at is not None and held.memory.created_at > said_at:
        return Outcome("known", held.memory)
    if known is not None:
        note_said_again(known, memory)
        gave_way = held is not None and contradicted and held.memory.pk != known.pk and give_way(held.memory, known)
        return Outcome("known", known, replaced=held.memory if held is not None and gave_way else None)
    if held is not None and held.relation in {"same", "coarser"}:
        note_confirmed(held.memory)
        return Outcome("known", held.memory)
    return None


def take_place(memory: Memory, held: Held, category: Category | str | None) -> Memory:
    """Let `memory` go on where an older one of its slot ends."""
    older = held.memory
    memory.key, memory.pinned = older.key, older.pinned
    memory.category = category or older.category
    memory.value = {**older.value, **memory.value}
    if held.relation == "other":
        note_until(older, memory.valid_from)
    return older
