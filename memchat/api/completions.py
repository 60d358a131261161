"""OpenAI's protocol: any client of it that is given a token talks to this site's models, and they know its person.

`/v1/chat/completions` and `/v1/models`. A call leaves no thread; what the person says in it is carried out, remembered
and learned from as in one, unless the call switches memory off.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from conversations import calls
from conversations.calls import Call
from conversations.errors import REPLY_ERRORS, TurnError
from conversations.prompts import Said
from conversations.providers.base import Provider, ProviderError, Stop, Usage
from conversations.providers.registry import configured_providers, default_provider, is_configured
from memchat.api import errors
from memchat.api.reading import Bearer, Problem, body_of, wrong_field
from memchat.api.sampling import sampling_of
from memchat.database import give_back
from memchat.monitoring import readiness
from memchat.text import on_one_line, storable
from memchat.users.models import Scope
from memchat.web import programs
from memories.access import MemoryMode

OWN_NAME = "memchat"
"""The model that the site's settings name."""
BODY_MAX_BYTES = 2_000_000
MOST_MESSAGES = 2_000
_REASONS = {"end": "stop", "length": "length", "refusal": "content_filter", "tools": "stop"}
_NOT_HERE = ("tools", "functions", "tool_choice", "function_call", "audio", "prediction", "web_search_options")
_STATUS = {
    "rate_limited": 429, "overloaded": 503, "unknown_model": 502, "context_too_long": 400, "refused": 400,
    "bad_request": 502, "unreachable": 504, "timed_out": 504,
}  # fmt: skip
_bearer = Bearer(Scope.CHAT)

View = Callable[..., Any]


def for_programs(view: View) -> View:
    """Ask for the token, and tell every error in the one shape."""

    @wraps(view)
    async def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if _bearer.authenticate(request, "") is None:
                return errors.not_let_in()
            return await view(request, *args, **kwargs)
        except Exception as error:
            told = errors.answer_to(request, error)
            if told is None:
                raise
            return told

    return answered


# --- Models --------------------------------------------------------------------------------------------------------


@csrf_exempt
@require_GET
@for_programs
async def models(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"object": "list", "data": [_model(name) for name in _names()]})


@csrf_exempt
@require_GET
@for_programs
async def model(request: HttpRequest, name: str) -> HttpResponse:
    _chosen(name)
    return JsonResponse(_model(name))


def _names() -> list[str]:
    return [
        OWN_NAME,
        *(f"{provider.name}:{name}" for provider in configured_providers().values() for name in provider.model_names),
    ]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": name.partition(":")[0]}


def _chosen(name: str) -> tuple[Provider, str]:
    """The provider and model that a program names: as listed, or by the model's name alone. Raises Problem."""
    if name in {"", OWN_NAME}:
        provider = default_provider()
        return provider, provider.model_names[0]
    of, _colon, model_name = name.partition(":")
    if is_configured(of, model_name):
        return configured_providers()[of], model_name
    for provider in configured_providers().values():
        if name in provider.model_names:
            return provider, name
    raise Problem("model_not_found", _("That model is not available on this site."), 404, param="model")


# --- Completions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    call: Call
    name: str
    streams: bool
    with_usage: bool


@csrf_exempt
@require_POST
@for_programs
async def completions(request: HttpRequest) -> HttpResponseBase:
    if readiness.draining:
        raise TurnError("unavailable", retry_after=1)
    asked = _read(request)
    # A reply may take minutes, and this thread is there for nothing else.
    await sync_to_async(give_back)()
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.name}
    pieces = calls.reply(asked.call)
    if not asked.streams:
        return await _whole(head, pieces)
    try:
        # What fails before the first piece has a status of its own.
        first = await anext(pieces)
    except ProviderError as error:
        return _failed(error)
    response = StreamingHttpResponse(_chunks(asked, head, first, pieces), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"
    return response


async def _whole(head: dict[str, Any], pieces: AsyncIterator[str | Usage | Stop]) -> HttpResponse:
    parts: list[str] = []
    usage, reason = None, "stop"
    try:
        async for event in pieces:
            if isinstance(event, str):
                parts.append(event)
            elif isinstance(event, Usage):
                usage = _usage(event)
            else:
                reason = _REASONS[event.reason]
    except ProviderError as error:
        return _failed(error)
    message = {"role": "assistant", "content": "".join(parts), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return JsonResponse(
        {**head, "object": "chat.completion", "choices": [choice], "usage": usage or _usage(Usage(0, 0))}
    )


async def _chunks(
    asked: _Asked, head: dict[str, Any], first: str | Usage | Stop, pieces: AsyncIterator[str | Usage | Stop]
) -> AsyncIterator[bytes]:
    head = {**head, "object": "chat.completion.chunk"}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _data({**head, "choices": [choice], **({"usage": None} if asked.with_usage else {})})

    usage = None
    yield chunk({"role": "assistant", "content": ""})
    event: str | Usage | Stop | None = first
    try:
        while event is not None:
            if isinstance(event, str):
                yield chunk({"content": event})
            elif isinstance(event, Usage):
                usage = event
            else:
                yield chunk({}, _REASONS[event.reason])
            event = await anext(pieces, None)
    except ProviderError as error:
        status = _STATUS.get(error.kind, 502)
        yield _data(programs.told(error.kind, str(REPLY_ERRORS[error.kind]), status))
        return
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]
    if asked.with_usage:
        yield _data({**head, "choices": [], "usage": _usage(usage or Usage(0, 0))})
    yield b"data: [DONE]\n\n"


def _data(value: dict[str, Any]) -> bytes:
    return f"data: {on_one_line(json.dumps(value, ensure_ascii=False))}\n\n".encode()


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _failed(error: ProviderError) -> HttpResponse:
    status = _STATUS.get(error.kind, 502)
    code = "context_length_exceeded" if error.kind == "context_too_long" else error.kind
    return programs.error(code, str(REPLY_ERRORS[error.kind]), status, retry_after=error.retry_after)


# --- What was sent -------------------------------------------------------------------------------------------------


def _read(request: HttpRequest) -> _Asked:
    """Raises Problem."""
    sent = body_of(request, BODY_MAX_BYTES)
    if not isinstance(sent, dict):
        raise wrong_field("body")
    for name in _NOT_HERE:
        if sent.get(name) not in (None, [], {}, "none", "auto"):
            raise _not_passed_on(name)
    if sent.get("response_format") not in (None, {"type": "text"}):
        raise _not_passed_on("response_format")
    if sent.get("n") not in (None, 1):
        raise wrong_field("n")
    name = sent.get("model", OWN_NAME)
    if not isinstance(name, str):
        raise wrong_field("model")
    streams, options = sent.get("stream") or False, sent.get("stream_options") or {}
    if not isinstance(streams, bool) or not isinstance(options, dict):
        raise wrong_field("stream")
    provider, model_name = _chosen(storable(name))
    instructions, said = _conversation(sent.get("messages"))
    mode = request.headers.get("X-Memchat-Memory") or sent.get("memory")
    if mode is None:
        mode = MemoryMode.WRITE
    elif not isinstance(mode, str) or mode not in MemoryMode.values:
        raise wrong_field("memory")
    user_id: int = request.user.pk  # type: ignore[assignment]
    call = Call(user_id, said, instructions, provider, model_name, mode, sampling_of(sent))
    return _Asked(call, storable(name), streams, options.get("include_usage") is True)


def _not_passed_on(name: str) -> Problem:
    return Problem("unsupported", _("This site does not pass “%(name)s” on.") % {"name": name}, 400, param=name)


def _conversation(messages: Any) -> tuple[str, tuple[Said, ...]]:
    """The program's instructions, and what was said; the last of it by the person. Raises Problem."""
    if not isinstance(messages, list) or not 0 < len(messages) <= MOST_MESSAGES:
        raise wrong_field("messages")
    instructions: list[str] = []
    said: list[Said] = []
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        text = _text(message.get("content"), f"messages.{at}.content") if isinstance(message, dict) else ""
        if role == "system" or role == "developer":
            instructions.append(text)
        elif role == "user" or role == "assistant":
            said.append(Said(role, text))
        else:
            raise wrong_field(f"messages.{at}.role")
    if not said or said[-1].role != "user":
        raise wrong_field("messages")
    return "\n\n".join(instructions), tuple(said)


def _text(content: Any, place: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return storable(content)
    if not isinstance(content, list):
        raise wrong_field(place)
    parts = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            raise Problem("unsupported", _("Only text can be sent here."), 400, param=place)
        parts.append(storable(text))
    return "\n\n".join(parts)
