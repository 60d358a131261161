"""Saves what runs have written so far and renews their leases: for all runs of a process together.

One statement for every run that is due costs little more than one for a single run, so thirty replies at once
are saved by a few statements a second instead of by forty.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations.turns import ledger
from memchat import wall
from memchat.database import in_database_at_once

if TYPE_CHECKING:
    from conversations.turns.run import ReplyRun

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
GATHER_SECONDS = 0.1
"""At most so often is anything saved: what becomes due meanwhile goes along."""
CHECKPOINT_SECONDS = 0.6
"""With the two above and the time it takes, text is less than a second old when it is saved."""
CHECKPOINT_BYTES = 1_024


class Keeper:
    """One per process; on the event loop. It works while there are runs."""

    def __init__(self) -> None:
        self._runs: set[ReplyRun] = set()
        self._task: asyncio.Task[None] | None = None
        self._wanted: asyncio.Event | None = None

    def watch(self, run: ReplyRun) -> None:
        self._runs.add(run)
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._wanted = asyncio.Event()
            # In no run's context: what it logs is about all of them.
            self._task = loop.create_task(self._keep_all(self._wanted), name="keeper of runs", context=Context())

    def forget(self, run: ReplyRun) -> None:
        self._runs.discard(run)
        if not self._runs and self._task is not None:
            self._task.cancel()
            self._task = None

    def look(self) -> None:
        """Something is due before its time: a first piece, or a kilobyte."""
        if self._wanted is not None:
            self._wanted.set()

    async def _keep_all(self, wanted: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while self._runs:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await wanted.wait()
            wanted.clear()
            now = loop.time()
            due = [run for run in self._runs if run.is_due(now)]
            if due:
                await self._keep(due)
                await asyncio.sleep(GATHER_SECONDS)

    async def _keep(self, due: list[ReplyRun]) -> None:
        notes = [run.note() for run in due]
        try:
            with wall.everyone("the replies of all people that this process writes are saved by one statement"):
                held = await in_database_at_once(ledger.checkpoint, [note.part for note in notes])
        except (DatabaseError, InterfaceError) as error:
            logger.warning("%d runs cannot be saved right now: %s", len(due), type(error).__name__)
            await asyncio.sleep(0.5)
            return
        except Exception:
            logger.exception("saving runs failed")
            await asyncio.sleep(0.5)
            return
        now = asyncio.get_running_loop().time()
        for run, note in zip(due, notes, strict=True):
            run.kept(note, held.get(note.part.claim.run_id), now)


def renew_after() -> float:
    """Seconds after which a lease is renewed although nothing was written."""
    return float(settings.RUN_LEASE_SECONDS) / 3


keeper = Keeper()
