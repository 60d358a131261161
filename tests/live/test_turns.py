"""Turns on a real site, with real SDKs and a provider on loopback."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person

MODELS = {
    "anthropic": {"provider": "anthropic", "model_name": "claude-sonnet-5-5"},
    "openai": {"provider": "openai", "model_name": "gpt-small"},
    "compatible": {"provider": "compatible", "model_name": "local-small"},
    "offline": {"provider": "offline", "model_name": "offline"},
}


async def test_a_reply_streams_in_and_is_saved_as_it_was_streamed(alice: Person, provider: FakeProvidersProcess):
    text = "Grüße, 世界! 👩‍🚀 **bold** and `code`.\n\n- one\n- two\n" * 20
    provider.script(reply=text, interval=0.001)
    async with alice.tab() as tab:
        said, streamed, ended = await tab.reply_to("Hello")
    assert streamed == text
    assert ended["message"]["state"] == "complete"
    assert ended["end"] == len(text)
    assert "<strong>bold</strong>" in ended["message"]["html"]
    status, source = alice.get(f"/messages/{said['reply']['id']}/source/")
    assert (status, source) == (200, text)
    status, page = alice.get(f"/threads/{said['thread']}/")
    assert status == 200
    assert "<strong>bold</strong>" in page


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
async def test_what_one_thread_was_told_another_thread_knows_and_nobody_else(
    alice: Person, bob: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("Hi! Remember: my name is Bob", **model)
        assert [change["kind"] for change in ended["message"]["changes"]] == ["remembered"]
        assert ended["message"]["changes"][0]["text"] == "my name is Bob"
        _, answer, ended = await tab.reply_to("What is my name?", **model)
        assert "Bob" in answer
        assert [memory["text"] for memory in ended["message"]["memories"]] == ["my name is Bob"]
    async with bob.tab() as tab:
        _, answer, ended = await tab.reply_to("What is my name?", **model)
        assert "Bob" not in answer
        assert ended["message"]["memories"] == []
    assert "my name is Bob" in alice.get("/memories/")[1]
    assert "my name is Bob" not in bob.get("/memories/")[1]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
async def test_what_is_replaced_listed_and_forgotten_on_request_is_confirmed_by_a_complete_reply(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    async with alice.tab() as tab:
        await tab.reply_to("Remember: I live in Vienna", **model)
        for request, kind in (
            ("Remember: I live in Oslo", "updated"),
            ("What do you know about me?", "listed"),
            ("Forget where I live", "forgot"),
            ("Remember: I live in Rome", "remembered"),
            ("Forget everything you know about me", "forgot"),
            ("Forget everything you know about me", "not_found"),
        ):
            _, _, ended = await tab.reply_to(request, **model)
            told = ended["message"]["state"], [change["kind"] for change in ended["message"]["changes"]]
            assert told == ("complete", [kind]), (request, ended)


async def test_the_second_of_two_messages_waits_and_the_third_is_told_busy(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(reply="one two three four", interval=0.1, match="first")
    async with alice.tab() as tab:
        first = await tab.say("first")
        second = await tab.say("second", first["thread"])
        third = await tab.say("third", first["thread"])
        assert third["kind"] == "busy"
        ended = await tab.until("ended")
        assert ended["message"]["id"] == first["reply"]["id"]
        ended = await tab.until("ended")
        assert ended["message"]["id"] == second["reply"]["id"]
        assert ended["message"]["state"] == "complete"
    asked = provider.report()["requests"][-1]["body"]["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]


async def test_the_same_message_sent_twice_is_answered_once(alice: Person, provider: FakeProvidersProcess):
    own_id = str(uuid.uuid4())
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello", id=own_id)
        again = await tab.say("Hello", id=own_id)
    assert again["reply"]["id"] == first["reply"]["id"]
    assert again["reply"]["state"] == "complete"
    assert len(provider.report()["requests"]) == 1


async def test_stop_keeps_the_text_and_closes_the_request_upstream(alice: Person, provider: FakeProvidersProcess):
    lasts = 60
    provider.script(reply="word " * (lasts * 50), interval=0.02)
    async with alice.tab() as tab:
        said = await tab.say("Tell me everything")
        await tab.until("piece")
        await asyncio.sleep(0.5)
        await tab.send(do="stop", message=said["reply"]["id"])
        stopped_at = time.monotonic()
        ended = await tab.until("ended")
        streamed = tab.streamed(said["reply"]["id"])
        while provider.report()["open_streams"]:  # noqa: ASYNC110  it is another process
            await asyncio.sleep(0.02)
        assert time.monotonic() - stopped_at < lasts / 6
    assert ended["message"]["state"] == "stopped"
    assert streamed.startswith("word word")
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == streamed


async def test_a_stopped_reply_counts_what_was_written_before_its_provider_had_counted_it(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(reply="word " * 3_000, interval=0.001)
    async with alice.tab() as tab:
        said = await tab.say("Tell me everything", **MODELS["anthropic"])
        await tab.until("started")
        await asyncio.sleep(0.5)
        await tab.send(do="stop", message=said["reply"]["id"])
        message = (await tab.until("ended"))["message"]
    assert (message["state"], message["usage"]["written"]) == ("stopped", message["end"] // 4)
    assert message["usage"]["read"] > 100


async def test_closing_the_tab_stops_nothing(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="word " * 30, interval=0.03)
    async with alice.tab() as tab:
        said = await tab.say("Hello")
        await tab.until("piece")
    async with alice.tab() as tab:
        await tab.send(do="open", thread=said["thread"])
        await tab.until("ended")
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == "word " * 30


async def test_a_tab_that_comes_back_gets_exactly_what_it_missed(alice: Person, provider: FakeProvidersProcess):
    text = "".join(f"{number} ünï😀 " for number in range(120))
    provider.script(reply=text, interval=0.02)
    async with AsyncExitStack() as tabs:
        first = await tabs.enter_async_context(alice.tab())
        said = await first.say("Count")
        reply = said["reply"]["id"]
        await first.until("piece")
        came_back = []
        for pause in (0.05, 0.3, 0.5):
            await asyncio.sleep(pause)
            tab = await tabs.enter_async_context(alice.tab())
            have = first.streamed(reply)
            await tab.send(
                do="open",
                thread=said["thread"],
                after=said["message"]["id"],
                have={"message": reply, "offset": len(have)},
            )
            opened = await tab.until("opened")
            assert [message["id"] for message in opened["messages"]] == [reply]
            came_back.append((tab, have))
        for tab, have in came_back:
            await tab.until("ended")
            assert tab.streamed(reply, have=have) == text


async def test_a_reply_of_half_a_million_characters_is_saved_and_ends(alice: Person, provider: FakeProvidersProcess):
    text = "".join(f"{number:04} {'😀' * 400}\n" for number in range(1_200))
    provider.script(reply=text, pieces=1_200, interval=0.001)
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("Count")
    assert ended["message"]["state"] == "complete"
    assert ended["end"] == len(text)


async def test_resume_works_from_any_offset_while_the_reply_is_written_and_afterwards(
    alice: Person, provider: FakeProvidersProcess
):
    text = "".join(f"{number} 世界 " for number in range(100))
    provider.script(reply=text, interval=0.01)
    async with alice.tab() as tab, alice.tab() as other:
        said = await tab.say("Count")
        reply = said["reply"]["id"]
        await asyncio.sleep(0.6)
        await other.send(do="resume", message=reply, offset=7)
        live = (await other.until("piece"))["text"]
        assert text[7:].startswith(live)
        await tab.until("ended")
        for offset in (0, 1, len(text) - 1, len(text), len(text) + 50):
            await other.send(do="resume", ref=str(offset), message=reply, offset=offset)
            start = len(other.frames)
            await other.until("ended", ref=str(offset))
            rest = "".join(frame["text"] for frame in other.frames[start:] if frame["type"] == "piece")
            assert rest == text[offset:]


async def test_two_tabs_of_a_thread_see_the_same(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as first, alice.tab() as second:
        said, _, _ = await first.reply_to("Hello")
        await second.send(do="open", thread=said["thread"])
        await second.until("opened")
        provider.script(reply="word " * 20, interval=0.01)
        asked, streamed, _ = await first.reply_to("Once more", said["thread"])
        await second.until("ended")
        kinds = [frame["type"] for frame in second.frames]
        assert kinds.count("message") == 2
        assert second.streamed(asked["reply"]["id"]) == streamed == "word " * 20


FAILURES = {
    "rate_limited": ("failed", "rate_limited", True),
    "rate_limited_no_header": ("failed", "rate_limited", True),
    "overloaded": ("failed", "overloaded", True),
    "overloaded_midstream": ("interrupted", "overloaded", True),
    "bad_key": ("failed", "bad_key", False),
    "unknown_model": ("failed", "unknown_model", False),
    "context_too_long": ("failed", "context_too_long", False),
    "server_error": ("failed", "provider_failed", True),
    "error_midstream": ("interrupted", "provider_failed", True),
    "drop_midstream": ("interrupted", "broken_stream", True),
    "no_stop": ("interrupted", "no_stop_reason", True),
    "garbage": ("interrupted", "broken_stream", True),
    "bad_bytes": ("interrupted", "broken_stream", True),
    "silence": ("failed", "timed_out", True),
    "silence_midstream": ("interrupted", "timed_out", True),
    "refusal": ("failed", "refused", True),
    "empty": ("failed", "empty_reply", True),
}


@pytest.mark.parametrize("name", ["anthropic", "openai"])
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_of_the_provider_is_told_plainly_and_the_message_is_kept(
    alice: Person, provider: FakeProvidersProcess, failure: str, name: str
):
    provider.script(fail=failure, after=2, reply="one two three four", interval=0.01)
    state, kind, retry_helps = FAILURES[failure]
    async with alice.tab() as tab:
        said, streamed, ended = await tab.reply_to("My precious words", **MODELS[name])
        error = ended["message"]["error"]
        assert (ended["message"]["state"], error["kind"], error["retry"]) == (state, kind, retry_helps)
        assert error["text"]
        if state == "interrupted":
            assert streamed == "one two "
        assert "My precious words" in alice.get(f"/threads/{said['thread']}/")[1]
        provider.reset()
        await tab.send(do="retry", ref="again", message=said["reply"]["id"])
        again = await tab.until("said", ref="again")
        ended = await tab.until("ended")
        assert ended["message"]["id"] == again["reply"]["id"]
        assert ended["message"]["state"] == "complete"
        assert again["message"]["id"] == said["message"]["id"]


@pytest.mark.parametrize("name", ["anthropic", "compatible"])
async def test_a_model_that_thinks_aloud_for_long_before_it_answers_is_waited_for(
    alice: Person, provider: FakeProvidersProcess, name: str
):
    # The site's patience for the first piece is three seconds.
    provider.script(reply="Forty-two.", thoughts=5, interval=0.9)
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to("What is the answer?", **MODELS[name])
    assert (ended["message"]["state"], streamed) == ("complete", "Forty-two.")


async def test_a_rate_limit_says_when_to_try_again(alice: Person, provider: FakeProvidersProcess):
    provider.script(fail="rate_limited", retry_after="42")
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("Hello")
    assert ended["message"]["error"]["retry_after"] == 42
    assert "42" in ended["message"]["error"]["text"]


async def test_a_reply_cut_at_its_length_is_complete_and_says_so(alice: Person, provider: FakeProvidersProcess):
    provider.script(fail="length", after=2, reply="one two three")
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("Hello")
    assert (ended["message"]["state"], ended["message"]["stop_reason"]) == ("complete", "length")


async def test_a_long_history_is_fitted_and_the_page_says_so(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="I see.", match="lorem")
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Remember: my boat is called Dora", **MODELS["compatible"])
        thread = said["thread"]
        for number in range(6):
            await tab.reply_to(f"Message {number}: " + "lorem ipsum " * 500, thread)
        _, _, ended = await tab.reply_to("What is my boat called?", thread)
    assert ended["message"]["omitted"] > 0
    asked = provider.report()["requests"][-1]["body"]["messages"]
    everything = str(asked)
    assert "my boat is called Dora" in everything
    assert "Message 5" in everything
    assert "Message 0" not in everything
    assert str(ended["message"]["omitted"]) in alice.get(f"/threads/{thread}/")[1]
