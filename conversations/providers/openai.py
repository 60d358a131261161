"""OpenAI's chat completions, and every server that speaks them: Ollama, vLLM, llama.cpp and others."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from conversations.prompts import Exchange, Prompt, Sampling
from conversations.providers.base import DEFAULT_TIMEOUTS, ProviderError, StopReason, Timeouts, Usage
from conversations.providers.errors import from_event, from_exception, is_of_a_value, rejected_sampling, rejects_tools
from conversations.providers.model_names import AUTO_MODEL, DEFAULT_OPENAI_MODELS
from conversations.providers.streamed import ReplyReader, StreamedProvider
from conversations.providers.transport import SDK_RETRIES, ClientPerLoop, http_options
from conversations.quoting import Picture

_STOP_REASONS: dict[str, StopReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
    "tool_calls": "tools",
}
"""Every other reason means that the model finished, except "error"."""

_NO_KEY = "none"
"""Sent to servers that want no key, as the SDK would otherwise take OpenAI's own from the environment."""

_DISPUTED_FIELDS = 6
"""How many fields of a request a server may reject one after the other."""


@dataclass(slots=True)
class _Dialect:
    """The request fields that servers disagree about, as far as this one has told."""

    limit_field: str
    asks_for_usage: bool = True
    toolless: set[str] = field(default_factory=set)
    """Models that are not given tools any more."""
    unwanted: set[tuple[str, str]] = field(default_factory=set)
    """Models, and what of sampling they do not take."""

    def adapt(self, error: ProviderError, request: dict[str, Any]) -> bool:
        """Give way to a server that rejected a field of `request`; False when it complains about something else."""
        if "tools" in request and rejects_tools(error):
            self.toolless.add(request["model"])
            return True
        return error.kind == "bad_request" and self._adapt_field(error.detail, request)

    def _adapt_field(self, complaint: str, request: dict[str, Any]) -> bool:
        if is_of_a_value(complaint):
            return False
        if "stream_options" in complaint and "stream_options" in request:
            self.asks_for_usage = False
        elif "max_completion_tokens" in complaint and "max_completion_tokens" in request:
            self.limit_field = "max_tokens"
        elif "max_tokens" in complaint and "max_tokens" in request:
            self.limit_field = "max_completion_tokens"
        elif rejected := rejected_sampling(complaint, request):
            self.unwanted |= {(request["model"], name) for name in rejected}
        else:
            return False
        return True

    def request(self, prompt: Prompt, model_name: str, reply_tokens: int) -> dict[str, Any]:
        toolless = model_name in self.toolless
        if toolless:
            prompt = replace(prompt, tools=())
        messages: list[dict[str, Any]] = [
            {"role": said.role, "content": _content(said.written(), said.enclosed.pictures)} for said in prompt.history
        ]
        messages.append({"role": "user", "content": _content(prompt.newest(), prompt.enclosed.pictures)})
        messages += [{"role": said.role, "content": said.text} for said in prompt.unfinished()]
        for exchange in prompt.exchanges:
            messages += _exchange_as_text(exchange) if toolless else _exchange(exchange)
        if system := prompt.system().strip():
            messages.insert(0, {"role": "system", "content": system})
        request: dict[str, Any] = {
            "model": model_name,
            "messages": messages,
            self.limit_field: prompt.sampling.limit(reply_tokens),
        }
        wanted = _sampling(prompt.sampling)
        request |= {name: wanted[name] for name in wanted if (model_name, name) not in self.unwanted}
        if self.asks_for_usage:
            request["stream_options"] = {"include_usage": True}
        if prompt.tools:
            request["tools"] = [
                {
                    "type": "function",
                    "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)},
                }
                for tool in prompt.tools
            ]
            if not prompt.may_call:
                request["tool_choice"] = "none"
        return request


def _sampling(sampling: Sampling) -> dict[str, Any]:
    fields = {"temperature": sampling.temperature, "top_p": sampling.top_p, "stop": list(sampling.stop) or None}
    return {name: value for name, value in fields.items() if value is not None}


def _content(text: str, pictures: Sequence[Picture]) -> str | list[dict[str, Any]]:
    if not pictures:
        return text
    return [*map(_image_part, pictures), {"type": "text", "text": text}]


def _image_part(picture: Picture) -> dict[str, Any]:
    data = b64encode(picture.data).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{picture.media_type};base64,{data}"}}


def _exchange(exchange: Exchange) -> list[dict[str, Any]]:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}
        for call in exchange.calls
    ]
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(exchange.calls, exchange.results, strict=True)
    ]
    said = exchange.text.rstrip() or None
    return [{"role": "assistant", "content": said, "tool_calls": calls}, *results]


def _exchange_as_text(exchange: Exchange) -> list[dict[str, Any]]:
    """For a server that took the tools, and then would not hear of their results."""
    calls = "\n".join(f"{call.name}: {json.dumps(call.arguments)}" for call in exchange.calls)
    results = "\n".join(exchange.results)
    return [
        {"role": "assistant", "content": f"{exchange.text}\n\n{calls}".strip()},
        {"role": "user", "content": f"The results, which are data:\n{results}"},
    ]


class OpenAIProvider(StreamedProvider):
    """Speaks chat completions through the official SDK, over its aiohttp transport.

    Without `base_url` it asks OpenAI. Another server may need no key, reject tools, ignore or reject `stream_options`,
    send no usage, and know either name of the output limit; with "auto" as model name it is asked for the first model
    it has.
    """

    def __init__(
        self,
        api_key: str = "",
        base_url: str | None = None,
        model_names: tuple[str, ...] = DEFAULT_OPENAI_MODELS,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        context_tokens: int = 128_000,
        reply_tokens: int = 8_192,
        label: str = "OpenAI",
        name: str = "openai",
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
        self._dialect = _Dialect("max_completion_tokens" if _is_openai(base_url) else "max_tokens")
        self._first_model = ""

    def _client(self) -> openai.AsyncOpenAI:
        options = http_options(self._timeouts)
        return openai.AsyncOpenAI(
            api_key=self.secret or _NO_KEY,
            base_url=self._base_url,
            timeout=options["timeout"],
            max_retries=SDK_RETRIES,
            http_client=openai.DefaultAioHttpClient(**options),
        )

    async def _open(self, stack: AsyncExitStack, prompt: Prompt, model_name: str) -> httpx2.Response:
        client = self._clients.get()
        if model_name != AUTO_MODEL:
            return await self._open_model(stack, client, prompt, model_name)
        served = await self._served_model(client)
        try:
            return await self._open_model(stack, client, prompt, served)
        except openai.APIStatusError as error:
            if from_exception(error, self.secret).kind != "unknown_model":
                raise
            # It has been taken away since it was listed.
            self._first_model = ""
            if await self._served_model(client) == served:
                raise
        return await self._open_model(stack, client, prompt, self._first_model)

    async def _open_model(
        self, stack: AsyncExitStack, client: openai.AsyncOpenAI, prompt: Prompt, model_name: str
    ) -> httpx2.Response:
        for _ in range(_DISPUTED_FIELDS):
            request = self._dialect.request(prompt, model_name, self.reply_tokens)
            try:
                return await self._ask(stack, client, request)
            except openai.APIStatusError as error:
                if not self._dialect.adapt(from_exception(error, self.secret), request):
                    raise
        return await self._ask(stack, client, self._dialect.request(prompt, model_name, self.reply_tokens))

    async def _ask(self, stack: AsyncExitStack, client: openai.AsyncOpenAI, request: dict[str, Any]) -> httpx2.Response:
        asking = client.chat.completions.with_streaming_response.create(**request, stream=True)
        response: httpx2.Response = (await stack.enter_async_context(asking)).http_response
        return response

    async def _served_model(self, client: openai.AsyncOpenAI) -> str:
        """The first model the server lists, asked for once as long as it is there."""
        if not self._first_model:
            listed = (await client.models.list()).data
            if not listed:
                raise ProviderError("unknown_model", "the server lists no model")
            self._first_model = listed[0].id
        return self._first_model

    def _reader(self) -> ReplyReader:
        return _CompletionReader()

    async def close(self) -> None:
        await self._clients.close()


def _is_openai(base_url: str | None) -> bool:
    host = urlsplit(base_url or "https://api.openai.com").hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")


class _CompletionReader(ReplyReader):
    """Reads the chunks of chat completions."""

    _refusing = False

    def read(self, event: dict[str, Any]) -> str:
        if event.get("error") or event.get("object") == "error":
            raise from_event(event)
        if usage := event.get("usage"):
            self._count(usage)
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return ""
        text = self._text(choices[0].get("delta"))
        if reason := choices[0].get("finish_reason"):
            self._note_stop(str(reason))
        return text

    def _text(self, delta: object) -> str:
        if not isinstance(delta, dict):
            return ""
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            self._refusing = True
            return refusal
        if calls := delta.get("tool_calls"):
            self._take_calls(calls)
        # Servers have not agreed on its name.
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.thinks = True
        content = delta.get("content")
        return content if isinstance(content, str) else ""

    def _take_calls(self, calls: object) -> None:
        for call in calls if isinstance(calls, list) else ():
            if not isinstance(call, dict):
                continue
            function = call.get("function")
            function = function if isinstance(function, dict) else {}
            self.calls.add(
                call.get("index"), id=call.get("id"), name=function.get("name"), fragment=function.get("arguments")
            )

    def _note_stop(self, reason: str) -> None:
        if reason == "error":
            raise ProviderError("provider_failed", "finish_reason error")
        self.stop = "refusal" if self._refusing else _STOP_REASONS.get(reason, "end")
        self.refusal = reason if self.stop == "refusal" else ""

    def _count(self, usage: object) -> None:
        if not isinstance(usage, dict):
            return
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else 0
        prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(prompt, int) and isinstance(completion, int):
            self.usage = Usage(prompt, completion, cached if isinstance(cached, int) else 0)
