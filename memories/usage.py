"""How often memories were used in replies, and how much room they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Count, DateTimeField, F, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from memories.models import Memory, MemoryQuerySet


def with_usage(memories: MemoryQuerySet) -> MemoryQuerySet:
    """Add `use_count` and `last_used_at`: in how many replies each stood, and when last.

    A soft arrow, as in `links`: which memories a reply used is known to whoever writes replies. They point down to
    a memory, and it looks back through the name of that relation. Without anybody it counts none.
    """
    try:
        uses = Memory._meta.get_field("uses").related_model
    except FieldDoesNotExist:
        never = Value(None, output_field=DateTimeField(null=True))
        return memories.annotate(use_count=Value(0), last_used_at=never)
    of_this = uses._default_manager.filter(memory=OuterRef("pk")).order_by()
    count = of_this.values("memory").annotate(found=Count("pk")).values("found")
    last = of_this.order_by("-reply__created_at").values("reply__created_at")[:1]
    return memories.annotate(
        use_count=Coalesce(Subquery(count, output_field=IntegerField()), 0), last_used_at=Subquery(last)
    )


def most_used_first(memories: MemoryQuerySet) -> MemoryQuerySet:
    return with_usage(memories).order_by(
        F("use_count").desc(), F("last_used_at").desc(nulls_last=True), F("created_at").desc(), F("pk").desc()
    )


@dataclass(frozen=True, slots=True)
class Room:
    """What a person's memories take: how many count now, how many may, and how many bytes all of them are."""

    count: int
    most: int
    earlier: int
    """Earlier versions, and what was forgotten and can still be had back."""
    bytes: int


def room_of(user: Any) -> Room:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE ended_at IS NOT NULL),
                   coalesce(sum(pg_column_size(value) + pg_column_size(text) + pg_column_size(terms)
                                + coalesce(pg_column_size(embedding), 0)), 0)
            FROM memories_memory WHERE user_id = %s
            """,
            [user.pk],
        )
        current, earlier, size = cursor.fetchone()
    return Room(current, settings.MEMORIES_PER_PERSON, earlier, int(size))
