"""Which embedders made the vectors that are stored, and how many are left to make; fast with any number of rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from memories.embedding.registry import current_embedder
from memories.models import EmbedderInUse

COUNTED_AT_MOST = 200_000

# Of what programs store, only what is compared by its text (`Memory.COMPARED_BY_TEXT`, in SQL).
# From one name to the next in the index, without reading the rows between.
_NAMES = """
WITH RECURSIVE names AS (
    (SELECT embedder FROM memories_memory WHERE ended_at IS NULL AND (recalled OR paths IS NULL)
     ORDER BY embedder LIMIT 1)
    UNION ALL
    SELECT (SELECT embedder FROM memories_memory
            WHERE ended_at IS NULL AND (recalled OR paths IS NULL) AND embedder > names.embedder
            ORDER BY embedder LIMIT 1)
    FROM names WHERE names.embedder IS NOT NULL
)
SELECT embedder FROM names WHERE embedder IS NOT NULL
"""
_COUNT = """
SELECT count(*), (SELECT dimensions FROM memories_memory
                  WHERE ended_at IS NULL AND (recalled OR paths IS NULL) AND embedder = %(name)s LIMIT 1)
FROM (SELECT FROM memories_memory
      WHERE ended_at IS NULL AND (recalled OR paths IS NULL) AND embedder = %(name)s LIMIT %(most)s) AS counted
"""


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The current memories with a vector of one embedder; an empty name has none. `count` ends at COUNTED_AT_MOST."""

    name: str
    dimensions: int | None
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class InUse:
    """The embedder that the site's memories are brought over to: that of the process which was started last."""

    name: str
    dimensions: int
    is_ours: bool
    """Whether this process has it too."""


def in_use() -> InUse:
    embedder = current_embedder()
    row = EmbedderInUse.objects.first()
    if row is None:
        return InUse(embedder.name, embedder.dimensions, True)
    return InUse(row.name, row.dimensions, row.name == embedder.name)


def embedder_names() -> list[str]:
    """The embedders of current memories, by name; the first is empty when some have no vector."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        return [name for (name,) in cursor.fetchall()]


def embedder_counts() -> list[MadeBy]:
    """How many current memories each embedder made."""
    current = in_use().name
    counted = []
    for name in embedder_names():
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"name": name, "most": COUNTED_AT_MOST})
            count, dimensions = cursor.fetchone()
        counted.append(MadeBy(name, dimensions, count, name == current))
    return counted
