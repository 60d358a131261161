"""The steps that every change is made of, on the rows of one person; whoever takes them holds the lock."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from memories.embedding.base import EmbedderError, Vector
from memories.embedding.registry import current_embedder
from memories.models import DEFAULT_NAMESPACE, Ending, Memory, Origin
from memories.safety.instructions import reads_like_instruction
from memories.signals import memories_changed
from memories.topics import topics_of
from memories.words import ends_of, fingerprint, owned, terms_of

logger = logging.getLogger(__name__)


# Names the lock, so that it shares none with others on the same number.
_LOCK = 0x6D656D << 40


def id_of(user: Any) -> int:
    return int(getattr(user, "pk", user))


def lock(user_id: int) -> None:
    """Let one writer at a time at a person's memories, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_of(user_id)])


def lock_of(user_id: int) -> int:
    return _LOCK ^ user_id


def say(memory: Memory, text: str, vector: Vector | None = None) -> None:
    """Give a new row its text and everything that is worked out from it."""
    memory.value = {**(memory.value or {}), "data": text}
    memory.quoted = reads_like_instruction(text)
    index(memory, text)
    if memory.paths is not None and (memory.namespace != DEFAULT_NAMESPACE or not memory.paths):
        # A program does not have it compared by its text.
        return
    embedder = current_embedder()
    try:
        vector = vector or embedder.embed([text])[0]
    except EmbedderError as error:
        # It is found by its words, and `embed_missing` comes back to it.
        logger.warning("a memory is stored without a vector: %s", error)
        return
    memory.embedding, memory.embedder, memory.dimensions = vector, embedder.name, embedder.dimensions


class Index(NamedTuple):
    """What a text is found by besides its vector."""

    terms: list[str]
    word_count: int
    fingerprint: str


def index_of(user_id: int, text: str) -> Index:
    terms = terms_of(text)
    found_by = sorted({owned(user_id, term) for term in [*terms, *ends_of(text), *topics_of(text, terms)]})
    return Index(found_by, len(terms), fingerprint(text))


def index(memory: Memory, text: str) -> None:
    memory.terms, memory.word_count, memory.fingerprint = index_of(memory.user_id, text)


def saying(memory: Memory, besides: Memory | None = None) -> Memory | None:
    """The current memory that says the same."""
    same = Memory.objects.of(memory.user_id).current().lasting().without_vectors()
    same = same.filter(fingerprint=memory.fingerprint, namespace=memory.namespace)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    return same.order_by("pk").first()


def said_elsewhere(memory: Memory, besides: Memory | None = None) -> Memory | None:
    """The current memory that says the same as one without a name of its own: by another name it is another thing."""
    return None if memory.is_named else saying(memory, besides)


def store(memory: Memory, supersedes: Memory | None) -> None:
    if supersedes is not None:
        end([supersedes], Ending.SUPERSEDED)
        memory.supersedes = supersedes
        memory.first_at = supersedes.first_at or supersedes.created_at
    memory.save(force_insert=True)


def lasts_until(memory: Memory) -> datetime | None:
    """When what takes a memory's place expires: with it, unless that is over. Nothing is new and expired at once."""
    expires_at = memory.expires_at
    return expires_at if expires_at is not None and expires_at > timezone.now() else None


def end(memories: Iterable[Memory], ending: Ending) -> list[Memory]:
    ended = list(memories)
    now = timezone.now()
    for memory in ended:
        memory.ended_at, memory.ending = now, ending
    Memory.objects.filter(pk__in=[memory.pk for memory in ended]).update(ended_at=now, ending=ending)
    tell(ended)
    return ended


def note_confirmed(memory: Memory) -> None:
    Memory.objects.filter(pk=memory.pk).update(confirmed_at=timezone.now())


def note_said_again(known: Memory, memory: Memory) -> None:
    """What a person says again lasts as long as they say now, if that is longer than before."""
    note_confirmed(known)
    if known.expires_at is not None and memory.origin in {Origin.SAID, Origin.WRITTEN}:
        known.expires_at = None if memory.expires_at is None else max(memory.expires_at, known.expires_at)
        known.save(update_fields=["expires_at"])
        tell([known])


def note_until(older: Memory, newer_since: date | None) -> None:
    until = newer_since or timezone.localdate()
    older.valid_until = max(until, older.valid_from) if older.valid_from else until
    Memory.objects.filter(pk=older.pk).update(valid_until=older.valid_until)


def tell(memories: Iterable[Memory]) -> None:
    """Let whoever shows these memories know, once the transaction is through."""
    ids: dict[int, list[int]] = {}
    for memory in memories:
        ids.setdefault(memory.user_id, []).append(memory.pk)
    for user_id, memory_ids in ids.items():
        transaction.on_commit(partial(memories_changed.send, sender=Memory, user_id=user_id, memory_ids=memory_ids))
