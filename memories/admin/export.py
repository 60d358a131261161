"""Memories as a CSV file for staff: with texts only where the look has been noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from memchat.staff.export import BATCH, streamed
from memories.models import Memory

METADATA = (
    "id", "user__username", "category", "origin", "pinned", "quoted", "lowered", "created_at", "confirmed_at",
    "valid_from", "valid_until", "expires_at", "ended_at", "ending", "supersedes_id", "source_thread",
    "source_message", "embedder", "dimensions", "word_count",
)  # fmt: skip
TEXTS = ("namespace", "key", "text")


def as_csv(memories: QuerySet[Memory], *, with_texts: bool) -> StreamingHttpResponse:
    """The memories of a query, oldest first."""
    columns = METADATA + (TEXTS if with_texts else ())
    header = [column.replace("user__username", "owner") for column in columns]
    rows = memories.order_by("pk").values_list(*columns)

    def batch(after: Any) -> tuple[list[Sequence[Any]], Any]:
        found: list[Sequence[Any]] = list(rows.filter(pk__gt=after or 0)[:BATCH])
        return found, found[-1][0] if len(found) == BATCH else None

    return streamed(f"memories-{timezone.localdate().isoformat()}.csv", header, batch)
