"""A reply ends: its one terminal state, what is counted, found and learned because of it, and what comes next."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from conversations.finding import indexing
from conversations.models import Message, Run, State, Thread
from conversations.spending import noting_reply
from conversations.turns.claims import Claim, claim_next, claim_of
from memchat.jobs import enqueue
from memchat.postgres.prepared import PreparedStatement, Row, columns_of, fetch_together, made_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: its final columns."""

    state: State
    text: str
    html: str = ""
    html_version: int = 0
    stop_reason: str = ""
    error_kind: str = ""
    error_detail: str = ""
    retry_after: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply as it ended, None when another owner has it; `next_claim` is the run that waited, now ours."""

    reply: Message | None
    next_claim: Claim | None = None

    @property
    def ours(self) -> bool:
        return self.reply is not None


_LOCK = PreparedStatement(
    "lock_to_finish",
    "SELECT FROM conversations_thread WHERE id = %(thread)s FOR UPDATE",
    {"thread": "uuid"},
)
# Deleting the run first takes its lock before the message's, in the order that a checkpoint takes them.
_FINISH = PreparedStatement(
    "finish",
    f"""
    WITH ended AS (
        DELETE FROM conversations_run
        WHERE id = %(run)s AND epoch = %(epoch)s AND owner = %(owner)s
        RETURNING reply_id, thread_id
    ), seen AS (
        UPDATE conversations_thread SET unread = true
        FROM ended WHERE conversations_thread.id = ended.thread_id AND NOT unread AND %(state)s <> 'stopped'
    )
    UPDATE conversations_message
    SET state = %(state)s, text = %(text)s, html = %(html)s, html_version = %(html_version)s,
        stop_reason = %(stop_reason)s, error_kind = %(error_kind)s, error_detail = %(error_detail)s,
        retry_after = %(retry_after)s, input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        cached_tokens = %(cached_tokens)s, ended_at = now()
    FROM ended WHERE conversations_message.id = ended.reply_id
    RETURNING {columns_of(Message, "conversations_message")}
    """,
    {
        "run": "bigint",
        "epoch": "integer",
        "owner": "text",
        "state": "text",
        "text": "text",
        "html": "text",
        "html_version": "integer",
        "stop_reason": "text",
        "error_kind": "text",
        "error_detail": "text",
        "retry_after": "float",
        "input_tokens": "integer",
        "output_tokens": "integer",
        "cached_tokens": "integer",
    },
)
_WAITING = PreparedStatement(
    "runs_that_wait", "SELECT 1 FROM conversations_run WHERE thread_id = %(thread)s", {"thread": "uuid"}
)


def finish(claim: Claim, ending: Ending, *, take_next: bool = True) -> Finished:
    """Give a reply its one terminal state, end its run, and take over the run that waits in the same thread."""
    try:
        return _finish(claim, ending, take_next=take_next)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        # Nothing that a text does to the index stands in the way of the end: a job looks for what is missing there.
        logger.exception("a reply could not be ended; once more, without making it findable")
        return _finish(claim, ending, take_next=take_next, findable=False)


def _finish(claim: Claim, ending: Ending, *, take_next: bool, findable: bool = True) -> Finished:
    columns = {name: getattr(ending, name) for name in Ending.__slots__}
    of_thread = {"thread": claim.thread_id}
    with transaction.atomic():
        _, ended, settled = fetch_together(
            # A message that arrives now is either seen waiting below, or sees that nothing is written any more.
            (_LOCK, of_thread),
            (_FINISH, {"run": claim.run_id, "epoch": claim.epoch, "owner": claim.owner, **columns}),
            indexing.reading([claim.question_id, claim.reply_id]),
        )
        if not ended:
            before = _ended_before(claim, ending)
            return Finished(before, _claimed(claim.thread_id, claim.owner) if before else None)
        reply = made_of(Message, ended[0])
        *_, noted, waiting = fetch_together(
            *(indexing.noting_turn(settled) if findable else ()),
            *noting_reply(reply),
            (_NOTE_LEARNING, {"question": claim.question_id, "learns": _learns()}),
            (_WAITING, of_thread),
        )
        _learn_later(claim.question_id, noted)
        return Finished(reply, claim_next(claim.thread_id, claim.owner) if take_next and waiting else None)


def _ended_before(claim: Claim, ending: Ending) -> Message | None:
    """The reply, if this very ending was stored by an attempt whose answer got lost."""
    reply: Message | None = Message.objects.of(claim.user_id).filter(pk=claim.reply_id).first()
    return reply if reply is not None and (reply.state, reply.text) == (ending.state, ending.text) else None


def _claimed(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """The run of a thread that an owner has taken already."""
    run = Run.objects.filter(thread_id=thread_id, owner=owner).select_related("reply").first()
    return claim_of(run) if run is not None else None


def end_reply(run: Run, ending: Ending) -> None:
    columns = {name: getattr(ending, name) for name in Ending.__slots__}
    Message.objects.filter(pk=run.reply_id).update(**columns, ended_at=timezone.now())
    if ending.state != State.STOPPED:
        Thread.objects.filter(pk=run.thread_id).update(unread=True)
    run.delete()
    indexing.index_turn(run.reply.parent_id, run.reply_id)
    if run.reply.parent_id is not None:
        noted = _NOTE_LEARNING.fetch({"question": run.reply.parent_id, "learns": _learns()})
        _learn_later(run.reply.parent_id, noted)


_NOTE_LEARNING = PreparedStatement(
    "note_learning",
    """
    INSERT INTO conversations_learning (message_id, user_id, created_at)
    SELECT message.id, message.user_id, now()
    FROM conversations_message message JOIN conversations_thread thread ON thread.id = message.thread_id
         JOIN users_user person ON person.id = message.user_id
    WHERE message.id = %(question)s AND %(learns)s AND person.memory_on
      AND thread.memory_mode = 'write' AND NOT thread.temporary
    ON CONFLICT DO NOTHING
    RETURNING user_id
    """,
    {"question": "uuid", "learns": "boolean"},
)


def _learns() -> bool:
    return bool(settings.LEARNING and settings.PROVIDERS)


def _learn_later(question_id: uuid.UUID, noted: Sequence[Row]) -> None:
    """Have a message learned from that was just noted for it, whatever becomes of its reply."""
    for (user_id,) in noted:
        enqueue("conversations.learn", message=str(question_id), user=user_id)
