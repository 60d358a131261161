"""Who writes a reply: a run belongs to one owner at a time, and `epoch` counts its owners.

What an owner writes names the epoch and changes nothing when the run has gone to another one. Who takes a run, or asks
it to stop, holds the lock of its thread. Order of locks: the thread, its runs, its messages.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from conversations.errors import TurnError
from conversations.models import Message, Run, State, Thread


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


def lock_thread(user_id: int, thread_id: uuid.UUID) -> Thread:
    """The person's thread, locked until the transaction ends. Raises TurnError(not_found)."""
    thread = Thread.objects.of(user_id).select_for_update().filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    return thread


def new_run(thread: Thread, message: Message, reply: Message, owner: str) -> Claim | None:
    run = Run(reply=reply, thread=thread, user_id=thread.user_id)
    if owner:
        run.owner, run.epoch, run.lease_expires_at = owner, 1, lease()
    run.save(force_insert=True)
    return claim_of(run) if run.owner else None


def claim_of(run: Run) -> Claim:
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


def lease() -> Any:
    return Now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)


def claim_next(thread_id: uuid.UUID, owner: str) -> Claim | None:
    """Take the oldest waiting run of a locked thread in which nothing is written."""
    runs = list(Run.objects.filter(thread_id=thread_id).order_by("created_at", "pk"))
    if not runs or any(run.owner for run in runs):
        return None
    return take(runs[0], owner)


def take(run: Run, owner: str) -> Claim:
    run.owner, run.epoch = owner, run.epoch + 1
    Run.objects.filter(pk=run.pk).update(owner=owner, epoch=run.epoch, lease_expires_at=lease())
    return claim_of(run)
