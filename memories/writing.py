"""Every change to anyone's memories, in one place: remember, correct, forget, and take it back.

Nothing is overwritten. A correction is a new row that supersedes the old one; what is forgotten ends and can be
taken back. Each function is one transaction, and takes turns with the others of the same person.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pgvector import Vector

from memchat.text import storable
from memories import recall as recalling
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import DEFAULT_NAMESPACE, Category, Ending, Memory, Origin, new_key
from memories.requests import looks_like_secret
from memories.words import fingerprint, owned, terms_of

logger = logging.getLogger(__name__)

MAX_MEMORIES = 10_000
"""Current memories one person may have."""

_LOCK_SPACE = 0x6D656D
"""First half of the advisory lock that makes writes of one person take turns; the second is their id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish to remember; `reason` says in a sentence why it was refused."""

    kind: Literal["remembered", "known", "refused"]
    memory: Memory | None
    reason: str = ""


def remember(
    user: Any,
    text: str,
    *,
    origin: Origin,
    category: Category = Category.FACT,
    source_thread: Any = None,
    source_message: Any = None,
    namespace: str = DEFAULT_NAMESPACE,
    key: str | None = None,
    **more: Any,
) -> Outcome:
    """Store one statement about a person, unless it is known already, too long, a secret, or one too many."""
    user_id = getattr(user, "pk", user)
    text = cleaned(text)
    if reason := refusal(text):
        return Outcome("refused", None, reason)
    vector = _embedded(text)
    with transaction.atomic():
        _take_turns(user_id)
        mine = Memory.objects.of(user_id).current()
        known = mine.filter(namespace=namespace, fingerprint=fingerprint(text)).without_vectors().first()
        if known is not None:
            return Outcome("known", known)
        if len(mine.values_list("pk")[: MAX_MEMORIES + 1]) >= MAX_MEMORIES:
            return Outcome("refused", None, _("There is room for %(max)d memories, and all of it is taken.") % {"max": MAX_MEMORIES})
        memory = Memory(
            user_id=user_id,
            namespace=namespace,
            key=key or new_key(),
            value={"data": text},
            category=category,
            origin=origin,
            source_thread=source_thread,
            source_message=source_message,
            **more,
        )
        _index(memory, text, vector)
        memory.save(force_insert=True)
    return Outcome("remembered", memory)


def correct(memory: Memory, text: str, **changes: Any) -> Outcome:
    """Replace a current memory by a new row with another text or other columns; the old one stays as history."""
    text = cleaned(text)
    if reason := refusal(text):
        return Outcome("refused", None, reason)
    vector = _embedded(text)
    with transaction.atomic():
        _take_turns(memory.user_id)
        old = Memory.objects.of(memory.user_id).current().filter(pk=memory.pk).first()
        if old is None:
            return Outcome("refused", None, _("This memory has been changed or forgotten in the meantime."))
        _end([old.pk], Ending.SUPERSEDED)
        new = Memory(
            user_id=old.user_id,
            namespace=old.namespace,
            key=old.key,
            value={**old.value, "data": text},
            category=changes.get("category", old.category),
            origin=old.origin if text == old.text else Origin.WRITTEN,
            source_thread=old.source_thread,
            source_message=old.source_message,
            pinned=changes.get("pinned", old.pinned),
            valid_from=changes.get("valid_from", old.valid_from),
            expires_at=changes.get("expires_at", old.expires_at),
            supersedes=old,
        )
        _index(new, text, vector)
        new.save(force_insert=True)
    return Outcome("remembered", new)


def forget(memory: Memory) -> bool:
    """End a memory: from now on it is not recalled. False when it had ended already."""
    with transaction.atomic():
        _take_turns(memory.user_id)
        return bool(_end([memory.pk], Ending.FORGOTTEN))


def forget_all(user: Any) -> list[Memory]:
    """End every current memory of a person, and return them."""
    user_id = getattr(user, "pk", user)
    with transaction.atomic():
        _take_turns(user_id)
        memories = list(Memory.objects.of(user_id).filter(ended_at=None).without_vectors())
        _end([memory.pk for memory in memories], Ending.FORGOTTEN)
    return memories


def forget_matching(user: Any, query: str) -> list[Memory]:
    """End the memories that a request such as "forget my address" clearly means, and return them.

    A memory is meant when it holds every word of the request; or, failing that, when it is by far the nearest
    in meaning and near enough to be the same statement. In doubt nothing is forgotten.
    """
    user_id = getattr(user, "pk", user)
    wanted = set(terms_of(query))
    with transaction.atomic():
        _take_turns(user_id)
        mine = Memory.objects.of(user_id).current()
        meant = list(
            mine.filter(terms__contains=[owned(user_id, term) for term in wanted]).without_vectors()[:50] if wanted else []
        )
        if not meant:
            meant = list(mine.filter(pk__in=_same_statement(user_id, query)).without_vectors())
        _end([memory.pk for memory in meant], Ending.FORGOTTEN)
    return meant


SAME_SIMILARITY = 0.6
SAME_LEAD = 0.1


def _same_statement(user_id: int, query: str) -> list[int]:
    vector = _embedded(query)
    found = recalling.recall(user_id, query, vector, current_embedder().name, count=2) if vector is not None else []
    near = sorted((one for one in found if one.similarity is not None), key=lambda one: -(one.similarity or 0))
    if not near or (near[0].similarity or 0) < SAME_SIMILARITY:
        return []
    if len(near) > 1 and (near[0].similarity or 0) - (near[1].similarity or 0) < SAME_LEAD:
        return []
    return [near[0].memory_id]


def undo_forget(memory: Memory) -> bool:
    """Make a forgotten memory current again. False when it was not forgotten, or its key is in use again."""
    with transaction.atomic():
        _take_turns(memory.user_id)
        row = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ending=Ending.FORGOTTEN).first()
        if row is None or _current_of_key(row).exists():
            return False
        Memory.objects.filter(pk=row.pk).update(ended_at=None, ending="")
        return True


def restore(memory: Memory) -> Outcome:
    """Make the text of an earlier version current again, as a newer version of its own."""
    current = _current_of_key(memory).first()
    if current is not None:
        return correct(current, memory.text, category=memory.category)
    if memory.ending == Ending.FORGOTTEN and undo_forget(memory):
        memory.refresh_from_db(fields=["ended_at", "ending"])
        return Outcome("remembered", memory)
    return remember(
        memory.user_id, memory.text, origin=Origin(memory.origin), category=Category(memory.category), key=memory.key
    )


def _current_of_key(memory: Memory) -> Any:
    return Memory.objects.of(memory.user_id).filter(namespace=memory.namespace, key=memory.key, ended_at=None)


def embed_missing(limit: int = 200) -> int:
    """Bring current rows without a vector, or with another embedder's, to the current one; how many were done.

    Raises EmbedderError when the embedder cannot be used: nothing has changed then.
    """
    embedder = current_embedder()
    rows = list(
        Memory.objects.filter(ended_at=None).exclude(embedder=embedder.name).order_by("pk").values_list("pk", "text")[:limit]
    )
    vectors = embedder.embed([text for _pk, text in rows])
    for (pk, text), vector in zip(rows, vectors, strict=True):
        # The text never changes, so this is right whatever happened to the row meanwhile.
        Memory.objects.filter(pk=pk).update(embedding=vector, embedder=embedder.name, dimensions=embedder.dimensions)
    return len(rows)


# --- Pieces ------------------------------------------------------------------------------------------------------


def cleaned(text: str) -> str:
    """One statement as it is stored: without what PostgreSQL refuses, white space folded."""
    return " ".join(storable(text).split())


def refusal(text: str) -> str:
    """Why a text cannot be a memory, or nothing."""
    if not text:
        return _("There is nothing to remember in it.")
    if len(text) > settings.MEMORY_MAX_CHARS:
        return _("A memory has at most %(max)d characters.") % {"max": settings.MEMORY_MAX_CHARS}
    if secret := looks_like_secret(text):
        return _("It looks like %(secret)s, which is better kept elsewhere.") % {"secret": secret}
    return ""


def _embedded(text: str) -> Vector | None:
    """The text's vector, or None while the embedder cannot be used: the memory is then found by its words."""
    embedder = current_embedder()
    try:
        return embedder.embed([text])[0]
    except EmbedderError as error:
        logger.warning("a memory was stored without its vector: %s", error)
        return None


def _index(memory: Memory, text: str, vector: Vector | None) -> None:
    terms = list(terms_of(text))
    memory.fingerprint = fingerprint(text)
    memory.terms = sorted({owned(memory.user_id, term) for term in terms})
    memory.word_count = len(terms)
    if vector is not None:
        embedder = current_embedder()
        memory.embedding, memory.embedder, memory.dimensions = vector, embedder.name, embedder.dimensions


def _end(ids: list[int], ending: Ending) -> int:
    return Memory.objects.filter(pk__in=ids, ended_at=None).update(ended_at=timezone.now(), ending=ending)


def _take_turns(user_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, user_id % 2**31])
