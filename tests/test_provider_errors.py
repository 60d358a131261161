"""Pure parts of the adapters: decoding events, cleaning pieces, and what an error in some server's words means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import aiohttp
import httpx2
import pytest

from conversations.errors import REPLY_ERRORS, RETRY_NEVER_HELPS
from conversations.providers.base import ErrorKind, ProviderError
from conversations.providers.errors import Reported, from_exception, kind_of, rejects_tools, retry_after, scrub
from conversations.providers.event_stream import EventDecoder, parse_event
from conversations.providers.pieces import PieceCleaner

STREAM = (
    b': a comment\r\nevent: message\r\ndata: {"text": "caf\xc3\xa9"}\r\n\r\n'
    b'id: 7\ndata:{"two":\ndata: "lines"}\n\nretry: 10\n\ndata: [DONE]\n\n'
)
EVENTS = [b'{"text": "caf\xc3\xa9"}', b'{"two":\n"lines"}', b"[DONE]"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_events_are_the_same_however_the_network_cuts_them(size: int) -> None:
    decoder = EventDecoder()
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [data for chunk in chunks for data in decoder.feed(chunk)] == EVENTS
    assert (decoder.seen_events, decoder.seen_bytes) == (3, len(STREAM))


def test_an_endless_line_is_given_up() -> None:
    decoder = EventDecoder()
    with pytest.raises(ProviderError) as caught:
        for _ in range(100):
            decoder.feed(b"x" * 100_000)
    assert caught.value.kind == "broken_stream"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b"null", b'"\xff"', b"[" * 100_000, b'{"n": ' + b"9" * 5_000 + b"}"]
)
def test_an_event_that_is_no_json_object_is_a_broken_stream(data: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        parse_event(data)
    assert caught.value.kind == "broken_stream"


@pytest.mark.parametrize(
    ("pieces", "clean"),
    [
        (["a", "b"], ["a", "b", ""]),
        (["\x00", "a\x00"], ["", "a", ""]),
        (["x\ud83d", "\ude00y"], ["x", "😀y", ""]),
        (["\ud83d\ude00"], ["😀", ""]),
        (["\ud83d", "\ud83d", "\ude00"], ["", "\ufffd", "😀", ""]),
        (["\ud83d", "a"], ["", "\ufffda", ""]),
        (["\ude00"], ["\ufffd", ""]),
        (["a\ud83d"], ["a", "\ufffd"]),
    ],
)
def test_pieces_come_out_storable_and_a_character_cut_in_two_is_whole_again(
    pieces: list[str], clean: list[str]
) -> None:
    cleaner = PieceCleaner()
    assert [cleaner.clean(piece) for piece in pieces] + [cleaner.rest()] == clean


def anthropic(kind: str, message: str = "", **details: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message, "details": details}}


def openai(message: str, code: object = None, kind: str = "") -> dict[str, object]:
    """What the SDK hands on: the inside of "error" alone."""
    return {"message": message, "code": code, "type": kind}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # Anthropic
        (400, anthropic("invalid_request_error", "prompt is too long: 3 > 2"), "context_too_long"),
        (413, anthropic("invalid_request_error", "Request exceeds the maximum size"), "context_too_long"),
        (400, anthropic("invalid_request_error", "Your credit balance is too low"), "no_credit"),
        (403, anthropic("permission_error", error_code="enforced_spend_limit_reached"), "no_credit"),
        (529, anthropic("overloaded_error", "Overloaded"), "overloaded"),
        (500, anthropic("overloaded_error", "Overloaded"), "overloaded"),
        (None, anthropic("overloaded_error", "Overloaded"), "overloaded"),
        (None, anthropic("rate_limit_error", "slow down"), "rate_limited"),
        (None, anthropic("timeout_error", "late"), "timed_out"),
        (None, anthropic("api_error", "oops"), "provider_failed"),
        (None, anthropic("invalid_request_error", "no"), "bad_request"),
        (None, anthropic("authentication_error", "no"), "bad_key"),
        (None, anthropic("not_found_error", "model: x"), "unknown_model"),
        # OpenAI
        (400, openai("too long", "context_length_exceeded"), "context_too_long"),
        (429, openai("exceeded quota", "insufficient_quota"), "no_credit"),
        (429, openai("Request too large: too many tokens per minute", "rate_limit_exceeded"), "rate_limited"),
        (403, openai("Project has no access", "model_not_found"), "unknown_model"),
        (400, openai("filtered", "content_filter"), "refused"),
        (400, openai("rejected by our safety system", "moderation_blocked"), "refused"),
        (503, openai("The engine is currently overloaded", kind="server_error"), "overloaded"),
        (None, {"error": openai("oops", "server_is_overloaded")}, "overloaded"),
        # Ollama, llama.cpp, vLLM, OpenRouter, proxies
        (404, openai('model "x" not found, try pulling it first', kind="api_error"), "unknown_model"),
        (400, openai("exceeds the available size", 400, "exceed_context_size_error"), "context_too_long"),
        (400, {"object": "error", **openai("maximum context length is 10", 400)}, "context_too_long"),
        (None, {"error": openai("Rate limit exceeded", 429)}, "rate_limited"),
        (None, {"error": openai("Provider returned error", 502)}, "provider_failed"),
        (None, {"error": "llama runner process has terminated"}, "provider_failed"),
        (422, {"detail": "messages: invalid"}, "bad_request"),
        (400, None, "bad_request"),
        (401, "<html>Unauthorized</html>", "bad_key"),
        (402, None, "no_credit"),
        (408, None, "timed_out"),
        (504, "<html>Gateway Time-out</html>", "timed_out"),
        (502, "<html>Bad Gateway</html>", "provider_failed"),
        (500, anthropic("api_error", "context window service is down"), "provider_failed"),
        (301, None, "bad_request"),
    ],
)
def test_an_error_in_a_servers_own_words_gets_its_kind(status: int | None, body: object, kind: ErrorKind) -> None:
    assert kind_of(status, Reported.from_body(body)) == kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "20"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)}, 0.0),
        ({"retry-after": "Wed, 99 Foo 2026 00:00:00 GMT"}, None),
    ],
)
def test_the_wait_a_provider_asks_for_is_understood_or_left_out(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abc123DEF456",
        "sk-ant-api03-xyz_789-xyz",
        "AIzaSyD0123456789abcdefghij",
        "gsk_0123456789",
        "s3cr3t-of-alice",
    ],
)
def test_nothing_like_a_key_stays_in_a_detail(secret: str) -> None:
    text = scrub(f"Incorrect API key provided: {secret}. Authorization: Bearer {secret}", "s3cr3t-of-alice")
    assert secret not in text and "Incorrect API key provided: [key]" in text


def test_a_detail_is_cut_to_500_characters() -> None:
    assert len(scrub("x" * 10_000)) == 500


def test_an_unforeseen_error_is_the_providers_fault_and_keeps_its_message() -> None:
    explained = from_exception(RuntimeError("the roof is on fire"))
    assert (explained.kind, explained.detail) == ("provider_failed", "RuntimeError: the roof is on fire")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (aiohttp.SocketTimeoutError(), "timed_out"),
        (aiohttp.ConnectionTimeoutError(), "unreachable"),
        (aiohttp.ServerDisconnectedError(), "broken_stream"),
        (aiohttp.ClientPayloadError(), "broken_stream"),
        (httpx2.ReadTimeout(""), "timed_out"),
        (httpx2.PoolTimeout(""), "unreachable"),
        (httpx2.ConnectError(""), "unreachable"),
        (httpx2.ReadError(""), "broken_stream"),
        (httpx2.DecodingError(""), "broken_stream"),
        (TimeoutError(), "timed_out"),
        (ConnectionResetError(), "broken_stream"),
    ],
)
def test_the_transports_own_error_decides_whatever_the_sdk_makes_of_it(cause: Exception, kind: ErrorKind) -> None:
    wrapped = RuntimeError("Request timed out.")
    wrapped.__cause__ = cause
    assert from_exception(wrapped).kind == from_exception(cause).kind == kind


def test_every_kind_has_words_for_the_person_and_trying_again_is_kept_from_none_else() -> None:
    assert set(get_args(ErrorKind)) <= REPLY_ERRORS.keys()
    assert set(get_args(ErrorKind)) > RETRY_NEVER_HELPS


@pytest.mark.parametrize(
    ("words", "rejects"),
    [
        ("400 registry.example/small does not support tools", True),
        ("400 Unrecognized request argument supplied: tools", True),
        ("500 tools param requires --jinja flag", True),
        ("500 error parsing tool call: raw='{\"text\": ', err=unexpected end of JSON input", False),
        ("500 Failed to parse tool call arguments as JSON", False),
    ],
)
def test_a_call_that_the_model_garbled_does_not_mean_that_it_knows_no_tools(words: str, rejects: bool) -> None:
    kind: ErrorKind = "provider_failed" if words.startswith("500") else "bad_request"
    assert rejects_tools(ProviderError(kind, words)) == rejects
