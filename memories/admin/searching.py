"""Search over everybody's memories, for staff: by words through an index, by meaning exactly and within a time."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _
from pgvector.django import CosineDistance
from psycopg.errors import QueryCanceled

from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import Memory

NEAREST = 100
SECONDS = 5


class SearchFailed(Exception):
    """Nothing could be looked for; the message is for whoever searched."""


def by_words(memories: Any, text: str) -> QuerySet[Memory]:
    """All words must occur; an index answers."""
    found: QuerySet[Memory] = memories.with_words(text)
    return found


def by_meaning(memories: QuerySet[Memory], text: str) -> QuerySet[Memory]:
    """The nearest of these memories, nearest first, out of those that the current embedder made."""
    embedder = current_embedder()
    try:
        vector = embedder.embed([text])[0]
    except EmbedderError:
        raise SearchFailed(_("The embedder finds no meaning in this, or cannot be reached. Search by words.")) from None
    near = memories.filter(embedder=embedder.name).order_by(CosineDistance("embedding", vector), "-pk")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [SECONDS * 1000])
            ids = list(near.values_list("pk", flat=True)[:NEAREST])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise SearchFailed(_("That took too long. Name a person too: owner:name meaning:words.")) from None
    rank = Case(
        *(When(pk=pk, then=Value(place)) for place, pk in enumerate(ids)), default=Value(0), output_field=IntegerField()
    )
    return memories.filter(pk__in=ids).order_by(rank, "-pk")
