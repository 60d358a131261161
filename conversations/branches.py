"""Reads a branch of a thread's tree of messages, from its newest message towards its first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import Prefetch

from conversations.models import MemoryChange, MemoryUse, Message
from conversations.prompts import Role, Said
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


def history_before(leaf: uuid.UUID | None, user_id: int, max_chars: int) -> History:
    """Read the texts of a branch up to and with `leaf`, newest first, until `max_chars` are exceeded."""
    if leaf is None:
        return History((), 0)
    with connection.cursor() as cursor:
        cursor.execute(
            # What a provider's policy cut off must not be sent to it again.
            _WALK
            + "SELECT role, CASE error_kind WHEN 'refused' THEN '' ELSE text END, depth FROM branch ORDER BY depth",
            {"leaf": leaf, "user": user_id, "limit": _ALL, "max_chars": max_chars},
        )
        rows: list[tuple[Role, str, int]] = cursor.fetchall()
    return History(tuple(Said(role, text) for role, text, _ in rows), rows[0][2] if rows else 0)


def messages_up_to(leaf: uuid.UUID | None, user_id: int, limit: int) -> list[Message]:
    """The last `limit` messages of the branch that ends with `leaf`, oldest first, ready to be shown."""
    if leaf is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _WALK + "SELECT id FROM branch", {"leaf": leaf, "user": user_id, "limit": limit, "max_chars": 2**60}
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(shown(user_id).filter(pk__in=ids).order_by("depth"))


def shown(user_id: int):  # type: ignore[no-untyped-def]
    """Messages of one person with all that a page shows of each."""
    memory = Memory.objects.without_vectors()
    changes = MemoryChange.objects.prefetch_related(Prefetch("memory", memory))
    return (
        Message.objects.of(user_id)
        .select_related("parent")
        .defer("parent__text", "parent__html")
        .prefetch_related(
            Prefetch("memory_uses", MemoryUse.objects.prefetch_related(Prefetch("memory", memory))),
            Prefetch("parent__memory_changes", changes),
        )
    )
