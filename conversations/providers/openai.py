"""OpenAI's chat completions, and every server that speaks them: Ollama, vLLM, llama.cpp and others."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from conversations.prompts import Prompt
from conversations.providers.base import DEFAULT_TIMEOUTS, ProviderError, StopReason, Timeouts, Usage
from conversations.providers.errors import from_event, from_exception
from conversations.providers.model_names import AUTO_MODEL, DEFAULT_OPENAI_MODELS
from conversations.providers.streamed import ReplyReader, StreamedProvider
from conversations.providers.transport import SDK_RETRIES, ClientPerLoop, http_options

_STOP_REASONS: dict[str, StopReason] = {"length": "length", "max_tokens": "length", "content_filter": "refusal"}
"""Every other reason means that the model finished, except "error"."""

_NO_KEY = "none"
"""Sent to servers that want no key, as the SDK would otherwise take OpenAI's own from the environment."""

_DISPUTED_FIELDS = 2
"""How many fields of a request a server may reject one after the other."""


@dataclass(slots=True)
class _Dialect:
    """The request fields that servers disagree about, as far as this one has told."""

    limit_field: str
    asks_for_usage: bool = True

    def adapt(self, complaint: str, request: dict[str, Any]) -> bool:
        """Give way to a server that rejected a field of `request`; False when it complains about something else."""
        if "stream_options" in complaint and "stream_options" in request:
            self.asks_for_usage = False
        elif "max_completion_tokens" in complaint and "max_completion_tokens" in request:
            self.limit_field = "max_tokens"
        elif "max_tokens" in complaint and "max_tokens" in request:
            self.limit_field = "max_completion_tokens"
        else:
            return False
        return True

    def request(self, prompt: Prompt, model_name: str, reply_tokens: int) -> dict[str, Any]:
        messages = [{"role": said.role, "content": said.text} for said in prompt.history]
        messages.append({"role": "user", "content": prompt.newest()})
        if prompt.instructions.strip():
            messages.insert(0, {"role": "system", "content": prompt.instructions})
        request: dict[str, Any] = {"model": model_name, "messages": messages, self.limit_field: reply_tokens}
        if self.asks_for_usage:
            request["stream_options"] = {"include_usage": True}
        return request


class OpenAIProvider(StreamedProvider):
    """Speaks chat completions through the official SDK, over its aiohttp transport.

    Without `base_url` it asks OpenAI. Another server may need no key, ignore or reject `stream_options`, send no
    usage, and know either name of the output limit; with "auto" as model name it is asked for the first model it has.
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
    ) -> None:
        self.name = name
        self.label = label
        self.model_names = model_names
        self.context_tokens = context_tokens
        self.reply_tokens = reply_tokens
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
        if model_name == AUTO_MODEL:
            model_name = await self._served_model(client)
        for _ in range(_DISPUTED_FIELDS):
            request = self._dialect.request(prompt, model_name, self.reply_tokens)
            try:
                return await self._ask(stack, client, request)
            except openai.APIStatusError as error:
                explained = from_exception(error, self.secret)
                if explained.kind != "bad_request" or not self._dialect.adapt(explained.detail, request):
                    raise
        return await self._ask(stack, client, self._dialect.request(prompt, model_name, self.reply_tokens))

    async def _ask(self, stack: AsyncExitStack, client: openai.AsyncOpenAI, request: dict[str, Any]) -> httpx2.Response:
        asking = client.chat.completions.with_streaming_response.create(**request, stream=True)
        response: httpx2.Response = (await stack.enter_async_context(asking)).http_response
        return response

    async def _served_model(self, client: openai.AsyncOpenAI) -> str:
        """The first model the server lists, asked for once."""
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
        content = delta.get("content")
        return content if isinstance(content, str) else ""

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
