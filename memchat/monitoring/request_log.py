"""An id for each request and socket, a line in the log when it has ended, and its time among the figures.

A page is named by its route, as the site knows it: an address as somebody typed it may hold their words, and what
comes after a question mark always may.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from memchat.monitoring import logs, metrics, telemetry
from memchat.web import programs

logger = logging.getLogger("memchat.requests")

_WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_HEADER = b"x-request-id"


class RequestLog:
    """The application inside it, with all that."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request_id = _given_id(scope["headers"]) or uuid.uuid4().hex
        logs.marks.set(logs.Marks(request=request_id))
        begun = time.perf_counter()
        if scope["type"] == "websocket":
            try:
                await self._application(scope, receive, send)
            finally:
                _note_socket(begun)
            return
        status = 0

        async def answer(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._application(scope, receive, answer)
        finally:
            _note_request(scope, status, time.perf_counter() - begun)


def _given_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The id that a proxy or a program gave the request; empty without one, or when it is none."""
    given = [value for name, value in headers if name == _HEADER]
    return given[0].decode() if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]) else ""


def _note_request(scope: Any, status: int, seconds: float) -> None:
    if scope["path"].startswith(settings.STATIC_URL):
        return
    method = scope["method"] if scope["method"] in metrics.METHODS else "other"
    metrics.request_ended(method, status, seconds)
    if not (settings.ACCESS_LOG or telemetry.is_on):
        return
    route = route_of(scope["path"])
    telemetry.record("request", seconds, {"http.request.method": method, "http.route": route}, status >= 500)
    if settings.ACCESS_LOG:
        milliseconds = round(seconds * 1000)
        fields = {"method": method, "route": route, "status": status, "milliseconds": milliseconds}
        logger.info("%s %s %s in %d ms", method, route, status or "left", milliseconds, extra={"fields": fields})


def _note_socket(begun: float) -> None:
    if settings.ACCESS_LOG:
        seconds = round(time.perf_counter() - begun)
        logger.info("a socket closed after %d s", seconds, extra={"fields": {"route": "/ws/", "seconds": seconds}})


def route_of(path: str) -> str:
    """An address as the site knows it."""
    if path in programs.MCP_PATHS:
        return programs.MCP_PATHS[0]
    try:
        return f"/{resolve(path).route}"
    except Resolver404:
        return "…"
