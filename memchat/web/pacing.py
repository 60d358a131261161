"""What is sent piece by piece goes as quickly as its reader takes it.

daphne takes everything at once and keeps in memory what nobody has read: a large download, asked for over a slow line,
would lie there whole. Here the application waits before its next piece while the connection has enough to send.
"""

from __future__ import annotations

import asyncio
from typing import Any

STALLED_SECONDS = 300.0
"""Who takes nothing for so long is hung up on. A piece of a download has 64 KiB, and a connection keeps about two."""


def install() -> None:
    """Let daphne's answers wait for whoever reads them."""
    from daphne.http_protocol import WebRequest
    from daphne.server import Server

    at_once = Server.handle_reply

    async def handle_reply(server: Any, protocol: Any, message: Any) -> None:
        if not isinstance(protocol, WebRequest) or message.get("type") != "http.response.body":
            await at_once(server, protocol, message)
        elif message.get("more_body", False):
            pace = _pace_of(protocol)
            await at_once(server, protocol, message)
            await pace.keep(protocol)
        else:
            if protocol.producer is not None and protocol.channel is not None:
                protocol.unregisterProducer()
            await at_once(server, protocol, message)

    Server.handle_reply = handle_reply


class Pace:
    """Hears from Twisted, as the producer of a body, whether the connection has enough to send (an IPushProducer)."""

    def __init__(self) -> None:
        self._goes_on = asyncio.Event()
        self._goes_on.set()

    def pauseProducing(self) -> None:  # noqa: N802  Twisted's name
        self._goes_on.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._goes_on.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Its reader is gone, which the application hears in another way."""
        self._goes_on.set()

    async def keep(self, protocol: Any) -> None:
        """Wait until the connection wants more, or is gone; hang up on who takes nothing."""
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self._goes_on.wait()
        except TimeoutError:
            if protocol.channel is not None:
                protocol.channel.transport.abortConnection()


def _pace_of(protocol: Any) -> Pace:
    if not isinstance(protocol.producer, Pace):
        pace = Pace()
        if protocol.finished or protocol.channel is None:
            return pace
        protocol.registerProducer(pace, True)
    found: Pace = protocol.producer
    return found
