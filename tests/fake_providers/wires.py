"""How each API looks on the wire: its events, its ends, its errors and what it demands of a request."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from tests.fake_providers.scenario import Failure, split_evenly

Ending = Literal["end", "length", "refusal", "tools"]
Json = dict[str, Any]
Rejection = tuple[int, Json]
"""An HTTP status and the body that goes with it."""

_MARK = "<piece>"
_HOTTEST = 1.5
"""The highest temperature that is taken where OpenAI's protocol is spoken."""


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

    def thought(self) -> bytes:
        """One piece of what the model thinks, which is no part of its reply."""

    def calls(self, calls: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """The calls of tools, in pieces; they come after all text."""

    def refusal(self) -> bytes:
        """What stands in place of the pieces when the model refuses in a sentence of its own."""

    def end(self, ending: Ending, input_tokens: int, output_tokens: int) -> bytes:
        """The proper end."""

    def error(self, overloaded: bool) -> bytes:
        """An error event in mid-stream."""


ARGUMENT_PIECES = 3


def newest_text(body: Json) -> str:
    """The text of the person's newest message, which both APIs put last, before any exchange about tools."""
    said = [
        message for message in body.get("messages") or () if message.get("role") == "user" and not _results(message)
    ]
    return text_of(said[-1]) if said else ""


def text_of(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n\n".join(block.get("text", "") for block in content if block.get("type") in {None, "text"})


def answers_calls(body: Json) -> bool:
    """Whether a request brings the results of tools that the model called."""
    messages = body.get("messages") or [{}]
    return messages[-1].get("role") == "tool" or bool(_results(messages[-1]))


def may_call(body: Json) -> bool:
    choice = body.get("tool_choice")
    return bool(body.get("tools")) and (choice.get("type") if isinstance(choice, dict) else choice) != "none"


def _results(message: Json) -> list[Json]:
    content = message.get("content")
    return [one for one in content if one.get("type") == "tool_result"] if isinstance(content, list) else []


def _calls(message: Json) -> list[Json]:
    content = message.get("content")
    return [one for one in content if one.get("type") == "tool_use"] if isinstance(content, list) else []


def _argument_pieces(call: Mapping[str, Any]) -> tuple[str, ...]:
    arguments = call["arguments"]
    return split_evenly(arguments if isinstance(arguments, str) else json.dumps(arguments), ARGUMENT_PIECES)


def _event(data: Json, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def _halves(event: bytes) -> tuple[bytes, bytes]:
    before, after = event.split(json.dumps(_MARK).encode())
    return before, after


def _blank_message(messages: list[Json]) -> bool:
    """Whether one of them says nothing and is no part of an exchange about tools, or has a text block that is blank."""
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and any(
            block.get("type") == "text" and not block["text"].strip() for block in content
        ):
            return True
        if not text_of(message).strip() and not (_calls(message) or _results(message) or message.get("tool_calls")):
            return True
    return False


def _anthropic_tools_objection(body: Json) -> str:
    """What the Messages API would say about the tools, calls and results of a request."""
    tools, messages = body.get("tools"), body["messages"]
    if tools is not None and (not tools or any(tool["input_schema"]["type"] != "object" for tool in tools)):
        return "tools: input_schema.type must be object"
    if len({tool["name"] for tool in tools or ()}) != len(tools or ()):
        return "tools: Tool names must be unique."
    if "tool_choice" in body and not tools:
        return "tool_choice: may only be specified while providing tools"
    if not tools and any(_calls(message) or _results(message) for message in messages):
        return "Requests which include `tool_use` or `tool_result` blocks must define tools"
    expected: list[str] = []
    for message in messages:
        results = _results(message)
        if [one["tool_use_id"] for one in results] != expected or (results and message["role"] != "user"):
            return "`tool_use` ids were found without `tool_result` blocks immediately after"
        if any(one.get("type") == "tool_result" for one in message["content"][len(results) :] if results):
            return "`tool_result` blocks must come first"
        expected = [call["id"] for call in _calls(message)]
        if expected and message["role"] != "assistant":
            return "`tool_use` blocks can only be in `assistant` messages"
        if any(not isinstance(call["input"], dict) for call in _calls(message)):
            return "tool_use.input: Input should be an object"
    return "`tool_use` ids were found without `tool_result` blocks" if expected else ""


def _openai_tools_objection(body: Json) -> str:
    """What chat completions would say about them."""
    expected: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in expected:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            expected.remove(message["tool_call_id"])
            if not isinstance(message.get("content"), str):
                return "Invalid type for 'messages.content'"
            continue
        if expected:
            return "An assistant message with 'tool_calls' must be followed by tool messages for each 'tool_call_id'."
        expected = [call["id"] for call in message.get("tool_calls") or ()]
        if any(not isinstance(call["function"]["arguments"], str) for call in message.get("tool_calls") or ()):
            return "Invalid type for 'arguments': expected a string"
    if "tool_choice" in body and not body.get("tools"):
        return "'tool_choice' is only allowed when 'tools' are specified."
    return "An assistant message with 'tool_calls' must be followed by tool messages" if expected else ""


_IMAGE_STARTS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


def _image_objection(media_type: str, data: str) -> str:
    """What both APIs would say about an image."""
    try:
        decoded = base64.b64decode(data, validate=True)
    except ValueError:
        return "invalid base64 data"
    if media_type not in _IMAGE_STARTS or not decoded.startswith(_IMAGE_STARTS[media_type]):
        return f"Could not process image: it is no {media_type}"
    return "image exceeds 5 MB maximum" if len(data) > 5 * 1024 * 1024 else ""


def _images_objection(body: Json) -> str:
    """What is wrong with the images of a request, on either wire; replies have none."""
    for message in body["messages"]:
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "image":
                source = block["source"]
                wrong = (
                    _image_objection(source["media_type"], source["data"]) if source["type"] == "base64" else "source"
                )
            elif block.get("type") == "image_url":
                head, _comma, data = block["image_url"]["url"].partition(";base64,")
                wrong = _image_objection(head.removeprefix("data:"), data)
            else:
                continue
            if wrong or message["role"] != "user":
                return wrong or "images can only be in `user` messages"
    return ""


def _shows_images(body: Json) -> bool:
    return any(
        block.get("type") in {"image", "image_url"}
        for message in body.get("messages") or []
        if isinstance(message.get("content"), list)
        for block in message["content"]
    )


def _blocks(body: Json) -> Iterator[tuple[str, Json]]:
    """The blocks of an Anthropic request in the order in which its cache sees them."""
    for tool in body.get("tools") or ():
        yield "tool", {"text": json.dumps(tool)}
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
    _stop_reasons: Mapping[Ending, str] = {
        "end": "end_turn",
        "length": "max_tokens",
        "refusal": "refusal",
        "tools": "tool_use",
    }

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
        else:
            wrong = _anthropic_tools_objection(body) or _images_objection(body)
        return (400, self._error("invalid_request_error", wrong)) if wrong else None

    def _use_cache(self, body: Json) -> tuple[int, int]:
        """How many words a request adds to the prompt cache and reads from it, going by its cache_control marks."""
        prefix, read, marked = "", 0, 0
        for role, block in _blocks(body):
            prefix += f"{role}: {block.get('text') or json.dumps(block)}\n"
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

    def thought(self) -> bytes:
        delta = {"type": "thinking_delta", "thinking": "Hm. "}
        return _event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")

    def calls(self, calls: Sequence[Mapping[str, Any]]) -> list[bytes]:
        pieces = [self._end_of_block(0)] if calls else []
        for index, call in enumerate(calls, start=1):
            block = {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:12]}", "name": call["name"], "input": {}}
            start = {"type": "content_block_start", "index": index, "content_block": block}
            pieces.append(_event(start, "content_block_start"))
            for part in _argument_pieces(call):
                delta = {"type": "input_json_delta", "partial_json": part}
                event = {"type": "content_block_delta", "index": index, "delta": delta}
                pieces.append(_event(event, "content_block_delta"))
            pieces.append(self._end_of_block(index))
        return pieces

    def _end_of_block(self, index: int) -> bytes:
        return _event({"type": "content_block_stop", "index": index}, "content_block_stop")

    def refusal(self) -> bytes:
        return b""

    def end(self, ending: Ending, input_tokens: int, output_tokens: int) -> bytes:
        delta = {"stop_reason": self._stop_reasons[ending], "stop_sequence": None}
        usage = {"output_tokens": output_tokens}
        return (
            (b"" if ending == "tools" else self._end_of_block(0))
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
    _finish_reasons: Mapping[Ending, str] = {
        "end": "stop",
        "length": "length",
        "refusal": "content_filter",
        "tools": "tool_calls",
    }

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
        if "tools" in self._refuses & set(body):
            return 400, self._error("invalid_request_error", None, f"{body.get('model')} does not support tools")
        for name in sorted(self._refuses & set(body)):
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            return 400, self._error("invalid_request_error", "unsupported_parameter", message, name)
        if not body.get("stream"):
            return 400, self._error("invalid_request_error", None, "This fake only streams.", "stream")
        if body.get("temperature", 0) > _HOTTEST:
            message = f"Invalid 'temperature': it must be at most {_HOTTEST}."
            return 400, self._error("invalid_request_error", None, message, "temperature")
        messages = body.get("messages") or []
        talk = [one for one in messages if one.get("role") in {"user", "assistant"} and not one.get("tool_calls")]
        if not talk or any(message["role"] != ("user", "assistant")[i % 2] for i, message in enumerate(talk)):
            return 400, self._error("invalid_request_error", None, "Conversation roles must alternate", "messages")
        if _blank_message(messages):
            return 400, self._error("invalid_request_error", None, "Blank message", "messages")
        if "images" in self._refuses and _shows_images(body):
            return 400, self._error(
                "invalid_request_error", None, "This model does not support image input", "messages"
            )
        if wrong := _openai_tools_objection(body) or _images_objection(body):
            return 400, self._error("invalid_request_error", None, wrong, "messages")
        return None

    def start(self, body: Json, input_tokens: int) -> bytes:
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def piece(self, text: str) -> bytes:
        return self._before + json.dumps(text).encode() + self._after

    def thought(self) -> bytes:
        return self._chunk({"reasoning_content": "Hm. "})

    def calls(self, calls: Sequence[Mapping[str, Any]]) -> list[bytes]:
        pieces: list[bytes] = []
        for index, call in enumerate(calls):
            function = {"name": call["name"], "arguments": ""}
            begun = {"index": index, "id": f"call_{uuid.uuid4().hex[:12]}", "type": "function", "function": function}
            pieces.append(self._chunk({"tool_calls": [begun]}))
            for part in _argument_pieces(call):
                pieces.append(self._chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]}))
        return pieces

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
