"""Whether a person has forgotten, or undone, what they said a while ago: learning late must not bring it back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from memchat.users.models import User
from memories.models import DEFAULT_NAMESPACE, Ending, Memory, Origin
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
    """Whether everything has been forgotten since then, if there was anything, and nothing of it had back.

    The lock is held here too.
    """
    lock(user_id)
    moment = User.objects.filter(pk=user_id).values_list("forgot_all_at", flat=True).first()
    if moment is None or moment < said_at:
        return False
    # What a file brings keeps the time when it was first stored, wherever that was.
    had_back = Memory.objects.of(user_id).filter(ended_at=None, created_at__lte=moment).exclude(origin=Origin.IMPORTED)
    return not had_back.exists()


def note_all_forgotten(user_id: int) -> None:
    """From now on nothing is learned of what was said before; for whoever forgets or removes everything."""
    User.objects.filter(pk=user_id).update(forgot_all_at=timezone.now())


def _same_in_other_words(text: str, other: str) -> bool:
    slot = slot_of(text)
    if slot is not None and (of_other := slot_of(other, like=slot)) is not None and of_other.name == slot.name:
        return slot.relation(of_other) != "other"
    terms, of_other_terms = set(terms_of(text)), set(terms_of(other))
    shorter = min(len(terms), len(of_other_terms))
    return shorter > 0 and len(terms & of_other_terms) >= NEARLY_ALL * shorter
