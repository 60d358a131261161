"""The site stands at the root of its host, whatever a request says."""

from __future__ import annotations

from typing import Any


class AtTheRoot:
    """Takes no other root from the server.

    Daphne believes the header `Daphne-Root-Path`, which anybody may send. Pages would be found under other addresses
    than those that the checks look at, and links in mails would lead wherever the sender likes.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application({**scope, "root_path": ""}, receive, send)
