"""Remembering a statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from memories.categories import guess_category
from memories.embedding.base import Vector
from memories.models import DEFAULT_NAMESPACE, Category, Memory, Origin, new_key
from memories.writing import checks
from memories.writing.asking import propose
from memories.writing.outcome import Outcome
from memories.writing.rows import id_of, lock, note_confirmed, say, saying, store
from memories.writing.taking_place import held_already, nothing_new, take_place


def remember(
    user: Any,
    text: str,
    *,
    origin: Origin | str,
    category: Category | str | None = None,
    source_thread: UUID | None = None,
    source_message: UUID | None = None,
    key: str | None = None,
    namespace: str = DEFAULT_NAMESPACE,
    pinned: bool = False,
    valid_from: date | None = None,
    expires_at: datetime | None = None,
    approved: bool | None = None,
    created_at: datetime | None = None,
    said_at: datetime | None = None,
    vector: Vector | None = None,
) -> Outcome:
    """Store one statement, unless the person's memories say the same already.

    A `key` that is in use supersedes what it held. So does what the person says of something that has one value at
    a time, such as where they live, unless they have said otherwise since `said_at`. Without a category one is
    guessed. A statement of a sensitive kind is only proposed to the person unless they have `approved` it; where that
    is left open, whether they asked for it follows from its origin. `vector`, where the caller has it already, is the
    current embedder's for this text.
    """
    text = checks.tidied(text)
    refusal = checks.why_refused(text)
    if refusal:
        return Outcome("refused", reason=refusal)
    if kind := checks.must_ask(text, origin, approved):
        return propose(user, text, kind, None, category, origin, source_thread, source_message, valid_from)
    memory = Memory(
        user_id=id_of(user),
        namespace=namespace,
        key=key or new_key(),
        category=category or guess_category(text),
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=min(created_at or timezone.now(), timezone.now()),
    )
    say(memory, text, vector)
    with transaction.atomic():
        lock(memory.user_id)
        known = saying(memory)
        if known and key == known.key:
            note_confirmed(known)
            return Outcome("known", known)
        older = None
        if key:
            older = Memory.objects.of(memory.user_id).filter(namespace=namespace, key=key, ended_at=None).first()
        else:
            held = held_already(memory)
            if settled := nothing_new(memory, known, held, said_at):
                return settled
            if held is not None:
                older = take_place(memory, held, category)
        if older is None and checks.current_count(memory.user_id) >= settings.MEMORIES_PER_PERSON:
            return Outcome("refused", reason=checks.too_many())
        if pinned and checks.pin_count(memory.user_id) < checks.PINS_PER_PERSON:
            memory.pinned = True
        store(memory, supersedes=older)
    return Outcome("remembered", memory, replaced=older)
