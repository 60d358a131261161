"""Recall: which of a person's memories answer a text, by meaning and by words together.

One SQL statement, exact and scoped to its owner. Each memory of the person gets two scores: how near its vector is
to the text's (cosine), and BM25 over the terms they share. Both are made comparable by counting in standard
deviations from the mean over all the person's memories, and added, half each. A row that another
embedder made, or none, is never compared by meaning: there it counts as average, and its words decide.

Only two kinds of rows can be among the best: those that share a term, and the nearest few of the rest (which all have the
same score for words). So the statement scores these alone, and costs little more than the search by meaning.
`benchmarks/recall.py` measures it; docs/decisions.md tells what was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from django.db import connection
from pgvector import Vector
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from memories.words import owned, terms_of

MAX_TERMS = 32
"""So many different words of a question are looked up: of a longer one the first and the last."""

SIMILARITY_FLOOR = 0.1
"""Memories less similar than this to a text, and sharing no word with it, have nothing to do with it."""

TOKENS_PER_MEMORY = 8
"""What the prompt writes around each memory."""

# How it is kept fast, each measured:
# - The statement is prepared and always gets the same, generic plan: making one costs more than running it for a person
#   with a hundred memories. PostgreSQL chooses the generic plan because of `embedder BETWEEN`, which for an
#   unknown value it takes for very selective, and because it cannot count the terms behind a sub-select.
#   The same guess makes it take the index also where few people own most of the rows.
# - `user_id + 0` keeps it from intersecting the index of words with an index of owners. Terms name their owner,
#   so there is nothing to gain; the condition stands for safety.
# - A term found in more rows than are worth reading (`LIMIT`) tells nothing apart and is dropped.
_RECALL = """
WITH mine AS MATERIALIZED (
    SELECT id, embedding <=> %(vector)b::vector AS distance
    FROM memories_memory
    WHERE user_id = %(user)s AND embedder BETWEEN %(embedder)s AND %(embedder)s AND ended_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())
), meaning AS MATERIALIZED (
    SELECT greatest(count(*), 1)::float8 AS total, avg(distance) AS mean, nullif(stddev_pop(distance), 0) AS spread FROM mine
), hits AS (
    SELECT id, distance, ln(1 + (greatest(total, found) - found + 0.5) / (found + 0.5)) * brevity AS words
    FROM meaning, unnest((SELECT %(terms)s::text[])) AS asked (term), LATERAL (
        SELECT id, distance, brevity, count(*) OVER ()::float8 AS found
        FROM (
            SELECT id, CASE WHEN embedder = %(embedder)s THEN embedding <=> %(vector)b::vector END AS distance,
                   2.2::float8 / (1.3::float8 + 0.075::float8 * word_count) AS brevity
            FROM memories_memory
            WHERE terms @> ARRAY[term] AND user_id + 0 = %(user)s AND ended_at IS NULL
              AND (expires_at IS NULL OR expires_at > now())
            LIMIT 1000
        ) AS holding
    ) AS hit
    WHERE found < 1000
), candidates AS (
    SELECT id, min(distance) AS distance, sum(words) AS words,
           sum(sum(words)) OVER () / (SELECT total FROM meaning) AS words_mean,
           sum(sum(words) * sum(words)) OVER () / (SELECT total FROM meaning) AS words_square
    FROM (
        SELECT id, distance, words FROM hits
        UNION ALL
        (SELECT id, distance, 0::float8 FROM mine ORDER BY distance, id DESC LIMIT %(count)s)
    ) AS found
    GROUP BY id
), best AS (
    SELECT id, 1 - distance AS similarity, words > 0 AS worded,
           (coalesce((mean - distance) / spread, 0)
            + coalesce((words - words_mean) / nullif(sqrt(greatest(words_square - words_mean * words_mean, 0)), 0), 0)
           ) / 2 AS score
    FROM candidates, meaning
    ORDER BY score DESC, id DESC LIMIT %(count)s
)
SELECT id, text, coalesce(valid_from, (created_at AT TIME ZONE 'UTC')::date), score, similarity, worded, pinned
FROM best JOIN memories_memory USING (id)
UNION ALL
SELECT id, text, coalesce(valid_from, (created_at AT TIME ZONE 'UTC')::date), 0::float8,
       CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)b::vector) END, false, pinned
FROM memories_memory
WHERE user_id = %(user)s AND pinned AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A memory that was found, and why: `meaning`, `words` and `pinned` are the reasons there are."""

    memory_id: int
    text: str
    since: date
    score: float
    """Standard deviations above the average of the person's memories, by meaning and by words; higher is better."""
    similarity: float | None
    """Cosine in [-1, 1]; None where there is nothing to compare."""
    reasons: tuple[str, ...]


def recall(
    user: Any,
    query_text: str,
    query_vector: Vector | Sequence[float] | None,
    embedder_name: str,
    *,
    count: int,
    token_budget: int | None = None,
) -> list[Recalled]:
    """The `count` memories of a person (all, if there are fewer) that answer a text best, best first.

    Pinned memories come in addition. Without a vector the words decide alone. Whether what is found has
    anything to do with the text is another question: see `select_for_prompt`. Synchronous: call it in a thread.
    """
    user_id = getattr(user, "pk", user)
    rows = _fetch(
        _RECALL,
        {
            "user": user_id,
            "vector": None if query_vector is None else BinaryVector(query_vector),
            "embedder": embedder_name,
            "terms": [owned(user_id, term) for term in _asked(query_text)],
            "count": count,
        },
    )
    # A pinned memory that is also among the best comes twice, with the same score.
    found = {row[0]: Recalled(*row[:5], _reasons(*row[4:])) for row in rows}
    ranked = sorted(found.values(), key=lambda one: (-one.score, -one.memory_id))
    return ranked if token_budget is None else fit(ranked, token_budget)


def select_for_prompt(
    recalled: Iterable[Recalled], token_budget: int, floor: float | None = SIMILARITY_FLOOR
) -> list[Recalled]:
    """Those worth the prompt's room: pinned, sharing a word, or not less similar than `floor`; None takes all."""
    return fit(
        (one for one in recalled if floor is None or _WORTH & set(one.reasons) or (one.similarity or -1.0) >= floor),
        token_budget,
    )


def fit(recalled: Iterable[Recalled], token_budget: int) -> list[Recalled]:
    """As many as `token_budget` holds, by rank, pinned ones first; the order stays as it was."""
    ranked = list(recalled)
    kept = set()
    for one in sorted(ranked, key=lambda one: "pinned" not in one.reasons):
        cost = _estimated_tokens(one.text) + TOKENS_PER_MEMORY
        if cost <= token_budget:
            token_budget -= cost
            kept.add(one.memory_id)
    return [one for one in ranked if one.memory_id in kept]


_WORTH = {"pinned", "words"}


def _reasons(similarity: float | None, by_words: bool, pinned: bool) -> tuple[str, ...]:
    named = (
        ("pinned", pinned), ("meaning", similarity is not None and similarity >= SIMILARITY_FLOOR), ("words", by_words)
    )  # fmt: skip
    return tuple(name for name, holds in named if holds)


def _asked(text: str) -> list[str]:
    terms = list(dict.fromkeys(terms_of(text)))
    if len(terms) > MAX_TERMS:
        half = MAX_TERMS // 2
        terms = terms[:half] + terms[-half:]
    return terms


def _estimated_tokens(text: str) -> int:
    """Rather too many than too few, whatever tokenizer the model has."""
    return math.ceil(len(text) / 3.6) if text.isascii() else math.ceil(len(text.encode()) / 3)


class BinaryVector:
    """A vector on its way into a statement in PostgreSQL's own format: no digits to write, none to parse."""

    __slots__ = ("data",)

    def __init__(self, vector: Vector | Sequence[float]) -> None:
        self.data = (vector if isinstance(vector, Vector) else Vector(list(vector))).to_binary()


class _BinaryVectorDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryVector) -> Buffer | None:
        return obj.data


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement beside Django's cursors, which put values into the text and prepare nothing."""
    connection.ensure_connection()
    raw = connection.connection
    cursor = psycopg.Cursor(raw)
    cursor.format = Format.BINARY
    cursor.adapters.register_dumper(BinaryVector, _BinaryVectorDumper)
    # Behind a pooler that hands every transaction another session, nothing may be prepared.
    prepares = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    before, raw.prepare_threshold = raw.prepare_threshold, 0 if prepares else None
    try:
        with connection.wrap_database_errors:
            return cursor.execute(statement, parameters).fetchall()
    finally:
        raw.prepare_threshold = before
        cursor.close()
