"""Forgetting: at once, and after a while for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from memchat.text import storable
from memories.forgetting import clear_matches
from memories.models import Ending, Memory, Proposal
from memories.removal import remove
from memories.writing.proposals import reject
from memories.writing.rows import end, id_of, lock
from memories.writing.taken_back import note_all_forgotten

PROPOSAL_DAYS = 30
"""How long a proposal waits for its person's word, if forgotten memories are not kept for longer."""


def forget(memory: Memory) -> bool:
    """End a memory; False when it had ended before."""
    with transaction.atomic():
        lock(memory.user_id)
        ended = end(Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None), Ending.FORGOTTEN)
    if ended:
        memory.refresh_from_db(fields=["ended_at", "ending"])
    return bool(ended)


def forget_matching(user: Any, query: str, besides: Collection[int] = ()) -> list[Memory]:
    """Forget what a request such as "my address" clearly means, and return it; nothing is better than the wrong one.

    `besides` what was asked to be remembered in the same breath.
    """
    with transaction.atomic():
        lock(id_of(user))
        return end(clear_matches(id_of(user), storable(query), besides), Ending.FORGOTTEN)


def forget_all(user: Any) -> list[Memory]:
    """Forget everything that is remembered of a person, and return it. What they said before is not learned later."""
    with transaction.atomic():
        lock(id_of(user))
        note_all_forgotten(id_of(user))
        return end(Memory.objects.of(user).filter(ended_at=None).without_vectors(), Ending.FORGOTTEN)


def erase(memory: Memory) -> int:
    """Remove a forgotten memory for good, with all versions of it; how many rows that were. There is no way back."""
    with transaction.atomic():
        lock(memory.user_id)
        return remove(memory.user_id, [memory.pk])


def erase_forgotten(user: Any) -> int:
    """Remove for good everything that a person has forgotten, with all versions of it; how many rows that were."""
    user_id = id_of(user)
    with transaction.atomic():
        lock(user_id)
        forgotten = Memory.objects.of(user_id).filter(ending=Ending.FORGOTTEN)
        return remove(user_id, list(forgotten.values_list("pk", flat=True)))


def remove_forgotten(before: datetime, limit: int = 200) -> int:
    """Remove for good what was forgotten before a time, and proposals without an answer; how many rows there were.

    What was superseded lives as long as what took its place. Where that is another memory, under another key, it
    goes when it has ended for as long.
    """
    ended = Memory.objects.filter(ended_at__lt=before, superseded_by=None)
    forgotten = ended.filter(ending=Ending.FORGOTTEN).order_by("ended_at")
    found = list(forgotten.values_list("user_id", "pk")[:limit])
    if len(found) < limit:
        same_key = Memory.objects.filter(
            user=OuterRef("user"), namespace=OuterRef("namespace"), key=OuterRef("key"), ended_at=None
        )
        left = ended.filter(~Exists(same_key), ending=Ending.SUPERSEDED)
        found += left.values_list("user_id", "pk")[: limit - len(found)]
    removed = 0
    for user_id in dict.fromkeys(owner for owner, _ in found):
        with transaction.atomic():
            lock(user_id)
            removed += remove(user_id, [pk for owner, pk in found if owner == user_id])
    unanswered = min(before, timezone.now() - timedelta(days=PROPOSAL_DAYS))
    for proposal in Proposal.objects.filter(created_at__lt=unanswered).order_by("pk")[:limit]:
        reject(proposal)
        removed += 1
    return removed
