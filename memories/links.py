"""Where memories come from, as links to the thread and the message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from memories.models import Memory, Origin, Proposal


@dataclass(frozen=True, slots=True)
class Source:
    """Where a memory comes from: the address of the message in its thread, or that its thread is gone."""

    url: str = ""
    title: str = ""
    gone: bool = False


NOWHERE = Source()
GONE = Source(gone=True)


def sources_of(user: Any, rows: Iterable[Memory | Proposal]) -> list[Source]:
    """The source of each row, in two queries at most.

    Named, not imported: what threads and messages are, is not known here. Whoever has them points to the person, who
    is asked for `threads` and their `messages`.
    """
    listed = list(rows)
    thread_ids = {row.source_thread for row in listed if row.source_thread}
    if not hasattr(user, "threads"):
        return [NOWHERE] * len(listed)
    if not thread_ids:
        return [_source(row, {}, set()) for row in listed]
    titles = dict(user.threads.filter(pk__in=thread_ids).values_list("pk", "title"))
    message_ids = {row.source_message for row in listed if row.source_message and row.source_thread in titles}
    there = set(user.threads.filter(messages__pk__in=message_ids).values_list("messages__pk", flat=True))
    return [_source(row, titles, there) for row in listed]


def source_of(user: Any, row: Memory | Proposal) -> Source:
    return sources_of(user, [row])[0]


def _source(row: Memory | Proposal, titles: dict[Any, str], there: set[Any]) -> Source:
    if row.source_thread is None:
        # What was said or learned came from a thread, and lost its name when that was deleted.
        return GONE if row.origin in (Origin.SAID, Origin.LEARNED) else NOWHERE
    if row.source_thread not in titles:
        return GONE
    try:
        url = reverse("thread", args=[row.source_thread])
    except NoReverseMatch:
        return NOWHERE
    anchor = f"#message-{row.source_message}" if row.source_message in there else ""
    return Source(url + anchor, titles[row.source_thread])
