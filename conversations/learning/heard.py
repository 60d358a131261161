"""Learning from what somebody said through a program: by the same rules as from a message, but there is none.

The row goes in the transaction that stores what was found in it, or when it is given up: nothing is kept of it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from conversations.learning import question
from conversations.learning.answer import Answer, Unreadable
from conversations.learning.job import (
    FINAL,
    MOST_UNREADABLE,
    SHORTEST_MESSAGE,
    Asked,
    NotYet,
    Source,
    believe,
    known_of,
    whole_answer,
)
from conversations.models import Heard, Thread
from conversations.prompts import Said
from conversations.providers.base import ProviderError, Usage
from conversations.providers.registry import choose
from conversations.spending import note_call
from conversations.turns.remembering import standing
from memchat.database import in_database
from memchat.jobs import enqueue, patience
from memories.access import Access
from memories.models import Memory, Origin
from memories.requests import own_words, stated_words


def learn_later(user_id: int, text: str, earlier: list[Said], **about: Any) -> None:
    """Have it learned from, where this site learns at all."""
    if not settings.LEARNING or not settings.PROVIDERS or len(own_words(text)) < SHORTEST_MESSAGE:
        return
    said = [[one.role, one.text[: question.CONTEXT_CHARS]] for one in earlier[-question.CONTEXT_MESSAGES :]]
    with transaction.atomic():
        row = Heard.objects.create(user_id=user_id, text=text, earlier=said, **about)
        enqueue("conversations.learn_heard", heard=row.pk, user=user_id)


async def learn(heard_id: int, user_id: int, *, attempt: int = 0) -> None:
    """Learn from it, if that has not been done. Raises NotYet when it should be tried again."""
    asked = await in_database(_gather, heard_id, user_id)
    if asked is None:
        return
    spent: list[Usage] = []
    try:
        found = await asked.read(await whole_answer(asked, spent))
    except ProviderError as error:
        await _failed(heard_id, user_id, error.kind, error.kind in FINAL or patience.wait_after(attempt) is None)
        return
    except Unreadable:
        await _failed(heard_id, user_id, "unreadable", attempt + 1 >= MOST_UNREADABLE)
        return
    finally:
        if spent:
            who = (asked.provider.name, asked.model_name)
            await in_database(note_call, user_id, *who, spent[-1], learned=1)
    await in_database(_apply, heard_id, user_id, found)


async def _failed(heard_id: int, user_id: int, kind: str, final: bool) -> None:
    if not final:
        raise NotYet(kind)
    await in_database(_remove, heard_id, user_id)


# --- In the database -----------------------------------------------------------------------------------------------


def access_of(user_id: int, provider: str, memory_mode: str) -> Access:
    """What a call may do with its person's memories: that of a thread of theirs with this switch."""
    return standing(Thread(user_id=user_id, memory_mode=memory_mode), provider).access


def _gather(heard_id: int, user_id: int) -> Asked | None:
    row = Heard.objects.of(user_id).filter(pk=heard_id).first()
    if row is None:
        return None
    provider, model_name = choose(row.provider, row.model_name)
    access = access_of(user_id, provider.name, row.memory_mode)
    own = own_words(row.text)
    if not settings.LEARNING or not provider.is_model or not access.may_write:
        row.delete()
        return None
    said = [Said(role, text) for role, text in row.earlier]
    known = known_of(access, own, row.stored, lambda memory: memory.pk in row.stored)
    at = timezone.localtime(row.created_at)
    prompt = question.build(own, said_at=at, now=at, context=said, known=known)
    earlier = "\n".join(stated_words(one.text) for one in said if one.role == "user")
    return Asked(provider, model_name, prompt, own, earlier, known)


def _apply(heard_id: int, user_id: int, found: Answer) -> None:
    with transaction.atomic():
        row = Heard.objects.of(user_id).select_for_update().filter(pk=heard_id).first()
        if row is None:
            return
        provider, _ = choose(row.provider, row.model_name)
        access = access_of(user_id, provider.name, row.memory_mode)
        if access.may_write:
            removed = Memory.objects.of(user_id).filter(pk__in=row.stored).count() < len(set(row.stored))
            believe(access, Source(user_id, row.created_at, _source_of, row.stored, removed), found)
        row.delete()


def _source_of(statement: str) -> dict[str, Any]:
    """It came through the API, but was overheard: what is sensitive waits for a word."""
    return {"origin": Origin.API, "approved": False}


def remove_given_up(limit: int = 1_000) -> int:
    """Remove what no job will learn from any more: one that failed in a way nobody foresaw leaves it behind."""
    before = timezone.now() - timedelta(hours=settings.JOB_RETRY_HOURS)
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN_UP, [before, limit])
        return int(cursor.rowcount)


_GIVEN_UP = """
    DELETE FROM conversations_heard WHERE id IN (
        SELECT id FROM conversations_heard heard
        WHERE created_at < %s AND NOT EXISTS (
            SELECT FROM procrastinate_jobs
            WHERE task_name = 'conversations.learn_heard' AND status IN ('todo', 'doing')
              AND (args->>'heard')::bigint = heard.id)
        LIMIT %s
    )
"""


def _remove(heard_id: int, user_id: int) -> None:
    Heard.objects.of(user_id).filter(pk=heard_id).delete()
