"""Whether a person has forgotten, or undone, what they said a while ago: learning late must not bring it back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Q

from memories.models import DEFAULT_NAMESPACE, Ending, Memory
from memories.slots import slot_of
from memories.words import fingerprint, terms_of
from memories.writing.rows import lock

NEARLY_ALL = 0.75
"""So much of the shorter of two statements stands in the longer when they are the same in other words."""


def taken_back_since(user_id: int, text: str, said_at: datetime, stored: Collection[int] = ()) -> bool:
    """Whether a statement of `said_at` has been forgotten since, or one of `stored` that says it in other words.

    `stored` is what was stored at once when it was said. The lock is held until the transaction ends: nothing is
    forgotten between the answer and what is done because of it.
    """
    lock(user_id)
    mine = Memory.objects.of(user_id).filter(namespace=DEFAULT_NAMESPACE)
    if mine.filter(fingerprint=fingerprint(text), ending=Ending.FORGOTTEN, ended_at__gte=said_at).exists():
        return True
    # What replaced something else is undone by having that back, which supersedes it.
    ended = mine.filter(pk__in=stored).exclude(ended_at=None)
    return any(_same_in_other_words(text, other) for other in ended.values_list("text", flat=True))


def all_taken_back_since(user_id: int, said_at: datetime) -> bool:
    """Whether everything that there was has been forgotten at one moment since then.

    Of a single memory nobody can tell whether it alone was meant. The lock is held here too.
    """
    lock(user_id)
    mine = Memory.objects.of(user_id)
    # What a program stored for a time ends by itself, and many of it at once.
    forgotten = mine.filter(ending=Ending.FORGOTTEN, ended_at__gte=said_at, ttl_minutes=None)
    together = forgotten.values("ended_at").annotate(count=Count("pk")).filter(count__gt=1)
    moment = together.order_by("-ended_at").values_list("ended_at", flat=True).first()
    if moment is None:
        return False
    outlived = Q(ended_at=None) | Q(ended_at__gt=moment)
    return not mine.filter(outlived, created_at__lte=moment).exists()


def _same_in_other_words(text: str, other: str) -> bool:
    slot = slot_of(text)
    if slot is not None and (of_other := slot_of(other, like=slot)) is not None and of_other.name == slot.name:
        return slot.relation(of_other) != "other"
    terms, of_other_terms = set(terms_of(text)), set(terms_of(other))
    shorter = min(len(terms), len(of_other_terms))
    return shorter > 0 and len(terms & of_other_terms) >= NEARLY_ALL * shorter
