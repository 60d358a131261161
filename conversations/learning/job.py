"""The job that learns from one message: ask the thread's provider, believe what the person said, remember it once.

It is keyed by its message. However often it runs, and wherever it is killed, its effect is one transaction that also
notes that it is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from conversations.branches import history_before, shown
from conversations.learning import answer, question
from conversations.learning.answer import Answer, Finding, Unreadable
from conversations.learning.question import Known
from conversations.models import (
    ChangeKind,
    ChangeSource,
    Learning,
    LearningState,
    MemoryChange,
    Message,
    MessageRole,
)
from conversations.prompts import Prompt
from conversations.providers.base import Provider, ProviderError, Usage
from conversations.providers.registry import choose
from conversations.spending import note_learning
from conversations.turns import frames
from conversations.turns.hub import hub
from conversations.turns.remembering import change_of, standing
from memchat.database import in_database
from memchat.jobs import patience
from memories.access import Access, Outcome
from memories.models import Memory, Origin
from memories.requests import own_words, stated_words

logger = logging.getLogger(__name__)

KNOWN_COUNT = 12
KNOWN_TOKENS = 1_200
ANSWER_SECONDS = 120.0
ANSWER_MAX_CHARS = 20_000
SHORTEST_MESSAGE = 6
"""Characters of one's own below which a message cannot state anything."""
MOST_UNREADABLE = 3
"""So often a model may answer with something else than what was asked for."""
FINAL = {"refused", "context_too_long", "bad_request"}
"""Failures that trying again does not mend."""
_STORED = (ChangeKind.REMEMBERED, ChangeKind.UPDATED, ChangeKind.KNOWN)


class NotYet(Exception):
    """Learning failed for now; its text is a kind of failure and nothing else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a provider about one message."""

    provider: Provider
    model_name: str
    prompt: Prompt
    own_text: str
    earlier_own: str
    known: tuple[Known, ...]

    async def read(self, raw: str) -> Answer:
        """What of an answer is to be believed. Raises Unreadable.

        Not on the event loop: each statement is compared with all of a message, which may be long.
        """
        said_on = timezone.localdate(self.prompt.now)
        own = {"own_text": self.own_text, "earlier_own": self.earlier_own}
        return await asyncio.to_thread(answer.read, raw, **own, known=self.known, said_on=said_on)


async def learn(message_id: UUID, user_id: int, *, attempt: int = 0) -> None:
    """Learn from a message, if that has not been done. Raises NotYet when it should be tried again."""
    asked = await in_database(_gather, message_id, user_id)
    if asked is None:
        return
    try:
        found = await asked.read(await _ask_and_count(asked, message_id, user_id))
    except ProviderError as error:
        await _failed(message_id, user_id, attempt, error.kind, error.detail, final=error.kind in FINAL)
        return
    except Unreadable as error:
        final = attempt + 1 >= MOST_UNREADABLE
        await _failed(message_id, user_id, attempt, "unreadable", str(error), final=final)
        return
    told = await in_database(_apply, message_id, user_id, found)
    for reply_id, thread_id, changes in told:
        frame = {"type": "memory", "thread": str(thread_id), "message": str(reply_id), "changes": changes}
        hub.publish_soon(f"thread.{thread_id}", frame)


async def _ask_and_count(asked: Asked, message_id: UUID, user_id: int) -> str:
    """The whole answer; what it took is counted, whatever it is worth. Raises ProviderError."""
    spent: list[Usage] = []
    try:
        return await whole_answer(asked, spent)
    finally:
        if spent:
            who = (asked.provider.name, asked.model_name)
            await in_database(_note_spent, message_id, user_id, *who, spent[-1])


async def whole_answer(asked: Asked, spent: list[Usage]) -> str:
    """The whole answer of the provider, whose counts are added to `spent`. Raises ProviderError."""
    parts: list[str] = []
    length = 0
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            aclosing(asked.provider.stream(asked.prompt, asked.model_name)) as stream,
        ):
            async for event in stream:
                if isinstance(event, str):
                    parts.append(event)
                    length += len(event)
                    if length > ANSWER_MAX_CHARS:
                        break
                elif isinstance(event, Usage):
                    spent.append(event)
    except TimeoutError:
        raise ProviderError("timed_out", "no answer in time") from None
    return "".join(parts)


async def _failed(message_id: UUID, user_id: int, attempt: int, kind: str, detail: str, *, final: bool) -> None:
    final = final or patience.wait_after(attempt) is None
    await in_database(_note_failure, message_id, user_id, kind, detail, final)
    if not final:
        raise NotYet(kind)


# --- In the database -------------------------------------------------------------------------------------------------


def _note_spent(message_id: UUID, user_id: int, provider: str, model_name: str, spent: Usage) -> None:
    with transaction.atomic():
        learning = Learning.objects.of(user_id).select_for_update().filter(pk=message_id).first()
        if learning is not None:
            note_learning(learning, provider, model_name, spent)
            learning.save(update_fields=["input_tokens", "output_tokens", "cached_tokens", "cost"])


def _gather(message_id: UUID, user_id: int) -> Asked | None:
    """What to ask, or None when there is nothing to do (any more)."""
    learning = (
        Learning.objects.of(user_id)
        .filter(pk=message_id, state=LearningState.WAITING)
        .select_related("message__thread")
        .first()
    )
    if learning is None:
        return None
    message: Message = learning.message
    thread = message.thread
    provider, model_name = choose(thread.provider, thread.model_name)
    access = standing(thread, provider.name).access
    own = own_words(message.text)
    if not settings.LEARNING or not provider.is_model or not access.may_write or len(own) < SHORTEST_MESSAGE:
        _settle(learning, LearningState.SKIPPED)
        return None
    said = history_before(message.parent_id, user_id, question.CONTEXT_CHARS * question.CONTEXT_MESSAGES).said
    said = said[-question.CONTEXT_MESSAGES :]
    known = known_of(access, own, _stored_by(message), lambda memory: memory.source_message == message.pk)
    prompt = question.build(
        own,
        said_at=timezone.localtime(message.created_at),
        now=timezone.localtime(message.created_at),
        context=said,
        known=known,
    )
    earlier = "\n".join(stated_words(one.text) for one in said if one.role == "user")
    return Asked(provider, model_name, prompt, own, earlier, known)


def known_of(
    access: Access, own: str, stored: Collection[int], is_fresh: Callable[[Memory], bool]
) -> tuple[Known, ...]:
    """What is remembered already and near to a message, with what its explicit requests have just stored."""
    if not access.may_read:
        return ()
    found, _ = access.recall(own, count=KNOWN_COUNT, token_budget=KNOWN_TOKENS)
    rows = access.current([*(one.memory_id for one in found), *stored])
    return tuple(
        Known(
            f"M{number}",
            memory.pk,
            memory.text,
            memory.valid_from or timezone.localdate(memory.created_at),
            just_stored=is_fresh(memory),
        )
        for number, memory in enumerate(rows.values(), start=1)
    )


def _stored_by(message: Message) -> list[int]:
    rows = MemoryChange.objects.of(message.user_id).filter(message=message, memory__isnull=False)
    return [pk for pk in rows.values_list("memory_id", flat=True) if pk is not None]


Told = tuple[UUID, UUID, list[frames.Frame]]


def _apply(message_id: UUID, user_id: int, found: Answer) -> list[Told]:
    """Remember what was found, once; what is to be told of each reply to the message."""
    with transaction.atomic():
        learning = (
            Learning.objects.of(user_id)
            .select_for_update(of=("self", "message"), no_key=True)
            .filter(pk=message_id, state=LearningState.WAITING)
            .select_related("message__thread")
            .first()
        )
        if learning is None:
            return []
        message: Message = learning.message
        provider, _ = choose(message.thread.provider, message.thread.model_name)
        access = standing(message.thread, provider.name).access
        if not access.may_write:
            # Switched off while the provider was thinking.
            _settle(learning, LearningState.SKIPPED)
            return []
        rows = believe(access, Source.of(message), found)
        last = MemoryChange.objects.of(user_id).filter(message=message).aggregate(last=Max("position"))["last"]
        for position, row in enumerate(rows, start=0 if last is None else last + 1):
            row.message, row.user_id, row.position, row.source = message, user_id, position, ChangeSource.LEARNED
        MemoryChange.objects.bulk_create(rows)
        learning.found = len(rows)
        _settle(learning, LearningState.DONE)
        if not rows:
            return []
    replies = shown(user_id).filter(parent=message, role=MessageRole.ASSISTANT)
    return [(reply.pk, reply.thread_id, frames.changes_of(reply)) for reply in replies]


@dataclass(frozen=True, slots=True)
class Source:
    """Whose words something was found in, and when and where they were said."""

    user_id: int
    created_at: datetime
    source_of: Callable[[str], dict[str, Any]]
    """What is stored with a statement that was found."""
    stored: Collection[int] = ()
    """Memories that hold what was stored of it at once."""
    removed: bool = False
    """Whether one of those has been removed for good."""

    @classmethod
    def of(cls, message: Message) -> Source:
        source = {
            "origin": Origin.LEARNED,
            "source_thread": message.thread_id,
            "source_message": message.pk,
        }
        changes = MemoryChange.objects.of(message.user_id).filter(message=message, kind__in=_STORED)
        found = list(changes.values_list("memory_id", flat=True))
        stored = [pk for pk in found if pk is not None]
        return cls(message.user_id, message.created_at, lambda statement: source, stored, None in found)


def believe(access: Access, source: Source, found: Answer) -> list[MemoryChange]:
    """Carry out what was found; what the person would want to be told of that.

    Nothing, where they have had all forgotten since, or removed for good what was stored of it at once: no trace of
    that is left which what was found could be compared with.
    """
    if source.removed or access.all_taken_back_since(source.created_at):
        return []
    rows = [row for finding in found.findings if (row := _remember(access, source, finding))]
    return rows + [row for older, newer in found.outdated if (row := _give_way(access, source, older, newer))]


def _remember(access: Access, message: Source, finding: Finding) -> MemoryChange | None:
    """Carry out one finding. None when it changes nothing that the person would want to be told of."""
    source = {**message.source_of(finding.statement), "category": finding.category, "valid_from": finding.since}
    named = _writable(message, finding.same_as, finding.replaces)
    if finding.same_as is not None:
        # If it is not there any more, it has been forgotten or has changed since the model was asked.
        if finding.same_as in named:
            access.confirm(named[finding.same_as])
        return None
    if access.taken_back_since(finding.statement, message.created_at, message.stored):
        return None
    older = named.get(finding.replaces) if finding.replaces else None
    if older is not None and older.created_at <= message.created_at:
        outcome = access.correct(older, finding.statement, is_newer_fact=True, **source)
    else:
        outcome = access.remember(finding.statement, said_at=message.created_at, **source)
    match outcome.kind:
        case "proposed":
            return MemoryChange(kind=ChangeKind.PROPOSED, proposal=outcome.proposal)
        case "refused":
            return MemoryChange(kind=ChangeKind.REFUSED, reason=outcome.reason[:200])
    return change_of(outcome)


def _give_way(access: Access, message: Source, older_id: int, newer_id: int) -> MemoryChange | None:
    named = _writable(message, older_id, newer_id)
    if len(named) < 2 or not access.give_way(named[older_id], named[newer_id]):
        return None
    return change_of(Outcome("known", named[newer_id], replaced=named[older_id]))


def _writable(message: Source, *ids: int | None) -> dict[int, Memory]:
    wanted = [one for one in ids if one is not None]
    return Memory.objects.of(message.user_id).current().without_vectors().in_bulk(wanted) if wanted else {}


def _note_failure(message_id: UUID, user_id: int, kind: str, detail: str, final: bool) -> None:
    with transaction.atomic():
        learning = Learning.objects.of(user_id).select_for_update().filter(pk=message_id).first()
        if learning is None or learning.state != LearningState.WAITING:
            return
        learning.attempts += 1
        learning.error_kind, learning.error_detail = kind, detail[:500]
        if final:
            _settle(learning, LearningState.FAILED)
        else:
            learning.save(update_fields=["attempts", "error_kind", "error_detail"])


def _settle(learning: Learning, state: LearningState) -> None:
    learning.state, learning.ended_at = state, timezone.now()
    learning.save(update_fields=["state", "ended_at", "found", "attempts", "error_kind", "error_detail"])
