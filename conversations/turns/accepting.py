"""A message is accepted: stored together with its pending reply and the run that will write it, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from conversations.errors import TurnError, too_long
from conversations.models import Attachment, Message, MessageRole, State, Thread
from conversations.temporary import make_temporary, renew
from conversations.titles import title_from
from conversations.turns.claims import Claim
from memchat.postgres.prepared import PreparedStatement, Row, columns_of, fetch_together, made_of
from memchat.text import storable
from memchat.users import limits

MAX_RUNS_PER_THREAD = 2
"""One is written and one waits; more are told "busy"."""


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
    if (over := len(text) - settings.MESSAGE_MAX_CHARS) > 0:
        raise TurnError("too_long", too_long(over))
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


# Accepting stands between a person and the first word of their reply: it goes to the server three times in all.
_LOCK = PreparedStatement(
    "lock_thread",
    f"""
    SELECT {columns_of(Thread)} FROM conversations_thread
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


def _thread_to_go_on(rows: list[Row]) -> Thread:
    """The thread that `_LOCK` found, as it is once somebody goes on with it. Raises TurnError(not_found)."""
    if not rows:
        raise TurnError("not_found")
    thread = made_of(Thread, rows[0])
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
