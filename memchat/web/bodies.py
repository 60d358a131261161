"""What a browser sends: limited while it arrives, and never in memory whole.

Left to itself Twisted takes forms apart in memory before anybody asks for it: a file of 200 MB cost 2.3 GB, and nobody
on the site got an answer for 15 seconds. Django does that work on disk.
"""

from __future__ import annotations

import asyncio
from typing import Any

from daphne import http_protocol
from django.conf import settings

LARGE_PATH = b"/import/"
"""Where files of conversations are sent to."""
LEAST_MOST_MB = 20
"""What may be sent anywhere else at least: a file of memories, say."""
CHUNK = 256 * 1024
"""How much of a body is handed to Django at a time."""
_FORM_AROUND_FILE = 64 * 1024
ROOT_HEADER = b"daphne-root-path"
AS_ON_PAGES = [
    (b"Content-Security-Policy", b"default-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
]


class Request(http_protocol.WebRequest):
    """A request whose body goes to disk untouched, and is thrown away while it arrives when it is too large."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:  # noqa: N802  Twisted's name
        self._room = self._most()
        super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        self._room -= len(data)
        if self._room >= 0:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if self._room < 0:
            megabytes = self._most() // (1024 * 1024)
            return self.basic_error(413, b"Content Too Large", f"This site takes at most {megabytes} MB here.")
        # Daphne believes whoever sends it that the site lies at another path: past rules of the proxy for some paths.
        # See `memchat.web.root`. One that is not ASCII would be an error of daphne's.
        self.requestHeaders.removeHeader(ROOT_HEADER)
        return super().process()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """What daphne says by itself, before any page is asked: with nothing in it that does anything."""
        for name, value in AS_ON_PAGES:
            self.responseHeaders.addRawHeader(name, value)
        super().basic_error(status, status_text, body)

    def _most(self) -> int:
        if getattr(self.channel, "_path", b"").startswith(LARGE_PATH):
            return settings.IMPORT_MAX_MB * 1024 * 1024 + _FORM_AROUND_FILE
        attached_mb = settings.ATTACHMENT_MAX_MB * settings.ATTACHMENTS_PER_MESSAGE + 1
        return max(LEAST_MOST_MB, attached_mb) * 1024 * 1024


def install() -> None:
    """Have daphne make requests of this kind."""
    http_protocol.WebRequest = Request


def unhurried(application: Any) -> Any:
    """The application, with a pause for everybody else after each piece of a large body."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        async def received() -> Any:
            message = await receive()
            if message.get("more_body"):
                await asyncio.sleep(0)
            return message

        await application(scope, received, send)

    return answer
