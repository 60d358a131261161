"""The HTTP side that both SDK adapters share: limits, time-outs, patience with retries, one client per event loop."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import httpx2

from conversations.providers.base import Timeouts
from conversations.providers.errors import retry_after

SDK_RETRIES = 1
"""How often an SDK asks again before the stream has started."""
LONGEST_RETRY_WAIT_S = 5.0
"""A provider that asks for more patience than this is reported instead of waited for."""
_MOST_CONNECTIONS = 1_000
_MOST_IDLE_CONNECTIONS = 100
_IDLE_S = 60.0


class Closable(Protocol):
    def close(self) -> Awaitable[None]: ...


C = TypeVar("C", bound=Closable)


def http_options(timeouts: Timeouts) -> dict[str, Any]:
    """Arguments for an SDK's HTTP client.

    There is no read time-out: whoever iterates enforces `first_piece`, `between_pieces` and `reply`, because a
    provider's keep-alive pings count as bytes read, and moving a timer at every read is not free.
    """
    return {
        "limits": httpx2.Limits(
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_S,
        ),
        "timeout": httpx2.Timeout(
            connect=timeouts.connect,
            read=None,
            write=timeouts.first_piece,
            pool=timeouts.connect + LONGEST_RETRY_WAIT_S,
        ),
        "event_hooks": {"response": [_be_impatient]},
    }


async def _be_impatient(response: httpx2.Response) -> None:
    """Keep an SDK from sleeping for as long as the provider likes: the person is waiting."""
    wait = retry_after(response.headers) if response.status_code >= 400 else None
    if wait is not None and wait > LONGEST_RETRY_WAIT_S:
        response.headers["x-should-retry"] = "false"


class ClientPerLoop(Generic[C]):
    """One SDK client for each event loop that asks, as connections cannot leave the loop that opened them."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, C] = weakref.WeakKeyDictionary()

    def get(self) -> C:
        """The client of the running loop."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._make()
        return client

    async def close(self) -> None:
        """Close the client of the running loop, if it has one."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()
