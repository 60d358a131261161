"""Search over one's own threads and messages: by words, and among the newest by what they mean.

A message with all the words stands before one with some of them, and that before one that only means something like it.
Three statements, each scoped to its owner and each with a limit, so that a person with 100,000 messages is answered as
quickly as anybody; `tests/test_finding.py` looks at their plans.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from conversations.finding.indexing import finds_meaning
from conversations.finding.snippets import Part, highlighted, snippet
from conversations.finding.terms import Asked, asked_for
from conversations.models import Message, Thread
from memchat.text import storable
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.words import words_of

logger = logging.getLogger(__name__)

QUERY_MAX_CHARS = 200
MOST_FOUND = 200
COMPARED = 2_000
"""Of the messages with the words the newest so many are ranked: one long thread may have most of them."""
ENOUGH = 20
"""With so many messages that have all the words, those that have some of them are not looked for."""
TOO_COMMON = 1_000
"""A word that more messages have tells little apart: alone it brings none of them."""
TITLES_LOOKED_AT = 3_000
LITERALLY_LOOKED_AT = 2_000
MEANING_LOOKED_AT = 20_000
NEAREST = 20
NEAR = 0.3
"""Messages less similar than this do not mean something like it."""
ALL_WORDS = 6.0
"""Having all the words counts as much as being nearer in meaning than the average by so many deviations."""
PER_THREAD = 3

_IN_THREAD = (
    "(%(thread)s::uuid IS NULL OR message_id IN (SELECT id FROM conversations_message WHERE thread_id = %(thread)s))"
)
# `user_id + 0` keeps it from intersecting the index of words with one of owners: words name their owner. The condition
# stands for safety. The view stands for row-level security, which would keep it from the index altogether.
_ALL = f"""
    SELECT message_id FROM conversations_reachableterms
    WHERE terms @@ %(query)s::tsquery AND user_id + 0 = %(user)s AND {_IN_THREAD}
    ORDER BY created_at DESC, message_id LIMIT %(most)s
"""
_SOME = f"""
    SELECT DISTINCT word, CASE WHEN found <= %(common)s THEN message_id END, found
    FROM unnest(%(queries)s::text[]) WITH ORDINALITY AS asked (query, word), LATERAL (
        SELECT message_id, count(*) OVER () AS found FROM (
            SELECT message_id FROM conversations_reachableterms
            WHERE terms @@ asked.query::tsquery AND user_id + 0 = %(user)s AND {_IN_THREAD}
            LIMIT %(common)s + 1
        ) AS holding
    ) AS hit
"""
_LITERALLY = f"""
    SELECT message.id FROM (
        SELECT message_id, created_at FROM conversations_messageterms WHERE user_id = %(user)s AND {_IN_THREAD}
        ORDER BY created_at DESC LIMIT %(looked_at)s
    ) AS newest JOIN conversations_message message ON message.id = newest.message_id
    WHERE strpos(lower(message.text), %(text)s) > 0
    ORDER BY newest.created_at DESC LIMIT %(most)s
"""
_MEANING = f"""
    WITH mine AS MATERIALIZED (
        SELECT message_id, embedding <=> %(vector)s::vector AS distance
        FROM (
            SELECT message_id, embedding, embedder FROM conversations_messagevector
            WHERE user_id = %(user)s AND {_IN_THREAD}
            ORDER BY created_at DESC LIMIT %(looked_at)s
        ) AS newest
        WHERE embedder = %(embedder)s AND embedding IS NOT NULL
    ), average AS (
        SELECT avg(distance) AS mean, nullif(stddev_pop(distance), 0) AS spread FROM mine
    )
    SELECT message_id, 1 - distance, coalesce((mean - distance) / spread, 0)
    FROM average, (
        (SELECT * FROM mine ORDER BY distance LIMIT %(nearest)s)
        UNION SELECT * FROM mine WHERE message_id = ANY(%(candidates)s)
    ) AS wanted
"""


@dataclass(slots=True)
class _Candidate:
    words: float = 0.0
    similarity: float | None = None
    nearness: float = 0.0

    @property
    def score(self) -> float:
        return ALL_WORDS * self.words + self.nearness


@dataclass(frozen=True, slots=True)
class Place:
    """A message that was found, or a thread by its title."""

    thread: Thread
    title: list[Part]
    message: Message | None = None
    snippet: list[Part] = field(default_factory=list)
    by_meaning: bool = False
    """It has none of the words."""

    @property
    def at(self) -> datetime:
        return self.message.created_at if self.message is not None else self.thread.active_at


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody looks for. `typing` while they have not ended; `thread` when in one thread only."""

    text: str
    asked: tuple[Asked, ...]
    thread: UUID | None = None

    @classmethod
    def of(cls, text: str, *, typing: bool = False, thread: UUID | None = None) -> Question:
        text = storable(text)[:QUERY_MAX_CHARS].lstrip()
        return cls(text.strip(), tuple(asked_for(text, typing=typing)), thread)

    @property
    def literal(self) -> str:
        """What is looked for as it stands, because it has no words: "++", a smiley, nothing but small words."""
        return "" if self.asked else self.text


def titles(user_id: int, question: Question, most: int) -> list[Place]:
    """The threads whose titles have all the words, latest first."""
    if not question.text or question.thread:
        return []
    threads = Thread.objects.of(user_id).filter(temporary=False).order_by("-active_at", "-pk")
    found = []
    for pk, title in threads.values_list("pk", "title")[:TITLES_LOOKED_AT]:
        if _has_all(title, question):
            found.append(pk)
            if len(found) == most:
                break
    by_id = threads.in_bulk(found)
    return [
        Place(by_id[pk], highlighted(by_id[pk].shown_title, question.asked, question.literal))
        for pk in found
        if pk in by_id
    ]


def _has_all(title: str, question: Question) -> bool:
    if question.literal:
        return question.literal.casefold() in title.casefold()
    words = list(words_of(title))
    return all(
        any(one.fits(word) if is_whole and one.is_whole else one.word in word for word, is_whole in words)
        for one in question.asked
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The messages that were found, best first, and how many more of each thread there are than are listed."""

    ids: list[UUID]
    by_meaning: set[UUID]
    others: dict[UUID, int]


def messages(user_id: int, question: Question) -> Found:
    """The messages that have to do with a question, best first; of each thread a few, unless it is the only one."""
    if not question.text:
        return Found([], set(), {})
    candidates = _by_words(user_id, question)
    _add_meaning(user_id, question, candidates)
    rows = Message.objects.of(user_id).filter(pk__in=list(candidates), thread__temporary=False)
    thread_of = dict(rows.values_list("pk", "thread_id"))
    # What is equally good stays in its order: the newest first.
    listed = sorted(filter(thread_of.get, candidates), key=lambda pk: candidates[pk].score, reverse=True)
    others: dict[UUID, int] = {}
    if not question.thread:
        count: Counter[UUID] = Counter()
        best = []
        for pk in listed:
            count[thread_of[pk]] += 1
            if count[thread_of[pk]] <= PER_THREAD:
                best.append(pk)
        listed = best[:MOST_FOUND]
        others = {pk: more - PER_THREAD for pk, more in count.items() if more > PER_THREAD}
    return Found(listed, {pk for pk in listed if not candidates[pk].words}, others)


def places(user_id: int, question: Question, found: Found, ids: Sequence[UUID]) -> list[Place]:
    """Some of the messages that were found, ready to be shown."""
    rows = Message.objects.of(user_id).select_related("thread").defer("html").in_bulk(list(ids))
    return [
        Place(
            row.thread,
            highlighted(row.thread.shown_title, question.asked, question.literal),
            row,
            snippet(row.text, question.asked, question.literal),
            pk in found.by_meaning,
        )
        for pk in ids
        if (row := rows.get(pk)) is not None
    ]


def _by_words(user_id: int, question: Question) -> dict[UUID, _Candidate]:
    parameters = {"user": user_id, "thread": question.thread, "most": COMPARED}
    if question.literal:
        literally = {**parameters, "text": question.literal.lower(), "looked_at": LITERALLY_LOOKED_AT}
        return {pk: _Candidate(1.0) for (pk,) in _fetch(_LITERALLY, literally)}
    queries = [one.query(user_id) for one in question.asked]
    candidates = {pk: _Candidate(1.0) for (pk,) in _fetch(_ALL, {**parameters, "query": " & ".join(queries)})}
    if len(candidates) < ENOUGH and len(queries) > 1:
        hits = _fetch(_SOME, {**parameters, "queries": queries, "common": TOO_COMMON})
        there = {word for word, _, _ in hits}
        if 0 < len(there) < len(queries):
            # A word that is nowhere, misspelt perhaps, does not keep the others from finding something together.
            together = " & ".join(queries[word - 1] for word in sorted(there))
            for (pk,) in _fetch(_ALL, {**parameters, "query": together}):
                candidates.setdefault(pk, _Candidate(len(there) / len(queries)))
        for pk, share in _shares(hits, len(queries)).items():
            candidates.setdefault(pk, _Candidate(share))
    return candidates


def _shares(hits: Iterable[tuple[int, UUID | None, int]], count: int) -> dict[UUID, float]:
    """How much of the question each message has: rare words count more."""
    weights = [_weight(TOO_COMMON)] * (count + 1)
    holding: dict[UUID, list[int]] = {}
    for word, pk, found in hits:
        weights[word] = _weight(found)
        if pk is not None:
            holding.setdefault(pk, []).append(word)
    total = sum(weights[1:])
    shares = {pk: sum(weights[word] for word in words) / total for pk, words in holding.items()}
    return {pk: shares[pk] for pk in sorted(shares, key=lambda pk: shares[pk], reverse=True)[:COMPARED]}


def _weight(found: int) -> float:
    return math.log(1 + 10 * TOO_COMMON / found)


def _add_meaning(user_id: int, question: Question, candidates: dict[UUID, _Candidate]) -> None:
    if not finds_meaning() or len(question.text) < 3:
        return
    embedder = current_embedder()
    try:
        vector = embedder.embed([question.text])[0]
    except EmbedderError as error:
        logger.warning("searching messages by words only: %s", error)
        return
    parameters: dict[str, Any] = {
        "user": user_id,
        "thread": question.thread,
        "vector": vector.to_text(),
        "embedder": embedder.name,
        "looked_at": MEANING_LOOKED_AT,
        "nearest": NEAREST,
        "candidates": list(candidates),
    }
    for pk, similarity, nearness in _fetch(_MEANING, parameters):
        if pk in candidates or similarity >= NEAR:
            one = candidates.setdefault(pk, _Candidate())
            one.similarity, one.nearness = similarity, nearness


def _fetch(statement: str, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
