"""Looks at all open sockets of the process every few seconds: who signed out, who stopped reading.

When the process ends it sends all of them away.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations.signed_in import SignedIn, still
from memchat.database import in_database
from memchat.web.closing import RESTARTING

logger = logging.getLogger(__name__)

SIGNED_OUT, NOT_READING = 4401, 4408
LAG_SECONDS = 60.0
BATCH = 1_000
LAST_FRAMES_SECONDS = 0.1
"""For what has just been published to be written, and then for the closing itself."""


class Socket(Protocol):
    person: SignedIn

    def close_soon(self, code: int) -> None: ...

    def lagging_for(self, now: float) -> float: ...

    def awaits_a_reply(self) -> bool: ...


class Reviewer:
    """One per process."""

    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, socket: Socket) -> None:
        self._sockets.add(socket)

    def forget(self, socket: Socket) -> None:
        self._sockets.discard(socket)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._review_for_ever(), name="socket review")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._sockets:
            await asyncio.sleep(LAST_FRAMES_SECONDS)
            self.send_away()
            await asyncio.sleep(LAST_FRAMES_SECONDS)

    def send_away(self, *, but_readers: bool = False) -> None:
        """Tell pages to connect again, to another process or a later one; `but_readers` await a reply of this one."""
        for socket in list(self._sockets):
            if not (but_readers and socket.awaits_a_reply()):
                socket.close_soon(RESTARTING)

    async def _review_for_ever(self) -> None:
        while True:
            await asyncio.sleep(settings.SOCKET_REVIEW_SECONDS)
            try:
                await self.review()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("sockets cannot be reviewed right now: %s", type(error).__name__)
            except Exception:
                logger.exception("the review of sockets failed")

    async def review(self) -> None:
        now = asyncio.get_running_loop().time()
        sockets = list(self._sockets)
        for start in range(0, len(sockets), BATCH):
            batch = sockets[start : start + BATCH]
            good = await in_database(still, [socket.person for socket in batch])
            for socket in batch:
                if socket.person not in good:
                    socket.close_soon(SIGNED_OUT)
                elif socket.lagging_for(now) > LAG_SECONDS:
                    socket.close_soon(NOT_READING)


reviewer = Reviewer()
