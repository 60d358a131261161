"""The one contract every provider keeps.

A provider is an async generator of one reply. It yields text pieces (`str`, never empty), any number of `Usage` reports
and of `Thinking`, and, last and exactly once, the model's own `Stop`. One that can use tools may yield
`ToolCall`s, all of them after the text; its `Stop` is then "tools", and whoever asked asks again with the calls
and their results in `Prompt.exchanges`. Everything that goes wrong is a
`ProviderError` whose `kind` the page can explain; nothing else leaves an adapter. A provider neither
retries after its first piece nor swallows an end without a stop reason: the run decides what that means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

from conversations.prompts import Prompt, ToolCall

StopReason = Literal["end", "length", "refusal", "tools"]
"""`end`: the model finished. `length`: it hit its output limit. `refusal`: the provider's policy ended it.
`tools`: it waits for the results of its calls."""

ErrorKind = Literal[
    "rate_limited",  # 429; try again, after `retry_after` seconds when known
    "overloaded",  # 529, 503, or an overload event in mid-stream
    "bad_key",  # 401, 403
    "no_credit",  # 402, or a quota that waiting does not refill
    "unknown_model",  # 404, or the provider's own "model not found"
    "context_too_long",  # the prompt exceeds the model's window
    "refused",  # the provider's policy rejected the request before the first piece
    "bad_request",  # any other 4xx
    "provider_failed",  # 5xx, or an error event in mid-stream
    "unreachable",  # no connection: name, route, refused, TLS, connect time-out
    "timed_out",  # connected, but silent for too long
    "broken_stream",  # the connection broke, or bytes arrived that are not the protocol
    "no_stop_reason",  # the stream ended without saying why
    "empty_reply",  # the stream ended properly without a single piece
]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; later reports of one reply replace earlier ones.

    `input_tokens` counts the whole prompt, `cached_tokens` the part of it that was read from the provider's cache.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model thinks aloud before it says something: nothing to show, but no silence either."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The provider's own word that the reply has ended, and why."""

    reason: StopReason


class ProviderError(Exception):
    """Why a provider could not answer.

    `detail` is for the operator's log and the admin: the provider's message, cut to 500 characters,
    with anything that looks like a key removed. It is never shown to the person.
    """

    def __init__(self, kind: ErrorKind, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds a provider may take: to connect, to the first piece, between pieces, and in all. A thought is a piece."""

    connect: float = 10.0
    first_piece: float = 120.0
    between_pieces: float = 60.0
    reply: float = 900.0


DEFAULT_TIMEOUTS = Timeouts()

Event = str | Usage | Thinking | ToolCall | Stop
"""What a provider yields."""


class Provider(ABC):
    """Speaks one model API. One instance per process and configured endpoint; safe to share between runs."""

    name: str
    """Stable key stored with threads and messages: "anthropic", "openai", "compatible", "offline"."""
    label: str
    """What the person reads in the menu."""
    model_names: tuple[str, ...]
    """What can be chosen, the default first."""
    context_tokens: int
    reply_tokens: int
    is_model: bool = True
    """False for a provider that is no language model and must say so."""
    sees_images: bool = False
    """Whether it is given the images that are attached to messages."""
    uses_tools: bool = False
    """Whether `Prompt.tools` means anything to it."""

    @abstractmethod
    def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
        """Yield one reply; raise nothing but `ProviderError`.

        Closing the generator early (`aclose`, best through `contextlib.aclosing`) or cancelling the task that
        iterates over it closes the request upstream within a second. A generator that is merely dropped stays
        open until it is collected.
        """

    async def close(self) -> None:
        """Release connections; called when the process ends."""
        return
