"""The Anthropic Messages API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import anthropic
import httpx2

from conversations.prompts import Exchange, Prompt, Said
from conversations.providers.base import DEFAULT_TIMEOUTS, ProviderError, StopReason, Timeouts, Usage
from conversations.providers.errors import from_event, from_exception, rejects_tools
from conversations.providers.model_names import DEFAULT_ANTHROPIC_MODELS
from conversations.providers.streamed import ReplyReader, StreamedProvider
from conversations.providers.transport import SDK_RETRIES, ClientPerLoop, http_options
from conversations.quoting import Picture

_CACHED = {"type": "ephemeral"}

_STOP_REASONS: dict[str, StopReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "tool_use": "tools",
}
"""Every other reason means that the model finished."""


class AnthropicProvider(StreamedProvider):
    """Speaks the Messages API through the official SDK, over its aiohttp transport."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model_names: tuple[str, ...] = DEFAULT_ANTHROPIC_MODELS,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        context_tokens: int = 200_000,
        reply_tokens: int = 8_192,
        label: str = "Anthropic",
        name: str = "anthropic",
        sees_images: bool = True,
    ) -> None:
        self.name = name
        self.label = label
        self.model_names = model_names
        self.context_tokens = context_tokens
        self.reply_tokens = reply_tokens
        self.sees_images = sees_images
        self.secret = api_key
        self._base_url = base_url or None
        self._timeouts = timeouts
        self._clients = ClientPerLoop(self._client)
        self._toolless: set[str] = set()
        """Models that another server serves under this protocol, but not with tools."""

    def _client(self) -> anthropic.AsyncAnthropic:
        options = http_options(self._timeouts)
        return anthropic.AsyncAnthropic(
            api_key=self.secret,
            base_url=self._base_url,
            timeout=options["timeout"],
            max_retries=SDK_RETRIES,
            http_client=anthropic.DefaultAioHttpClient(**options),
        )

    async def _open(self, stack: AsyncExitStack, prompt: Prompt, model_name: str) -> httpx2.Response:
        if prompt.tools and model_name not in self._toolless and not prompt.exchanges:
            try:
                return await self._ask(stack, prompt, model_name)
            except anthropic.APIStatusError as error:
                if not rejects_tools(from_exception(error, self.secret)):
                    raise
                self._toolless.add(model_name)
        if model_name in self._toolless and not prompt.exchanges:
            prompt = replace(prompt, tools=())
        return await self._ask(stack, prompt, model_name)

    async def _ask(self, stack: AsyncExitStack, prompt: Prompt, model_name: str) -> httpx2.Response:
        request = _request(prompt, model_name, self.reply_tokens)
        asking = self._clients.get().messages.with_streaming_response.create(**request, stream=True)
        response: httpx2.Response = (await stack.enter_async_context(asking)).http_response
        return response

    def _reader(self) -> ReplyReader:
        return _MessageReader()

    async def close(self) -> None:
        await self._clients.close()


def _request(prompt: Prompt, model_name: str, reply_tokens: int) -> dict[str, Any]:
    """The request, with its stable beginning marked for the provider's cache.

    The tools and the instructions are the same in every thread, the history only grows: all are read from the cache by
    the next turn. The newest message carries memories and the date, and is never the same again.
    """
    *older, last = prompt.history or (None,)
    messages = [_message(said) for said in older if said is not None]
    if last is not None:
        messages.append(_message(last, cached=True))
    messages.append({"role": "user", "content": _content(prompt.newest(), prompt.enclosed.pictures)})
    messages += [_message(said) for said in prompt.unfinished()]
    for exchange in prompt.exchanges:
        messages += _exchange(exchange)
    limit = prompt.sampling.limit(reply_tokens)
    request: dict[str, Any] = {"model": model_name, "max_tokens": limit, "messages": messages}
    # This API knows neither temperature nor top_p, and no blank end.
    if stop := [text for text in prompt.sampling.stop if text.strip()]:
        request["stop_sequences"] = stop
    if system := prompt.system().strip():
        request["system"] = [_text_block(system, cached=True)]
    if prompt.tools:
        request["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)}
            for tool in prompt.tools
        ]
        if not prompt.may_call:
            # Leaving the tools out would be refused, and would not be in the cache.
            request["tool_choice"] = {"type": "none"}
    return request


def _exchange(exchange: Exchange) -> list[dict[str, Any]]:
    said = [_text_block(exchange.text.rstrip(), cached=False)] if exchange.text.strip() else []
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)} for call in exchange.calls
    ]
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": result}
        for call, result in zip(exchange.calls, exchange.results, strict=True)
    ]
    return [{"role": "assistant", "content": [*said, *calls]}, {"role": "user", "content": results}]


def _message(said: Said, cached: bool = False) -> dict[str, Any]:
    return {"role": said.role, "content": _content(said.written(), said.enclosed.pictures, cached)}


def _content(text: str, pictures: Sequence[Picture], cached: bool = False) -> str | list[dict[str, Any]]:
    if not pictures and not cached:
        return text
    return [*map(_image_block, pictures), _text_block(text, cached)]


def _image_block(picture: Picture) -> dict[str, Any]:
    data = b64encode(picture.data).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": picture.media_type, "data": data}}


def _text_block(text: str, cached: bool) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"cache_control": _CACHED} if cached else {})


class _MessageReader(ReplyReader):
    """Reads the events of the Messages API."""

    def read(self, event: dict[str, Any]) -> str:
        kind = event.get("type")
        if kind == "content_block_delta":
            delta = _object(event.get("delta"))
            text = delta.get("text") if delta.get("type") == "text_delta" else None
            if delta.get("type") == "input_json_delta":
                self.calls.add(event.get("index"), fragment=delta.get("partial_json"))
            elif delta.get("type") == "thinking_delta":
                self.thinks = True
            return text if isinstance(text, str) else ""
        if kind == "content_block_start":
            self._begin_block(event.get("index"), _object(event.get("content_block")))
        elif kind == "message_start":
            self._count(_object(event.get("message")).get("usage"))
        elif kind == "message_delta":
            self._count(event.get("usage"))
            self._note_stop(_object(event.get("delta")))
        elif kind == "message_stop" and self.stop is None:
            raise ProviderError("no_stop_reason", "message_stop without a stop reason")
        elif kind == "error":
            raise from_event(event)
        return ""

    def _begin_block(self, place: object, block: dict[str, Any]) -> None:
        if block.get("type") == "tool_use":
            self.calls.add(place, id=block.get("id"), name=block.get("name"))
            self.calls.add_whole(place, block.get("input"))

    def _note_stop(self, delta: dict[str, Any]) -> None:
        reason = delta.get("stop_reason")
        if reason:
            self.stop = _STOP_REASONS.get(str(reason), "end")
            self.refusal = str(_object(delta.get("stop_details")).get("explanation") or "")

    def _count(self, counted: object) -> None:
        """Take over what is counted; a later count leaves out what has not changed."""
        usage = _object(counted)
        if not usage:
            return
        known = self.usage or Usage(0, 0)
        cached, created = _whole(usage.get("cache_read_input_tokens")), _whole(usage.get("cache_creation_input_tokens"))
        told_input = usage.get("input_tokens") is not None
        self.usage = Usage(
            input_tokens=_whole(usage.get("input_tokens")) + cached + created if told_input else known.input_tokens,
            output_tokens=_whole(usage.get("output_tokens")) or known.output_tokens,
            cached_tokens=cached if told_input else known.cached_tokens,
        )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
