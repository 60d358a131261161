"""Where a socket may be opened from: exactly the site's own origins, by scheme, host and port."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OwnOriginOnly:
    """Refuses the handshake (403) of every page that is not the site's own, and of programs that send no origin."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if is_own(scope["headers"]):
            await self._application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})


def is_own(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether there is exactly one Origin header, and it names an origin of this site."""
    origins = [value for name, value in headers if name == b"origin"]
    if len(origins) != 1:
        return False
    origin = parts(origins[0].decode("latin1"))
    return origin is not None and origin in {parts(own) for own in settings.ALLOWED_ORIGINS}


def parts(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin, or None when it is none."""
    try:
        split = urlsplit(origin)
        port = split.port
    except ValueError:
        return None
    if split.scheme not in _DEFAULT_PORTS or not split.hostname or split.path or split.query or split.username:
        return None
    return split.scheme, split.hostname, port or _DEFAULT_PORTS[split.scheme]
