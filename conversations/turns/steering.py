"""How people steer a thread: another reply, another wording of a message, going on with a reply, another branch.

Synchronous functions, each one transaction that can be repeated, in the order of locks of `claims`. None of them
changes what has been said. Each adds a version beside an earlier one, or shows another: nothing is lost by any of them.
All are refused while a reply of the thread is being written, so that nobody's reply disappears from under their eyes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from conversations.branches import newest_leaf_below
from conversations.continuing import beginning_of
from conversations.errors import TurnError
from conversations.models import OPEN_STATES, Attachment, Message, MessageRole, Run, Thread
from conversations.temporary import renew
from conversations.turns.accepting import Accepted, accepted_before, check_limits, checked_text, reply_to
from conversations.turns.claims import lock_thread, new_run
from memchat.users import limits


def retry(
    user_id: int,
    reply_id: uuid.UUID,
    *,
    owner: str = "",
    client_id: uuid.UUID | None = None,
    provider: str = "",
    model_name: str = "",
) -> Accepted:
    """Ask for another reply to the message that `reply_id` answered, and show it; the earlier one stays, on its branch.

    With `provider` and `model_name` they write it, this once. Raises TurnError: not_found, not_ended, limited.
    """

    def again(old: Message, thread: Thread) -> Message:
        reply = reply_to(_question(old), old.depth)
        reply.provider, reply.model_name = provider, model_name
        return reply

    return _once(lambda: _another_reply(user_id, reply_id, client_id, owner, again))


def go_on(user_id: int, reply_id: uuid.UUID, *, owner: str = "", client_id: uuid.UUID | None = None) -> Accepted:
    """Have a reply that broke off go on, as another version that begins with what there is.

    The model that wrote the beginning goes on with it. Raises TurnError: not_found, not_ended, has_its_end,
    limited.
    """

    def longer(old: Message, thread: Thread) -> Message:
        if not old.broke_off:
            raise TurnError("has_its_end")
        reply = reply_to(_question(old), old.depth)
        reply.text = beginning_of(old.text)
        reply.provider, reply.model_name = old.provider, old.model_name
        return reply

    return _once(lambda: _another_reply(user_id, reply_id, client_id, owner, longer))


def edit(
    user_id: int,
    message_id: uuid.UUID,
    client_id: uuid.UUID,
    text: str,
    *,
    owner: str = "",
    provider: str = "",
    model_name: str = "",
) -> Accepted:
    """Store another version of a person's message beside the first, with its pending reply, and show it.

    What it asks of memory is carried out like that of any message; what the earlier version led to stays. The same
    `client_id` again returns what was stored the first time. Raises TurnError: empty, too_long, not_found, not_ended,
    limited.
    """
    return _once(lambda: _edit(user_id, message_id, client_id, text, owner, provider, model_name))


@dataclass(frozen=True, slots=True)
class Branch:
    """What a thread shows now: the branch that ends with `leaf`, which differs from the earlier one after `parent`."""

    thread: Thread
    parent: uuid.UUID | None
    leaf: uuid.UUID
    changed: bool


def show_branch(user_id: int, message_id: uuid.UUID) -> Branch:
    """Show the branch of a message, down to the newest of its ends. Raises TurnError: not_found, not_ended."""
    with transaction.atomic():
        message = Message.objects.of(user_id).only("thread", "parent").filter(pk=message_id).first()
        if message is None:
            raise TurnError("not_found")
        thread = _quiet(user_id, message.thread_id)
        leaf = newest_leaf_below(message_id, user_id)
        changed = thread.head_id != leaf
        if changed:
            thread.head_id = leaf
            thread.save(update_fields=["head"])
        return Branch(thread, message.parent_id, leaf, changed)


def mark_seen(user_id: int, thread_id: uuid.UUID) -> bool:
    """Note that the person has seen how a thread's replies ended. False where there is nothing new."""
    return bool(Thread.objects.of(user_id).filter(pk=thread_id, unread=True).update(unread=False))


def _once(act: Callable[[], Accepted]) -> Accepted:
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            # The same id arrived twice at once; the other one won, so this one finds it.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _another_reply(
    user_id: int,
    reply_id: uuid.UUID,
    client_id: uuid.UUID | None,
    owner: str,
    make: Callable[[Message, Thread], Message],
) -> Accepted:
    found = Message.objects.of(user_id).filter(pk=reply_id, role=MessageRole.ASSISTANT)
    old = found.only("thread", "parent").first()
    if old is None or old.parent_id is None:
        raise TurnError("not_found")
    thread = lock_thread(user_id, old.thread_id)
    if earlier := _before(user_id, client_id):
        return earlier
    old = found.select_related("parent").get()
    if old.state in OPEN_STATES or Run.objects.filter(thread=thread).exists():
        raise TurnError("not_ended")
    reply = make(old, thread)
    reply.client_id = client_id
    return _begin(thread, _question(old), reply, owner)


def _edit(
    user_id: int,
    message_id: uuid.UUID,
    client_id: uuid.UUID,
    text: str,
    owner: str,
    provider: str,
    model_name: str,
) -> Accepted:
    old = Message.objects.of(user_id).filter(pk=message_id, role=MessageRole.USER).first()
    if old is None:
        raise TurnError("not_found")
    thread = lock_thread(user_id, old.thread_id)
    if earlier := _before(user_id, client_id):
        return earlier
    if Run.objects.filter(thread=thread).exists():
        raise TurnError("not_ended")
    text = checked_text(text, may_be_blank=old.attachments.exists())
    if provider:
        thread.provider, thread.model_name = provider, model_name
    message = Message(
        thread=thread,
        user_id=user_id,
        parent_id=old.parent_id,
        depth=old.depth,
        role=MessageRole.USER,
        text=text,
        client_id=client_id,
    )
    message.save(force_insert=True)
    _copy_attachments(old, message)
    return _begin(thread, message, reply_to(message, message.depth + 1), owner)


def _begin(thread: Thread, message: Message, reply: Message, owner: str) -> Accepted:
    # Asking for a reply is as much as saying something; refused, nothing of it stays.
    sending = limits.count_message(thread.user_id)
    check_limits(sending, Run.objects.of(thread.user_id).count())
    reply.save(force_insert=True)
    claim = new_run(thread, message, reply, owner)
    thread.head = reply
    thread.active_at = timezone.now()
    # Whoever goes on with it wants it among the others again.
    thread.archived = False
    renew(thread)
    thread.save(update_fields=["head", "active_at", "expires_at", "archived", "provider", "model_name"])
    return Accepted(thread, message, reply, claim, attachments=tuple(message.attachments.all()))


_NOT_COPIED = {"id", "message_id"}


def _copy_attachments(old: Message, message: Message) -> None:
    """The files of a message belong to each of its versions."""
    columns = (str(field.column) for field in Attachment._meta.concrete_fields)
    names = ", ".join(column for column in columns if column not in _NOT_COPIED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO conversations_attachment (id, message_id, {names}) "
            f"SELECT gen_random_uuid(), %s, {names} FROM conversations_attachment WHERE message_id = %s",
            [message.pk, old.pk],
        )


def _before(user_id: int, client_id: uuid.UUID | None) -> Accepted | None:
    """What came of this id when it arrived for the first time; looked for once the thread is locked."""
    if client_id is None:
        return None
    found = Message.objects.of(user_id).select_related("thread", "parent").filter(client_id=client_id).first()
    if found is None:
        return None
    if found.role == MessageRole.USER:
        return accepted_before(user_id, found.pk)
    return Accepted(found.thread, _question(found), found, None, again=True)


def _quiet(user_id: int, thread_id: uuid.UUID) -> Thread:
    """The thread, locked. Raises TurnError(not_ended) while a reply is written in it or waits to be."""
    thread = lock_thread(user_id, thread_id)
    if Run.objects.filter(thread=thread).exists():
        raise TurnError("not_ended")
    return thread


def _question(reply: Message) -> Message:
    question: Message | None = reply.parent
    assert question is not None
    return question
