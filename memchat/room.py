"""Whether there is room to store what people send. While there is none the site can only be read, and says why.

With the embedded database nothing is taken any more while the last of the disk is still free: the database needs that
to end what is under way, and comes down where it cannot begin a log file. Any other one is believed when it says that
its disk is full.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from memchat.web import programs

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
BELIEVED_SECONDS = 3.0
"""How long nothing is tried after the database has said that its disk is full."""
RETRY_SECONDS = 5
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
ALWAYS_OPEN = ("/accounts/login/", "/accounts/logout/")

_looked_at = -LOOK_SECONDS
_is_short = False
_full_until = 0.0


class NoRoom(Exception):
    """A file cannot be written, or not to its end: the disk is short of room."""


def is_read_only() -> bool:
    """Whether nothing can be stored for now. Costs next to nothing."""
    global _looked_at, _is_short
    now = time.monotonic()
    if now < _full_until:
        return True
    if now - _looked_at >= LOOK_SECONDS:
        _looked_at, short = now, _disk_is_short()
        if short != _is_short:
            _is_short = short
            logger.warning("The disk is nearly full; nothing is stored." if short else "The disk has room again.")
    return _is_short


def _disk_is_short() -> bool:
    return bool(connections.settings["default"].get("EMBEDDED")) and is_short()


def is_short() -> bool:
    """Whether the disk with the data directory is nearly full at this moment, wherever the database lies."""
    try:
        disk = os.statvfs(settings.DATA_DIR)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < settings.MIN_FREE_MB * 1024 * 1024


def note(error: BaseException) -> bool:
    """Whether an error says that the database's disk is full; then nothing is tried for a moment."""
    global _full_until
    if not isinstance(error.__cause__, psycopg.errors.DiskFull):
        return False
    if time.monotonic() >= _full_until:
        logger.warning("The database's disk is full: nothing is stored.")
    _full_until = time.monotonic() + BELIEVED_SECONDS
    return True


def read_only(request: HttpRequest) -> dict[str, bool]:
    """For templates."""
    return {"read_only": is_read_only()}


class ReadOnlyMiddleware:
    """Answers what would change anything with a page that says why it is not done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        changes = request.method not in SAFE_METHODS and not request.path.startswith(ALWAYS_OPEN)
        return refused(request) if changes and is_read_only() else self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        full = isinstance(error, NoRoom) or (isinstance(error, DatabaseError) and note(error))
        return refused(request) if full else None


def refused(request: HttpRequest) -> HttpResponse:
    """The answer that says why nothing was stored."""
    if programs.asks(request):
        text = _("The server's disk is full, so nothing can be stored right now.")
        return programs.error("read_only", text, 503, retry_after=RETRY_SECONDS)
    headers: dict[str, Any] = {"Retry-After": str(RETRY_SECONDS)}
    return HttpResponse(render_to_string("read_only.html"), status=503, headers=headers)
