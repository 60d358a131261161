"""Everything that changes what is remembered of a person.

Each function is one transaction. A text is never overwritten: what is corrected or forgotten ends, stays as
history and can be had back. Synchronous, and a remote embedder may take its timeout: call it in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from memchat.text import storable
from memories.categories import guess_category
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.forgetting import clear_matches
from memories.models import DEFAULT_NAMESPACE, Category, Ending, Memory, Origin, new_key
from memories.requests import looks_like_secret
from memories.words import fingerprint, owned, terms_of

logger = logging.getLogger(__name__)

MEMORIES_PER_PERSON = 10_000
PINS_PER_PERSON = 20

# Names this module's lock, so that it shares none with others on the same number.
_LOCK = 0x6D656D << 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish. `memory` is the one that now says it, None when refused; `reason` is a sentence."""

    kind: Literal["remembered", "known", "refused"]
    memory: Memory | None = None
    reason: str = ""


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
    expires_at: datetime | None = None,
) -> Outcome:
    """Store one statement, unless the person's memories say the same already.

    A `key` that is in use supersedes what it held. Without a category one is guessed.
    """
    text = _tidied(text)
    refusal = _refusal(text)
    if refusal:
        return Outcome("refused", reason=refusal)
    memory = Memory(
        user_id=_id(user),
        namespace=namespace,
        key=key or new_key(),
        category=category or guess_category(text),
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        expires_at=expires_at,
    )
    _say(memory, text)
    with transaction.atomic():
        _lock(memory.user_id)
        known = _saying(memory)
        if known and (key is None or known.key == key):
            return Outcome("known", known)
        older = (
            Memory.objects.of(memory.user_id).filter(namespace=namespace, key=key, ended_at=None).first()
            if key
            else None
        )
        if older is None and _current_count(memory.user_id) >= MEMORIES_PER_PERSON:
            return Outcome("refused", reason=_too_many())
        if pinned and _pin_count(memory.user_id) < PINS_PER_PERSON:
            memory.pinned = True
        _store(memory, supersedes=older)
    return Outcome("remembered", memory)


def correct(
    memory: Memory,
    text: str,
    *,
    origin: Origin | str = Origin.WRITTEN,
    source_thread: UUID | None = None,
    source_message: UUID | None = None,
) -> Outcome:
    """Replace a memory by a new statement under the same key; the old one stays as its history."""
    text = _tidied(text)
    refusal = _refusal(text)
    if refusal:
        return Outcome("refused", reason=refusal)
    newer = Memory(
        user_id=memory.user_id,
        namespace=memory.namespace,
        key=memory.key,
        value=dict(memory.value),
        category=memory.category,
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        pinned=memory.pinned,
        expires_at=memory.expires_at,
    )
    _say(newer, text)
    with transaction.atomic():
        _lock(memory.user_id)
        older = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).first()
        if older is None:
            return Outcome("refused", reason=_changed())
        if older.text == text:
            return Outcome("known", older)
        known = _saying(newer, besides=older)
        if known:
            _end([older], Ending.SUPERSEDED)
            return Outcome("known", known)
        _store(newer, supersedes=older)
    return Outcome("remembered", newer)


def forget(memory: Memory) -> bool:
    """End a memory; False when it had ended before."""
    with transaction.atomic():
        _lock(memory.user_id)
        ended = _end(Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None), Ending.FORGOTTEN)
    if ended:
        memory.refresh_from_db(fields=["ended_at", "ending"])
    return bool(ended)


def forget_matching(user: Any, query: str) -> list[Memory]:
    """Forget what a request such as "my address" clearly means, and return it; nothing is better than the wrong one."""
    with transaction.atomic():
        _lock(_id(user))
        return _end(clear_matches(_id(user), storable(query)), Ending.FORGOTTEN)


def forget_all(user: Any) -> list[Memory]:
    """Forget everything that is remembered of a person, and return it."""
    with transaction.atomic():
        _lock(_id(user))
        return _end(Memory.objects.of(user).filter(ended_at=None).without_vectors(), Ending.FORGOTTEN)


def undo_forget(memory: Memory) -> Outcome:
    """Have a forgotten memory back as it was, or the one that says the same by now."""
    with transaction.atomic():
        _lock(memory.user_id)
        forgotten = Memory.objects.of(memory.user_id).filter(pk=memory.pk).first()
        if forgotten is None or forgotten.ending == Ending.SUPERSEDED:
            return Outcome("refused", reason=_changed())
        known = forgotten if forgotten.ended_at is None else _saying(forgotten)
        if known:
            return Outcome("known", known)
        if (
            Memory.objects.of(memory.user_id)
            .filter(namespace=forgotten.namespace, key=forgotten.key, ended_at=None)
            .exists()
        ):
            return Outcome("refused", reason=_changed())
        if _current_count(memory.user_id) >= MEMORIES_PER_PERSON:
            return Outcome("refused", reason=_too_many())
        if forgotten.pinned and _pin_count(memory.user_id) >= PINS_PER_PERSON:
            forgotten.pinned = False
        if forgotten.expires_at and forgotten.expires_at <= timezone.now():
            forgotten.expires_at = None
        forgotten.ended_at, forgotten.ending = None, ""
        forgotten.save(update_fields=["ended_at", "ending", "pinned", "expires_at"])
    return Outcome("remembered", forgotten)


def restore(memory: Memory) -> Outcome:
    """Make an earlier version of a memory the current one again, as a new row at the end of its history."""
    with transaction.atomic():
        _lock(memory.user_id)
        versions = Memory.objects.of(memory.user_id).filter(namespace=memory.namespace, key=memory.key)
        current = versions.filter(ended_at=None).first()
        if current is not None:
            return correct(current, memory.text)
        latest = versions.filter(superseded_by=None).order_by("-created_at", "-pk").first()
        if latest is None:
            return Outcome("refused", reason=_changed())
        outcome = undo_forget(latest)
        if latest.pk == memory.pk or outcome.memory is None or outcome.memory.pk != latest.pk:
            return outcome
        return correct(outcome.memory, memory.text)


def take_back(memory: Memory) -> Outcome | None:
    """Undo that something was remembered: what it replaced comes back, or else it is just gone (None)."""
    if memory.supersedes is not None:
        return restore(memory.supersedes)
    forget(memory)
    return None


def adjust(memory: Memory, *, category: str, pinned: bool, expires_at: datetime | None) -> Outcome:
    """Change what is not the statement itself."""
    with transaction.atomic():
        _lock(memory.user_id)
        current = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).without_vectors().first()
        if current is None:
            return Outcome("refused", reason=_changed())
        if pinned and not current.pinned and _pin_count(memory.user_id) >= PINS_PER_PERSON:
            return Outcome("refused", reason=_too_many_pins())
        current.category, current.pinned, current.expires_at = category, pinned, expires_at
        current.save(update_fields=["category", "pinned", "expires_at"])
    return Outcome("remembered", current)


def erase(memory: Memory) -> int:
    """Remove a memory for good, with its earlier versions; how many rows that were. There is no way back."""
    with transaction.atomic():
        _lock(memory.user_id)
        versions = Memory.objects.of(memory.user_id).filter(namespace=memory.namespace, key=memory.key)
        return versions.delete()[1].get("memories.Memory", 0)


def embed_missing(limit: int = 500) -> int:
    """Give some of the memories that have no vector, or another embedder's, one of the current; how many were given it.

    Raises EmbedderUnavailable when the embedder is out of reach.
    """
    return embed_next(limit, after=0)[0]


def embed_next(limit: int, after: int) -> tuple[int, int | None]:
    """Like `embed_missing`, for memories with an id above `after`; also the last id looked at, None at the end."""
    embedder = current_embedder()
    rows = list(
        Memory.objects.filter(
            Q(embedder__lt=embedder.name) | Q(embedder__gt=embedder.name), ended_at=None, pk__gt=after
        )
        .order_by("pk")
        .values_list("pk", "text")[:limit]
    )
    vectors = embedder.embed_each([text for _, text in rows])
    done = 0
    with transaction.atomic():
        for (pk, _), vector in zip(rows, vectors, strict=True):
            if vector is not None:
                # A text never changes, so this is right whatever happened to its memory meanwhile.
                done += Memory.objects.filter(pk=pk).update(
                    embedding=vector, embedder=embedder.name, dimensions=embedder.dimensions
                )
    return done, rows[-1][0] if len(rows) == limit else None


def index_words(limit: int = 500, after: int = 0) -> tuple[int, int | None]:
    """Work the terms and the fingerprint of memories out again, after the rules in `words` have changed."""
    rows = list(Memory.objects.filter(pk__gt=after).order_by("pk").only("pk", "user_id", "text")[:limit])
    for row in rows:
        _index(row, row.text)
    Memory.objects.bulk_update(rows, ["terms", "word_count", "fingerprint"])
    return len(rows), rows[-1].pk if len(rows) == limit else None


# --- Steps ---------------------------------------------------------------------------------------------------------


def _id(user: Any) -> int:
    return int(getattr(user, "pk", user))


def _tidied(text: str) -> str:
    return storable(text).strip()


def _refusal(text: str) -> str:
    if not text:
        return gettext("There is nothing to remember in it.")
    if len(text) > settings.MEMORY_MAX_CHARS:
        return gettext("It is longer than %(max)s characters.") % {"max": intcomma(settings.MEMORY_MAX_CHARS)}
    if secret := looks_like_secret(text):
        return gettext("It looks like %(secret)s, which is better kept elsewhere.") % {"secret": secret}
    return ""


def _changed() -> str:
    return gettext("It has been changed or forgotten in the meantime.")


def _too_many() -> str:
    return gettext("There is room for %(max)s memories, and all of it is taken.") % {
        "max": intcomma(MEMORIES_PER_PERSON)
    }


def _too_many_pins() -> str:
    return gettext("At most %(max)s memories can be pinned.") % {"max": PINS_PER_PERSON}


def _say(memory: Memory, text: str) -> None:
    """Give a new row its text and everything that is worked out from it."""
    memory.value = {**(memory.value or {}), "data": text}
    _index(memory, text)
    embedder = current_embedder()
    try:
        vector = embedder.embed([text])[0]
    except EmbedderError as error:
        # It is found by its words, and `embed_missing` comes back to it.
        logger.warning("a memory is stored without a vector: %s", error)
        return
    memory.embedding, memory.embedder, memory.dimensions = vector, embedder.name, embedder.dimensions


def _index(memory: Memory, text: str) -> None:
    terms = terms_of(text)
    memory.terms = sorted({owned(memory.user_id, term) for term in terms})
    memory.word_count = len(terms)
    memory.fingerprint = fingerprint(text)


def _lock(user_id: int) -> None:
    """Let one writer at a time at a person's memories, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK ^ user_id])


def _saying(memory: Memory, besides: Memory | None = None) -> Memory | None:
    """The current memory that says the same."""
    same = Memory.objects.of(memory.user_id).current().without_vectors()
    same = same.filter(fingerprint=memory.fingerprint, namespace=memory.namespace)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    return same.order_by("pk").first()


def _current_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None).count()


def _pin_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None, pinned=True).count()


def _store(memory: Memory, supersedes: Memory | None) -> None:
    if supersedes is not None:
        _end([supersedes], Ending.SUPERSEDED)
        memory.supersedes = supersedes
    memory.save(force_insert=True)


def _end(memories: Iterable[Memory], ending: Ending) -> list[Memory]:
    ended = list(memories)
    now = timezone.now()
    for memory in ended:
        memory.ended_at, memory.ending = now, ending
    Memory.objects.filter(pk__in=[memory.pk for memory in ended]).update(ended_at=now, ending=ending)
    return ended
