"""What the SDK adapters have in common: one HTTP response of events becomes pieces, usage and one stop."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import httpx2

from conversations.prompts import Prompt, ToolCall
from conversations.providers.base import Event, Provider, ProviderError, Stop, StopReason, Thinking, Usage
from conversations.providers.errors import from_exception, scrub
from conversations.providers.event_stream import EventDecoder, parse_event
from conversations.providers.pieces import PieceCleaner
from conversations.providers.tool_calls import CallCollector

_TAIL_S = 2.0
"""How long to wait, once the model has stopped, for its usage and the end of the response."""
_END_MARK = b"[DONE]"


class ReplyReader(ABC):
    """Reads the events of one reply. Adapters subclass it for their API."""

    stop: StopReason | None = None
    """Why the model stopped, once it has said so."""
    usage: Usage | None = None
    """The latest count."""
    refusal: str = ""
    """The provider's explanation of a refusal, for the log."""
    thinks = False
    """Whether the model has thought aloud since this was last put back."""

    def __init__(self) -> None:
        self.calls = CallCollector()

    @abstractmethod
    def read(self, event: dict[str, Any]) -> str:
        """Take in one event and return its text, which is often empty. Raises ProviderError for an error event."""


class _Intake:
    """What has come in of one reply."""

    def __init__(self, reader: ReplyReader) -> None:
        self.reader = reader
        self.decoder = EventDecoder()
        self.pieces = 0
        self.ended = False
        """Whether the model has stopped or the protocol has ended."""
        self._cleaner = PieceCleaner()
        self._error: ProviderError | None = None

    def take(self, chunk: bytes) -> str:
        """The text of all events that `chunk` completes, possibly empty; an error waits for `check`."""
        text = ""
        try:
            for data in self.decoder.feed(chunk):
                if data == _END_MARK:
                    self.ended = True
                    break
                text += self.reader.read(parse_event(data))
        except ProviderError as error:
            self._error = error
        self.ended = self.ended or self.reader.stop is not None
        return self._said(self._cleaner.clean(text)) if text else ""

    def check(self) -> None:
        """Raise what went wrong in the chunk taken last, whose text up to there was said all the same."""
        if self._error is not None:
            raise self._error

    def rest(self) -> str:
        """What was held back of the text when nothing follows."""
        return self._said(self._cleaner.rest())

    def _said(self, piece: str) -> str:
        self.pieces += bool(piece)
        return piece

    async def take_tail(self, chunks: AsyncIterator[bytes]) -> None:
        """After the stop: take in the usage, and read to the end, as only a finished response frees its connection.

        The reply is complete by now, so nothing that goes wrong here matters.
        """
        if self.reader.stop is None:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_TAIL_S):
                async for chunk in chunks:
                    self.take(chunk)


def _body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """What arrives, as it arrives. Where nothing has to be decoded the layers that would are left out, read by read."""
    if response.headers.get("content-encoding"):
        return response.aiter_bytes()
    stream: Any = response.stream
    body: AsyncGenerator[bytes, None] = stream.__aiter__()
    return body


class StreamedProvider(Provider):
    """A provider behind an SDK that owns authentication, the request, retries before the stream and error types.

    The response is decoded here instead of by the SDK: that costs about a third less for each piece, and nothing
    raw leaks out of it.
    """

    secret: str = ""
    """What must never appear in an error's detail."""
    uses_tools = True

    @abstractmethod
    async def _open(self, stack: AsyncExitStack, prompt: Prompt, model_name: str) -> httpx2.Response:
        """Ask, and return the unread response, which `stack` closes."""

    @abstractmethod
    def _reader(self) -> ReplyReader:
        """A reader for one reply."""

    async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
        try:
            async with AsyncExitStack() as stack:
                response = await self._open(stack, prompt, model_name)
                chunks = await stack.enter_async_context(aclosing(_body(response)))
                intake = _Intake(self._reader())
                told_usage = False
                # Written out here instead of delegated to a second generator, which would cost again for each read.
                async for chunk in chunks:
                    if piece := intake.take(chunk):
                        yield piece
                    elif intake.reader.thinks:
                        yield Thinking()
                    intake.reader.thinks = False
                    intake.check()
                    if intake.ended:
                        break
                    if intake.reader.usage is not None and not told_usage:
                        told_usage = True
                        yield intake.reader.usage
                if rest := intake.rest():
                    yield rest
                await intake.take_tail(chunks)
            calls = _calls(intake.reader, prompt)
            stop = Stop("tools") if calls else self._checked_stop(intake, response, prompt)
        except Exception as error:  # the contract: nothing else leaves an adapter
            explained = from_exception(error, self.secret)
            raise explained from (explained.__cause__ if explained is error else error)
        if intake.reader.usage is not None:
            yield intake.reader.usage
        for call in calls:
            yield call
        yield stop

    def _checked_stop(self, intake: _Intake, response: httpx2.Response, prompt: Prompt) -> Stop:
        """The stop of a reply that has one and says something; ProviderError for every other."""
        reader, decoder = intake.reader, intake.decoder
        if reader.stop is None:
            if decoder.seen_bytes and not decoder.seen_events:
                media_type = response.headers.get("content-type", "no content type")
                raise ProviderError("broken_stream", f"no event in {decoder.seen_bytes} bytes of {media_type}")
            raise ProviderError("no_stop_reason")
        if not intake.pieces:
            if reader.stop == "refusal":
                raise ProviderError("refused", scrub(reader.refusal, self.secret))
            # After tools a model may have nothing to add: whether all of the reply is empty, whoever asked knows.
            if not prompt.sampling.may_leave_nothing and not prompt.exchanges:
                raise ProviderError("empty_reply", f"the model stopped at once: {reader.stop}")
        return Stop("end" if reader.stop == "tools" else reader.stop)


def _calls(reader: ReplyReader, prompt: Prompt) -> tuple[ToolCall, ...]:
    """What the model calls: nothing that was not offered, and nothing that a limit or a policy cut off.

    Some servers say that the model has finished although it waits for results.
    """
    if not prompt.tools or not prompt.may_call or reader.stop not in {"tools", "end"}:
        return ()
    return reader.calls.collected()
