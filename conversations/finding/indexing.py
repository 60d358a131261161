"""Makes messages findable: notes their terms, and what their beginning means.

A turn's two messages are indexed in the transaction that ends it, so that what is stored is found. A job makes up for
whatever has been left out: messages from before there was a search, or of a process that died.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from conversations.finding.terms import terms_of_message
from conversations.models import MessageTerms, MessageVector
from memchat.postgres.prepared import BoundStatement, PreparedStatement, Row, fetch_together
from memories.embedding.base import EmbedderError, Vector
from memories.embedding.registry import current_embedder

logger = logging.getLogger(__name__)

EMBEDDED_CHARS = 500
AT_ONCE = 200

_COLUMNS = {"messages": "uuid[]", "users": "bigint[]", "times": "timestamptz[]"}
# Locked, so that none of them goes while its terms are noted.
_READ = PreparedStatement(
    "messages_to_index",
    """
    SELECT message.id, message.user_id, message.created_at, message.text
    FROM conversations_message message JOIN conversations_thread thread ON thread.id = message.thread_id
    WHERE message.id = ANY(%(messages)s) AND NOT thread.temporary AND message.text <> ''
      AND message.state NOT IN ('pending', 'streaming')
    FOR KEY SHARE OF message
    """,
    {"messages": "uuid[]"},
)
_NOTE_TERMS = PreparedStatement(
    "note_terms",
    """
    INSERT INTO conversations_messageterms (message_id, user_id, created_at, terms)
    SELECT id, user_id, created_at, array_to_tsvector(array_remove(string_to_array(terms, ' '), ''))
    FROM unnest(%(messages)s, %(users)s, %(times)s, %(terms)s) AS made (id, user_id, created_at, terms)
    ON CONFLICT (message_id) DO UPDATE SET terms = EXCLUDED.terms
    """,
    {**_COLUMNS, "terms": "text[]"},
)
_NOTE_VECTORS = PreparedStatement(
    "note_vectors",
    """
    INSERT INTO conversations_messagevector (message_id, user_id, created_at, embedder, embedding)
    SELECT id, user_id, created_at, %(embedder)s, embedding::vector
    FROM unnest(%(messages)s, %(users)s, %(times)s, %(vectors)s) AS made (id, user_id, created_at, embedding)
    ON CONFLICT (message_id) DO UPDATE SET embedder = EXCLUDED.embedder, embedding = EXCLUDED.embedding
    """,
    {**_COLUMNS, "embedder": "text", "vectors": "text[]"},
)
_NOTE_MISSED = """
    INSERT INTO conversations_messageterms (message_id, user_id, created_at)
    SELECT message.id, message.user_id, message.created_at
    FROM conversations_message message JOIN conversations_thread thread ON thread.id = message.thread_id
    WHERE message.created_at > now() - interval '2 days' AND NOT thread.temporary AND message.text <> ''
      AND message.state NOT IN ('pending', 'streaming')
      AND NOT EXISTS (SELECT FROM conversations_messageterms made WHERE made.message_id = message.id)
    ON CONFLICT DO NOTHING
"""


def finds_meaning() -> bool:
    """Whether messages are compared by meaning: with an embedder elsewhere only if the site's operator says so."""
    return current_embedder().is_local or bool(settings.EMBED_MESSAGES)


def index(message_ids: Iterable[UUID | None]) -> int:
    """Make settled messages findable, those of temporary threads excepted; in the transaction that is open, if any."""
    with transaction.atomic():
        [rows] = fetch_together(reading(message_ids))
        if rows:
            fetch_together(*noting(rows))
    return len(rows)


def reading(message_ids: Iterable[UUID | None]) -> BoundStatement:
    """What is to be asked to read the messages that can be indexed; `noting` takes the answer."""
    return _READ, {"messages": [one for one in message_ids if one is not None]}


def noting(rows: Sequence[Row]) -> list[BoundStatement]:
    """What is to be asked to index messages that were read, in the transaction that has read them."""
    if not rows:
        return []
    columns = {name: [row[at] for row in rows] for at, name in enumerate(_COLUMNS)}
    terms = [" ".join(terms_of_message(text, user_id)) for _, user_id, _, text in rows]
    asked: list[BoundStatement] = [(_NOTE_TERMS, {**columns, "terms": terms})]
    if finds_meaning():
        name, vectors = _meanings([text for *_, text in rows])
        asked.append((_NOTE_VECTORS, {**columns, "embedder": name, "vectors": vectors}))
    return asked


def noting_turn(rows: Sequence[Row]) -> list[BoundStatement]:
    """What `noting` asks, of a turn that ends now; nothing where a text cannot be read."""
    with _not_in_the_way():
        return noting(rows)
    return []


def index_turn(question_id: UUID | None, reply_id: UUID) -> None:
    """Index both messages of a turn that ends now."""
    with _not_in_the_way():
        index([question_id, reply_id])


@contextmanager
def _not_in_the_way() -> Iterator[None]:
    """Nothing that a text does to the index stands in the way of its reply's end: a job looks for what is missing."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a turn could not be indexed")


def _meanings(texts: Sequence[str]) -> tuple[str, list[str | None]]:
    """What a local embedder makes of texts. Another one's answer is not waited for: a job asks it."""
    embedder = current_embedder()
    if not embedder.is_local:
        return "", [None] * len(texts)
    try:
        return embedder.name, [_written(one) for one in embedder.embed_each([text[:EMBEDDED_CHARS] for text in texts])]
    except EmbedderError as error:
        logger.warning("messages cannot be embedded right now: %s", error)
        return "", [None] * len(texts)


def _written(vector: Vector | None) -> str | None:
    return None if vector is None else vector.to_text()


# --- What a job does -----------------------------------------------------------------------------------------------


def index_waiting(limit: int = AT_ONCE) -> int:
    """Make up for messages whose terms were left out, the newest first; how many."""
    with transaction.atomic():
        waiting = MessageTerms.objects.filter(terms=None).select_for_update(skip_locked=True)
        ids = list(waiting.order_by("-created_at").values_list("pk", flat=True)[:limit])
        done = index(ids)
        if done < len(ids):
            # They have become temporary, or are being written again.
            MessageTerms.objects.filter(pk__in=ids, terms=None).delete()
    return len(ids)


def note_missed() -> int:
    """Have the messages of the last two days indexed that nobody has; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_MISSED)
        return cursor.rowcount


def embed_waiting(limit: int = AT_ONCE, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Give messages above an id the current embedder's vector; how many, and the last id looked at, None at the end.

    Raises EmbedderError.
    """
    embedder = current_embedder()
    waiting = MessageVector.objects.filter(Q(embedder__lt=embedder.name) | Q(embedder__gt=embedder.name))
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    rows: list[Any] = list(waiting.order_by("pk").values_list("pk", "message__text")[:limit])
    vectors = embedder.embed_each([text[:EMBEDDED_CHARS] for _, text in rows])
    for (pk, _), vector in zip(rows, vectors, strict=True):
        # One that has no meaning to this embedder is not tried again.
        MessageVector.objects.filter(pk=pk).update(embedder=embedder.name, embedding=vector)
    return len(rows), rows[-1][0] if len(rows) == limit else None
