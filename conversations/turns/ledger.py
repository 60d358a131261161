"""Replies that are under way, in the database: how far they are, who wants them to stop, and whose process died.

Synchronous functions, each one transaction that can be repeated.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from conversations import rendering
from conversations.errors import TurnError
from conversations.models import Message, MessageRole, Run, State, Thread
from conversations.turns.claims import Claim, claim_next, lease, lock_thread, take
from conversations.turns.ending import Ending, end_reply
from memchat.postgres.prepared import PreparedStatement

logger = logging.getLogger(__name__)

MAX_STARTS = 3
"""How often a reply without any text yet is begun again by another process before it is given up."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is new of a reply, and how many characters come before it; without a text there is only a lease to renew."""

    claim: Claim
    text: str | None
    offset: int = 0


class Kept(NamedTuple):
    """A run that is still the owner's: whether its person asked it to stop, and whether its part was written."""

    stop: bool
    is_written: bool


# Written to its place, so that a part whose answer got lost may come again.
_CHECKPOINT = PreparedStatement(
    "checkpoint",
    """
    WITH asked AS (
        SELECT * FROM unnest(%(runs)s, %(epochs)s, %(texts)s, %(offsets)s) AS asked (run, epoch, text, at)
    ), held AS (
        UPDATE conversations_run SET lease_expires_at = now() + make_interval(secs => %(lease)s)
        FROM asked
        WHERE conversations_run.id = asked.run AND conversations_run.epoch = asked.epoch AND owner = %(owner)s
        RETURNING conversations_run.id, reply_id, stop_requested, asked.text, asked.at
    ), written AS (
        UPDATE conversations_message reply SET text = left(reply.text, held.at) || held.text, state = 'streaming'
        FROM held WHERE held.text IS NOT NULL AND reply.id = held.reply_id AND char_length(reply.text) >= held.at
        RETURNING reply.id
    )
    SELECT held.id, stop_requested, held.text IS NULL OR written.id IS NOT NULL
    FROM held LEFT JOIN written ON written.id = reply_id
    """,
    {
        "runs": "bigint[]",
        "epochs": "integer[]",
        "texts": "text[]",
        "offsets": "integer[]",
        "owner": "text",
        "lease": "float",
    },
)


def checkpoint(parts: Sequence[Part]) -> dict[int, Kept]:
    """Renew the leases of one owner's runs and save what is new of their texts.

    Returns what became of each run that is still the owner's. A part is not written where less is stored than should
    come before it.
    """
    rows = _CHECKPOINT.fetch(
        {
            "runs": [part.claim.run_id for part in parts],
            "epochs": [part.claim.epoch for part in parts],
            "texts": [part.text for part in parts],
            "offsets": [part.offset for part in parts],
            "owner": parts[0].claim.owner,
            "lease": settings.RUN_LEASE_SECONDS,
        }
    )
    return {run: Kept(stop, is_written) for run, stop, is_written in rows}


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
            end_reply(run, Ending(State.STOPPED, text, html, version))
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
        Run.objects.exclude(owner="").filter(lease_expires_at__gt=too_late).update(lease_expires_at=lease())
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
            swept.claims.append(take(run, owner))
            return swept
        state = State.STOPPED if run.stop_requested else State.INTERRUPTED
        html, version = renderer(run.reply.text)
        kind = "" if run.stop_requested else "server_stopped"
        end_reply(run, Ending(state, run.reply.text, html, version, error_kind=kind))
        swept.ended.append((thread_id, run.reply_id))
    claim = claim_next(thread_id, owner)
    if claim is not None:
        swept.claims.append(claim)
    return swept
