"""Replies for programs that bring their own history: recall, requests and learning as in a turn, but no thread.

A call has no run. It is asked, streamed and counted here, and what it leaves is what it did to memories, and its sums.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from conversations import prompts
from conversations.learning.heard import learn_later
from conversations.models import ChangeKind, Run, Thread
from conversations.prompts import AS_IT_LIKES, Said, Sampling
from conversations.providers.base import Provider, ProviderError, Stop, Thinking, Usage
from conversations.providers.registry import provider_timeouts
from conversations.spending import broken_off, note_call
from conversations.turns.accepting import check_limits, checked_text
from conversations.turns.remembering import apply_requests_of_call, as_told, recollect, standing
from conversations.turns.run import Patience
from memchat import wall
from memchat.database import in_database
from memchat.monitoring import metrics
from memchat.users import limits

logger = logging.getLogger(__name__)

_STORED = {ChangeKind.REMEMBERED, ChangeKind.UPDATED}
_under_way: Counter[int] = Counter()
_after: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody's program asks. `said` ends with what the person says; `instructions` are the program's."""

    user_id: int
    said: tuple[Said, ...]
    instructions: str
    provider: Provider
    model_name: str
    memory_mode: str
    sampling: Sampling = AS_IT_LIKES


@dataclass(frozen=True, slots=True)
class Prepared:
    call: Call
    prompt: prompts.Prompt
    learns: bool
    at: datetime
    """When it was said: what is forgotten from then on is not learned from it any more."""
    stored: tuple[int, ...] = ()


@contextmanager
def _counted(user_id: int) -> Iterator[int]:
    """A call that is under way; how many others of its person were before it."""
    others = _under_way[user_id]
    _under_way[user_id] += 1
    try:
        yield others
    finally:
        _under_way[user_id] -= 1
        if not _under_way[user_id]:
            del _under_way[user_id]


def prepare(call: Call, others: int) -> Prepared:
    """Count it, carry out what it asks of memory, recall, and make the prompt. One transaction, but for recalling.

    `others` are calls of this person that are under way. Raises TurnError: empty, too_long, limited.
    """
    at, text = timezone.now(), checked_text(call.said[-1].text)
    holds = standing(Thread(user_id=call.user_id, memory_mode=call.memory_mode), call.provider.name)
    access = holds.access
    with transaction.atomic():
        sending = limits.count_message(call.user_id)
        check_limits(sending, Run.objects.of(call.user_id).count() + others)
        changes = apply_requests_of_call(access, text)
    recollection = recollect(access, text, changes)
    own = "\n\n".join(part for part in (holds.custom_instructions.strip(), call.instructions.strip()) if part)
    prompt = prompts.build(
        text=text,
        now=timezone.localtime(),
        history=call.said[:-1],
        memories=recollection.memories,
        changes=[as_told(access, change) for change in changes],
        custom_instructions=own,
        site_instructions=holds.site_instructions,
        context_tokens=call.provider.context_tokens,
        reply_tokens=call.sampling.limit(call.provider.reply_tokens),
        sampling=call.sampling,
    )
    stored = tuple(change.memory.pk for change in changes if change.kind in _STORED and change.memory is not None)
    return Prepared(call, prompt, access.may_write, at, stored)


async def reply(call: Call) -> AsyncIterator[str | Usage | Stop]:
    """Pieces of the reply, then its usage, if anybody has counted, and how it ended.

    Raises what `prepare` does before the first of them, and ProviderError.

    Who reads may be one task after another, as a view and what streams its response are. So a task of its own asks the
    provider: patience ends the task that has it.
    """
    with _counted(call.user_id) as others:
        prepared = await in_database(prepare, call, others)
        events: asyncio.Queue[str | Usage | Stop | None] = asyncio.Queue()
        writing = asyncio.create_task(_write(prepared, events))
        writing.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
            await writing
        finally:
            writing.cancel()
            await asyncio.wait([writing])


async def _write(prepared: Prepared, events: asyncio.Queue[str | Usage | Stop | None]) -> None:
    call = prepared.call
    length = 0
    spent: Usage | None = None
    stop: Stop | None = None
    patience = Patience(provider_timeouts())
    try:
        async with patience, aclosing(call.provider.stream(prepared.prompt, call.model_name)) as stream:
            async for event in stream:
                if isinstance(event, str):
                    patience.piece_came()
                    length += len(event)
                    events.put_nowait(event)
                elif isinstance(event, Usage):
                    spent = event
                elif isinstance(event, Thinking):
                    patience.piece_came()
                elif isinstance(event, Stop):
                    stop = event
    except TimeoutError:
        raise ProviderError("timed_out", "no piece in time") from None
    finally:
        is_counted = spent is not None and stop is not None
        counted = spent or Usage(0, 0)
        _ended(prepared, counted if is_counted else broken_off(counted, length))
    if stop is None:
        raise ProviderError("no_stop_reason")
    if not length and stop.reason != "refusal" and not call.sampling.may_leave_nothing:
        raise ProviderError("empty_reply")
    if spent is not None:
        events.put_nowait(spent)
    events.put_nowait(stop)


def _ended(prepared: Prepared, spent: Usage) -> None:
    """Whoever asked may have left; what was taken is counted, and what was said is learned from, all the same."""
    task = asyncio.create_task(_note(prepared, spent))
    _after.add(task)
    task.add_done_callback(_after.discard)


async def drain() -> None:
    """Wait until no call is under way."""
    while _under_way or _after:  # noqa: ASYNC110  nothing else waits for it, once in a process
        await asyncio.sleep(0.05)


async def _note(prepared: Prepared, spent: Usage) -> None:
    call = prepared.call
    metrics.tokens_used(call.provider.name, spent.input_tokens, spent.output_tokens, spent.cached_tokens)
    try:
        with wall.person(call.user_id):
            await in_database(_noted, prepared, spent)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("a call could not be counted: %s", type(error).__name__)


def _noted(prepared: Prepared, spent: Usage) -> None:
    call = prepared.call
    with transaction.atomic():
        note_call(call.user_id, call.provider.name, call.model_name, spent, replies=1)
        if prepared.learns:
            learn_later(
                call.user_id,
                call.said[-1].text,
                list(call.said[:-1]),
                provider=call.provider.name,
                model_name=call.model_name,
                memory_mode=call.memory_mode,
                stored=list(prepared.stored),
                created_at=prepared.at,
            )
