"""Changing what is remembered: other words, a newer fact, and what stands beside the statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least

from memories.items.values import statement
from memories.models import Category, Ending, Memory, Origin
from memories.writing import checks
from memories.writing.asking import propose
from memories.writing.items import rewrite, why_not_said
from memories.writing.outcome import Outcome
from memories.writing.rows import end, lasts_until, lock, note_confirmed, note_until, said_elsewhere, say, store, tell


def correct(
    memory: Memory,
    text: str,
    *,
    origin: Origin | str = Origin.WRITTEN,
    category: Category | str | None = None,
    source_thread: UUID | None = None,
    source_message: UUID | None = None,
    valid_from: date | None = None,
    is_newer_fact: bool = False,
    approved: bool | None = None,
) -> Outcome:
    """Replace a memory by a new statement under the same key; the old one stays as its history.

    With `is_newer_fact` the old one was true until then, and says so; otherwise it was only said badly. Where another
    memory says the new statement already, the old one is forgotten, and can be had back; unless a program names it.
    """
    text = checks.tidied(text)
    if statement(memory.value) is None:
        return rewrite(memory, text, origin)
    if refusal := why_not_said(memory, text):
        return Outcome("refused", reason=refusal)
    if kind := checks.must_ask(text, origin, approved):
        return propose(memory.user_id, text, kind, memory, category, origin, source_thread, source_message, valid_from)
    newer = Memory(
        user_id=memory.user_id,
        namespace=memory.namespace,
        key=memory.key,
        value=dict(memory.value),
        category=category or memory.category,
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        pinned=memory.pinned,
        valid_from=valid_from,
        ttl_minutes=memory.ttl_minutes,
        paths=memory.paths,
        by_site=memory.by_site,
    )
    say(newer, text)
    with transaction.atomic():
        lock(memory.user_id)
        older = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).first()
        if older is None:
            current = Memory.objects.of(memory.user_id).current().without_vectors()
            said = current.filter(supersedes=memory.pk, fingerprint=newer.fingerprint).first()
            return Outcome("known", said) if said else Outcome("refused", reason=checks.changed_meanwhile())
        newer.expires_at = lasts_until(older)
        if older.text == text:
            note_confirmed(older)
            if older.expires_at != newer.expires_at:
                older.expires_at = newer.expires_at
                older.save(update_fields=["expires_at"])
                tell([older])
            return Outcome("known", older)
        if is_newer_fact:
            note_until(older, valid_from)
        known = said_elsewhere(newer, besides=older)
        if known:
            end([older], Ending.FORGOTTEN)
            _take_over(older, known)
            return Outcome("known", known, replaced=older)
        store(newer, supersedes=older)
    return Outcome("remembered", newer, replaced=older)


def confirm(memory: Memory) -> None:
    """Note that the person has said the same again."""
    with transaction.atomic():
        lock(memory.user_id)
        note_confirmed(memory)


def give_way(older: Memory, newer: Memory) -> bool:
    """Let a current memory take the place of another current one that it contradicts; False when either has ended."""
    with transaction.atomic():
        lock(older.user_id)
        rows = Memory.objects.of(older.user_id).filter(ended_at=None).without_vectors().in_bulk([older.pk, newer.pk])
        if len(rows) < 2 or rows[newer.pk].supersedes_id or older.namespace != newer.namespace:
            return False
        old, new = rows[older.pk], rows[newer.pk]
        note_until(old, new.valid_from)
        _go_on_from(old, new)
        newer.supersedes_id, newer.key, newer.pinned = new.supersedes_id, new.key, new.pinned
    return True


def _take_over(old: Memory, known: Memory) -> None:
    """What was pinned stays so, and what was to last does."""
    known.pinned = known.pinned or old.pinned
    lasts = lasts_until(old)
    if known.expires_at is not None:
        known.expires_at = None if lasts is None else max(lasts, known.expires_at)
    known.save(update_fields=["pinned", "expires_at"])
    tell([known])


def _go_on_from(old: Memory, new: Memory) -> None:
    """They get one history, and the newer goes on under the key of the older; unless it has a name of its own."""
    if new.is_named:
        end([old], Ending.FORGOTTEN)
        return
    end([old], Ending.SUPERSEDED)
    new.supersedes, new.key, new.pinned = old, old.key, new.pinned or old.pinned
    new.first_at = old.first_at or old.created_at
    new.save(update_fields=["supersedes", "key", "pinned", "first_at"])


def adjust(
    memory: Memory,
    *,
    category: str = "",
    pinned: bool | None = None,
    expires_at: datetime | Literal["as it is"] | None = "as it is",
) -> Outcome:
    """Change what is not the statement itself; what is left out stays as it is."""
    with transaction.atomic():
        lock(memory.user_id)
        current = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).without_vectors().first()
        if current is None:
            return Outcome("refused", reason=checks.changed_meanwhile())
        if pinned and not current.pinned and checks.pin_count(memory.user_id) >= checks.PINS_PER_PERSON:
            return Outcome("refused", reason=checks.too_many_pins())
        current.category = category or current.category
        current.pinned = current.pinned if pinned is None else pinned
        fields = ["category", "pinned"]
        if expires_at != "as it is":
            # Its person says until when it counts, and no longer a program's use of it.
            current.expires_at, current.ttl_minutes = expires_at, None
            fields += ["expires_at", "ttl_minutes"]
        current.save(update_fields=fields)
    return Outcome("remembered", current)


def lower(memory: Memory) -> None:
    """Note that the person called a memory not relevant to a reply: it ranks lower from now on."""
    _lower_by(memory, 1)


def raise_again(memory: Memory) -> None:
    """Take back one `lower`."""
    _lower_by(memory, -1)


def _lower_by(memory: Memory, step: int) -> None:
    with transaction.atomic():
        lowered = Least(Greatest(F("lowered") + step, 0), checks.MOST_LOWERED)
        Memory.objects.of(memory.user_id).filter(pk=memory.pk).update(lowered=lowered)
        tell([memory])
