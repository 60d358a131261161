"""What a person's message does to their memories, and which of them its reply is given.

The only place where a turn reads or writes memories. Whether it may is decided here, from the thread's mode.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.models import ChangeKind, MemoryChange, MemoryMode, Message, Thread
from conversations.prompts import Change, QuotedMemory
from memories import recall as recalling
from memories import writing
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import Memory, Origin
from memories.requests import Forget, ListAll, Remember, find_requests

logger = logging.getLogger(__name__)

LISTED_COUNT = 200


@dataclass(frozen=True, slots=True)
class Recollection:
    """What memory contributes to one prompt. `notice` names a difficulty the person should know of."""

    memories: tuple[QuotedMemory, ...] = ()
    uses: tuple[recalling.Recalled, ...] = ()
    notice: str = ""


def apply_requests(thread: Thread, message: Message) -> list[MemoryChange]:
    """Carry out what the message explicitly asks of memory, once however often this runs, and tell what was done."""
    if thread.memory_mode == MemoryMode.OFF:
        return []
    requests = find_requests(message.text)
    if thread.memory_mode == MemoryMode.READ:
        requests = [request for request in requests if isinstance(request, ListAll)]
    if not requests:
        return []
    with transaction.atomic():
        # Locking the message makes two runs of it queue up here; the second finds what the first has done.
        Message.objects.select_for_update().get(pk=message.pk)
        if done := changes_of(message):
            return done
        rows: list[MemoryChange] = []
        for request in requests:
            rows += _carry_out(request, thread, message)
        for position, row in enumerate(rows):
            row.message, row.user_id, row.position = message, message.user_id, position
        return MemoryChange.objects.bulk_create(rows)


def changes_of(message: Message) -> list[MemoryChange]:
    """What a message has done to memories, in order."""
    memory = Prefetch("memory", Memory.objects.without_vectors())
    return list(MemoryChange.objects.filter(message=message).prefetch_related(memory))


def as_told(change: MemoryChange) -> Change:
    """A change in the words of the prompt."""
    return Change(change.kind, change.memory.text if change.memory else change.text, change.reason)  # type: ignore[arg-type]


def _carry_out(request: Remember | Forget | ListAll, thread: Thread, message: Message) -> list[MemoryChange]:
    match request:
        case Remember(text=text):
            outcome = writing.remember(
                message.user_id, text, origin=Origin.SAID, source_thread=thread.pk, source_message=message.pk
            )
            return [MemoryChange(kind=outcome.kind, memory=outcome.memory, reason=outcome.reason)]
        case Forget(everything=True):
            count = len(writing.forget_all(message.user_id))
            kind = ChangeKind.FORGOT if count else ChangeKind.NOT_FOUND
            return [MemoryChange(kind=kind, text=_("everything (%(count)d memories)") % {"count": count})]
        case Forget(query=query):
            forgotten = writing.forget_matching(message.user_id, query)
            if not forgotten:
                return [MemoryChange(kind=ChangeKind.NOT_FOUND, text=query[:500])]
            return [MemoryChange(kind=ChangeKind.FORGOT, memory=memory) for memory in forgotten]
        case ListAll():
            return [MemoryChange(kind=ChangeKind.LISTED)]


def recollect(thread: Thread, message: Message, changes: list[MemoryChange]) -> Recollection:
    """Find the memories that the prompt of this message should carry, and record exactly those in `uses`."""
    if thread.memory_mode == MemoryMode.OFF:
        return Recollection()
    if any(change.kind == ChangeKind.LISTED for change in changes):
        return _list_all(message)
    embedder = current_embedder()
    notice = ""
    try:
        vector = embedder.embed([message.text])[0]
    except EmbedderError as error:
        logger.warning("the embedder %s cannot be used, recalling by words: %s", embedder.name, error)
        vector, notice = None, "embedder_down"
    found = recalling.recall(
        message.user_id,
        message.text,
        vector,
        embedder.name,
        count=settings.RECALL_COUNT,
    )
    chosen = recalling.select_for_prompt(found, token_budget=settings.RECALL_TOKENS)
    return Recollection(
        tuple(QuotedMemory(one.memory_id, one.text, one.since, one.score, one.similarity) for one in chosen),
        tuple(chosen),
        notice,
    )


def _list_all(message: Message) -> Recollection:
    rows = Memory.objects.of(message.user_id).current().without_vectors().order_by("-pinned", "-created_at", "-pk")
    listed = [
        recalling.Recalled(row.pk, row.text, timezone.localdate(row.created_at), 0.0, None, ("listed",))
        for row in rows[:LISTED_COUNT]
    ]
    chosen = recalling.select_for_prompt(listed, token_budget=4 * settings.RECALL_TOKENS, floor=None)
    return Recollection(tuple(QuotedMemory(one.memory_id, one.text, one.since) for one in chosen), tuple(chosen))
