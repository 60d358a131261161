"""Stands before Django in the ASGI application: /mcp, for programs that show a token.

Each request is complete in itself. Nothing is kept between two of them, so any process answers any of them, and a token
that is revoked opens nothing from the next one on.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from contextvars import Context
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http.request import split_domain_port, validate_host

from memchat.database import in_database
from memchat.mcp import whose
from memchat.users import tokens
from memchat.web import programs
from memchat.web.bodies import AS_ON_PAGES

logger = logging.getLogger(__name__)

BODY_MAX_BYTES = 1_000_000


class McpDoor:
    """The application inside it, with /mcp before it."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] in programs.MCP_PATHS:
            await _answer(scope, receive, _with_headers(send))
        else:
            await self._application(scope, receive, send)


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    host, _port = split_domain_port(headers.get(b"host", b"").decode("latin1"))
    if not validate_host(host, settings.ALLOWED_HOSTS):
        await _refuse(send, 400, "bad_request", "This site has another name.")
    elif origin and origin not in settings.ALLOWED_ORIGINS:
        # A page of another site that somebody has open.
        await _refuse(send, 403, "bad_origin", "Pages of other sites are not answered.")
    elif scope["method"] != "POST":
        await _refuse(send, 405, "bad_method", "Send what you ask with POST.", (b"allow", b"POST"))
    else:
        await _answer_program(scope, receive, send)


async def _answer_program(scope: Any, receive: Any, send: Any) -> None:
    try:
        token = await in_database(tokens.holder, tokens.of_headers(scope["headers"]))
    except (DatabaseError, InterfaceError):
        await _refuse(send, 503, "unavailable", "The server cannot answer right now.", (b"retry-after", b"2"))
        return
    if token is None:
        wanted = "Show a token that works: “Authorization: Bearer …”."
        await _refuse(send, 401, "not_signed_in", wanted, (b"www-authenticate", b"Bearer"))
        return
    whose.token.set(token)
    await _session.handle(scope, receive, send)


class _Session:
    """What the protocol's own package keeps running: on the loop of this process, from its first request on."""

    def __init__(self) -> None:
        self._holder: asyncio.Task[None] | None = None
        self._manager: asyncio.Future[Any] | None = None

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        holder, loop = self._holder, asyncio.get_running_loop()
        if holder is None or holder.done() or holder.get_loop() is not loop:
            self._manager = loop.create_future()
            # Its tasks belong to nobody's request.
            self._holder = loop.create_task(self._hold(self._manager), name="mcp", context=Context())
        assert self._manager is not None
        manager = await asyncio.shield(self._manager)
        await manager.handle_request(scope, receive, send)

    async def _hold(self, running: asyncio.Future[Any]) -> None:
        try:
            # Half a second that most processes never need.
            server = (await asyncio.to_thread(importlib.import_module, "memchat.mcp.tools")).server
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

            manager = StreamableHTTPSessionManager(
                server._lowlevel_server, json_response=True, stateless=True, max_request_body_size=BODY_MAX_BYTES
            )
            async with manager.run():
                running.set_result(manager)
                await asyncio.get_running_loop().create_future()
        except Exception as error:
            if running.done():
                raise
            # Whoever waits for it is told; the next request tries again.
            running.set_exception(error)
        finally:
            if not running.done():
                # The process ends before it has begun.
                running.set_exception(RuntimeError("ending"))

    async def stop(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            holder.cancel()
            await asyncio.wait([holder])


_session = _Session()
stop = _session.stop


async def _refuse(send: Any, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
    body = json.dumps(programs.told(code, message, status)).encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json"), *headers]}
    )
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Any) -> Any:
    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *AS_ON_PAGES, (b"Cache-Control", b"no-store")]
        await send(message)

    return sent
