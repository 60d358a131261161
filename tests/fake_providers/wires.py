"""How each API looks on the wire: its events, its ends, its errors and what it demands of a request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from tests.fake_providers.scenario import Failure

Ending = Literal["end", "length", "refusal"]
Json = dict[str, Any]
Rejection = tuple[int, Json]
"""An HTTP status and the body that goes with it."""

_MARK = "<piece>"


class Wire(Protocol):
    """One API. `piece` runs once for each piece and is cheap."""

    end_mark: bytes
    """What follows the very end of a reply."""

    def rejection(self, fail: Failure, model: str) -> Rejection | None:
        """The answer to a request that fails before the stream, None for other failures."""

    def objection(self, headers: Mapping[str, str], body: Json) -> Rejection | None:
        """What the real API would reject about this request."""

    def start(self, body: Json, input_tokens: int) -> bytes:
        """Everything before the first piece."""

    def piece(self, text: str) -> bytes:
        """One piece of text."""

    def refusal(self) -> bytes:
        """What stands in place of the pieces when the model refuses in a sentence of its own."""

    def end(self, ending: Ending, input_tokens: int, output_tokens: int) -> bytes:
        """The proper end."""

    def error(self, overloaded: bool) -> bytes:
        """An error event in mid-stream."""


def newest_text(body: Json) -> str:
    """The text of the newest message, which both APIs put last."""
    messages = body.get("messages") or [{}]
    content = messages[-1].get("content") or ""
    if isinstance(content, str):
        return content
    return "\n\n".join(block.get("text", "") for block in content)


def _event(data: Json, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def _halves(event: bytes) -> tuple[bytes, bytes]:
    before, after = event.split(json.dumps(_MARK).encode())
    return before, after


def _blank_message(messages: list[Json]) -> bool:
    return any(not newest_text({"messages": [message]}).strip() for message in messages)


def _blocks(body: Json) -> Iterator[tuple[str, Json]]:
    """The text blocks of an Anthropic request in the order in which its cache sees them."""
    for message in [{"role": "system", "content": body.get("system") or []}, *body["messages"]]:
        content = message["content"]
        for block in [{"text": content}] if isinstance(content, str) else content:
            yield message["role"], block


class AnthropicWire:
    """The Messages API with server-sent events."""

    _rejections: Mapping[Failure, tuple[int, str, str]] = {
        "rate_limited": (429, "rate_limit_error", "This request would exceed your rate limit."),
        "rate_limited_no_header": (429, "rate_limit_error", "This request would exceed your rate limit."),
        "no_credit": (402, "billing_error", "Your credit balance is too low to access the API."),
        "overloaded": (529, "overloaded_error", "Overloaded"),
        "bad_key": (401, "authentication_error", "invalid API key"),
        "unknown_model": (404, "not_found_error", "model: {model}"),
        "context_too_long": (400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
        "bad_request": (400, "invalid_request_error", "metadata: extra inputs are not permitted"),
        "server_error": (500, "api_error", "Internal server error"),
    }
    _stop_reasons: Mapping[Ending, str] = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal"}

    end_mark = _event({"type": "message_stop"}, "message_stop")

    def __init__(self) -> None:
        self._cache: set[str] = set()
        delta = {"type": "text_delta", "text": _MARK}
        self._before, self._after = _halves(
            _event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
        )

    def _error(self, kind: str, message: str) -> Json:
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"}

    def rejection(self, fail: Failure, model: str) -> Rejection | None:
        if fail not in self._rejections:
            return None
        status, kind, message = self._rejections[fail]
        return status, self._error(kind, message.format(model=model))

    def objection(self, headers: Mapping[str, str], body: Json) -> Rejection | None:
        messages = body.get("messages") or []
        wrong = ""
        if not headers.get("authorization", "").startswith("Bearer ") and not headers.get("x-api-key"):
            return 401, self._error("authentication_error", "an API key is required")
        if "anthropic-version" not in headers:
            wrong = "anthropic-version: header is required"
        elif not isinstance(body.get("max_tokens"), int):
            wrong = "max_tokens: Field required"
        elif not body.get("stream"):
            wrong = "stream: this fake only streams"
        elif not messages or messages[0].get("role") != "user":
            wrong = "messages: first message must use the user role"
        elif _blank_message(messages):
            wrong = "messages: text content blocks must contain non-whitespace text"
        return (400, self._error("invalid_request_error", wrong)) if wrong else None

    def _use_cache(self, body: Json) -> tuple[int, int]:
        """How many words a request adds to the prompt cache and reads from it, going by its cache_control marks."""
        prefix, read, marked = "", 0, 0
        for role, block in _blocks(body):
            prefix += f"{role}: {block.get('text')}\n"
            words = len(prefix.split())
            if prefix in self._cache:
                read = words
            if "cache_control" in block:
                self._cache.add(prefix)
                marked = words
        return max(0, marked - read), read

    def start(self, body: Json, input_tokens: int) -> bytes:
        created, read = self._use_cache(body)
        usage = {
            "input_tokens": max(0, input_tokens - created - read),
            "cache_creation_input_tokens": created,
            "cache_read_input_tokens": read,
        }
        message: Json = {
            "id": "msg_fake",
            "type": "message",
            "role": "assistant",
            "model": body.get("model"),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage | {"output_tokens": 1},
        }
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        return (
            _event({"type": "message_start", "message": message}, "message_start")
            + _event(block, "content_block_start")
            + _event({"type": "ping"}, "ping")
        )

    def piece(self, text: str) -> bytes:
        return self._before + json.dumps(text).encode() + self._after

    def refusal(self) -> bytes:
        return b""

    def end(self, ending: Ending, input_tokens: int, output_tokens: int) -> bytes:
        delta = {"stop_reason": self._stop_reasons[ending], "stop_sequence": None}
        usage = {"output_tokens": output_tokens}
        return (
            _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
            + _event({"type": "message_delta", "delta": delta, "usage": usage}, "message_delta")
            + self.end_mark
        )

    def error(self, overloaded: bool) -> bytes:
        kind, message = ("overloaded_error", "Overloaded") if overloaded else ("api_error", "Internal server error")
        return _event(self._error(kind, message), "error")


class OpenAIWire:
    """Chat completions with server-sent events, as OpenAI and its many imitators speak it."""

    _rejections: Mapping[Failure, tuple[int, str, str | None, str]] = {
        "rate_limited": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests"),
        "rate_limited_no_header": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests"),
        "no_credit": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
        "overloaded": (503, "server_error", None, "The engine is currently overloaded, please try again later"),
        "bad_key": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: {key}."),
        "unknown_model": (404, "invalid_request_error", "model_not_found", "The model `{model}` does not exist."),
        "context_too_long": (
            400,
            "invalid_request_error",
            "context_length_exceeded",
            "This model's maximum context length is 128000 tokens.",
        ),
        "bad_request": (400, "invalid_request_error", "invalid_value", "Invalid value for 'n'."),
        "server_error": (500, "server_error", None, "The server had an error processing your request."),
    }
    end_mark = b"data: [DONE]\n\n"
    _finish_reasons: Mapping[Ending, str] = {"end": "stop", "length": "length", "refusal": "content_filter"}

    def __init__(self, *, key_needed: bool, refuses: frozenset[str] = frozenset(), usage: bool = True) -> None:
        """`refuses` names request fields answered with 400; without `usage`, stream_options is ignored."""
        self._key_needed = key_needed
        self._refuses = refuses
        self._usage = usage
        self._before, self._after = _halves(self._chunk({"content": _MARK}))

    def _chunk(self, delta: Json | None, finish_reason: str | None = None, usage: Json | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk: Json = {
            "id": "chatcmpl-fake",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": "fake",
            "choices": [] if delta is None else [choice],
        }
        return _event(chunk | ({"usage": usage} if self._usage else {}))

    def _error(self, kind: str, code: str | None, message: str, param: str | None = None) -> Json:
        return {"error": {"message": message, "type": kind, "param": param, "code": code}}

    def rejection(self, fail: Failure, model: str) -> Rejection | None:
        if fail not in self._rejections:
            return None
        status, kind, code, message = self._rejections[fail]
        return status, self._error(kind, code, message.format(model=model, key="sk-fake-0123456789abcdef"))

    def objection(self, headers: Mapping[str, str], body: Json) -> Rejection | None:
        if self._key_needed and not headers.get("authorization", "").startswith("Bearer "):
            return 401, self._error("invalid_request_error", None, "You didn't provide an API key.")
        for name in sorted(self._refuses & set(body)):
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            return 400, self._error("invalid_request_error", "unsupported_parameter", message, name)
        if not body.get("stream"):
            return 400, self._error("invalid_request_error", None, "This fake only streams.", "stream")
        messages = body.get("messages") or []
        talk = [message for message in messages if message.get("role") in {"user", "assistant"}]
        if not talk or any(message["role"] != ("user", "assistant")[i % 2] for i, message in enumerate(talk)):
            return 400, self._error("invalid_request_error", None, "Conversation roles must alternate", "messages")
        if _blank_message(messages):
            return 400, self._error("invalid_request_error", None, "Blank message", "messages")
        return None

    def start(self, body: Json, input_tokens: int) -> bytes:
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def piece(self, text: str) -> bytes:
        return self._before + json.dumps(text).encode() + self._after

    def refusal(self) -> bytes:
        return self._chunk({"refusal": "I cannot help with that."})

    def end(self, ending: Ending, input_tokens: int, output_tokens: int) -> bytes:
        encoded = self._chunk({}, self._finish_reasons[ending])
        if self._usage:
            usage = {
                "prompt_tokens": input_tokens,
                "completion_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
                "prompt_tokens_details": {"cached_tokens": 0},
            }
            encoded += self._chunk(None, usage=usage)
        return encoded + self.end_mark

    def error(self, overloaded: bool) -> bytes:
        message = "The engine is currently overloaded" if overloaded else "The server had an error"
        return _event(self._error("server_error", "server_is_overloaded" if overloaded else None, message))
