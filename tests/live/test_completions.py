"""OpenAI's own client, pointed at this site: its person's memory comes with it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import openai
import psycopg
import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import models_of, running
from tests.live.person import Person
from tests.live.site import Site


def client_of(person: Person, token: str = "") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key=token or person.token("chat"), base_url=f"{person.site.url}/v1", max_retries=0, timeout=30
    )


def user(text: str) -> Any:
    return {"role": "user", "content": text}


async def answer(client: openai.AsyncOpenAI, text: str, model: str = "offline", **how: Any) -> str:
    done = await client.chat.completions.create(model=model, messages=[user(text)], **how)
    assert done.choices[0].finish_reason == "stop"
    return done.choices[0].message.content or ""


async def test_what_one_call_was_told_the_next_one_knows_and_nobody_else(alice: Person, bob: Person):
    hers, his = client_of(alice), client_of(bob)
    assert "my name is Bob" in await answer(hers, "Hi! Remember: my name is Bob")
    assert "Bob" in await answer(hers, "What is my name?")
    assert "Bob" not in await answer(his, "What is my name?")
    assert "Bob" not in await answer(hers, "What is my name?", extra_headers={"X-Memchat-Memory": "off"})
    assert "Bob" not in await answer(hers, "What is my name?", extra_body={"memory": "off"})
    listed = alice.get("/memories/")[1]
    assert "my name is Bob" in listed
    assert "Through the API" in listed
    assert "Forgotten" in await answer(hers, "Forget my name")
    assert "my name is Bob" not in alice.get("/memories/")[1]
    # Nothing of it is a thread.
    assert 'aria-label="Thread options"' not in alice.get("/")[1]
    assert "What is my name?" not in alice.get("/")[1]


async def test_a_switched_off_memory_says_that_nothing_was_stored(alice: Person):
    hers = client_of(alice)
    for mode in ("off", "read"):
        told = await answer(hers, "Remember: I play the cello", extra_headers={"X-Memchat-Memory": mode})
        assert "I'll remember" not in told
    assert "cello" not in alice.get("/memories/")[1]


async def test_a_reply_streams_with_its_usage(alice: Person, provider: FakeProvidersProcess):
    text = "Grüße, 世界! and so on. " * 10
    provider.script(reply=text, interval=0.002)
    parts, reason, usage = [], None, None
    stream = await client_of(alice).chat.completions.create(
        model="openai:gpt-small",
        messages=[
            {"role": "system", "content": "Speak like a pirate."},
            user("One"),
            {"role": "assistant", "content": "1"},
            user("Two"),
        ],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        for choice in chunk.choices:
            parts.append(choice.delta.content or "")
            reason = choice.finish_reason or reason
        usage = chunk.usage or usage
    assert "".join(parts) == text
    assert len([part for part in parts if part]) > 5
    assert reason == "stop"
    assert usage is not None
    assert usage.completion_tokens > 0
    asked = json.dumps(provider.report()["requests"][-1]["body"])
    assert "Speak like a pirate." in asked
    assert "gpt-small" in asked
    assert [one in asked for one in ("One", "Two")] == [True, True]


async def test_a_provider_that_falls_silent_ends_a_streamed_reply_too(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="Some words, and then. " * 20, fail="silence_midstream", interval=0.001)
    stream = await client_of(alice).chat.completions.create(
        model="openai:gpt-small", messages=[user("Go on")], stream=True
    )
    parts = []
    with pytest.raises(openai.APIError, match="did not answer in time"):
        async with asyncio.timeout(10):
            async for chunk in stream:
                parts.append(chunk.choices[0].delta.content or "")
    assert any(parts)


async def test_what_was_written_for_a_program_that_left_is_counted(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="word " * 3_000, interval=0.001)
    stream = await client_of(alice).chat.completions.create(
        model="anthropic:claude-sonnet-5-5", messages=[user("Go on")], stream=True
    )
    heard = ""
    async for chunk in stream:
        heard += chunk.choices[0].delta.content or ""
        if len(heard) > 1_000:
            break
    await stream.close()
    async with asyncio.timeout(20):
        while not (written := re.findall(r"<td>([\d,]+)</td></tr>", alice.get("/usage/")[1])):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert int(written[0].replace(",", "")) >= len(heard) // 4


async def test_the_models_of_the_site_are_listed(alice: Person):
    hers = client_of(alice)
    names = [one.id async for one in hers.models.list()]
    assert names[0] == "memchat"
    assert {"openai:gpt-small", "openai:gpt-large", "offline:offline"} <= set(names)
    assert (await hers.models.retrieve("openai:gpt-large")).id == "openai:gpt-large"
    with pytest.raises(openai.NotFoundError) as caught:
        await answer(hers, "Hi", model="no-such-model")
    assert caught.value.code == "model_not_found"


async def test_what_goes_wrong_is_what_the_client_expects(alice: Person, provider: FakeProvidersProcess):
    hers = client_of(alice)
    with pytest.raises(openai.AuthenticationError):
        await answer(client_of(alice, "memchat_" + "x" * 43), "Hi")
    with pytest.raises(openai.PermissionDeniedError):
        await answer(client_of(alice, alice.token("threads:read")), "Hi")
    with pytest.raises(openai.BadRequestError):
        await hers.chat.completions.create(model="memchat", messages=[{"role": "assistant", "content": "1"}])
    with pytest.raises(openai.BadRequestError):
        await answer(hers, "Hi", tools=[{"type": "function", "function": {"name": "f"}}])
    provider.script(fail="rate_limited", retry_after="7")
    with pytest.raises(openai.RateLimitError) as limited:
        await answer(hers, "Hi", model="gpt-small")
    assert limited.value.response.headers["retry-after"]


async def test_how_a_reply_is_to_be_made_is_passed_on(alice: Person, provider: FakeProvidersProcess):
    hers = client_of(alice)
    await answer(hers, "Hi", model="gpt-small", max_tokens=12, temperature=0.3, top_p=0.8, stop="END")
    (asked,) = provider.report()["requests"]
    kept = {name: asked["body"].get(name) for name in ("max_tokens", "temperature", "top_p", "stop")}
    assert kept == {"max_tokens": 12, "temperature": 0.3, "top_p": 0.8, "stop": ["END"]}
    wrong: list[tuple[str, Any]] = [
        ("max_tokens", 0),
        ("max_completion_tokens", "9"),
        ("temperature", 2.1),
        ("top_p", -1),
    ]
    for name, value in [*wrong, ("stop", ["x"] * 5), ("stop", ""), ("response_format", {"type": "json_object"})]:
        with pytest.raises(openai.BadRequestError) as refused:
            await answer(hers, "Hi", extra_body={name: value})
        assert refused.value.param == name


@pytest.fixture(scope="module")
def learning_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    yield from running({**models_of(provider_process), "MEMCHAT_LEARNING": "yes", "MEMCHAT_DATABASE_POOL": "8"})


async def test_what_was_said_is_learned_from_and_not_kept(
    learning_site: Site, newcomer: Any, provider: FakeProvidersProcess
):
    carol = newcomer(learning_site)
    hers = client_of(carol)
    fact = {"statement": "I live in Oslo", "quote": "moved to Oslo", "category": "place"}
    made_up = {"statement": "I own a boat", "quote": "a boat", "category": "fact"}
    provider.script(endpoint="learning", reply=json.dumps({"facts": [fact, made_up], "outdated": []}))
    await answer(hers, "We moved to Oslo, and the boxes are still everywhere. Any tips?", model="gpt-small")
    ends = time.monotonic() + 30
    while "I live in Oslo" not in (page := carol.get("/memories/")[1]):
        assert time.monotonic() < ends, "nothing was learned"
        await asyncio.sleep(0.2)
    assert "I own a boat" not in page
    assert "Through the API" in page
    with psycopg.connect(learning_site.database_url()) as connection:
        assert connection.execute("SELECT count(*) FROM conversations_heard").fetchone() == (0,)
    assert "gpt-small" in carol.get("/usage/")[1]


async def test_replies_that_take_long_leave_the_pool_to_everybody(
    learning_site: Site, newcomer: Any, provider: FakeProvidersProcess
):
    """More of them than there are connections."""
    dave = newcomer(learning_site)
    token = dave.token()
    hers = client_of(dave, token)
    provider.script(reply="word " * 400, interval=0.02)
    calls = [asyncio.create_task(answer(hers, f"Go on, {number}", model="gpt-small")) for number in range(16)]
    await asyncio.sleep(2)
    async with asyncio.timeout(5):
        status, _ = await asyncio.to_thread(dave.get, "/memories/")
    assert status == 200
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
