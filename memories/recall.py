"""Recall: which of a person's memories answer a text, by meaning and by words together.

One SQL statement, exact and scoped to its owner. Each memory gets two scores: how near its vector is to the
text's (cosine), and BM25 over the terms they share. To be comparable, the first is counted in standard deviations
from the mean over all the person's memories, the second in its root mean square over them (most share no
term, so its mean is next to nothing). They are added, half each. A row that another embedder made, or
none, is never compared by meaning: there it counts as average, and its words decide.

Only two kinds of rows can be among the best: those that share a term, and the nearest few of the rest (which all
have the same score for words). So the statement scores these alone, and costs little more than a search by meaning.
`benchmarks/recall.py` measures it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from pgvector import Vector
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from memories.models import Memory
from memories.words import owned, terms_of

MAX_TERMS = 32
"""So many different words of a question are looked up: of a longer one the first and the last."""

SIMILARITY_FLOOR = 0.1
"""Memories less similar than this to a text, and sharing no word with it, have nothing to do with it."""

TOKENS_PER_MEMORY = 8
"""What the prompt writes around each memory."""

# How it is kept fast, each measured:
# - The statement is prepared and runs by its generic plan: making a plan costs more than running it for a person with a
#   hundred memories. PostgreSQL prefers the generic plan because of `embedder BETWEEN`, which for an unknown
#   value it takes for very selective, and because it cannot count the terms behind a sub-select. The same
#   guess makes it use the index also where few people own most of the rows, and keeps it from compiling (jit).
# - `user_id + 0` keeps it from intersecting the index of words with one of owners. Terms name their owner, so
#   there is nothing to gain; the condition stands for safety.
# - Rows are known by their place in the table (ctid, steady within a statement), which saves looking them up again.
# - A term that a thousand rows hold tells little apart and is dropped before they are read.
_RECALL = """
WITH mine AS MATERIALIZED (
    SELECT ctid AS place, embedding <=> %(vector)b::vector AS distance
    FROM memories_memory
    WHERE user_id = %(user)s AND embedder BETWEEN %(embedder)s AND %(embedder)s AND ended_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())
), meaning AS MATERIALIZED (
    SELECT greatest(count(*), 1)::float8 AS total, avg(distance) AS mean, nullif(stddev_pop(distance), 0) AS spread
    FROM mine
), hits AS (
    SELECT place, distance, ln(1 + (greatest(total, found) - found + 0.5) / (found + 0.5)) * brevity AS words
    FROM meaning, unnest((SELECT string_to_array(%(terms)s, ' '))) AS asked (term), LATERAL (
        SELECT place, distance, brevity, count(*) OVER ()::float8 AS found
        FROM (
            SELECT ctid AS place,
                   CASE WHEN embedder = %(embedder)s THEN embedding <=> %(vector)b::vector END AS distance,
                   2.2::float8 / (1.3::float8 + 0.075::float8 * word_count) AS brevity
            FROM memories_memory
            WHERE terms @> ARRAY[term] AND user_id + 0 = %(user)s AND ended_at IS NULL
              AND (expires_at IS NULL OR expires_at > now())
            LIMIT 1000
        ) AS holding
    ) AS hit
    WHERE found < 1000
), candidates AS (
    SELECT place, min(distance) AS distance, sum(words) AS words,
           sum(sum(words) * sum(words)) OVER () AS squares
    FROM (
        SELECT place, distance, words FROM hits
        UNION ALL
        (SELECT place, distance, 0::float8 FROM mine ORDER BY distance, place DESC LIMIT %(count)s)
    ) AS found
    GROUP BY place
), best AS (
    SELECT place, 1 - distance AS similarity, words > 0 AS worded,
           (coalesce((mean - distance) / spread, 0)
            + coalesce(words / nullif(sqrt(squares / total), 0), 0)) / 2 AS score
    FROM candidates, meaning
    ORDER BY score DESC, place DESC LIMIT %(count)s
)
SELECT id, text, valid_from, created_at, score, similarity, worded, pinned
FROM best JOIN memories_memory ON ctid = place
UNION ALL
SELECT id, text, valid_from, created_at, 0::float8, NULL::float8, false, true
FROM memories_memory
WHERE user_id = %(user)s AND pinned AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""


class Recalled(NamedTuple):
    """A memory that was found, and why: `meaning`, `words` and `pinned` are the reasons there are."""

    memory_id: int
    text: str
    since: date
    score: float
    """How far above the average of the person's memories; 0.0 for a memory that is pinned and nothing else."""
    similarity: float | None
    """Cosine in [-1, 1]; None where there is nothing to compare, and for a memory that is pinned and nothing else."""
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

    Pinned memories that are not among them come in addition. Without a vector the words decide alone. Whether what
    is found has anything to do with the text is another question: see `select_for_prompt`. Synchronous: call it in
    a thread.
    """
    user_id = getattr(user, "pk", user)
    parameters = {
        "user": user_id,
        "vector": None if query_vector is None else BinaryVector(query_vector),
        "embedder": embedder_name,
        "terms": " ".join([owned(user_id, term) for term in _asked(query_text)]),
        "count": count,
    }
    found: dict[int, Recalled] = {}
    for memory_id, text, valid_from, created_at, score, similarity, by_words, pinned in _fetch(_RECALL, parameters):
        # A pinned memory comes a second time if it is also among the best, which are listed first.
        if memory_id not in found:
            by_meaning = similarity is not None and similarity >= SIMILARITY_FLOOR
            reasons = _REASONS[pinned, by_meaning, by_words]
            found[memory_id] = Recalled(memory_id, text, valid_from or created_at.date(), score, similarity, reasons)
    if len(found) < count:
        found |= _others(user_id, found, count - len(found))
    ranked = sorted(found.values(), key=attrgetter("score", "memory_id"), reverse=True)
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


_NOTHING = -10.0
_WORTH = {"pinned", "words"}


_REASONS = {
    holds: tuple(name for name, held in zip(("pinned", "meaning", "words"), holds, strict=True) if held)
    for holds in product((False, True), repeat=3)
}


def _others(user_id: int, found: Collection[int], count: int) -> dict[int, Recalled]:
    """The newest of what nothing speaks for: memories without a vector of this embedder that share no word."""
    rows = Memory.objects.of(user_id).current().exclude(pk__in=list(found)).order_by("-created_at", "-pk")
    values = rows.values_list("pk", "text", "valid_from", "created_at")[:count]
    return {pk: Recalled(pk, text, day or at.date(), _NOTHING, None, ()) for pk, text, day, at in values}


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
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    raw = database.connection
    # Making a cursor and teaching it vectors takes as long as a short query: each connection keeps one.
    cursor = getattr(raw, "recall_cursor", None)
    if cursor is None:
        cursor = raw.recall_cursor = psycopg.Cursor(raw)
        cursor.format = Format.BINARY
        cursor.adapters.register_dumper(BinaryVector, _BinaryVectorDumper)
    # Behind a pooler that hands every transaction another session, nothing may be prepared.
    prepares = not database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    before, raw.prepare_threshold = raw.prepare_threshold, 0 if prepares else None
    try:
        with database.wrap_database_errors:
            return cursor.execute(statement, parameters).fetchall()
    finally:
        raw.prepare_threshold = before
