"""The stand-in for the model APIs: what other tests and benchmarks rely on."""

from __future__ import annotations

import math
import time
from datetime import UTC, date, datetime
from typing import Literal

import openai
import pytest

from conversations.prompts import Change, Prompt, QuotedMemory
from conversations.providers.openai import OpenAIProvider
from tests.fake_providers import FakeProviders, FakeProvidersProcess, Scenario
from tests.fake_providers.embeddings import embed
from tests.fake_providers.small_model import answer, take_apart

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def text_of(fake: FakeProviders, text: str) -> str:
    provider = OpenAIProvider("key", fake.openai_url)
    try:
        return "".join([item async for item in provider.stream(Prompt(text, NOW), "small") if isinstance(item, str)])
    finally:
        await provider.close()


def test_the_small_model_reads_what_a_prompt_carries() -> None:
    memories = (QuotedMemory(1, "my name is Bob", date(2026, 1, 2)),)
    asked = Prompt("What is my name?", NOW, memories=memories, changes=(Change("forgot", "I have two cats"),))
    question = take_apart(asked.newest())
    assert question.text == "What is my name?"
    assert question.memories == ("my name is Bob",)
    assert question.changes == (("forgot", "I have two cats"),)


def test_the_small_model_answers_the_story() -> None:
    memories = (QuotedMemory(1, "my name is Bob", date(2026, 1, 2)),)
    changes = (Change("remembered", "my name is Bob"),)
    assert (
        answer(Prompt("Remember: my name is Bob", NOW, changes=changes).newest())
        == "I will remember that: my name is Bob"
    )
    assert answer(Prompt("What is my name?", NOW, memories=memories).newest()) == "Your name is Bob."
    assert answer(Prompt("What is my name?", NOW).newest()) == "I do not know your name."
    assert answer(Prompt("Nice weather", NOW).newest()) == "You said: Nice weather"


@pytest.mark.asyncio
async def test_scenarios_come_from_the_message_then_in_turn_then_for_good() -> None:
    async with FakeProviders() as fake:
        fake.script(reply="for good")
        fake.script(reply="first", times=1)
        fake.script(reply="twice", times=2, match="bob")
        assert await text_of(fake, 'hi fake:{"reply": "from the message"} there') == "from the message"
        assert await text_of(fake, "alice") == "first"
        assert [await text_of(fake, "bob") for _ in range(3)] == ["twice", "twice", "for good"]
        fake.reset()
        assert await text_of(fake, "hi") == "You said: hi"


@pytest.mark.parametrize("wrong", [{"fail": "unheard_of"}, {"colour": "green"}])
def test_a_mistyped_scenario_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        Scenario.from_json(wrong)


def test_a_reply_is_cut_as_the_scenario_says() -> None:
    assert Scenario().cut("one two\n three") == ("one ", "two\n ", "three")
    assert Scenario(pieces=4).cut("abcdefgh") == ("ab", "cd", "ef", "gh")
    assert Scenario(pieces=9).cut("abc") == ("a", "b", "c")
    assert Scenario(pieces=("x", "y")).cut("ignored") == ("x", "y")


@pytest.mark.asyncio
async def test_stamped_pieces_tell_when_they_were_written() -> None:
    async with FakeProviders() as fake:
        fake.script(stamp=True, pieces=5, interval=0.02)
        before = time.monotonic_ns()
        stamps = [int(stamp) for stamp in (await text_of(fake, "hi")).replace("@", " ").split()]
    assert len(stamps) == 5 and before < stamps[0] < stamps[-1] < time.monotonic_ns()
    assert stamps[-1] - stamps[0] > 70e6


def test_as_a_process_it_is_steered_and_read_over_http() -> None:
    with FakeProvidersProcess(interval=0) as fake:
        fake.script(reply="hello", times=1)
        client = openai.OpenAI(api_key="key", base_url=f"{fake.url}/v1", max_retries=0)
        chunks = client.chat.completions.create(
            model="small", messages=[{"role": "user", "content": "hi"}], stream=True, max_tokens=5
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "hello"
        client.close()
        report = fake.report()
        assert report["requests"][0]["body"]["messages"] == [{"role": "user", "content": "hi"}]
        assert (report["open_streams"], report["closed_early"]) == (0, 0)
        fake.reset()
        assert fake.report()["requests"] == []


def test_embeddings_are_unit_vectors_near_for_similar_texts() -> None:
    cats, kitten, name = (embed(text, 256) for text in ("I have two cats", "I had two cat", "my name is Bob"))
    assert math.isclose(sum(value * value for value in cats), 1.0)
    near, far = (sum(a * b for a, b in zip(cats, other, strict=True)) for other in (kitten, name))
    assert near > 0.5 > far + 0.2


@pytest.mark.asyncio
@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_embeddings_have_the_asked_for_dimensions_in_either_encoding(
    encoding: Literal["float", "base64"],
) -> None:
    async with FakeProviders() as fake, openai.AsyncOpenAI(api_key="key", base_url=fake.openai_url) as client:
        made = await client.embeddings.create(
            model="text-embedding-3-small", input=["one", "two"], dimensions=64, encoding_format=encoding
        )
        usual = await client.embeddings.create(model="text-embedding-3-small", input="one")
        assert len(usual.data[0].embedding) == 1536
    if encoding == "float":
        assert made.data[0].embedding == embed("one", 64)
    assert fake.requests[0].body["encoding_format"] == encoding


@pytest.mark.asyncio
async def test_embeddings_fail_when_told_to_and_replies_do_not() -> None:
    async with (
        FakeProviders() as fake,
        openai.AsyncOpenAI(api_key="key", base_url=fake.openai_url, max_retries=0) as client,
    ):
        fake.script(fail="rate_limited", endpoint="embeddings", times=1)
        assert await text_of(fake, "hi") == "You said: hi"
        with pytest.raises(openai.RateLimitError):
            await client.embeddings.create(model="m", input="one")
        await client.embeddings.create(model="m", input="one")
