"""Tells tabs what has happened to a reply, to a thread, and to what the two have to do with memory."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Collection
from typing import Any

from django.db import DatabaseError, InterfaceError

from conversations.branches import messages_up_to, shown
from conversations.models import MemoryChange, MemoryUse, Message, MessageRole, State, Thread
from conversations.settled import bring_up_to_date
from conversations.turns import frames, wording
from conversations.turns.frames import Frame
from conversations.turns.hub import hub
from conversations.turns.steering import Branch
from memchat import wall
from memchat.database import in_database
from memchat.monitoring import metrics

logger = logging.getLogger(__name__)

NOTES_AT_MOST = 20
"""A memory may stand in hundreds of prompts; the newest replies are the ones that somebody may be looking at."""


def ended(
    message: Message,
    changes: list[Frame] | None = None,
    memories: list[Frame] | None = None,
    tools: list[Frame] | None = None,
) -> None:
    """The reply to the tabs of its thread, and that one has ended to all tabs of its owner. From any thread.

    Every reply that ends is told of here, once.
    """
    metrics.turn_ended(message.state, message.error_kind)
    hub.publish_soon(f"thread.{message.thread_id}", frames.ended_frame(message, changes, memories, tools))
    hub.publish_soon(f"user.{message.user_id}", _settled(message))


def _settled(message: Message) -> Frame:
    return {"type": "settled", "thread": str(message.thread_id), "unread": message.state != State.STOPPED}


def seen(user_id: int, thread_id: uuid.UUID) -> None:
    """That the person has seen how a thread's replies ended, to all their tabs. From any thread."""
    hub.publish_soon(f"user.{user_id}", {"type": "seen", "thread": str(thread_id)})


BRANCH_MESSAGES = 100
BRANCH_MAX_BYTES = 240_000


def branch_frame(branch: Branch) -> Frame:
    """The branch that a thread shows now, from where it differs; where that is too much, pages load themselves anew."""
    user_id = branch.thread.user_id
    messages = messages_up_to(branch.leaf, user_id, BRANCH_MESSAGES)
    places = [place for place, message in enumerate(messages) if message.parent_id == branch.parent]
    told = messages[places[0] :] if places else []
    bring_up_to_date(told)
    frame: Frame = {
        "type": "branch",
        **wording.marked(),
        "thread": str(branch.thread.pk),
        "from": str(branch.parent) if branch.parent else None,
        "messages": [frames.message_frame(message) for message in told],
        "reload": not places,
    }
    if len(frames.encode(frame).encode()) > BRANCH_MAX_BYTES:
        frame |= {"messages": [], "reload": True}
    return frame


def branch_shown(frame: Frame) -> None:
    """A branch to the tabs of its thread. From any thread."""
    hub.publish_soon(f"thread.{frame['thread']}", frame)


def thread_changed(thread: Thread) -> None:
    """How a thread is called and how it stands with memory, to all tabs of its owner. From any thread."""
    hub.publish_soon(f"user.{thread.user_id}", frames.thread_frame(thread))


def gone(user_id: int, thread_id: uuid.UUID) -> None:
    """That a thread is no more, to all tabs of its owner. From any thread."""
    hub.publish_soon(f"user.{user_id}", {"type": "gone", "thread": str(thread_id)})


def notes_changed(
    user_id: int,
    *,
    memory_ids: Collection[int] = (),
    message_ids: Collection[uuid.UUID] = (),
    reply_ids: Collection[uuid.UUID] = (),
) -> None:
    """What replies now have to do with memory, to the tabs of their threads. From any thread, and looked up later."""
    hub.call_soon(_begin_to_tell, user_id, tuple(memory_ids), tuple(message_ids), tuple(reply_ids))


_telling: set[asyncio.Task[None]] = set()


def _begin_to_tell(user_id: int, *about: Collection[Any]) -> None:
    task = asyncio.create_task(_tell(user_id, *about))
    _telling.add(task)
    task.add_done_callback(_telling.discard)


async def _tell(user_id: int, *about: Collection[Any]) -> None:
    try:
        with wall.person(user_id):
            found = await in_database(notes_of, user_id, *about)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("open pages were not told of a change of memories: %s", type(error).__name__)
        return
    for frame in found:
        hub.publish(f"thread.{frame['thread']}", frame)


def notes_of(
    user_id: int,
    memory_ids: Collection[int],
    message_ids: Collection[uuid.UUID] = (),
    reply_ids: Collection[uuid.UUID] = (),
) -> list[Frame]:
    """Of the newest replies that used or told of these memories, that answered these messages, or are these."""
    changes = MemoryChange.objects.of(user_id).filter(memory__in=memory_ids).order_by("-pk")
    uses = MemoryUse.objects.of(user_id).filter(memory__in=memory_ids).order_by("-pk")
    asked = [*message_ids, *changes.values_list("message", flat=True)[:NOTES_AT_MOST]]
    used = [*reply_ids, *uses.values_list("reply", flat=True)[:NOTES_AT_MOST]]
    replies = shown(user_id).filter(role=MessageRole.ASSISTANT)
    found = {reply.pk: reply for reply in [*replies.filter(parent__in=asked), *replies.filter(pk__in=used)]}
    newest = sorted(found.values(), key=lambda reply: reply.created_at, reverse=True)[:NOTES_AT_MOST]
    return [frames.memory_frame_of(reply) for reply in newest]
