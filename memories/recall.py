"""Recall: which of a person's memories answer a text, by meaning, by words and by topics together.

One SQL statement, exact and scoped to its owner. Each memory gets two scores: how near its vector is to the
text's (cosine), and BM25 over the terms they share: words, and the topics that words speak of
(`memories.topics`). To be comparable, the first is counted in standard deviations
from the mean over all the person's memories, the second in its root mean square over them (most share no
term, so its mean is next to nothing). They are added, half each. A row that another embedder made, or
none, is never compared by meaning: there it counts as average, and its words decide.

Only two kinds of rows can be among the best: those that share a term, and the nearest few of the rest (which all
have the same score for words). So the statement scores these alone, and costs little more than a search by meaning.
`benchmarks/recall.py` measures it, `benchmarks/recall_quality.py` what it finds.

What comes of it is put in order once more by `memories.newest_first`: where two of the memories say different things of
the same matter, the newer stands before the older.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

from pgvector import Vector

from memchat.postgres.prepared import BinaryVector, PreparedStatement
from memories.models import Memory
from memories.newest_first import newest_first
from memories.topics import MARK, asked_about
from memories.words import owned, terms_of

MAX_TERMS = 32
"""So many different words of a question are looked up: of a longer one the first and the last."""

MAX_TOPICS = 8

SIMILARITY_FLOOR = 0.15
"""Memories less similar than this to a text, and sharing no word and no topic with it, have nothing to do with it."""

LOWERED_AT_MOST = 4
LOWERED_SCORE = 0.5
LOWERED_FLOOR = 0.08
"""Each time its person called a memory not relevant takes so much from its score, and asks for so much more similarity
before it enters a prompt; from a certain number of times on it makes no difference."""

TOKENS_PER_MEMORY = 8
"""What the prompt writes around each memory."""

TELLING_COUNT, TELLING_SHARE = 100, 4
"""Terms that so many memories of a person hold do not count if that is one in so many of all; a thousand never do."""

_WORD, _TOPIC = 1, 2

# How it is kept fast, each measured:
# - The statement is prepared and runs by its generic plan: making a plan costs more than running it for a person with a
#   hundred memories. PostgreSQL prefers the generic plan because of `embedder BETWEEN`, which for an unknown
#   value it takes for very selective, and because it cannot count the terms behind a sub-select. The same
#   guess makes it use the index also where few people own most of the rows, and keeps it from compiling (jit).
# - `user_id + 0` keeps it from intersecting the index of words with one of owners. Terms name their owner, so
#   there is nothing to gain; the condition stands for safety.
# - Rows are known by their place in the table (ctid, steady within a statement), which saves looking them up again.
# - What was lowered takes nobody's place among the nearest: of these, so many more are scored.
# - It reads a view that shows the person's own rows, not the table: row-level security would ask first whose a row is,
#   and so keep it from the index of words (see `memchat.postgres.guarding`).
# - A term that a quarter of many rows hold tells little apart, and is dropped before all of them are read.
_RECALL = f"""
WITH mine AS MATERIALIZED (
    SELECT place, embedding <=> %(vector)b::vector AS distance, least(lowered, {LOWERED_AT_MOST}) AS lowered
    FROM memories_reachable
    WHERE user_id = %(user)s AND embedder BETWEEN %(embedder)s AND %(embedder)s AND ended_at IS NULL AND recalled
      AND (expires_at IS NULL OR expires_at > now())
), meaning AS MATERIALIZED (
    SELECT greatest(count(*), 1)::float8 AS total, avg(distance) AS mean, nullif(stddev_pop(distance), 0) AS spread,
           count(nullif(lowered, 0)) AS lowered_ones,
           least(greatest(count(*) / {TELLING_SHARE}, {TELLING_COUNT}), 1000) AS most
    FROM mine
), hits AS (
    SELECT place, kind, ln(1 + (greatest(total, found) - found + 0.5) / (found + 0.5)) * brevity AS words
    FROM meaning, (
        SELECT term, CASE WHEN strpos(term, '{MARK}') > 0 THEN {_TOPIC} ELSE {_WORD} END AS kind
        FROM unnest((SELECT string_to_array(%(terms)s, ' '))) AS listed (term) OFFSET 0
    ) AS asked, LATERAL (
        SELECT place, brevity, count(*) OVER ()::float8 AS found
        FROM (
            SELECT place, 2.2::float8 / (1.3::float8 + 0.075::float8 * word_count) AS brevity
            FROM memories_reachable
            WHERE terms @> ARRAY[term] AND user_id + 0 = %(user)s AND ended_at IS NULL AND recalled
              AND (expires_at IS NULL OR expires_at > now())
            LIMIT most
        ) AS holding
    ) AS hit
    WHERE found < most
), candidates AS (
    SELECT place, sum(words) AS words, bit_or(kind) AS kinds, sum(sum(words) * sum(words)) OVER () AS squares
    FROM (
        SELECT place, kind, words FROM hits
        UNION ALL
        (SELECT place, 0, 0::float8 FROM mine
         ORDER BY distance, place DESC LIMIT %(count)s + (SELECT lowered_ones FROM meaning))
    ) AS found
    GROUP BY place
), compared AS (
    SELECT candidates.*, least(lowered, {LOWERED_AT_MOST}) AS lowered,
           CASE WHEN embedder = %(embedder)s THEN embedding <=> %(vector)b::vector END AS distance
    FROM candidates JOIN memories_reachable USING (place)
    OFFSET 0
), best AS (
    SELECT place, 1 - distance AS similarity, kinds,
           (coalesce((mean - distance) / spread, 0)
            + coalesce(words / nullif(sqrt(squares / total), 0), 0)) / 2 - {LOWERED_SCORE}::float8 * lowered AS score
    FROM compared, meaning
    ORDER BY score DESC, place DESC LIMIT %(count)s
)
SELECT id, text, coalesce(valid_from, created_at::date), score, similarity, kinds, pinned, quoted, lowered
FROM best JOIN memories_reachable USING (place)
UNION ALL
SELECT id, text, coalesce(valid_from, created_at::date), 0::float8, NULL::float8, 0, true, quoted, lowered
FROM memories_reachable
WHERE user_id = %(user)s AND pinned AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""
_STATEMENT = PreparedStatement(
    "recall", _RECALL, {"user": "bigint", "vector": "vector", "embedder": "text", "terms": "text", "count": "bigint"}
)


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
    quoted: bool = False
    """Reads like an instruction: a prompt gives it as a quotation."""
    about: bool = False
    """Shares a topic with the text, which counts as meaning whatever the vectors say."""
    lowered: int = 0
    """How often its person called it not relevant."""


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
    for memory_id, text, since, score, similarity, kinds, pinned, quoted, lowered in _STATEMENT.fetch(parameters):
        # A pinned memory comes a second time if it is also among the best, which are listed first.
        if memory_id not in found:
            by_words, about = kinds & _WORD > 0, kinds & _TOPIC > 0
            near = similarity is not None and similarity >= SIMILARITY_FLOOR
            reasons = _REASONS[pinned, near or (about and not by_words), by_words]
            found[memory_id] = Recalled(memory_id, text, since, score, similarity, reasons, quoted, about, lowered)
    if len(found) < count:
        found |= _others(user_id, found, count - len(found))
    ranked = sorted(found.values(), key=attrgetter("score", "memory_id"), reverse=True)
    ranked = newest_first(ranked)
    return ranked if token_budget is None else fit(ranked, token_budget)


def select_for_prompt(
    recalled: Iterable[Recalled], token_budget: int, floor: float | None = SIMILARITY_FLOOR
) -> list[Recalled]:
    """Those worth the prompt's room: pinned, sharing a word or topic, or not less similar than `floor`; None takes all.

    What its person called not relevant has to be more similar than that, whatever it shares.
    """
    return fit((one for one in recalled if floor is None or _is_worth(one, floor)), token_budget)


def _is_worth(one: Recalled, floor: float) -> bool:
    if "pinned" in one.reasons:
        return True
    times = min(one.lowered, LOWERED_AT_MOST)
    if times and one.similarity is not None:
        return one.similarity >= floor + times * LOWERED_FLOOR
    return "words" in one.reasons or one.about or (one.similarity is not None and one.similarity >= floor)


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

_REASONS = {
    holds: tuple(name for name, held in zip(("pinned", "meaning", "words"), holds, strict=True) if held)
    for holds in product((False, True), repeat=3)
}


def _others(user_id: int, found: Collection[int], count: int) -> dict[int, Recalled]:
    """The newest of what nothing speaks for: memories without a vector of this embedder that share no word."""
    rows = Memory.objects.of(user_id).current().recalled().exclude(pk__in=list(found))
    rows = rows.order_by("lowered", "-created_at", "-pk")
    values = rows.values_list("pk", "text", "valid_from", "created_at", "quoted", "lowered")[:count]
    return {
        pk: Recalled(pk, text, day or at.date(), _NOTHING - lowered, None, (), quoted, lowered=lowered)
        for pk, text, day, at, quoted, lowered in values
    }


def _asked(text: str) -> list[str]:
    terms = list(dict.fromkeys(terms_of(text)))
    if len(terms) > MAX_TERMS:
        half = MAX_TERMS // 2
        terms = terms[:half] + terms[-half:]
    return terms + asked_about(text, terms)[:MAX_TOPICS]


def _estimated_tokens(text: str) -> int:
    """Rather too many than too few, whatever tokenizer the model has."""
    return math.ceil(len(text) / 3.6) if text.isascii() else math.ceil(len(text.encode()) / 3)
