"""The adapters with their real SDKs, over a real loopback wire: what is sent, what comes back, what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest
import pytest_asyncio

from conversations.prompts import Prompt, QuotedMemory, Said, Sampling
from conversations.providers.anthropic import AnthropicProvider
from conversations.providers.base import ErrorKind, Provider, ProviderError, Stop, Timeouts, Usage
from conversations.providers.openai import OpenAIProvider
from tests.fake_providers import FakeProviders

pytestmark = pytest.mark.asyncio

KEY = "sk-alice-0123456789"
WIRES = ("anthropic", "openai", "compatible")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Reply:
    """What one reply consisted of, and how it failed if it did."""

    pieces: list[str] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    stop: Stop | None = None
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def ask(provider: Provider, prompt: Prompt | str, model_name: str = "small") -> Reply:
    """One whole reply; a stop must be the last thing in it."""
    reply = Reply()
    prompt = Prompt(prompt, NOW) if isinstance(prompt, str) else prompt
    try:
        async with aclosing(provider.stream(prompt, model_name)) as stream:
            async for item in stream:
                assert reply.stop is None, "something came after the stop"
                if isinstance(item, str):
                    assert item, "an empty piece"
                    reply.pieces.append(item)
                elif isinstance(item, Usage):
                    reply.usages.append(item)
                else:
                    reply.stop = item
    except ProviderError as error:
        reply.error = error
    return reply


P = TypeVar("P", bound=Provider)
_opened: list[Provider] = []


def closing(provider: P) -> P:
    """The same provider, which the end of the test closes."""
    _opened.append(provider)
    return provider


def anthropic_at(url: str, **options: Any) -> AnthropicProvider:
    return closing(AnthropicProvider(options.pop("api_key", KEY), url, **options))


def openai_at(url: str, **options: Any) -> OpenAIProvider:
    return closing(OpenAIProvider(options.pop("api_key", KEY), url, **options))


def provider_on(wire: str, fake: FakeProviders, timeouts: Timeouts | None = None) -> Provider:
    timeouts = timeouts or Timeouts(connect=2.0, first_piece=5.0, between_pieces=5.0)
    if wire == "anthropic":
        return anthropic_at(fake.anthropic_url, timeouts=timeouts)
    if wire == "openai":
        return openai_at(fake.openai_url, timeouts=timeouts)
    return openai_at(fake.compatible_url, api_key="", timeouts=timeouts, name="compatible")


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeProviders]:
    async with FakeProviders() as server:
        yield server
        while _opened:
            await _opened.pop().close()


@pytest.fixture(params=WIRES)
def provider(request: pytest.FixtureRequest, fake: FakeProviders) -> Provider:
    return provider_on(request.param, fake)


# Replies


async def test_a_reply_arrives_in_pieces_and_ends_with_its_stop(provider: Provider, fake: FakeProviders) -> None:
    fake.script(pieces=["Hel", "lo ", "Bob"], interval=0.2)
    reply = await ask(provider, "Hi")
    assert reply.error is None
    assert reply.pieces == ["Hel", "lo ", "Bob"]
    assert reply.stop == Stop("end")


async def test_what_has_come_while_nobody_read_is_one_piece(provider: Provider, fake: FakeProviders) -> None:
    fake.script(reply="word " * 200, interval=0.001)
    pieces = []
    async with aclosing(provider.stream(Prompt("Hi", NOW), "small")) as stream:
        async for event in stream:
            if isinstance(event, str):
                pieces.append(event)
                await asyncio.sleep(0.05)
    assert "".join(pieces) == "word " * 200
    assert len(pieces) <= 30


async def test_the_first_piece_is_handed_on_before_the_second_one_exists(
    provider: Provider, fake: FakeProviders
) -> None:
    fake.script(pieces=["one", "two"], interval=30.0)
    async with aclosing(provider.stream(Prompt("Hi", NOW), "small")) as stream:
        started = time.monotonic()
        while not isinstance(await anext(stream), str):
            pass
        assert time.monotonic() - started < 15


async def test_memories_in_the_prompt_reach_the_model(provider: Provider) -> None:
    memories = (QuotedMemory(1, "my name is Bob", date(2026, 1, 2)),)
    assert (await ask(provider, Prompt("What is my name?", NOW, memories=memories))).text == "Your name is Bob."
    assert (await ask(provider, Prompt("What is my name?", NOW))).text == "I do not know your name."


async def test_an_output_limit_is_a_stop_of_its_own(provider: Provider, fake: FakeProviders) -> None:
    fake.script(fail="length", reply="one two three", after=2)
    reply = await ask(provider, "Count")
    assert (reply.text, reply.stop) == ("one two ", Stop("length"))


async def test_a_reply_the_policy_cuts_short_keeps_its_text_and_says_so(
    provider: Provider, fake: FakeProviders
) -> None:
    fake.script(fail="refusal_midstream", reply="one two three", after=2)
    reply = await ask(provider, "Count")
    assert (reply.text, reply.stop) == ("one two ", Stop("refusal"))


async def test_a_refusal_written_by_the_model_is_shown_as_its_reply(fake: FakeProviders) -> None:
    fake.script(fail="refusal")
    for wire in ("openai", "compatible"):
        reply = await ask(provider_on(wire, fake), "Help me harm bob")
        assert (reply.text, reply.stop) == ("I cannot help with that.", Stop("refusal"))


async def test_a_refusal_without_a_word_is_an_error_of_its_own(provider: Provider, fake: FakeProviders) -> None:
    fake.script(fail="filtered")
    reply = await ask(provider, "Help me harm bob")
    assert reply.error is not None and reply.error.kind == "refused"


async def test_nul_and_broken_surrogates_never_leave_an_adapter(provider: Provider, fake: FakeProviders) -> None:
    # A cat cut into its two UTF-16 halves, a NUL, half a character in the middle and another at the very end.
    fake.script(pieces=["a\x00b\ud83d", "\udc08 \x00", "\x00", "c\udc00d", "e\ud83d"])
    reply = await ask(provider, "Draw a cat")
    assert reply.text == "ab\U0001f408 c\ufffdde\ufffd"
    assert all(piece.encode() for piece in reply.pieces)


async def test_anthropic_counts_every_token_of_the_prompt_and_of_the_reply(fake: FakeProviders) -> None:
    fake.script(pieces=2, interval=0.5)
    reply = await ask(provider_on("anthropic", fake), "Hi there Bob")
    assert len(reply.usages) == 2, "one when the reply starts, so that a stopped one is counted too, one at its end"
    first, last = reply.usages
    assert first.input_tokens == last.input_tokens > 3
    assert (first.output_tokens, last.output_tokens) == (1, 2)


async def test_openai_counts_tokens_and_a_server_that_does_not_is_no_error(fake: FakeProviders) -> None:
    counted = await ask(provider_on("openai", fake), "Hi there Bob")
    assert [usage.output_tokens for usage in counted.usages] == [5]
    assert counted.usages[0].input_tokens > 3
    uncounted = await ask(provider_on("compatible", fake), "Hi there Bob")
    assert (uncounted.usages, uncounted.stop) == ([], Stop("end"))


@pytest.mark.parametrize("end_delay", [0.0, 0.05])
async def test_replies_one_after_another_share_a_connection(
    provider: Provider, fake: FakeProviders, end_delay: float
) -> None:
    fake.script(end_delay=end_delay)
    for _ in range(3):
        assert (await ask(provider, "Hi")).stop == Stop("end")
    assert len({request.peer for request in fake.requests}) == 1


async def test_a_count_that_comes_after_the_stop_is_waited_for(fake: FakeProviders) -> None:
    fake.script(end_delay=0.05, reply="one two three")
    for wire in ("anthropic", "openai"):
        reply = await ask(provider_on(wire, fake), "Count")
        assert (reply.usages[-1].output_tokens, reply.stop) == (3, Stop("end"))


async def test_many_replies_run_side_by_side_without_mixing(provider: Provider) -> None:
    replies = await asyncio.gather(*(ask(provider, f"number {i} here") for i in range(120)))
    assert [reply.text for reply in replies] == [f"You said: number {i} here" for i in range(120)]


async def test_a_server_that_never_hangs_up_after_the_stop_does_not_hold_the_reply(
    provider: Provider, fake: FakeProviders
) -> None:
    fake.script(fail="lingers", reply="done")
    started = time.monotonic()
    reply = await ask(provider, "Hi")
    assert (reply.text, reply.stop) == ("done", Stop("end"))
    assert time.monotonic() - started < 4
    assert await fake.streams_reach(0)


# Requests


HISTORY = (Said("user", "Hi"), Said("assistant", "Hello"), Said("user", "I am Bob"), Said("assistant", "Noted"))


async def test_anthropic_is_told_to_cache_the_instructions_and_the_history_but_never_the_newest(
    fake: FakeProviders,
) -> None:
    memories = (QuotedMemory(1, "my name is Bob", date(2026, 1, 2)),)
    prompt = Prompt("Who?", NOW, HISTORY, memories, instructions="Be kind.")
    provider = anthropic_at(fake.anthropic_url, reply_tokens=321)
    await ask(provider, prompt, "claude-sonnet-5-5")
    body = fake.requests[0].body
    mark = {"cache_control": {"type": "ephemeral"}}
    assert (body["model"], body["max_tokens"], body["stream"]) == ("claude-sonnet-5-5", 321, True)
    assert body["system"] == [{"type": "text", "text": "Be kind."} | mark]
    assert body["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "I am Bob"},
        {"role": "assistant", "content": [{"type": "text", "text": "Noted"} | mark]},
        {"role": "user", "content": prompt.newest()},
    ]
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_each_turn_reads_what_the_turn_before_cached_although_its_memories_differ(fake: FakeProviders) -> None:
    provider = provider_on("anthropic", fake)
    cached = []
    for turns in range(3):
        memories = (QuotedMemory(turns, f"memory {turns}", date(2026, 1, 2)),)
        reply = await ask(provider, Prompt(f"Turn {turns}", NOW, HISTORY[: 2 * turns], memories))
        cached.append(reply.usages[-1].cached_tokens)
    assert 0 == cached[0] < cached[1] < cached[2]


async def test_openai_gets_instructions_history_newest_and_asks_for_usage(fake: FakeProviders) -> None:
    prompt = Prompt("Who?", NOW, HISTORY[:2], instructions="Be kind.")
    provider = openai_at(fake.openai_url, reply_tokens=321)
    await ask(provider, prompt, "gpt-6.1-sol")
    body = fake.requests[0].body
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": prompt.newest()},
    ]
    assert body["stream_options"] == {"include_usage": True}
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_the_output_limit_has_the_name_that_openai_or_its_imitators_know(fake: FakeProviders) -> None:
    imitator = openai_at(fake.openai_url, reply_tokens=321)
    await ask(imitator, "Hi")
    assert fake.requests[-1].body["max_tokens"] == 321
    assert OpenAIProvider(KEY)._dialect.limit_field == "max_completion_tokens"
    assert OpenAIProvider(KEY, "https://eu.api.openai.com/v1")._dialect.limit_field == "max_completion_tokens"
    assert OpenAIProvider(KEY, "https://openai.com.example.org/v1")._dialect.limit_field == "max_tokens"


async def test_a_server_that_rejects_a_field_is_asked_again_without_it_and_from_then_on(fake: FakeProviders) -> None:
    provider = openai_at(fake.compatible_url, api_key="")
    provider._dialect.limit_field = "max_completion_tokens"
    first = await asyncio.gather(*(ask(provider, "Hi") for _ in range(5)))
    assert [reply.stop for reply in first] == [Stop("end")] * 5
    fake.requests.clear()
    assert (await ask(provider, "Hi")).stop == Stop("end")
    (request,) = fake.requests
    assert "stream_options" not in request.body and "max_tokens" in request.body


SAMPLING = Sampling(max_tokens=17, temperature=1.5, top_p=0.9, stop=("END", "\n\n"))


async def test_anthropic_is_told_how_a_program_wants_its_reply_as_far_as_it_can_be(fake: FakeProviders) -> None:
    await ask(anthropic_at(fake.anthropic_url), Prompt("Hi", NOW, sampling=SAMPLING), "claude-sonnet-5-5")
    body = fake.requests[-1].body
    assert (body["max_tokens"], body["stop_sequences"]) == (17, ["END"])
    assert not {"temperature", "top_p"} & set(body)


async def test_openai_is_told_how_a_program_wants_its_reply(fake: FakeProviders) -> None:
    provider = openai_at(fake.openai_url, reply_tokens=300)
    await ask(provider, Prompt("Hi", NOW, sampling=SAMPLING), "gpt-small")
    body = fake.requests[-1].body
    assert (body["max_tokens"], body["temperature"], body["top_p"]) == (17, 1.5, 0.9)
    assert body["stop"] == ["END", "\n\n"]
    await ask(provider, Prompt("Hi", NOW, sampling=Sampling(max_tokens=9_000)), "gpt-small")
    body = fake.requests[-1].body
    assert body["max_tokens"] == 300
    assert not {"temperature", "top_p", "stop"} & set(body)


async def test_a_model_that_takes_no_temperature_is_asked_without_it_from_then_on(fake: FakeProviders) -> None:
    provider = openai_at(fake.toolless_url)
    prompt = Prompt("Hi", NOW, sampling=Sampling(temperature=0.2, top_p=0.5))
    assert (await ask(provider, prompt, "small")).stop == Stop("end")
    fake.requests.clear()
    assert (await ask(provider, prompt, "small")).stop == Stop("end")
    (request,) = fake.requests
    assert "temperature" not in request.body
    assert request.body["top_p"] == 0.5


async def test_a_value_that_is_refused_is_an_error_and_costs_nobody_else_theirs(fake: FakeProviders) -> None:
    provider = openai_at(fake.openai_url)
    reply = await ask(provider, Prompt("Hi", NOW, sampling=Sampling(temperature=1.9)), "small")
    assert reply.error is not None and reply.error.kind == "bad_request"
    assert (await ask(provider, Prompt("Hi", NOW, sampling=Sampling(temperature=0.2)), "small")).stop == Stop("end")
    assert fake.requests[-1].body["temperature"] == 0.2


@pytest.mark.parametrize("wire", ["anthropic", "openai"])
async def test_a_reply_that_a_program_has_end_at_once_is_empty_and_no_failure(fake: FakeProviders, wire: str) -> None:
    fake.script(fail="empty", times=2)
    provider = provider_on(wire, fake)
    ended = await ask(provider, Prompt("Hi", NOW, sampling=Sampling(stop=("Hi",))))
    assert (ended.pieces, ended.stop, ended.error) == ([], Stop("end"), None)
    failed = await ask(provider, "Hi")
    assert failed.error is not None and failed.error.kind == "empty_reply"


async def test_a_server_without_a_key_never_gets_openais_own(
    fake: FakeProviders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-secret-of-alice")
    await ask(provider_on("compatible", fake), "Hi")
    assert "secret-of-alice" not in str(fake.requests[-1].headers)


async def test_an_unnamed_model_is_the_first_one_the_server_lists(fake: FakeProviders) -> None:
    provider = openai_at(fake.compatible_url, api_key="", model_names=("auto",))
    assert (await ask(provider, "Hi", "auto")).stop == Stop("end")
    assert fake.requests[-1].body["model"] == "small"


async def test_an_unnamed_model_that_has_been_taken_away_gives_way_to_the_one_that_is_there_now(
    fake: FakeProviders,
) -> None:
    provider = openai_at(fake.compatible_url, api_key="", model_names=("auto",))
    await ask(provider, "Hi", "auto")
    fake.models = ("large",)
    fake.script(fail="unknown_model", times=1)
    assert (await ask(provider, "Hi", "auto")).stop == Stop("end")
    assert fake.requests[-1].body["model"] == "large"
    fake.script(fail="unknown_model", times=1)
    failed = await ask(provider, "Hi", "auto")
    assert failed.error is not None and failed.error.kind == "unknown_model"


# Failures


FAILURES: tuple[tuple[str, ErrorKind], ...] = (
    ("rate_limited", "rate_limited"),
    ("rate_limited_no_header", "rate_limited"),
    ("no_credit", "no_credit"),
    ("overloaded", "overloaded"),
    ("bad_key", "bad_key"),
    ("unknown_model", "unknown_model"),
    ("context_too_long", "context_too_long"),
    ("bad_request", "bad_request"),
    ("server_error", "provider_failed"),
    ("drop", "broken_stream"),
    ("not_a_stream", "broken_stream"),
    ("empty", "empty_reply"),
)


@pytest.mark.parametrize(("fail", "kind"), FAILURES)
async def test_a_failure_before_the_first_piece_has_its_own_kind(
    provider: Provider, fake: FakeProviders, fail: str, kind: ErrorKind
) -> None:
    fake.script(fail=fail)
    reply = await ask(provider, "Hi")
    assert reply.error is not None and reply.error.kind == kind
    assert (reply.pieces, reply.stop) == ([], None)
    assert KEY not in reply.error.detail and "sk-" not in reply.error.detail
    assert reply.error.__cause__ is not None or kind in {"broken_stream", "empty_reply"}
    assert await fake.streams_reach(0)


MIDSTREAM_FAILURES: tuple[tuple[str, ErrorKind], ...] = (
    ("overloaded_midstream", "overloaded"),
    ("error_midstream", "provider_failed"),
    ("drop_midstream", "broken_stream"),
    ("garbage", "broken_stream"),
    ("bad_bytes", "broken_stream"),
    ("no_stop", "no_stop_reason"),
    ("no_reason", "no_stop_reason"),
)


@pytest.mark.parametrize(("fail", "kind"), MIDSTREAM_FAILURES)
async def test_a_failure_in_mid_stream_keeps_the_pieces_and_is_never_retried(
    provider: Provider, fake: FakeProviders, fail: str, kind: ErrorKind
) -> None:
    fake.script(fail=fail, reply="one two three", after=2)
    await ask(provider, "warm up, so that a rejected field is out of the way")
    requests = len(fake.requests)
    reply = await ask(provider, "Count")
    assert reply.error is not None and reply.error.kind == kind
    assert (reply.text, reply.stop) == ("one two ", None)
    assert len(fake.requests) == requests + 1
    assert await fake.streams_reach(0)


async def test_a_rate_limit_says_when_to_try_again(provider: Provider, fake: FakeProviders) -> None:
    fake.script(fail="rate_limited", retry_after="30")
    reply = await ask(provider, "Hi")
    assert reply.error is not None and reply.error.retry_after == 30.0

    fake.reset()
    fake.script(
        fail="rate_limited", retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    )
    reply = await ask(provider, "Hi")
    assert reply.error is not None and reply.error.retry_after == pytest.approx(60, abs=3)

    fake.reset()
    fake.script(fail="rate_limited", retry_after="soon")
    reply = await ask(provider, "Hi")
    assert reply.error is not None and reply.error.retry_after is None


async def test_a_long_wait_asked_for_by_the_provider_is_reported_at_once(
    provider: Provider, fake: FakeProviders
) -> None:
    await ask(provider, "warm up")
    requests = len(fake.requests)
    fake.script(fail="rate_limited", retry_after="40")
    started = time.monotonic()
    reply = await ask(provider, "Hi")
    assert reply.error is not None and reply.error.retry_after == 40.0
    assert time.monotonic() - started < 20
    assert len(fake.requests) == requests + 1


@pytest.mark.parametrize("fail", ["overloaded", "rate_limited", "server_error", "drop"])
async def test_a_passing_difficulty_before_the_stream_is_retried_once(
    provider: Provider, fake: FakeProviders, fail: str
) -> None:
    await ask(provider, "warm up")
    requests = len(fake.requests)
    fake.script(fail=fail, retry_after="0.1", times=1)
    reply = await ask(provider, "Hi")
    assert (reply.text, reply.stop, reply.error) == ("You said: Hi", Stop("end"), None)
    assert len(fake.requests) == requests + 2


@contextlib.contextmanager
def full_house() -> Iterator[int]:
    """A port whose queue of connections is full, so that connecting to it takes for ever."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def providers_at(url: str) -> list[Provider]:
    timeouts = Timeouts(connect=0.3, first_piece=10.0, between_pieces=10.0)
    return [anthropic_at(url, timeouts=timeouts), openai_at(f"{url}/v1", timeouts=timeouts)]


async def test_a_server_that_cannot_be_reached_is_told_from_a_slow_one(fake: FakeProviders) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for url in (refusing, "http://nowhere.invalid", "http://127.0.0.1:1/elsewhere"):
            for provider in providers_at(url):
                reply = await ask(provider, "Hi")
                assert reply.error is not None and reply.error.kind == "unreachable", (url, reply.error)


async def test_a_connection_that_is_never_accepted_is_given_up_after_the_connect_time_out(
    fake: FakeProviders,
) -> None:
    with full_house() as port:
        for provider in providers_at(f"http://127.0.0.1:{port}"):
            started = time.monotonic()
            reply = await ask(provider, "Hi")
            assert reply.error is not None and reply.error.kind == "unreachable"
            assert time.monotonic() - started < 8


async def test_tls_spoken_to_a_server_without_it_is_unreachable(fake: FakeProviders) -> None:
    for provider in providers_at(fake.url.replace("http:", "https:")):
        reply = await ask(provider, "Hi")
        assert reply.error is not None and reply.error.kind == "unreachable", reply.error


async def test_what_cannot_be_sent_is_an_error_like_any_other(fake: FakeProviders) -> None:
    key = "alice-0123\nbob: yes"
    for provider in (anthropic_at(fake.url, api_key=key), openai_at(fake.openai_url, api_key=key)):
        reply = await ask(provider, "Hi")
        assert reply.error is not None and reply.error.kind == "bad_request"
        assert key not in reply.error.detail
    for provider in (anthropic_at(fake.url), openai_at(fake.openai_url)):
        reply = await ask(provider, "half a cat: \ud83d")
        assert reply.error is not None and reply.error.kind == "bad_request"


# Stopping


async def test_closing_the_reply_closes_the_request_upstream(provider: Provider, fake: FakeProviders) -> None:
    fake.script(reply="word " * 1000, interval=0.01)
    async with aclosing(provider.stream(Prompt("Hi", NOW), "small")) as stream:
        async for item in stream:
            if isinstance(item, str):
                break
        assert fake.open_streams == 1
    assert await fake.streams_reach(0)
    assert fake.closed_early == 1


@pytest.mark.parametrize("fail", ["slow_connect", "silence", "silence_midstream"])
async def test_cancelling_closes_the_request_upstream_even_while_the_provider_is_silent(
    provider: Provider, fake: FakeProviders, fail: str
) -> None:
    fake.script(fail=fail, reply="one two three")
    task = asyncio.create_task(ask(provider, "Hi"))
    assert await fake.streams_reach(1)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await fake.streams_reach(0)


@pytest.mark.parametrize(
    "script",
    [
        {"reply": "word " * 1000, "interval": 0.02},
        {"fail": "slow_connect"},
        {"fail": "silence"},
        {"fail": "silence_midstream", "reply": "one two three"},
    ],
)
async def test_a_callers_deadline_ends_a_reply_that_drips_or_keeps_silent_for_ever(
    provider: Provider, fake: FakeProviders, script: dict[str, Any]
) -> None:
    fake.script(**script)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await ask(provider, "Hi")
    assert time.monotonic() - started < 4
    assert await fake.streams_reach(0)


async def test_after_a_stopped_reply_the_next_one_is_whole(provider: Provider, fake: FakeProviders) -> None:
    fake.script(reply="word " * 1000, interval=0.01, times=1, match="long")
    async with aclosing(provider.stream(Prompt("long", NOW), "small")) as stream:
        await anext(stream)
    reply = await ask(provider, "Hi")
    assert (reply.text, reply.stop) == ("You said: Hi", Stop("end"))


async def test_a_closed_provider_can_be_asked_again(provider: Provider) -> None:
    await ask(provider, "Hi")
    await provider.close()
    assert (await ask(provider, "Hi")).stop == Stop("end")


async def test_one_provider_serves_several_event_loops(fake: FakeProviders) -> None:
    provider = provider_on("anthropic", fake)
    assert (await ask(provider, "Hi")).stop == Stop("end")

    async def elsewhere() -> Stop | None:
        reply = await ask(provider, "Hi")
        await provider.close()
        return reply.stop

    for _ in range(2):
        assert await asyncio.to_thread(asyncio.run, elsewhere()) == Stop("end")
    assert (await ask(provider, "Hi")).stop == Stop("end")
