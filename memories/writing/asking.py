"""Asking a person before something of a sensitive kind is remembered."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from memories.categories import guess_category
from memories.models import Category, Memory, Origin, Proposal, Sensitive
from memories.words import fingerprint
from memories.writing.outcome import Outcome
from memories.writing.rows import id_of, lock, note_confirmed


def propose(
    user: Any,
    text: str,
    kind: Sensitive,
    replaces: Memory | None,
    category: Category | str | None,
    origin: Origin | str,
    source_thread: UUID | None,
    source_message: UUID | None,
    valid_from: date | None,
) -> Outcome:
    """Keep a statement until its person has said whether it may be remembered."""
    user_id, print_ = id_of(user), fingerprint(text)
    with transaction.atomic():
        lock(user_id)
        mine = Memory.objects.of(user_id).current().recalled().lasting().without_vectors()
        known = mine.filter(fingerprint=print_).first()
        if known:
            note_confirmed(known)
            return Outcome("known", known)
        proposal, _created = Proposal.objects.get_or_create(
            user_id=user_id,
            fingerprint=print_,
            defaults={
                "text": text,
                "sensitive": kind,
                "replaces": replaces,
                "category": category or guess_category(text),
                "origin": origin,
                "source_thread": source_thread,
                "source_message": source_message,
                "valid_from": valid_from,
            },
        )
    return Outcome("proposed", proposal=proposal)
