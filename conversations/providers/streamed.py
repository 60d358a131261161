"""What the SDK adapters have in common: one HTTP response of events becomes pieces, usage and one stop."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import httpx2

from conversations.prompts import Prompt
from conversations.providers.base import Provider, ProviderError, Stop, StopReason, Usage
from conversations.providers.errors import from_exception, scrub
from conversations.providers.event_stream import EventDecoder, parse_event
from conversations.providers.pieces import PieceCleaner

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

    @abstractmethod
    def read(self, event: dict[str, Any]) -> str:
        """Take in one event and return its text, which is often empty. Raises ProviderError for an error event."""


class StreamedProvider(Provider):
    """A provider behind an SDK that owns authentication, the request, retries before the stream and error types.

    The response is decoded here instead of by the SDK: that costs about a third less for each piece, and nothing
    raw leaks out of it.
    """

    secret: str = ""
    """What must never appear in an error's detail."""

    @abstractmethod
    async def _open(self, stack: AsyncExitStack, prompt: Prompt, model_name: str) -> httpx2.Response:
        """Ask, and return the unread response, which `stack` closes."""

    @abstractmethod
    def _reader(self) -> ReplyReader:
        """A reader for one reply."""

    async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[str | Usage | Stop, None]:
        try:
            async with AsyncExitStack() as stack:
                response = await self._open(stack, prompt, model_name)
                chunks = await stack.enter_async_context(aclosing(response.aiter_bytes()))
                # Written out here instead of delegated to a second generator, which would cost again for each piece.
                reader, decoder, cleaner = self._reader(), EventDecoder(), PieceCleaner()
                said_anything = told_usage = ended = False
                async for chunk in chunks:
                    for data in decoder.feed(chunk):
                        if data == _END_MARK:
                            ended = True
                            break
                        piece = reader.read(parse_event(data))
                        if piece and (piece := cleaner.clean(piece)):
                            said_anything = True
                            yield piece
                    if reader.stop is not None or ended:
                        break
                    if reader.usage is not None and not told_usage:
                        told_usage = True
                        yield reader.usage
                if rest := cleaner.rest():
                    said_anything = True
                    yield rest
                await _read_tail(chunks, decoder, reader)
            stop = self._checked_stop(reader, decoder, response, said_anything)
        except Exception as error:  # the contract: nothing else leaves an adapter
            explained = from_exception(error, self.secret)
            raise explained from (explained.__cause__ if explained is error else error)
        if reader.usage is not None:
            yield reader.usage
        yield stop

    def _checked_stop(
        self, reader: ReplyReader, decoder: EventDecoder, response: httpx2.Response, said_anything: bool
    ) -> Stop:
        """The stop of a reply that has one and says something; ProviderError for every other."""
        if reader.stop is None:
            if decoder.seen_bytes and not decoder.seen_events:
                media_type = response.headers.get("content-type", "no content type")
                raise ProviderError("broken_stream", f"no event in {decoder.seen_bytes} bytes of {media_type}")
            raise ProviderError("no_stop_reason")
        if not said_anything:
            if reader.stop == "refusal":
                raise ProviderError("refused", scrub(reader.refusal, self.secret))
            raise ProviderError("empty_reply", f"the model stopped at once: {reader.stop}")
        return Stop(reader.stop)


async def _read_tail(chunks: AsyncIterator[bytes], decoder: EventDecoder, reader: ReplyReader) -> None:
    """After the stop: take in the usage, and read to the end, as only a finished response frees its connection.

    The reply is complete by now, so nothing that goes wrong here matters.
    """
    if reader.stop is None:
        return
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_TAIL_S):
            async for chunk in chunks:
                for data in decoder.feed(chunk):
                    if data != _END_MARK:
                        reader.read(parse_event(data))
