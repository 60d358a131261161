"""Decodes server-sent events, as far as model APIs use them, without an object for each line.

The SDKs' own decoders cost several times as much for each piece, and let errors about bad bytes leak.
"""

from __future__ import annotations

import json
from typing import Any

from conversations.providers.base import ProviderError

_LONGEST_LINE = 4 * 1024 * 1024
"""Bytes without a line end after which a stream is no event stream."""


class EventDecoder:
    """Collects bytes of one response and gives back the data of every event that is complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self.seen_events = 0
        self.seen_bytes = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that `chunk` completes. Raises ProviderError for an endless line."""
        self.seen_bytes += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise ProviderError("broken_stream", f"a line of more than {_LONGEST_LINE} bytes")
        complete: list[bytes] = []
        for raw in lines:
            line = raw.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                complete.append(b"\n".join(self._data))
                self._data.clear()
        self.seen_events += len(complete)
        return complete


def parse_event(data: bytes) -> dict[str, Any]:
    """One event's JSON object. Raises ProviderError("broken_stream") for anything else."""
    try:
        event = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ProviderError("broken_stream", f"an event that is not JSON: {type(error).__name__}") from error
    if not isinstance(event, dict):
        raise ProviderError("broken_stream", "an event that is not an object")
    return event
