"""Turns in the database: what is accepted, who writes it, how far it is, how it ended.

Synchronous functions, each one transaction that can be repeated. Order of locks: the thread, its runs, its messages.
Every write of a run names its epoch and changes nothing when the run has gone to another owner.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from conversations import rendering
from conversations.errors import TurnError
from conversations.finding.indexing import index_turn
from conversations.models import Attachment, Message, MessageRole, Run, State, Thread
from conversations.spending import note_reply
from conversations.temporary import make_temporary, renew
from conversations.titles import title_from
from memchat.jobs import enqueue
from memchat.postgres.prepared import PreparedStatement, Row, fetch_together
from memchat.text import storable
from memchat.users import limits

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
    provider: str = ""
    model_name: str = ""
    """Who is to write it, where that is not for the thread to say."""
    begun: str = ""
    """What it begins with: it goes on from an earlier version."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is stored, with the reply it will get; `claim` when its run can start at once."""

    thread: Thread
    message: Message
    reply: Message
    claim: Claim | None
    again: bool = False
    attachments: tuple[Attachment, ...] = ()
    """Of the message."""


def accept(
    user_id: int,
    thread_id: uuid.UUID | None,
    client_id: uuid.UUID,
    text: str,
    *,
    owner: str = "",
    provider: str = "",
    model_name: str = "",
    memory_mode: str = "",
    temporary: bool = False,
    attachments: Sequence[uuid.UUID] = (),
) -> Accepted:
    """Store a person's message together with its pending reply and the run that will write it.

    With `owner` the run is claimed at once unless the thread is busy. The same `client_id` again returns what
    was stored the first time. `memory_mode` and `temporary` are for a thread that begins with this message.
    With `attachments`, files of the person that were not sent yet, the text may be blank.
    Raises TurnError: empty, too_long, not_found, busy, limited, too_many_attachments, attachment_gone.
    """
    text = checked_text(text, may_be_blank=bool(attachments))
    files = tuple(dict.fromkeys(attachments))
    if len(files) > settings.ATTACHMENTS_PER_MESSAGE:
        raise TurnError("too_many_attachments")
    begins = _Beginning(memory_mode, temporary)
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _accept(user_id, thread_id, client_id, text, owner, provider, model_name, begins, files)
        except IntegrityError:
            # The same message arrived twice at once; the other one won, so this one finds it.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def checked_text(text: str, *, may_be_blank: bool = False) -> str:
    """The text as it will be stored. Raises TurnError when it is blank or too long."""
    text = storable(text).strip("\r\n").rstrip()
    if not text.strip() and not may_be_blank:
        raise TurnError("empty")
    if len(text) > settings.MESSAGE_MAX_CHARS:
        raise TurnError("too_long")
    return text


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What the person chose for a thread that does not exist yet; nothing of it concerns one that does."""

    memory_mode: str
    temporary: bool

    def thread(self, pk: uuid.UUID, user_id: int) -> Thread:
        thread = Thread(pk=pk, user_id=user_id)
        if self.temporary:
            make_temporary(thread)
        elif self.memory_mode:
            thread.memory_mode = self.memory_mode
        return thread


def _accept(
    user_id: int,
    thread_id: uuid.UUID | None,
    client_id: uuid.UUID,
    text: str,
    owner: str,
    provider: str,
    model_name: str,
    begins: _Beginning,
    files: tuple[uuid.UUID, ...],
) -> Accepted:
    thread_pk = thread_id or uuid.uuid4()
    of_thread, *counted, [(earlier_id, head_depth, others, runs)] = fetch_together(
        (_LOCK, {"thread": thread_pk, "user": user_id}),
        # From here on one message of this person after the other, in whichever thread.
        *limits.counting(user_id),
        # Read after the locks, in a statement of its own: one that waited would not see what the other has written.
        (_BEFORE, {"user": user_id, "client": client_id, "thread": thread_pk}),
    )
    thread = _thread_to_go_on(of_thread) if thread_id else begins.thread(thread_pk, user_id)
    if earlier_id is not None:
        limits.take_message_back(user_id)
        return accepted_before(user_id, earlier_id)
    thread.title = thread.title or title_from(text)
    if provider:
        thread.provider, thread.model_name = provider, model_name
    if others >= MAX_RUNS_PER_THREAD:
        raise TurnError("busy")
    check_limits(limits.sending(counted), runs)
    attached = _locked_files(user_id, files)
    thread.title = thread.title or (title_from(attached[0].name) if attached else "")
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
    reply = reply_to(message, message.depth + 1)
    thread.head_id = reply.pk
    thread.active_at = now
    claimed_by = "" if others else owner
    values = {
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
        "memory_mode": thread.memory_mode,
        "expires": thread.expires_at,
    }
    [(run_id,)] = (_ACCEPT if thread_id else _ACCEPT_FIRST).fetch(values)
    thread._state.adding = False
    if attached:
        with connection.cursor() as cursor:
            cursor.execute(_ATTACH, {"message": message.pk, "user": user_id, "files": list(files)})
    claim = Claim(run_id, 1, owner, reply.pk, message.pk, thread.pk, user_id) if claimed_by else None
    return Accepted(thread, message, reply, claim, attachments=attached)


def check_limits(sending: limits.Sending, runs: int) -> None:
    """Raises TurnError(limited), with when to try again; rolled back with the rest, what is refused is not counted."""
    try:
        sending.check(runs)
    except limits.LimitReached as limit:
        raise TurnError("limited", limit.text, limit.retry_after) from None


def _locked_files(user_id: int, files: tuple[uuid.UUID, ...]) -> tuple[Attachment, ...]:
    """Files that were not sent yet, so that nobody else sends or removes them. Raises TurnError(attachment_gone)."""
    if not files:
        return ()
    found = {one.pk: one for one in Attachment.objects.of(user_id).unsent().select_for_update().filter(pk__in=files)}
    if len(found) < len(files):
        raise TurnError("attachment_gone")
    return tuple(found[pk] for pk in files)


_ATTACH = """
    UPDATE conversations_attachment
    SET message_id = %(message)s, position = array_position(%(files)s::uuid[], id) - 1
    WHERE user_id = %(user)s AND id = ANY(%(files)s::uuid[])
"""


_COLUMNS = {str(field.column): field.attname for field in Thread._meta.concrete_fields}
# Accepting stands between a person and the first word of their reply: it goes to the server three times in all.
_LOCK = PreparedStatement(
    "lock_thread",
    f"""
    SELECT {", ".join(_COLUMNS)} FROM conversations_thread
    WHERE id = %(thread)s AND user_id = %(user)s AND (expires_at IS NULL OR expires_at > clock_timestamp())
    FOR UPDATE
    """,
    {"thread": "uuid", "user": "bigint"},
)
_BEFORE = PreparedStatement(
    "before_message",
    """
    SELECT (SELECT id FROM conversations_message WHERE user_id = %(user)s AND client_id = %(client)s),
           (SELECT depth FROM conversations_message
            WHERE id = (SELECT head_id FROM conversations_thread WHERE id = %(thread)s AND user_id = %(user)s)),
           (SELECT count(*) FROM conversations_run WHERE thread_id = %(thread)s),
           (SELECT count(*) FROM conversations_run WHERE user_id = %(user)s)
    """,
    {"user": "bigint", "client": "uuid", "thread": "uuid"},
)
_NEW_THREAD = """
        INSERT INTO conversations_thread
               (id, user_id, title, titled_by_hand, provider, model_name, memory_mode, temporary, expires_at, head_id,
                created_at, active_at)
        VALUES (%(thread)s, %(user)s, %(title)s, false, %(provider)s, %(model_name)s, %(memory_mode)s,
                %(expires)s IS NOT NULL, %(expires)s, %(reply)s, %(now)s, %(now)s)
"""
_GOES_ON = """
        UPDATE conversations_thread
        SET head_id = %(reply)s, active_at = %(now)s, title = %(title)s,
            provider = %(provider)s, model_name = %(model_name)s, expires_at = %(expires)s, archived = false
        WHERE id = %(thread)s
"""
_ACCEPTED_TYPES = {
    "thread": "uuid",
    "user": "bigint",
    "now": "timestamptz",
    "message": "uuid",
    "parent": "uuid",
    "depth": "integer",
    "text": "text",
    "client": "uuid",
    "reply": "uuid",
    "owner": "text",
    "epoch": "integer",
    "lease": "float",
    "title": "text",
    "provider": "text",
    "model_name": "text",
    "memory_mode": "text",
    "expires": "timestamptz",
}


def _accepting(name: str, thread: str) -> PreparedStatement:
    return PreparedStatement(
        name,
        f"""
    WITH thread AS ({thread}), question AS (
        INSERT INTO conversations_message
               (id, thread_id, user_id, parent_id, depth, role, state, text, client_id, created_at)
        VALUES (%(message)s, %(thread)s, %(user)s, %(parent)s, %(depth)s,
                'user', 'complete', %(text)s, %(client)s, %(now)s)
    ), reply AS (
        INSERT INTO conversations_message (id, thread_id, user_id, parent_id, depth, role, state, created_at)
        VALUES (%(reply)s, %(thread)s, %(user)s, %(message)s, %(depth)s + 1, 'assistant', 'pending', %(now)s)
    )
    INSERT INTO conversations_run (reply_id, thread_id, user_id, owner, epoch, lease_expires_at, created_at)
    VALUES (%(reply)s, %(thread)s, %(user)s, %(owner)s, %(epoch)s, now() + make_interval(secs => %(lease)s), %(now)s)
    RETURNING id
        """,
        _ACCEPTED_TYPES,
    )


_ACCEPT, _ACCEPT_FIRST = _accepting("accept", _GOES_ON), _accepting("accept_first", _NEW_THREAD)


def accepted_before(user_id: int, message_id: uuid.UUID) -> Accepted:
    """The answer a message got when it arrived for the first time."""
    message = Message.objects.of(user_id).select_related("thread").get(pk=message_id)
    reply = message.children.filter(role=MessageRole.ASSISTANT).order_by("created_at").first()
    if reply is None:
        raise TurnError("not_found")
    return Accepted(message.thread, message, reply, None, again=True, attachments=tuple(message.attachments.all()))


def lock_thread(user_id: int, thread_id: uuid.UUID) -> Thread:
    """The person's thread, locked until the transaction ends. Raises TurnError(not_found)."""
    thread = Thread.objects.of(user_id).select_for_update().filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    return thread


def _thread_to_go_on(rows: list[Row]) -> Thread:
    """The thread that `_LOCK` found, as it is once somebody goes on with it. Raises TurnError(not_found)."""
    if not rows:
        raise TurnError("not_found")
    thread = Thread.from_db(DEFAULT_DB_ALIAS, list(_COLUMNS.values()), rows[0])
    renew(thread)
    # Whoever goes on with it wants it among the others again.
    thread.archived = False
    return thread


def reply_to(message: Message, depth: int) -> Message:
    return Message(
        thread_id=message.thread_id,
        user_id=message.user_id,
        parent=message,
        depth=depth,
        role=MessageRole.ASSISTANT,
        state=State.PENDING,
    )


def new_run(thread: Thread, message: Message, reply: Message, owner: str) -> Claim | None:
    run = Run(reply=reply, thread=thread, user_id=thread.user_id)
    if owner:
        run.owner, run.epoch, run.lease_expires_at = owner, 1, _lease()
    run.save(force_insert=True)
    return _claim(run) if run.owner else None


def _claim(run: Run) -> Claim:
    reply = run.reply
    assert reply.parent_id is not None
    return Claim(
        run.pk,
        run.epoch,
        run.owner,
        reply.pk,
        reply.parent_id,
        run.thread_id,
        run.user_id,
        reply.provider,
        reply.model_name,
        # Nobody has written anything yet.
        reply.text if reply.state == State.PENDING else "",
    )


def _lease() -> Any:
    return Now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)


_CHECKPOINT = """
    WITH asked AS (
        SELECT * FROM unnest(%(runs)s::bigint[], %(epochs)s::integer[], %(texts)s::text[]) AS asked (run, epoch, text)
    ), held AS (
        UPDATE conversations_run SET lease_expires_at = now() + make_interval(secs => %(lease)s)
        FROM asked
        WHERE conversations_run.id = asked.run AND conversations_run.epoch = asked.epoch AND owner = %(owner)s
        RETURNING conversations_run.id, reply_id, stop_requested, asked.text
    ), written AS (
        UPDATE conversations_message SET text = held.text, state = 'streaming'
        FROM held WHERE held.text IS NOT NULL AND conversations_message.id = held.reply_id
    )
    SELECT id, stop_requested FROM held
"""


def checkpoint(notes: Sequence[tuple[Claim, str | None]]) -> dict[int, bool]:
    """Renew the leases of one owner's runs and save their texts so far; a text of None only renews.

    Returns, for each run that is still the owner's, whether its person asked it to stop.
    """
    claims = [claim for claim, _ in notes]
    with connection.cursor() as cursor:
        cursor.execute(
            _CHECKPOINT,
            {
                "runs": [claim.run_id for claim in claims],
                "epochs": [claim.epoch for claim in claims],
                "texts": [text for _, text in notes],
                "owner": claims[0].owner,
                "lease": settings.RUN_LEASE_SECONDS,
            },
        )
        return dict(cursor.fetchall())


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
    RETURNING conversations_message.*
"""


def finish(claim: Claim, ending: Ending, *, take_next: bool = True) -> Finished:
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
        index_turn(claim.question_id, claim.reply_id)
        _learn_later(claim.question_id)
        note_reply(replies[0])
        return Finished(replies[0], claim_next(claim.thread_id, claim.owner) if take_next else None)


def _ended_before(claim: Claim, ending: Ending) -> Message | None:
    """The reply, if this very ending was stored by an attempt whose answer got lost."""
    reply: Message | None = Message.objects.of(claim.user_id).filter(pk=claim.reply_id).first()
    return reply if reply is not None and (reply.state, reply.text) == (ending.state, ending.text) else None


def _claimed(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """The run of a thread that an owner has taken already."""
    run = Run.objects.filter(thread_id=thread_id, owner=owner).select_related("reply").first()
    return _claim(run) if run is not None else None


def _end_reply(run: Run, ending: Ending) -> None:
    columns = {name: getattr(ending, name) for name in Ending.__slots__}
    Message.objects.filter(pk=run.reply_id).update(**columns, ended_at=timezone.now())
    if ending.state != State.STOPPED:
        Thread.objects.filter(pk=run.thread_id).update(unread=True)
    run.delete()
    index_turn(run.reply.parent_id, run.reply_id)
    if run.reply.parent_id is not None:
        _learn_later(run.reply.parent_id)


_NOTE_LEARNING = """
    INSERT INTO conversations_learning (message_id, user_id, created_at)
    SELECT message.id, message.user_id, now()
    FROM conversations_message message JOIN conversations_thread thread ON thread.id = message.thread_id
    WHERE message.id = %s AND thread.memory_mode = 'write' AND NOT thread.temporary
    ON CONFLICT DO NOTHING
    RETURNING user_id
"""


def _learn_later(question_id: uuid.UUID) -> None:
    """Have the message learned from, once, whatever becomes of its reply; in the transaction that is open."""
    if not settings.LEARNING or not settings.PROVIDERS:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_LEARNING, [question_id])
        noted = cursor.fetchone()
    if noted:
        enqueue("conversations.learn", message=str(question_id), user=noted[0])


def claim_next(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """Take the oldest waiting run of a locked thread in which nothing is written."""
    runs = list(Run.objects.filter(thread_id=thread_id).order_by("created_at", "pk"))
    if not runs or any(run.owner for run in runs):
        return None
    return _take(runs[0], owner)


def _take(run: Run, owner: str) -> Claim:
    run.owner, run.epoch = owner, run.epoch + 1
    Run.objects.filter(pk=run.pk).update(owner=owner, epoch=run.epoch, lease_expires_at=_lease())
    return _claim(run)


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
            # One that was to go on from an earlier version has the beginning of that.
            text = reply.text
            html, version = (rendering.render(text), rendering.VERSION) if text else ("", 0)
            _end_reply(run, Ending(State.STOPPED, text, html, version))
            return Stopped(reply.thread_id, user_id, ended=True)
        Run.objects.filter(pk=run.pk).update(stop_requested=True)
        return Stopped(reply.thread_id, user_id, ended=False)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: replies it ended as (thread, reply), and runs that are now this process's to write."""

    ended: list[tuple[uuid.UUID, uuid.UUID]]
    claims: list[Claim]


class DatabaseWasAway(OperationalError):
    """It was silent for so long that leases of living processes may have run out."""


LONGEST_LEASES = 10
"""No lease ends later than so many of ours from now: whoever gave it out had a clock that has been put back since."""


def sweep(
    owner: str,
    renderer: Callable[[str], tuple[str, int]],
    *,
    living: Collection[uuid.UUID] = (),
    overdue_too: bool = True,
    since: float | None = None,
    limit: int = 50,
) -> Swept:
    """Deal with runs whose process died, and start runs that wait although nothing is written in their thread.

    A reply that has text is marked interrupted (or stopped, when that was asked for) and keeps it. One that has
    none is begun again, a few times at the most: nobody has seen anything of it yet. `living` are the replies
    this process is writing: their leases may have run out while the database was away, and are renewed soon.
    `since` is the moment of `time.monotonic` at which it was asked for; raises DatabaseWasAway when that is long ago.
    """
    since = time.monotonic() if since is None else since
    if overdue_too:
        too_late = Now() + timedelta(seconds=LONGEST_LEASES * settings.RUN_LEASE_SECONDS)
        Run.objects.exclude(owner="").filter(lease_expires_at__gt=too_late).update(lease_expires_at=_lease())
    overdue = Run.objects.exclude(owner="").filter(lease_expires_at__lt=Now())
    overdue = overdue.exclude(owner=owner, reply_id__in=living) if overdue_too else Run.objects.none()
    busy = Run.objects.filter(thread=OuterRef("thread")).exclude(owner="")
    stranded = Run.objects.filter(owner="").exclude(Exists(busy))
    threads = dict.fromkeys(
        [*overdue.values_list("thread_id", flat=True)[:limit], *stranded.values_list("thread_id", flat=True)[:limit]]
    )
    if overdue_too:
        _require_quick_answer(since)
    swept = Swept([], [])
    for thread_id in threads:
        try:
            with transaction.atomic():
                found = _sweep_thread(thread_id, overdue, owner, renderer)
        except DatabaseWasAway:
            raise
        except DatabaseError:
            logger.exception("the runs of a thread could not be looked after")
            if not connection.is_usable():
                break
            continue
        swept.ended.extend(found.ended)
        swept.claims.extend(found.claims)
    return swept


def _require_quick_answer(since: float) -> None:
    """A process that lives renews its leases in time, unless the database keeps it waiting, too."""
    if time.monotonic() - since > settings.RUN_LEASE_SECONDS / 2:
        raise DatabaseWasAway


def _sweep_thread(
    thread_id: uuid.UUID, overdue: QuerySet[Run], owner: str, renderer: Callable[[str], tuple[str, int]]
) -> Swept:
    swept = Swept([], [])
    asked = time.monotonic()
    if not Thread.objects.select_for_update(skip_locked=True).filter(pk=thread_id).exists():
        return swept
    run = overdue.filter(thread_id=thread_id).select_for_update(of=("self",)).select_related("reply").first()
    if run is not None:
        _require_quick_answer(asked)
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
