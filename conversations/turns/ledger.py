"""Turns in the database: what is accepted, who writes it, how far it is, how it ended.

Synchronous functions, each one transaction that can be repeated. Order of locks: the thread, its runs, its messages.
Every write of a run names its epoch and changes nothing when the run has gone to another owner.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from conversations.errors import TurnError
from conversations.models import OPEN_STATES, Message, MessageRole, Run, State, Thread
from conversations.titles import title_from
from memchat.text import storable

logger = logging.getLogger(__name__)

MAX_RUNS_PER_THREAD = 2
"""One is written and one waits; more are told "busy"."""

MAX_STARTS = 3
"""How often a reply without any text yet is begun again by another process before it is given up."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run this process may write, and what it takes to do so."""

    run_id: int
    epoch: int
    owner: str
    reply_id: uuid.UUID
    question_id: uuid.UUID
    thread_id: uuid.UUID
    user_id: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is stored, with the reply it will get; `claim` when its run can start at once."""

    thread: Thread
    message: Message
    reply: Message
    claim: Claim | None
    again: bool = False


def accept(
    user_id: int,
    thread_id: uuid.UUID | None,
    client_id: uuid.UUID,
    text: str,
    *,
    owner: str = "",
    provider: str = "",
    model_name: str = "",
) -> Accepted:
    """Store a person's message together with its pending reply and the run that will write it.

    With `owner` the run is claimed at once unless the thread is busy. The same `client_id` again returns what
    was stored the first time. Raises TurnError: empty, too_long, not_found, busy.
    """
    text = checked_text(text)
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _accept(user_id, thread_id, client_id, text, owner, provider, model_name)
        except IntegrityError:
            # The same message arrived twice at once; the other one won, so this one finds it.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def checked_text(text: str) -> str:
    """The text as it will be stored. Raises TurnError when it is blank or too long."""
    text = storable(text).strip("\r\n").rstrip()
    if not text.strip():
        raise TurnError("empty")
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise TurnError("too_long")
    return text


def _accept(
    user_id: int,
    thread_id: uuid.UUID | None,
    client_id: uuid.UUID,
    text: str,
    owner: str,
    provider: str,
    model_name: str,
) -> Accepted:
    if thread_id is None:
        thread = Thread(user_id=user_id, title=title_from(text), provider=provider, model_name=model_name)
    else:
        thread = lock_thread(user_id, thread_id)
        thread.title = thread.title or title_from(text)
        if provider:
            thread.provider, thread.model_name = provider, model_name
    # Read after the lock, in a statement of its own: one that waited would not see what the other one has written.
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"user": user_id, "client": client_id, "head": thread.head_id, "thread": thread.pk})
        earlier_id, head_depth, others = cursor.fetchone()
    if earlier_id is not None:
        return _accepted_before(user_id, earlier_id)
    if others >= MAX_RUNS_PER_THREAD:
        raise TurnError("busy")
    if thread_id is None:
        thread.save(force_insert=True)
    now = timezone.now()
    message = Message(
        thread=thread,
        user_id=user_id,
        parent_id=thread.head_id,
        depth=0 if head_depth is None else head_depth + 1,
        role=MessageRole.USER,
        text=text,
        client_id=client_id,
        created_at=now,
    )
    reply = _reply_to(message, message.depth + 1)
    thread.head_id = reply.pk
    thread.active_at = now
    claimed_by = "" if others else owner
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPT,
            {
                "thread": thread.pk,
                "user": user_id,
                "now": now,
                "message": message.pk,
                "parent": message.parent_id,
                "depth": message.depth,
                "text": text,
                "client": client_id,
                "reply": reply.pk,
                "owner": claimed_by,
                "epoch": 1 if claimed_by else 0,
                "lease": settings.RUN_LEASE_SECONDS if claimed_by else None,
                "title": thread.title,
                "provider": thread.provider,
                "model_name": thread.model_name,
            },
        )
        run_id = cursor.fetchone()[0]
    claim = Claim(run_id, 1, owner, reply.pk, message.pk, thread.pk, user_id) if claimed_by else None
    return Accepted(thread, message, reply, claim)


# Accepting stands between a person and the first word of their reply. Through the ORM it took 5 ms, this takes 1 ms.
_BEFORE = """
    SELECT (SELECT id FROM conversations_message WHERE user_id = %(user)s AND client_id = %(client)s),
           (SELECT depth FROM conversations_message WHERE id = %(head)s),
           (SELECT count(*) FROM conversations_run WHERE thread_id = %(thread)s)
"""
_ACCEPT = """
    WITH question AS (
        INSERT INTO conversations_message
               (id, thread_id, user_id, parent_id, depth, role, state, text, client_id, created_at)
        VALUES (%(message)s, %(thread)s, %(user)s, %(parent)s, %(depth)s,
                'user', 'complete', %(text)s, %(client)s, %(now)s)
    ), reply AS (
        INSERT INTO conversations_message (id, thread_id, user_id, parent_id, depth, role, state, created_at)
        VALUES (%(reply)s, %(thread)s, %(user)s, %(message)s, %(depth)s + 1, 'assistant', 'pending', %(now)s)
    ), shown AS (
        UPDATE conversations_thread
        SET head_id = %(reply)s, active_at = %(now)s, title = %(title)s,
            provider = %(provider)s, model_name = %(model_name)s
        WHERE id = %(thread)s
    )
    INSERT INTO conversations_run (reply_id, thread_id, user_id, owner, epoch, lease_expires_at, created_at)
    VALUES (%(reply)s, %(thread)s, %(user)s, %(owner)s, %(epoch)s, now() + make_interval(secs => %(lease)s), %(now)s)
    RETURNING id
"""


def _accepted_before(user_id: int, message_id: uuid.UUID) -> Accepted:
    """The answer a message got when it arrived for the first time."""
    message = Message.objects.of(user_id).select_related("thread").get(pk=message_id)
    reply = message.children.filter(role=MessageRole.ASSISTANT).order_by("created_at").first()
    if reply is None:
        raise TurnError("not_found")
    return Accepted(message.thread, message, reply, None, again=True)


def retry(user_id: int, reply_id: uuid.UUID, *, owner: str = "") -> Accepted:
    """Ask for another reply to the message that `reply_id` answered; the earlier reply stays, on its own branch.

    Raises TurnError: not_found, not_ended, busy, not_newest.
    """
    with transaction.atomic():
        old = Message.objects.of(user_id).filter(pk=reply_id, role=MessageRole.ASSISTANT).first()
        if old is None or old.parent_id is None:
            raise TurnError("not_found")
        thread = lock_thread(user_id, old.thread_id)
        old.refresh_from_db(fields=["state"])
        if old.state in OPEN_STATES:
            raise TurnError("not_ended")
        if Run.objects.filter(thread=thread).exists():
            raise TurnError("busy")
        if thread.head_id != old.pk:
            # Another branch would begin here, and what follows would no longer be shown.
            raise TurnError("not_newest")
        message = Message.objects.of(user_id).get(pk=old.parent_id)
        reply = _reply_to(message, old.depth)
        reply.save(force_insert=True)
        claim = _new_run(thread, message, reply, owner)
        thread.head = reply
        thread.active_at = timezone.now()
        thread.save(update_fields=["head", "active_at"])
        return Accepted(thread, message, reply, claim)


def lock_thread(user_id: int, thread_id: uuid.UUID) -> Thread:
    """The person's thread, locked until the transaction ends. Raises TurnError(not_found)."""
    thread = Thread.objects.of(user_id).select_for_update().filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    return thread


def _reply_to(message: Message, depth: int) -> Message:
    return Message(
        thread_id=message.thread_id,
        user_id=message.user_id,
        parent=message,
        depth=depth,
        role=MessageRole.ASSISTANT,
        state=State.PENDING,
    )


def _new_run(thread: Thread, message: Message, reply: Message, owner: str) -> Claim | None:
    run = Run(reply=reply, thread=thread, user_id=thread.user_id)
    if owner:
        run.owner, run.epoch, run.lease_expires_at = owner, 1, _lease()
    run.save(force_insert=True)
    if not run.owner:
        return None
    return Claim(run.pk, 1, owner, reply.pk, message.pk, thread.pk, thread.user_id)


def _lease() -> Any:
    return Now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)


_CHECKPOINT = """
    WITH held AS (
        UPDATE conversations_run SET lease_expires_at = now() + make_interval(secs => %(lease)s)
        WHERE id = %(run)s AND epoch = %(epoch)s AND owner = %(owner)s
        RETURNING reply_id, stop_requested
    ), written AS (
        UPDATE conversations_message SET text = %(text)s, state = 'streaming'
        FROM held WHERE %(text)s::text IS NOT NULL AND conversations_message.id = held.reply_id
    )
    SELECT stop_requested FROM held
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a run still belongs to this process, and whether its person asked it to stop."""

    ours: bool
    stop: bool


def checkpoint(claim: Claim, text: str | None) -> Held:
    """Renew the lease and save the text so far; None only renews."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CHECKPOINT,
            {
                "run": claim.run_id,
                "epoch": claim.epoch,
                "owner": claim.owner,
                "text": text,
                "lease": settings.RUN_LEASE_SECONDS,
            },
        )
        row = cursor.fetchone()
    return Held(ours=row is not None, stop=bool(row and row[0]))


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


# Deleting the run first takes its lock before the message's, in the order that a checkpoint takes them.
_FINISH = """
    WITH ended AS (
        DELETE FROM conversations_run
        WHERE id = %(run)s AND epoch = %(epoch)s AND owner = %(owner)s
        RETURNING reply_id
    )
    UPDATE conversations_message
    SET state = %(state)s, text = %(text)s, html = %(html)s, html_version = %(html_version)s,
        stop_reason = %(stop_reason)s, error_kind = %(error_kind)s, error_detail = %(error_detail)s,
        retry_after = %(retry_after)s, input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        cached_tokens = %(cached_tokens)s, ended_at = now()
    FROM ended WHERE conversations_message.id = ended.reply_id
    RETURNING conversations_message.*
"""


def finish(claim: Claim, ending: Ending) -> Finished:
    """Give a reply its one terminal state, end its run, and take over the run that waits in the same thread."""
    columns = {name: getattr(ending, name) for name in Ending.__slots__}
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A message that arrives now is either seen waiting below, or sees that nothing is written any more.
            cursor.execute("SELECT FROM conversations_thread WHERE id = %s FOR UPDATE", [claim.thread_id])
        replies = list(
            Message.objects.raw(_FINISH, {"run": claim.run_id, "epoch": claim.epoch, "owner": claim.owner, **columns})
        )
        if not replies:
            before = _ended_before(claim, ending)
            return Finished(before, _claimed(claim.thread_id, claim.owner) if before else None)
        return Finished(replies[0], claim_next(claim.thread_id, claim.owner))


def _ended_before(claim: Claim, ending: Ending) -> Message | None:
    """The reply, if this very ending was stored by an attempt whose answer got lost."""
    reply: Message | None = Message.objects.of(claim.user_id).filter(pk=claim.reply_id).first()
    return reply if reply is not None and (reply.state, reply.text) == (ending.state, ending.text) else None


def _claimed(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """The run of a thread that an owner has taken already."""
    run = Run.objects.filter(thread_id=thread_id, owner=owner).select_related("reply").first()
    if run is None or run.reply.parent_id is None:
        return None
    return Claim(run.pk, run.epoch, owner, run.reply_id, run.reply.parent_id, thread_id, run.user_id)


def _end_reply(run: Run, ending: Ending) -> None:
    columns = {name: getattr(ending, name) for name in Ending.__slots__}
    Message.objects.filter(pk=run.reply_id).update(**columns, ended_at=timezone.now())
    run.delete()


def claim_next(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """Take the oldest waiting run of a locked thread in which nothing is written."""
    runs = list(Run.objects.filter(thread_id=thread_id).order_by("created_at", "pk"))
    if not runs or any(run.owner for run in runs):
        return None
    return _take(runs[0], owner)


def _take(run: Run, owner: str) -> Claim:
    epoch = run.epoch + 1
    Run.objects.filter(pk=run.pk).update(owner=owner, epoch=epoch, lease_expires_at=_lease())
    assert run.reply.parent_id is not None
    return Claim(run.pk, epoch, owner, run.reply_id, run.reply.parent_id, run.thread_id, run.user_id)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a request to stop found: the thread, and whether the reply ended there and then."""

    thread_id: uuid.UUID
    user_id: int
    ended: bool


def request_stop(user_id: int, reply_id: uuid.UUID) -> Stopped:
    """Note that the person wants a reply to stop; one that only waits ends at once. Raises TurnError(not_found)."""
    with transaction.atomic():
        reply = Message.objects.of(user_id).filter(pk=reply_id, role=MessageRole.ASSISTANT).first()
        if reply is None:
            raise TurnError("not_found")
        lock_thread(user_id, reply.thread_id)
        run = Run.objects.select_for_update().filter(reply_id=reply_id).first()
        if run is None:
            return Stopped(reply.thread_id, user_id, ended=False)
        if not run.owner:
            _end_reply(run, Ending(State.STOPPED, ""))
            return Stopped(reply.thread_id, user_id, ended=True)
        Run.objects.filter(pk=run.pk).update(stop_requested=True)
        return Stopped(reply.thread_id, user_id, ended=False)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: replies it ended as (thread, reply), and runs that are now this process's to write."""

    ended: list[tuple[uuid.UUID, uuid.UUID]]
    claims: list[Claim]


def sweep(
    owner: str,
    renderer: Callable[[str], tuple[str, int]],
    *,
    living: Collection[uuid.UUID] = (),
    overdue_too: bool = True,
    limit: int = 50,
) -> Swept:
    """Deal with runs whose process died, and start runs that wait although nothing is written in their thread.

    A reply that has text is marked interrupted (or stopped, when that was asked for) and keeps it. One that has
    none is begun again, a few times at the most: nobody has seen anything of it yet. `living` are the replies
    this process is writing: their leases may have run out while the database was away, and are renewed soon.
    """
    overdue = Run.objects.exclude(owner="").filter(lease_expires_at__lt=Now())
    overdue = overdue.exclude(owner=owner, reply_id__in=living) if overdue_too else Run.objects.none()
    busy = Run.objects.filter(thread=OuterRef("thread")).exclude(owner="")
    stranded = Run.objects.filter(owner="").exclude(Exists(busy))
    threads = dict.fromkeys(
        [*overdue.values_list("thread_id", flat=True)[:limit], *stranded.values_list("thread_id", flat=True)[:limit]]
    )
    swept = Swept([], [])
    for thread_id in threads:
        try:
            with transaction.atomic():
                found = _sweep_thread(thread_id, overdue, owner, renderer)
        except DatabaseError:
            logger.exception("the runs of a thread could not be looked after")
            if not connection.is_usable():
                break
            continue
        swept.ended.extend(found.ended)
        swept.claims.extend(found.claims)
    return swept


def _sweep_thread(
    thread_id: uuid.UUID, overdue: QuerySet[Run], owner: str, renderer: Callable[[str], tuple[str, int]]
) -> Swept:
    swept = Swept([], [])
    if not Thread.objects.select_for_update(skip_locked=True).filter(pk=thread_id).exists():
        return swept
    run = overdue.filter(thread_id=thread_id).select_for_update(of=("self",)).select_related("reply").first()
    if run is not None:
        if run.reply.state == State.PENDING and run.epoch < MAX_STARTS and not run.stop_requested:
            swept.claims.append(_take(run, owner))
            return swept
        state = State.STOPPED if run.stop_requested else State.INTERRUPTED
        html, version = renderer(run.reply.text)
        kind = "" if run.stop_requested else "server_stopped"
        _end_reply(run, Ending(state, run.reply.text, html, version, error_kind=kind))
        swept.ended.append((thread_id, run.reply_id))
    claim = claim_next(thread_id, owner)
    if claim is not None:
        swept.claims.append(claim)
    return swept
