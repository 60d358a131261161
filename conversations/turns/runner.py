"""The runs of this process: starts them, finds them, stops them, and looks after those whose process died."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import uuid

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations.branches import shown
from conversations.models import Message
from conversations.turns import announce, frames, ledger
from conversations.turns.claims import Claim
from conversations.turns.hub import hub
from conversations.turns.run import ReplyRun, render
from memchat import wall
from memchat.database import in_database_at_once

logger = logging.getLogger(__name__)


class Runner:
    """One per process. Everything here happens on the event loop."""

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self._runs: dict[uuid.UUID, ReplyRun] = {}
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._wanted: asyncio.Event | None = None
        self._ending = False
        self._patient_until = 0.0

    async def start(self) -> None:
        """Begin to look after runs; call once the event loop runs."""
        self._ending = False
        hub.start()
        self._wanted = asyncio.Event()
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="sweeper")

    async def drain(self) -> None:
        """Begin nothing any more, and wait until every reply of this process has its end."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self) -> None:
        """End every run of this process as interrupted, saved, before the process goes."""
        self._ending = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=8)
        await hub.stop()

    def begin(self, claim: Claim, question: Message | None = None) -> None:
        """Write the reply of a claimed run."""
        if claim.reply_id in self._runs:
            return
        run = ReplyRun(claim, self.begin, question)
        self._runs[claim.reply_id] = run
        task = run.start()
        self._tasks[claim.reply_id] = task
        topic = f"run.{claim.reply_id}"
        remote = _Remote(self, claim.reply_id)
        hub.join(topic, remote)

        def ended(_task: asyncio.Task[None]) -> None:
            hub.leave(topic, remote)
            if self._runs.get(claim.reply_id) is run:
                del self._runs[claim.reply_id]
                del self._tasks[claim.reply_id]
            if not _task.cancelled() and _task.exception() is not None:
                logger.error("run %s ended badly", claim.run_id, exc_info=_task.exception())

        task.add_done_callback(ended)
        if self._ending:
            task.cancel()

    def live(self, reply_id: uuid.UUID) -> ReplyRun | None:
        """The run of a reply that this very process is writing."""
        return self._runs.get(reply_id)

    def writes_in(self, thread_id: str) -> bool:
        """Whether this very process is writing a reply in a thread."""
        return any(str(run.claim.thread_id) == thread_id for run in self._runs.values())

    def stop_run(self, reply_id: uuid.UUID) -> None:
        """Stop a reply wherever it is written. That it shall stop is in the database already."""
        run = self._runs.get(reply_id)
        if run is not None:
            run.stop()
        else:
            hub.publish(f"run.{reply_id}", {"type": "stop"})

    def show_markup(self, reply_id: uuid.UUID) -> None:
        """Have a reply told as markup that another process writes."""
        if reply_id not in self._runs:
            hub.publish(f"run.{reply_id}", {"type": "markup"})

    def look_soon(self) -> None:
        """Sweep now: a run was left waiting for any process to take it. May be called from any thread."""
        hub.call_soon(self._look)

    def _look(self) -> None:
        if self._wanted is not None:
            self._wanted.set()

    async def _sweep_for_ever(self) -> None:
        assert self._wanted is not None
        while True:
            try:
                await self.sweep()
            except (DatabaseError, InterfaceError) as error:
                # When it is back, every process first gets the time to renew its leases.
                self._patient_until = asyncio.get_running_loop().time() + settings.RUN_LEASE_SECONDS
                logger.warning("runs cannot be looked after right now: %s", type(error).__name__)
            except Exception:
                logger.exception("looking after runs failed")
            try:
                async with asyncio.timeout(settings.RUN_SWEEP_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()

    async def sweep(self) -> None:
        """Mark what died, and begin what waits."""
        overdue_too = asyncio.get_running_loop().time() >= self._patient_until
        with wall.everyone("whoever's run was left by its process is looked after"):
            swept, ended = await in_database_at_once(
                _sweep, self.owner, tuple(self._runs), overdue_too, time.monotonic()
            )
        for message, changes, memories in ended:
            announce.ended(message, changes, memories)
        for claim in swept.claims:
            self.begin(claim)


class _Remote:
    """Listens for what another process was asked for: to stop a reply, or to show it as markup."""

    def __init__(self, runner: Runner, reply_id: uuid.UUID) -> None:
        self._runner = runner
        self._reply_id = reply_id

    def deliver(self, frame: frames.Frame, encoded: str) -> None:
        run = self._runner.live(self._reply_id)
        if run is not None and frame["type"] == "markup":
            run.tell_markup_everywhere()
        elif run is not None:
            run.stop()


Ended = tuple[Message, list[frames.Frame], list[frames.Frame]]


def _sweep(
    owner: str, living: tuple[uuid.UUID, ...], overdue_too: bool, since: float
) -> tuple[ledger.Swept, list[Ended]]:
    """Sweep, and read what is to be told of the replies that ended."""
    swept = ledger.sweep(owner, render, living=living, overdue_too=overdue_too, since=since)
    ended = Message.objects.filter(pk__in=[reply for _, reply in swept.ended]).values_list("pk", "user_id")
    messages = [shown(user_id).filter(pk=pk).first() for pk, user_id in ended]
    return swept, [(one, frames.changes_of(one), frames.memories_of(one)) for one in messages if one is not None]


runner = Runner()
