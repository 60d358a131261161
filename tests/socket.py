"""A tab of somebody, in the test's own process: everything that daphne serves, without daphne."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from django.conf import settings
from django.test import Client

from memchat.asgi import application
from memchat.database import in_database

SECONDS = 10


class Tab:
    """One socket. Opens by itself; `code` is what it was closed with."""

    def __init__(self, client: Client, origin: str | None = "own") -> None:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        origin = settings.ALLOWED_ORIGINS[0] if origin == "own" else origin
        headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        scope = {"type": "websocket", "path": "/ws/", "query_string": b"", "headers": headers, "subprotocols": []}
        self.accepted = False
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(application(scope, self._in.get, self._send))

    @classmethod
    async def of(cls, user: Any) -> Tab:
        client = Client()
        await in_database(client.force_login, user, "django.contrib.auth.backends.ModelBackend")
        return cls(client)

    async def _send(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.send":
                self._frames.put_nowait(json.loads(message["text"]))
            case "websocket.close" if not self._closed.done():
                self._closed.set_result(message.get("code", 1000))
                self._in.put_nowait({"type": "websocket.disconnect", "code": message.get("code", 1000)})

    async def opened(self) -> None:
        await self.until(lambda frame: frame["type"] == "hello")

    async def until(self, is_it: Any) -> list[dict[str, Any]]:
        """All frames up to one."""
        frames = []
        async with asyncio.timeout(SECONDS):
            while not frames or not is_it(frames[-1]):
                frames.append(await self._frames.get())
        return frames

    async def send(self, command: dict[str, Any]) -> None:
        await self.send_raw(text=json.dumps(command))

    async def send_raw(self, text: str | None = None, data: bytes | None = None) -> None:
        self._in.put_nowait({"type": "websocket.receive", "text": text, "bytes": data})

    async def answer_to(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """What comes between a command and the answer to a ping after it."""
        mark = uuid.uuid4().hex
        await self.send({**command, "ref": "asked"})
        await self.send({"do": "ping", "ref": mark})
        frames = await self.until(lambda frame: frame.get("ref") == mark)
        return [frame for frame in frames[:-1] if frame["type"] != "hello"]

    async def code(self) -> int:
        async with asyncio.timeout(SECONDS):
            return await asyncio.shield(self._closed)

    @property
    def is_open(self) -> bool:
        return self.accepted and not self._closed.done()

    async def __aenter__(self) -> Tab:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(SECONDS):
            await self._task
