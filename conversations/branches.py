"""Reads a branch of a thread's tree of messages, from its newest message towards its first."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Prefetch
from django.utils import timezone

from conversations.models import MemoryChange, MemoryUse, Message
from conversations.prompts import Role, Said
from memchat.postgres.prepared import BoundStatement, PreparedStatement
from memories.models import Memory

# Walks up from a message; stops after a number of messages, or once their texts exceed a number of characters.
_WALK = """
    WITH RECURSIVE branch AS (
        SELECT id, parent_id, depth, role, error_kind, text, 1 AS steps, length(text)::bigint AS chars
        FROM conversations_message WHERE id = %(leaf)s AND user_id = %(user)s
      UNION ALL
        SELECT older.id, older.parent_id, older.depth, older.role, older.error_kind, older.text,
               steps + 1, chars + length(older.text)
        FROM conversations_message older JOIN branch ON older.id = branch.parent_id
        WHERE steps < %(limit)s AND chars < %(max_chars)s
    )
"""
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class History:
    """What was said before a message, oldest first, and how many still older messages were not read."""

    said: tuple[Said, ...]
    unread: int
    ids: tuple[uuid.UUID, ...] = ()
    """Of the messages, in the same order."""


# What a provider's policy cut off must not be sent to it again.
HISTORY = PreparedStatement(
    "history",
    f"""
    {_WALK}
    SELECT role, CASE error_kind WHEN 'refused' THEN '' ELSE text END, depth, id FROM branch ORDER BY depth
    """,
    {"leaf": "uuid", "user": "bigint", "limit": "integer", "max_chars": "bigint"},
)
"""The texts of a branch up to and with a leaf; `history_of` reads what it gives."""


def history_asked(leaf: uuid.UUID | None, user_id: int, max_chars: int) -> BoundStatement:
    """Ask for a branch up to and with `leaf`, newest first, until `max_chars` are exceeded."""
    return HISTORY, {"leaf": leaf, "user": user_id, "limit": _ALL, "max_chars": max_chars}


def history_of(rows: Sequence[tuple[Role, str, int, uuid.UUID]]) -> History:
    """What `history_asked` gives."""
    said = tuple(Said(role, text) for role, text, _depth, _id in rows)
    return History(said, rows[0][2] if rows else 0, tuple(row[3] for row in rows))


def history_before(leaf: uuid.UUID | None, user_id: int, max_chars: int) -> History:
    """Read the texts of a branch up to and with `leaf`, newest first, until `max_chars` are exceeded."""
    statement, values = history_asked(leaf, user_id, max_chars)
    return history_of(statement.fetch(values) if leaf else ())


def messages_up_to(leaf: uuid.UUID | None, user_id: int, limit: int) -> list[Message]:
    """The last `limit` messages of the branch that ends with `leaf`, oldest first, ready to be shown."""
    if leaf is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _WALK + "SELECT id FROM branch", {"leaf": leaf, "user": user_id, "limit": limit, "max_chars": 2**60}
        )
        ids = [row[0] for row in cursor.fetchall()]
    return with_versions(list(shown(user_id).filter(pk__in=ids).order_by("depth")), user_id)


@dataclass(frozen=True, slots=True)
class Around:
    """The newest message of a page that shows a certain one; `is_other` when that is not on the thread's branch."""

    leaf: uuid.UUID
    is_other: bool


def branch_around(wanted: uuid.UUID, head: uuid.UUID | None, user_id: int, page: int, after: int) -> Around:
    """Where a page has to end to show `wanted` with `after` messages behind it, or at the newest where it fits."""
    with connection.cursor() as cursor:
        for leaf in (head, newest_leaf_below(wanted, user_id)):
            cursor.execute(_UP_TO, {"leaf": leaf, "user": user_id, "wanted": wanted})
            found = dict(cursor.fetchall())
            if wanted in found:
                steps = found[wanted]
                # Where the newest messages would hide the wanted one, the page ends a little behind it.
                ends = 0 if steps < page - after and leaf == head else max(0, steps - after)
                newest = next(pk for pk, at in found.items() if at == ends)
                return Around(newest, is_other=leaf != head)
    return Around(wanted, is_other=True)


# The messages from a leaf up to a certain one, with how far each is from the leaf.
_UP_TO = """
    WITH RECURSIVE branch AS (
        SELECT id, parent_id, depth, 0 AS steps FROM conversations_message
        WHERE id = %(leaf)s AND user_id = %(user)s
      UNION ALL
        SELECT older.id, older.parent_id, older.depth, steps + 1
        FROM conversations_message older JOIN branch ON older.id = branch.parent_id
        WHERE older.depth >= (SELECT depth FROM conversations_message WHERE id = %(wanted)s)
    )
    SELECT id, steps FROM branch
"""


def shown(user_id: int):  # type: ignore[no-untyped-def]
    """Messages of one person with all that a page shows of each."""
    memory = Memory.objects.without_vectors()
    versions = memory.prefetch_related(Prefetch("supersedes", memory), Prefetch("superseded_by", memory))
    changes = MemoryChange.objects.prefetch_related(Prefetch("memory", versions), "proposal")
    return (
        Message.objects.of(user_id)
        .select_related("parent")
        .defer("parent__text", "parent__html")
        .prefetch_related(
            Prefetch("memory_uses", MemoryUse.objects.prefetch_related(Prefetch("memory", memory))),
            Prefetch("parent__memory_changes", changes),
            "tool_uses",
            "attachments",
        )
    )


def reachable(user_id: int):  # type: ignore[no-untyped-def]
    """The same as far as a person still gets at them: not what belongs to a temporary thread whose time is over."""
    return shown(user_id).exclude(thread__expires_at__lte=timezone.now())


# Whichever end of the branches below a message was written last.
_NEWEST_LEAF = """
    WITH RECURSIVE below AS (
        SELECT id, created_at, depth FROM conversations_message WHERE id = %(top)s AND user_id = %(user)s
      UNION ALL
        SELECT later.id, later.created_at, later.depth
        FROM conversations_message later JOIN below ON later.parent_id = below.id
    )
    SELECT id FROM below
    WHERE NOT EXISTS (SELECT FROM conversations_message later WHERE later.parent_id = below.id)
    ORDER BY created_at DESC, depth DESC, id DESC LIMIT 1
"""


def newest_leaf_below(message_id: uuid.UUID, user_id: int) -> uuid.UUID:
    """Where the branch ends that goes on from a message, or the one of them that was written last."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_LEAF, {"top": message_id, "user": user_id})
        leaf: uuid.UUID = cursor.fetchone()[0]
    return leaf


@dataclass(frozen=True, slots=True)
class Versions:
    """Which of how many versions a message is, and those beside it."""

    index: int
    count: int
    previous: uuid.UUID | None
    next: uuid.UUID | None


# Versions have the same parent; those of a thread's first message have none.
_VERSIONS = """
    SELECT id, version, versions, previous, next FROM (
        SELECT id,
               row_number() OVER siblings AS version,
               count(*) OVER (PARTITION BY thread_id, parent_id) AS versions,
               lag(id) OVER siblings AS previous,
               lead(id) OVER siblings AS next
        FROM conversations_message
        WHERE user_id = %(user)s AND (parent_id = ANY(%(parents)s) OR id = ANY(%(firsts)s))
        WINDOW siblings AS (PARTITION BY thread_id, parent_id ORDER BY created_at, id)
    ) AS found
    WHERE versions > 1 AND id = ANY(%(ids)s)
"""
_FIRSTS = "SELECT id FROM conversations_message WHERE thread_id = ANY(%s) AND user_id = %s AND parent_id IS NULL"


def with_versions(messages: list[Message], user_id: int) -> list[Message]:
    """The same messages of one thread, each knowing which version it is."""
    found = versions_of(messages, user_id)
    for message in messages:
        message.versions = found.get(message.pk)
    return messages


def versions_of(messages: list[Message], user_id: int) -> dict[uuid.UUID, Versions]:
    """The versions of each of these messages of one thread that has more than one."""
    if not messages:
        return {}
    with connection.cursor() as cursor:
        firsts = []
        if threads := list({message.thread_id for message in messages if message.parent_id is None}):
            cursor.execute(_FIRSTS, [threads, user_id])
            firsts = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            _VERSIONS,
            {
                "user": user_id,
                "parents": [message.parent_id for message in messages if message.parent_id],
                "firsts": firsts if len(firsts) > 1 else [],
                "ids": [message.pk for message in messages],
            },
        )
        return {row[0]: Versions(*row[1:]) for row in cursor.fetchall()}
