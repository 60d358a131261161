"""What is worked out from the texts of memories, made anew: vectors and words."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from memories.embedding.registry import current_embedder
from memories.models import Memory
from memories.writing.rows import index


def embed_missing(limit: int = 500) -> int:
    """Give some of the memories that have no vector, or another embedder's, one of the current; how many were given it.

    Raises EmbedderUnavailable when the embedder is out of reach.
    """
    return embed_next(limit, after=0)[0]


def embed_next(limit: int, after: int) -> tuple[int, int | None]:
    """Like `embed_missing`, for memories with an id above `after`; also the last id looked at, None at the end."""
    embedder = current_embedder()
    rows = list(
        Memory.objects.compared_by_text()
        .filter(Q(embedder__lt=embedder.name) | Q(embedder__gt=embedder.name), ended_at=None, pk__gt=after)
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
        index(row, row.text)
    Memory.objects.bulk_update(rows, ["terms", "word_count", "fingerprint"])
    return len(rows), rows[-1].pk if len(rows) == limit else None
