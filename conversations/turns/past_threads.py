"""Finds what a person wrote in their earlier threads, by the words that messages are indexed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from conversations.finding.snippets import highlighted
from conversations.finding.terms import Asked, asked_for
from memories.requests import own_words

MOST_SNIPPETS = 5
SNIPPET_CHARS = 400
SEARCHED_CHARS = 60_000
LOOKED_AT = 5_000
"""Of each word the newest so many messages that have it: one that more have tells little apart."""

# The threads are those that may feed memory: a person who has switched it off for one does not expect it to turn up in
# another. `user_id + 0` as in `conversations.finding.search`.
_SEARCH = """
    WITH hits AS (
        SELECT message_id, count(*) OVER (PARTITION BY word)::float8 AS found
        FROM unnest(%(queries)s::text[]) WITH ORDINALITY AS asked (query, word), LATERAL (
            SELECT message_id FROM conversations_messageterms
            WHERE terms @@ asked.query::tsquery AND user_id + 0 = %(user)s
            ORDER BY created_at DESC LIMIT %(looked_at)s
        ) AS hit
    ), ranked AS (
        SELECT message_id, sum(ln(1 + 2 * %(looked_at)s / found)) AS weight FROM hits GROUP BY message_id
    )
    SELECT message.text, message.created_at, thread.title
    FROM ranked JOIN conversations_message message ON message.id = ranked.message_id
        JOIN conversations_thread thread ON thread.id = message.thread_id
    WHERE message.user_id = %(user)s AND thread.user_id = %(user)s AND message.role = 'user'
      AND thread.memory_mode = 'write' AND NOT thread.temporary AND thread.id <> %(thread)s
    ORDER BY weight DESC, message.created_at DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of one message of the person in an earlier thread."""

    thread: str
    on: date
    text: str


def search(user_id: int, query: str, besides: UUID) -> list[Snippet]:
    """What the person wrote in threads other than `besides` that has words of the query, best first."""
    asked = asked_for(query)
    if not asked:
        return []
    parameters: dict[str, Any] = {
        "user": user_id,
        "thread": besides,
        "looked_at": LOOKED_AT,
        "queries": [one.query(user_id) for one in asked],
        "most": MOST_SNIPPETS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, parameters)
        rows = cursor.fetchall()
    return [Snippet(title, timezone.localdate(at), _cut(text, asked)) for text, at, title in rows]


def _cut(text: str, asked: Sequence[Asked]) -> str:
    """The part of a message around the first of its words that were looked for."""
    text = " ".join((own_words(text) or text).split())[:SEARCHED_CHARS]
    if len(text) <= SNIPPET_CHARS:
        return text
    first = 0
    for part in highlighted(text, asked):
        if part.marked:
            break
        first += len(part.text)
    start = max(0, min(first - SNIPPET_CHARS // 4, len(text) - SNIPPET_CHARS))
    cut = text[start : start + SNIPPET_CHARS]
    return ("…" if start else "") + cut + ("…" if start + SNIPPET_CHARS < len(text) else "")
