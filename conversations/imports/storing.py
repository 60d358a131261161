"""What was found becomes threads and messages.

Their ids follow from whose they are and what they were called where they come from. So the same conversation is the
same thread however often it is imported, and only what is missing is added.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils import timezone

from conversations.finding.indexing import index
from conversations.imports import own
from conversations.imports.found import FoundMessage, FoundThread
from conversations.models import TITLE_MAX_CHARS, Message, MessageRole, MessageTerms, State, Thread
from conversations.titles import title_from
from memories.access import MemoryMode

Standing = Literal["empty", "new", "grown", "known"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES = uuid.UUID("6b0d9a0c-3f60-5f3e-9d0a-5d1d6c1f7b52")
_BATCH = 200


def thread_id(user_id: int, found: FoundThread) -> uuid.UUID:
    return uuid.uuid5(_NAMES, f"{user_id}:{found.source}:{found.key}")


def message_id(thread: uuid.UUID, key: str) -> uuid.UUID:
    return uuid.uuid5(thread, key)


def title_of(found: FoundThread) -> str:
    """Its own title, or one made of the first message."""
    first = next((message.text for message in found.messages if message.role == "user"), "")
    return (found.title or title_from(first or (found.messages[0].text if found.messages else "")))[:TITLE_MAX_CHARS]


def compare(user_id: int, threads: Sequence[FoundThread]) -> list[Standing]:
    """What importing each of these would do."""
    ids = [thread_id(user_id, found) for found in threads]
    there = set(Thread.objects.of(user_id).filter(pk__in=ids).values_list("pk", flat=True))
    originals = _originals(user_id, threads)
    return [
        "empty"
        if not found.messages
        else "known"
        if found.key in originals
        else "new"
        if pk not in there
        else "grown"
        if _missing(pk, found.messages)
        else "known"
        for pk, found in zip(ids, threads, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Stored:
    standing: Standing
    messages: int = 0
    thread: uuid.UUID | None = None


def store(user_id: int, found: FoundThread, *, findable_at_once: bool = True) -> Stored:
    """Add a thread, or the messages that it lacks, in one transaction; nothing when nothing is new.

    Making messages findable takes ten times as long as storing them; the job that makes up for it can do it later.
    """
    if not found.messages:
        return Stored("empty")
    pk = thread_id(user_id, found)
    if _originals(user_id, [found]):
        return Stored("known", 0, pk)
    with transaction.atomic():
        thread = Thread.objects.of(user_id).select_for_update().filter(pk=pk).first()
        if thread is None:
            thread = _new_thread(user_id, pk, found)
            thread.save(force_insert=True)
            missing = found.messages
        else:
            missing = _missing(pk, found.messages)
            if not missing:
                return Stored("known", 0, pk)
            _move_head(thread, found)
        _make_findable(_add(thread, found, missing), findable_at_once)
    return Stored("new" if missing is found.messages else "grown", len(missing), pk)


def _originals(user_id: int, threads: Iterable[FoundThread]) -> set[str]:
    """Of threads that were exported here, the keys of those that are still there themselves."""
    keys = [found.key for found in threads if found.source == own.SOURCE and _UUID.fullmatch(found.key)]
    if not keys:
        return set()
    return {str(pk) for pk in Thread.objects.of(user_id).filter(pk__in=keys).values_list("pk", flat=True)}


def _new_thread(user_id: int, pk: uuid.UUID, found: FoundThread) -> Thread:
    created, active = _dates(found)
    return Thread(
        id=pk,
        user_id=user_id,
        title=title_of(found),
        titled_by_hand=bool(found.title),
        # What others have written teaches nothing, also when the thread goes on here; the person can change that.
        memory_mode=MemoryMode.OFF if found.kept_private else MemoryMode.READ,
        head_id=_head(pk, found),
        created_at=created,
        active_at=active,
    )


def _move_head(thread: Thread, found: FoundThread) -> None:
    """Show the newest messages of a thread that has grown where it came from, unless it has gone on here."""
    if thread.head_id in {message_id(thread.pk, message.key) for message in found.messages}:
        thread.head_id = _head(thread.pk, found)
        thread.active_at = max(thread.active_at, _dates(found)[1])
        thread.save(update_fields=["head", "active_at"])


def _head(pk: uuid.UUID, found: FoundThread) -> uuid.UUID:
    return message_id(pk, found.head or found.messages[-1].key)


def _dates(found: FoundThread) -> tuple[datetime, datetime]:
    now = timezone.now()
    times = [message.created_at for message in found.messages if message.created_at]
    created = found.created_at or min(times, default=now)
    active = found.active_at or max(times, default=created)
    return min(created, now), min(max(created, active), now)


def _missing(pk: uuid.UUID, messages: Iterable[FoundMessage]) -> list[FoundMessage]:
    there = set(Message.objects.filter(thread_id=pk).values_list("pk", flat=True))
    return [message for message in messages if message_id(pk, message.key) not in there]


def _add(thread: Thread, found: FoundThread, missing: Iterable[FoundMessage]) -> list[Message]:
    depths: dict[str, int] = {}
    times: dict[str, datetime] = {}
    for message in found.messages:
        above = message.parent
        depths[message.key] = 0 if above is None else depths[above] + 1
        earlier = thread.created_at if above is None else times[above]
        times[message.key] = min(message.created_at or earlier, timezone.now())
    rows = [
        Message(
            id=message_id(thread.pk, message.key),
            thread=thread,
            user_id=thread.user_id,
            parent_id=None if message.parent is None else message_id(thread.pk, message.parent),
            depth=depths[message.key],
            role=MessageRole(message.role),
            text=message.text,
            state=State(message.state),
            created_at=times[message.key],
            ended_at=None if message.role == "user" else times[message.key],
            provider="" if message.role == "user" else found.source,
            model_name=message.model_name[:120],
            stop_reason=message.stop_reason,
            error_kind=message.error_kind,
        )
        for message in missing
    ]
    return Message.objects.bulk_create(rows, batch_size=_BATCH)


def _make_findable(messages: list[Message], at_once: bool) -> None:
    if not at_once:
        waiting = [MessageTerms(message=one, user_id=one.user_id, created_at=one.created_at) for one in messages]
        MessageTerms.objects.bulk_create(waiting, batch_size=_BATCH)
        return
    for start in range(0, len(messages), _BATCH):
        index([one.pk for one in messages[start : start + _BATCH]])
