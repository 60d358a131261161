"""Having back what was forgotten, superseded or corrected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from memories.models import Ending, Memory, is_named
from memories.writing import checks
from memories.writing.correcting import correct
from memories.writing.forgetting import forget
from memories.writing.items import is_item, say_again
from memories.writing.outcome import Outcome
from memories.writing.rows import id_of, lasts_until, lock, said_elsewhere, tell


def undo_forget(memory: Memory) -> Outcome:
    """Have a forgotten memory back as it was, or the one that says the same by now.

    What ended because another memory had said the same already, and is not part of its history, comes back like it.
    """
    with transaction.atomic():
        lock(memory.user_id)
        forgotten = Memory.objects.of(memory.user_id).filter(pk=memory.pk).first()
        if forgotten is None or Memory.objects.of(memory.user_id).filter(supersedes=forgotten).exists():
            return Outcome("refused", reason=checks.changed_meanwhile())
        known = forgotten if forgotten.ended_at is None else said_elsewhere(forgotten)
        if known:
            return Outcome("known", known)
        if (
            Memory.objects.of(memory.user_id)
            .filter(namespace=forgotten.namespace, key=forgotten.key, ended_at=None)
            .exists()
        ):
            return Outcome("refused", reason=checks.changed_meanwhile())
        if checks.current_count(memory.user_id) >= settings.MEMORIES_PER_PERSON:
            return Outcome("refused", reason=checks.too_many())
        if forgotten.pinned and checks.pin_count(memory.user_id) >= checks.PINS_PER_PERSON:
            forgotten.pinned = False
        forgotten.expires_at = lasts_until(forgotten)
        forgotten.ended_at, forgotten.ending, forgotten.valid_until = None, "", None
        forgotten.save(update_fields=["ended_at", "ending", "valid_until", "pinned", "expires_at"])
        tell([forgotten])
    return Outcome("remembered", forgotten)


def undo_forget_many(user: Any, forgotten: Iterable[int]) -> int:
    """Have many back at once, as far as nothing took their place and there is room; how many came back."""
    user_id = id_of(user)
    with transaction.atomic():
        lock(user_id)
        mine = Memory.objects.of(user_id)
        held = list(mine.filter(ended_at=None).values_list("namespace", "key", "pinned"))
        keys = {row[:2] for row in held}
        said = set(mine.current().lasting().values_list("namespace", "fingerprint"))
        room, pins = settings.MEMORIES_PER_PERSON - len(held), checks.PINS_PER_PERSON - sum(row[2] for row in held)
        back: list[int] = []
        unpinned: list[int] = []
        rows = mine.filter(pk__in=list(forgotten), ending=Ending.FORGOTTEN).order_by("-pinned", "-created_at", "-pk")
        of_rows = rows.values_list("pk", "namespace", "key", "fingerprint", "pinned", "paths")
        for pk, namespace, key, print_, pinned, paths in of_rows:
            is_known = not is_named(namespace, key, paths) and (namespace, print_) in said
            if len(back) >= room or (namespace, key) in keys or is_known:
                continue
            back.append(pk)
            keys.add((namespace, key))
            said.add((namespace, print_))
            pins -= pinned
            if pinned and pins < 0:
                unpinned.append(pk)
        mine.filter(pk__in=unpinned).update(pinned=False)
        mine.filter(pk__in=back, expires_at__lte=timezone.now()).update(expires_at=None)
        mine.filter(pk__in=back).update(ended_at=None, ending="", valid_until=None)
        tell(mine.filter(pk__in=back).without_vectors())
    return len(back)


def restore(memory: Memory) -> Outcome:
    """Make an earlier version of a memory the current one again, as a new row at the end of its history."""
    with transaction.atomic():
        lock(memory.user_id)
        versions = Memory.objects.of(memory.user_id).filter(namespace=memory.namespace, key=memory.key)
        current = versions.filter(ended_at=None).first()
        if current is not None:
            return _say_again(current, memory)
        latest = versions.filter(superseded_by=None).order_by("-created_at", "-pk").first()
        if latest is None:
            return Outcome("refused", reason=checks.changed_meanwhile())
        outcome = undo_forget(latest)
        if latest.pk == memory.pk or outcome.memory is None or outcome.memory.pk != latest.pk:
            return outcome
        return _say_again(outcome.memory, memory)


def _say_again(current: Memory, earlier: Memory) -> Outcome:
    """Let an earlier version take the place of the current one. Where it came from, it still comes from."""
    if is_item(current) or is_item(earlier):
        return say_again(current, earlier)
    return correct(
        current,
        earlier.text,
        origin=earlier.origin,
        category=earlier.category,
        source_thread=earlier.source_thread,
        source_message=earlier.source_message,
        valid_from=earlier.valid_from,
        approved=True,
    )


def take_back(memory: Memory) -> Outcome | None:
    """Undo that something was remembered: what it replaced comes back, or else it is just gone (None)."""
    if memory.supersedes is not None:
        return restore(memory.supersedes)
    forget(memory)
    return None
