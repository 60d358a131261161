"""Finds what a person wrote in their earlier threads, by words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from memories.requests import own_words
from memories.words import STOP_WORDS

MOST_SNIPPETS = 5
SNIPPET_CHARS = 400
LOOKED_AT = 5_000
"""The newest so many messages of a person are searched: none of them is indexed by words."""
MOST_WORDS = 12
SHORTEST_STEM = 4
"""From so many letters on a word also finds longer ones that begin with it."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Japanese, Chinese
)
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_])+")

# Only threads that may feed memory: a person who has switched it off for one does not expect it to turn up in another.
_SEARCH = r"""
    WITH mine AS (
        SELECT message.text, message.created_at, thread.title
        FROM conversations_message message JOIN conversations_thread thread ON thread.id = message.thread_id
        WHERE message.user_id = %(user)s AND thread.user_id = %(user)s AND message.role = 'user'
          AND thread.memory_mode = 'write' AND NOT thread.temporary AND thread.id <> %(thread)s
        ORDER BY message.created_at DESC
        LIMIT %(looked_at)s
    ), read AS MATERIALIZED (
        SELECT *, to_tsvector('simple', left(text, 50000)) AS words FROM mine
    ), ranked AS (
        SELECT *, (
            SELECT count(*) FROM unnest(%(queries)s::text[]) AS asked (query) WHERE words @@ to_tsquery('simple', query)
        ) + (
            SELECT count(*) FROM unnest(%(parts)s::text[]) AS asked (part) WHERE strpos(text, part) > 0
        ) AS hits
        FROM read
    )
    SELECT text, created_at, title FROM ranked WHERE hits > 0 ORDER BY hits DESC, created_at DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of one message of the person in an earlier thread."""

    thread: str
    on: date
    text: str


def search(user_id: int, query: str, besides: UUID) -> list[Snippet]:
    """What the person wrote in threads other than `besides` that has words of the query, best first."""
    words, parts = _asked(query)
    if not words and not parts:
        return []
    parameters: dict[str, Any] = {
        "user": user_id,
        "thread": besides,
        "looked_at": LOOKED_AT,
        "queries": [f"'{word}':*" if len(word) >= SHORTEST_STEM else f"'{word}'" for word in words],
        "parts": parts,
        "most": MOST_SNIPPETS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, parameters)
        rows = cursor.fetchall()
    return [Snippet(title, timezone.localdate(at), _cut(text, [*words, *parts])) for text, at, title in rows]


def _asked(query: str) -> tuple[list[str], list[str]]:
    """The words of a query, and its runs of characters in scripts that have no spaces."""
    words: dict[str, None] = {}
    parts: dict[str, None] = {}
    for match in _WORD.finditer(query):
        if match["unspaced"]:
            parts[match[0]] = None
        elif (word := match[0].casefold()) not in STOP_WORDS:
            words[word] = None
    return list(words)[:MOST_WORDS], list(parts)[:MOST_WORDS]


def _cut(text: str, wanted: list[str]) -> str:
    """The part of a message around the first of its words that were looked for."""
    text = " ".join((own_words(text) or text).split())
    if len(text) <= SNIPPET_CHARS:
        return text
    folded = text.lower()
    first = min((at for word in wanted if (at := folded.find(word)) >= 0), default=0)
    start = max(0, min(first - SNIPPET_CHARS // 4, len(text) - SNIPPET_CHARS))
    cut = text[start : start + SNIPPET_CHARS]
    return ("…" if start else "") + cut + ("…" if start + SNIPPET_CHARS < len(text) else "")
