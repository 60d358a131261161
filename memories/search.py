"""Search over one's own memories, as the page offers it: by words and meaning, best first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from pgvector.django import CosineDistance

from memories.embedding.base import EmbedderError, Vector
from memories.embedding.registry import current_embedder
from memories.models import Memory, MemoryQuerySet
from memories.recall import SIMILARITY_FLOOR, recall
from memories.words import owned, terms_of

logger = logging.getLogger(__name__)

LOOKED_AT = 200
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A memory that a search found, and why: "words", "meaning" or both."""

    memory_id: int
    reasons: tuple[str, ...]


def search(user: Any, text: str) -> list[Found]:
    """The current memories of a person that have to do with `text`, best first. Synchronous."""
    vector, name = _embedded(text)
    found = [
        Found(one.memory_id, reasons)
        for one in recall(user, text, vector, name, count=LOOKED_AT)
        if (reasons := tuple(reason for reason in one.reasons if reason in ("words", "meaning")))
    ]
    known = {one.memory_id for one in found}
    # What programs keep is no part of recall, but of what there is to see.
    of_programs = Memory.objects.of(user).current().filter(recalled=False)
    if not of_programs.exists():
        return found
    return found + [one for one in _search_among(user, of_programs, text, vector, name) if one.memory_id not in known]


def search_among(user: Any, memories: MemoryQuerySet, text: str) -> list[Found]:
    """The same among some of a person's memories, whatever has become of them: recall knows current ones only."""
    return _search_among(user, memories, text, *_embedded(text))


def _search_among(user: Any, memories: MemoryQuerySet, text: str, vector: Vector | None, name: str) -> list[Found]:
    terms = {owned(getattr(user, "pk", user), term) for term in terms_of(text)}
    scores: dict[int, float] = {}
    reasons: dict[int, tuple[str, ...]] = {}
    if vector is not None:
        distance = CosineDistance("embedding", vector)
        near = memories.filter(embedder=name).annotate(distance=distance).filter(distance__lte=1 - SIMILARITY_FLOOR)
        for pk, far in near.order_by("distance").values_list("pk", "distance")[:LOOKED_AT]:
            scores[pk], reasons[pk] = 1 - far, ("meaning",)
    if terms:
        sharing = memories.sharing(sorted(terms)).order_by("-created_at", "-pk")
        for pk, held in sharing.values_list("pk", "terms")[:LOOKED_AT]:
            # Each word that is shared counts more than any meaning.
            scores[pk] = scores.get(pk, 0.0) + len(terms.intersection(held))
            reasons[pk] = (*reasons.get(pk, ()), "words")
    return [Found(pk, reasons[pk]) for pk in sorted(scores, key=lambda pk: (-scores[pk], -pk))[:LOOKED_AT]]


def nearest_each(user: Any, texts: Sequence[str]) -> list[tuple[int, float] | None]:
    """For each text the current memory of a person that is nearest in meaning, and how near; None without any."""
    embedder = current_embedder()
    try:
        vectors = embedder.embed_each(list(texts))
    except EmbedderError as error:
        logger.warning("nothing is compared by meaning: %s", error)
        return [None] * len(texts)
    found: list[tuple[int, float] | None] = [None] * len(texts)
    asked = [(at, vector.to_text()) for at, vector in enumerate(vectors) if vector is not None]
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        for at, pk, distance in _nearest(user.pk, embedder.name, part):
            found[at] = (pk, 1 - distance)
    return found


def _nearest(user_id: int, embedder: str, asked: list[tuple[int, str]]) -> list[tuple[int, int, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS MATERIALIZED (
                SELECT id, embedding FROM memories_memory
                WHERE user_id = %s AND embedder = %s AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            )
            SELECT asked.at, nearest.id, nearest.distance
            FROM unnest(%s::int[], %s::text[]) AS asked (at, vector), LATERAL (
                SELECT id, embedding <=> asked.vector::vector AS distance FROM mine ORDER BY distance, id LIMIT 1
            ) AS nearest
            """,
            [user_id, embedder, [at for at, _ in asked], [vector for _, vector in asked]],
        )
        return cursor.fetchall()


def _embedded(text: str) -> tuple[Vector | None, str]:
    embedder = current_embedder()
    try:
        return embedder.embed([text])[0], embedder.name
    except EmbedderError as error:
        logger.warning("searching memories by words only: %s", error)
        return None, embedder.name
