"""Tools over a real loopback wire with the real SDKs: how they are offered, called and answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio

from conversations.prompts import Exchange, Prompt, QuotedMemory, Said, Tool, ToolCall
from conversations.providers.anthropic import AnthropicProvider
from conversations.providers.base import Provider, ProviderError, Stop, Usage
from conversations.providers.openai import OpenAIProvider
from conversations.providers.tool_calls import ARGUMENTS_MAX_CHARS, MOST_CALLS, CallCollector
from tests.fake_providers import FakeProviders

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
TOOLS = (Tool("look", "Looks something up.", SCHEMA), Tool("note", "Notes something.", SCHEMA))
ASKED = Prompt("What is the boat called?", NOW, tools=TOOLS)


class Reply:
    """What one request came to."""

    def __init__(self) -> None:
        self.text = ""
        self.calls: list[ToolCall] = []
        self.usage: Usage | None = None
        self.stop: Stop | None = None
        self.error: ProviderError | None = None

    @property
    def called(self) -> list[tuple[str, Any]]:
        return [(call.name, call.arguments) for call in self.calls]


async def ask(provider: Provider, prompt: Prompt = ASKED, model_name: str = "small") -> Reply:
    reply = Reply()
    try:
        async with aclosing(provider.stream(prompt, model_name)) as stream:
            async for event in stream:
                assert reply.stop is None, "something came after the stop"
                if isinstance(event, str):
                    assert not reply.calls, "text after a call"
                    reply.text += event
                elif isinstance(event, Usage):
                    reply.usage = event
                elif isinstance(event, ToolCall):
                    reply.calls.append(event)
                else:
                    reply.stop = event
    except ProviderError as error:
        reply.error = error
    return reply


def answered(prompt: Prompt, reply: Reply, *results: str) -> Prompt:
    """The prompt of the next round."""
    exchange = Exchange(reply.text, tuple(reply.calls), results)
    return replace(prompt, exchanges=(*prompt.exchanges, exchange))


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeProviders]:
    async with FakeProviders() as server:
        yield server


@pytest_asyncio.fixture(params=["anthropic", "openai", "compatible"])
async def provider(request: pytest.FixtureRequest, fake: FakeProviders) -> AsyncIterator[Provider]:
    made: dict[str, Provider] = {
        "anthropic": AnthropicProvider("key", fake.anthropic_url),
        "openai": OpenAIProvider("key", fake.openai_url),
        "compatible": OpenAIProvider("", fake.compatible_url, name="compatible"),
    }
    yield made[request.param]
    await made[request.param].close()


LOOK = {"name": "look", "arguments": {"query": 'Grüße, 世界 "quoted" \\ 🚤'}}
NOTE = {"name": "note", "arguments": {"query": "Dora"}}


async def test_calls_arrive_whole_after_the_text_and_the_reply_waits_for_results(provider, fake):
    fake.script(calls=[LOOK, NOTE], reply="Let me look.")
    reply = await ask(provider)
    assert reply.error is None
    assert reply.text == "Let me look."
    assert reply.called == [("look", LOOK["arguments"]), ("note", NOTE["arguments"])]
    assert reply.stop == Stop("tools")
    assert len({call.id for call in reply.calls}) == 2


async def test_calls_without_a_word_are_no_empty_reply(provider, fake):
    fake.script(calls=[LOOK])
    reply = await ask(provider)
    assert (reply.error, reply.text, reply.stop) == (None, "", Stop("tools"))


async def test_results_go_back_as_the_protocol_wants_them_round_after_round(provider, fake):
    fake.script(calls=[LOOK, NOTE], reply="Let me look.", times=1)
    fake.script(calls=[NOTE], times=1)
    fake.script(reply="She is called Dora.")
    first = await ask(provider)
    second_prompt = answered(ASKED, first, '{"found": 1}', '{"found": 2}')
    second = await ask(provider, second_prompt)
    last = await ask(provider, answered(second_prompt, second, '{"found": 3}'))
    assert (last.error, last.text, last.stop) == (None, "She is called Dora.", Stop("end"))
    assert "found" in json.dumps(fake.requests[-1].body["messages"])


async def test_the_stand_in_refuses_calls_whose_results_are_missing_as_the_real_apis_do(provider, fake):
    fake.script(calls=[LOOK, NOTE], times=1)
    await ask(provider, answered(ASKED, await ask(provider), "{}", "{}"))
    body = fake.requests[-1].body
    assert not await refused(fake, provider, body)
    if provider.name == "anthropic":
        body["messages"][-1]["content"].pop()
    else:
        body["messages"].pop()
    assert await refused(fake, provider, body)


async def refused(fake: FakeProviders, provider: Provider, body: dict[str, Any]) -> bool:
    import aiohttp

    path = "/v1/messages" if provider.name == "anthropic" else "/v1/chat/completions"
    headers = {"authorization": "Bearer key", "anthropic-version": "2023-06-01"}
    async with aiohttp.ClientSession() as session, session.post(fake.url + path, json=body, headers=headers) as got:
        return got.status == 400


@pytest.mark.parametrize(
    "arguments",
    ['{"query": "Do', "[1, 2]", '"Dora"', '{"query": NaN}', "[" * 5_000, '{"query": ' + "9" * 5_000 + "}"],
    ids=["cut off", "a list", "a string", "NaN", "too deep", "a huge number"],
)
async def test_arguments_that_are_no_object_are_a_call_that_says_so(provider, fake, arguments):
    fake.script(calls=[{"name": "look", "arguments": arguments}], times=1)
    reply = await ask(provider)
    assert reply.error is None
    assert [(call.name, call.arguments, call.malformed) for call in reply.calls] == [("look", {}, True)]
    again = await ask(provider, answered(ASKED, reply, '{"status": "failed"}'))
    assert again.stop == Stop("end")


async def test_nul_and_broken_surrogates_in_arguments_never_leave_an_adapter(provider, fake):
    fake.script(calls=[{"name": "look", "arguments": '{"query": "a\\u0000b \\ud83d \\ud83d\\udea4"}'}], times=1)
    reply = await ask(provider)
    assert reply.called == [("look", {"query": "ab � 🚤"})]
    assert (await ask(provider, answered(ASKED, reply, "{}"))).stop == Stop("end")


async def test_tools_are_not_offered_to_a_prompt_without_them(provider, fake):
    fake.script(calls=[LOOK])
    reply = await ask(provider, Prompt("Hi", NOW))
    assert (reply.text, reply.calls, reply.stop) == ("You said: Hi", [], Stop("end"))
    assert "tools" not in fake.requests[-1].body


async def test_when_no_more_may_be_called_the_model_answers_and_the_tools_stay_in_the_request(provider, fake):
    fake.script(calls=[LOOK])
    reply = await ask(provider)
    closed = await ask(provider, replace(answered(ASKED, reply, "{}"), may_call=False))
    assert (closed.calls, closed.stop) == ([], Stop("end"))
    assert closed.text
    assert fake.requests[-1].body["tools"] == fake.requests[0].body["tools"]


async def test_a_model_that_calls_what_it_was_not_offered_is_not_listened_to(provider, fake, monkeypatch):
    monkeypatch.setattr("tests.fake_providers.server.may_call", lambda body: True)
    fake.script(calls=[LOOK], reply="Well.")
    reply = await ask(provider, Prompt("Hi", NOW))
    assert (reply.text, reply.calls, reply.stop) == ("Well.", [], Stop("end"))


async def test_a_limit_in_the_middle_of_a_call_leaves_no_call(provider, fake, monkeypatch):
    monkeypatch.setattr("tests.fake_providers.server._Stream._ending", lambda self: "length")
    fake.script(calls=[LOOK], reply="Let me look.")
    reply = await ask(provider)
    assert (reply.text, reply.calls, reply.stop) == ("Let me look.", [], Stop("length"))


async def test_a_server_that_calls_and_says_it_has_finished_is_understood(provider, fake, monkeypatch):
    monkeypatch.setattr("tests.fake_providers.server._Stream._ending", lambda self: "end")
    fake.script(calls=[LOOK])
    reply = await ask(provider)
    assert (reply.called, reply.stop) == ([("look", LOOK["arguments"])], Stop("tools"))


async def test_memories_carry_their_numbers_only_where_there_are_tools():
    prompt = Prompt("Hi", NOW, memories=(QuotedMemory(12, "my boat is called Dora", date(2026, 1, 2)),))
    assert "- (2026-01-02) my boat is called Dora" in prompt.newest()
    assert "[m12]" not in prompt.newest()
    assert "- [m12] (2026-01-02) my boat is called Dora" in replace(prompt, tools=TOOLS).newest()


async def test_tools_and_instructions_are_read_from_the_cache_by_the_next_turn_and_the_next_round(fake):
    provider = AnthropicProvider("key", fake.anthropic_url)
    history: tuple[Said, ...] = ()
    cached = []
    for turn in range(3):
        memories = (QuotedMemory(turn, f"memory {turn}", date(2026, 1, 2)),)
        prompt = Prompt(f"Turn {turn}", NOW, history, memories, tools=TOOLS)
        fake.script(calls=[LOOK], times=1)
        first = await ask(provider, prompt)
        second = await ask(provider, answered(prompt, first, "{}"))
        assert first.usage and second.usage
        cached.append(first.usage.cached_tokens)
        assert second.usage.cached_tokens >= first.usage.cached_tokens > 0 or turn == 0
        history += (Said("user", prompt.text), Said("assistant", "Good."))
    await provider.close()
    assert 0 == cached[0] < cached[1] < cached[2]
    assert len({json.dumps(request.body["tools"]) for request in fake.requests}) == 1
    assert len({json.dumps(request.body["system"]) for request in fake.requests}) == 1


async def test_a_server_that_rejects_tools_is_asked_again_without_and_from_then_on(fake):
    provider = OpenAIProvider("", fake.toolless_url, name="compatible")
    memories = (QuotedMemory(12, "my name is Bob", date(2026, 1, 2)),)
    prompt = replace(ASKED, text="What is my name?", memories=memories)
    for _ in range(2):
        reply = await ask(provider, prompt)
        assert (reply.error, reply.text) == (None, "Your name is Bob.")
    assert ["tools" in request.body for request in fake.requests if "stream_options" not in request.body] == [False] * 2
    assert "[m12]" not in json.dumps(fake.requests[-1].body)
    fake.requests.clear()
    await ask(provider, prompt)
    assert len(fake.requests) == 1
    await provider.close()


async def test_a_server_that_stops_taking_tools_in_the_middle_gets_the_results_as_text(fake):
    provider = OpenAIProvider("", fake.toolless_url, name="compatible")
    call = ToolCall("call_1", "look", {"query": "boat"})
    reply = await ask(provider, replace(ASKED, exchanges=(Exchange("Let me look.", (call,), ('{"found": "Dora"}',)),)))
    assert (reply.error, reply.stop) == (None, Stop("end"))
    assert "Dora" in fake.requests[-1].body["messages"][-1]["content"]
    await provider.close()


def collected(*events: dict[str, Any]) -> list[tuple[str, Any]]:
    collector = CallCollector()
    for event in events:
        collector.add(event.pop("place", 0), **event)
    calls = collector.collected()
    assert all(call.id for call in calls) and len({call.id for call in calls}) == len(calls)
    return [(call.name, dict(call.arguments)) for call in calls]


async def test_calls_that_share_a_place_are_told_apart_by_their_ids():
    assert collected(
        {"id": "a", "name": "look", "fragment": '{"query": "x"}'}, {"id": "b", "name": "note", "fragment": "{}"}
    ) == [("look", {"query": "x"}), ("note", {})]


async def test_an_id_that_changes_with_every_fragment_makes_no_new_call():
    assert collected(
        {"id": "a", "name": "look", "fragment": '{"query"'}, {"id": "b", "name": "", "fragment": ': "x"}'}
    ) == [("look", {"query": "x"})]


async def test_calls_without_ids_or_names_and_far_too_many_do_no_harm():
    assert collected({"name": "look"}, {"place": 1, "name": "note"}) == [("look", {}), ("note", {})]
    assert collected({"fragment": "{}"}, {"place": "x", "id": 5, "name": None, "fragment": 7}) == []
    many = [{"place": place, "name": "look"} for place in range(1_000)]
    assert len(collected(*many)) == MOST_CALLS


async def test_endless_arguments_are_cut_and_malformed():
    collector = CallCollector()
    collector.add(0, id="a", name="look", fragment='{"query": "')
    for _ in range(1_000):
        collector.add(0, fragment="x" * 1_000)
    [call] = collector.collected()
    assert call.malformed
    assert sum(len(part) for part in collector._calls[0].fragments) < 2 * ARGUMENTS_MAX_CHARS
