"""Two things about closing sockets that daphne, and autobahn below it, get wrong."""

from __future__ import annotations

from typing import Any

RESTARTING, TRY_AGAIN = 1012, 1013
"""Codes registered for servers. Autobahn takes them from others and refuses to send them itself."""


def install() -> None:
    """Let daphne's sockets be closed with these codes."""
    from daphne.ws_protocol import WebSocketProtocol

    plainly = WebSocketProtocol.serverClose

    def close(protocol: Any, code: int | None = None) -> None:
        if code in {RESTARTING, TRY_AGAIN}:
            protocol.sendCloseFrame(code=code)
        else:
            plainly(protocol, code)

    WebSocketProtocol.serverClose = close


def forget_half_closed(server: Any) -> None:
    """Forget connections whose application has ended before them, over which daphne stumbles when it ends."""
    for protocol, details in list(server.connections.items()):
        if "application_instance" not in details:
            del server.connections[protocol]
