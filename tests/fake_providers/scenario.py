"""What the fake does with a request: plain data, read from JSON, from keywords or from the person's own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Failure = Literal[
    "rate_limited",  # 429 with a retry-after header of `retry_after` seconds
    "rate_limited_no_header",
    "no_credit",  # Anthropic: 402; OpenAI: 429 with insufficient_quota
    "overloaded",  # Anthropic: 529; OpenAI: 503
    "overloaded_midstream",
    "bad_key",  # 401
    "unknown_model",  # 404
    "context_too_long",  # 400
    "bad_request",  # 400
    "server_error",  # 500
    "error_midstream",
    "drop_midstream",  # the connection breaks
    "drop",  # the connection breaks before a status line
    "no_stop",  # the body ends properly, the reply does not
    "no_reason",  # the end mark without a reason, after which the connection stays open
    "lingers",  # a proper end, after which the connection stays open
    "garbage",  # an event that is not JSON
    "bad_bytes",  # an event that is not UTF-8
    "not_a_stream",  # 200 with a web page
    "silence",  # the stream opens, then nothing
    "silence_midstream",
    "slow_connect",  # accepted, but no status line
    "refusal",  # the model refuses: without a word (Anthropic), in a sentence of its own (OpenAI)
    "filtered",  # the policy ends the reply before its first piece
    "refusal_midstream",
    "empty",  # a proper end without a piece
    "length",  # the output limit ends the reply
]

DIRECTIVE = "fake:"
_WORDS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to answer. Times are in seconds."""

    reply: str | None = None
    """The text to answer with; None lets the small model answer."""
    pieces: int | tuple[str, ...] | None = None
    """How many pieces, or the pieces themselves; None makes one of every word."""
    interval: float | None = None
    """Between two pieces; None takes the server's own."""
    first_delay: float = 0.0
    thoughts: int = 0
    """How many pieces of what the model thinks precede its text, each after an `interval`."""
    end_delay: float = 0.0
    """Before each event of the end: the stop, the usage, the end mark, the end of the response."""
    fail: Failure | None = None
    after: int = 1
    """How many pieces precede a failure in mid-stream, a refusal in mid-stream or the output limit."""
    times: int | None = None
    """How many requests this answers; None means every one until the next change."""
    match: str = ""
    """Answers only requests whose newest user text contains this."""
    endpoint: Literal["chat", "embeddings", "learning"] = "chat"
    """Which requests it is for: replies on either wire, embeddings, or what is asked about a message afterwards."""
    retry_after: str = "7"
    """The retry-after header of a rate limit: seconds or an HTTP date."""
    calls: tuple[Mapping[str, Any], ...] = ()
    """Tools to call after the text, each with "name" and "arguments" (an object, or a string sent as it is). Without a
    `reply` nothing is said. Their results are answered by the next scenario that fits."""
    stamp: bool = False
    """Replace each piece by "@<time.monotonic_ns()>@ " at the moment it is written."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        """Read a scenario, refusing what it does not know with ValueError."""
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown in a scenario: {', '.join(sorted(unknown))}")
        values = dict(data)
        if values.get("fail") is not None and values["fail"] not in get_args(Failure):
            raise ValueError(f"unknown failure: {values['fail']}")
        if isinstance(values.get("pieces"), list):
            values["pieces"] = tuple(values["pieces"])
        values["calls"] = tuple(values.get("calls") or ())
        for call in values["calls"]:
            if set(call) != {"name", "arguments"}:
                raise ValueError(f"unknown in a call: {call}")
        return cls(**values)

    def cut(self, reply: str) -> tuple[str, ...]:
        """The pieces of a reply."""
        if isinstance(self.pieces, tuple):
            return self.pieces
        if self.pieces is None:
            return tuple(_WORDS.findall(reply))
        if self.stamp:
            return ("",) * self.pieces
        return split_evenly(reply, self.pieces)


def split_evenly(text: str, count: int) -> tuple[str, ...]:
    """`text` in `count` pieces of nearly one length, fewer when it has fewer characters."""
    count = max(1, min(count, len(text)))
    return tuple(text[len(text) * i // count : len(text) * (i + 1) // count] for i in range(count))


def directive(text: str) -> Scenario | None:
    """The scenario written into a message, as in `Tell me more fake:{"fail": "overloaded"}`."""
    at = text.find(DIRECTIVE + "{")
    if at < 0:
        return None
    data, _ = json.JSONDecoder().raw_decode(text, at + len(DIRECTIVE))
    return Scenario.from_json(data)
