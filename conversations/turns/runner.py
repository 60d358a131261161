"""The runs of this process: starts them, finds them, stops them, and looks after those whose process died."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations.branches import shown
from conversations.models import Message
from conversations.turns import frames, ledger
from conversations.turns.hub import hub
from conversations.turns.ledger import Claim
from conversations.turns.run import ReplyRun, render
from memchat.database import in_database

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

    async def start(self) -> None:
        """Begin to look after runs; call once the event loop runs."""
        self._ending = False
        hub.start()
        self._wanted = asyncio.Event()
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="sweeper")

    async def stop(self) -> None:
        """End every run of this process as interrupted, saved, before the process goes."""
        self._ending = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=20)
        await hub.stop()

    def begin(self, claim: Claim) -> None:
        """Write the reply of a claimed run."""
        run = ReplyRun(claim, self.begin)
        self._runs[claim.reply_id] = run
        task = run.start()
        self._tasks[claim.reply_id] = task
        topic = f"run.{claim.reply_id}"
        remote = _Stopper(self, claim.reply_id)
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

    def stop_run(self, reply_id: uuid.UUID) -> None:
        """Stop a reply wherever it is written. That it shall stop is in the database already."""
        run = self._runs.get(reply_id)
        if run is not None:
            run.stop()
        else:
            hub.publish(f"run.{reply_id}", {"type": "stop"})

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
        swept, ended = await in_database(_sweep, self.owner)
        for frame in ended:
            hub.publish(f"thread.{frame['thread']}", frame)
        for claim in swept.claims:
            self.begin(claim)


class _Stopper:
    """Listens for a stop that another process was asked for."""

    def __init__(self, runner: Runner, reply_id: uuid.UUID) -> None:
        self._runner = runner
        self._reply_id = reply_id

    def deliver(self, frame: frames.Frame, encoded: str) -> None:
        run = self._runner.live(self._reply_id)
        if run is not None:
            run.stop()


def _sweep(owner: str) -> tuple[ledger.Swept, list[frames.Frame]]:
    swept = ledger.sweep(owner, render)
    users = dict(Message.objects.filter(pk__in=[reply for _, reply in swept.ended]).values_list("pk", "user_id"))
    ended = [shown(users[reply]).get(pk=reply) for _, reply in swept.ended if reply in users]
    return swept, [frames.ended_frame(message) for message in ended]


runner = Runner()
