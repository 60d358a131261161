"""Models use memory tools while they reply, on a real site, with real SDKs and a provider on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import models_of, running, site_directory
from tests.live.person import Frame, Person
from tests.live.site import Site

MODELS = {
    "anthropic": {"provider": "anthropic", "model_name": "claude-sonnet-5-5"},
    "openai": {"provider": "openai", "model_name": "gpt-small"},
}
COMPATIBLE = {"provider": "compatible", "model_name": "local-small"}
TOOLS = ["remember", "update", "forget", "search_memories", "search_past_threads"]


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> dict[str, str]:
    return MODELS[request.param]


@pytest.fixture(scope="module")
def plain_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site whose compatible server rejects tools."""
    yield from running({**models_of(provider_process), "COMPATIBLE_BASE_URL": f"{provider_process.url}/toolless/v1"})


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def script(provider: FakeProvidersProcess, *rounds: dict[str, Any]) -> None:
    """What the model says and calls, request by request."""
    for one in rounds:
        provider.script(times=1, **one)


def results(provider: FakeProvidersProcess, request: int = -1) -> list[dict[str, Any]]:
    """What the tools answered, as a request carried it to the model."""
    found = []
    for message in provider.report()["requests"][request]["body"]["messages"]:
        if message["role"] == "tool":
            found.append(json.loads(message["content"]))
        elif isinstance(message["content"], list):
            found += [json.loads(one["content"]) for one in message["content"] if one["type"] == "tool_result"]
    return found


def offered(provider: FakeProvidersProcess, request: int = -1) -> list[str]:
    tools = provider.report()["requests"][request]["body"].get("tools", [])
    return [tool.get("function", tool)["name"] for tool in tools]


def changes(frame: Frame) -> list[tuple[str, str, str]]:
    message = frame.get("message") if frame["type"] == "ended" else frame
    return [(one["kind"], one["source"], one["text"]) for one in message["changes"]]


async def told(person: Person, text: str, model: dict[str, str]) -> Frame:
    """Have something remembered by asking for it."""
    async with person.tab() as tab:
        _, _, ended = await tab.reply_to(f"Remember: {text}", **model)
    return ended["message"]["changes"][0]


MOVED = "We moved to Oslo, and the boxes are still everywhere. Any tips?"
REMEMBER = call("remember", statement="I live in Oslo", quote="moved to Oslo")


async def test_a_model_remembers_what_was_said_and_it_shows_at_once_and_after_a_reload(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [REMEMBER], "reply": "Noted."}, {"reply": "Unpack the kitchen first."})
    async with alice.tab() as tab:
        said, streamed, ended = await tab.reply_to(MOVED, **model)
        live = next(frame for frame in tab.frames if frame["type"] == "memory")
        kinds = [frame["type"] for frame in tab.frames]
        assert kinds.index("started") < kinds.index("memory") < kinds.index("ended")
        assert changes(live) == changes(ended) == [("remembered", "tool", "I live in Oslo")]
        assert streamed == "Noted.\n\nUnpack the kitchen first."
        assert (ended["message"]["state"], ended["message"]["stop_reason"]) == ("complete", "end")
        assert results(provider)[0]["status"] == "remembered"
        _, _, next_ended = await tab.reply_to("Where do I live?", **model)
        assert [memory["text"] for memory in next_ended["message"]["memories"]] == ["I live in Oslo"]
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == streamed
    assert "I live in Oslo" in alice.get("/memories/")[1]
    assert "I live in Oslo" in alice.get(f"/threads/{said['thread']}/")[1]


async def test_what_nobody_said_is_refused_and_the_person_sees_that(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [call("remember", statement="I live in Bergen", quote="moved to Bergen")]})
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to(MOVED, **model)
    assert changes(ended) == [("refused", "tool", "")]
    assert ended["message"]["changes"][0]["reason"]
    assert results(provider)[0]["status"] == "refused"
    assert "Bergen" not in alice.get("/memories/")[1]


async def test_a_model_replaces_what_is_no_longer_true(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    old = await told(alice, "I live in Vienna", model)
    update = call("update", memory=f"m{old['memory']}", statement="I live in Oslo", quote="live in Oslo now")
    script(provider, {"calls": [update]}, {"reply": "How nice."})
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("I live in Oslo now instead of Vienna.", **model)
    assert changes(ended) == [("updated", "tool", "I live in Oslo")]
    assert ended["message"]["changes"][0]["previous"] == "I live in Vienna"
    [request, *_] = [one for one in provider.report()["requests"] if "instead of Vienna" in json.dumps(one["body"])]
    assert f"[m{old['memory']}]" in json.dumps(request["body"])


async def test_a_model_forgets_when_it_is_asked_to_and_not_otherwise(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    boat = await told(alice, "my boat is called Dora", model)
    forget = call("forget", memory=f"m{boat['memory']}")
    async with alice.tab() as tab:
        script(provider, {"calls": [forget]}, {"reply": "I will not."})
        said, _, ended = await tab.reply_to("What is my boat called?", **model)
        assert [kind for kind, _, _ in changes(ended)] == ["refused"]
        script(provider, {"calls": [forget]}, {"reply": "Gone."})
        _, _, ended = await tab.reply_to("The boat sank, please delete what you know of it.", said["thread"], **model)
        assert changes(ended) == [("forgot", "tool", "my boat is called Dora")]
        _, _, ended = await tab.reply_to("What is my boat called?", **model)
        assert ended["message"]["memories"] == []


async def test_another_persons_memory_cannot_be_named(
    alice: Person, bob: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    foreign = f"m{(await told(bob, 'my boat is called Dora', model))['memory']}"
    update = call("update", memory=foreign, statement="I live in Oslo", quote="moved to Oslo")
    script(provider, {"calls": [call("forget", memory=foreign), update]}, {"reply": "Hm."})
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to(f"Forget it. {MOVED}", **model)
    assert changes(ended) == []
    assert [one["status"] for one in results(provider)] == ["failed", "failed"]
    assert "Dora" in bob.get("/memories/")[1]


async def test_searches_show_under_the_reply_with_all_that_was_found(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    await told(alice, "my sister collects stamps", model)
    async with alice.tab() as tab:
        await tab.reply_to("We plan a trip to Bergen in June.", **model)
        calls = [call("search_memories", query="sister"), call("search_past_threads", query="trip Bergen")]
        script(provider, {"calls": calls}, {"reply": "Stamps, and Bergen."})
        said, _, ended = await tab.reply_to("1 + 1 = ?", **model)
        live = [frame for frame in tab.frames if frame["type"] == "memory"][-1]
    uses = [(one["name"], one["query"], one["found"]) for one in ended["message"]["tools"]]
    assert uses == [("search_memories", "sister", 1), ("search_past_threads", "trip Bergen", 1)]
    assert all(one["label"] for one in ended["message"]["tools"])
    assert live["tools"] == ended["message"]["tools"]
    [memory] = ended["message"]["memories"]
    assert (memory["text"], memory["reasons"][0]) == ("my sister collects stamps", "tool")
    found = results(provider)
    assert found[1]["messages"][0]["the person wrote"] == "We plan a trip to Bergen in June."
    async with alice.tab() as tab:
        await tab.send(do="open", thread=said["thread"])
        opened = await tab.until("opened")
    assert opened["messages"][-1]["tools"] == ended["message"]["tools"]


async def test_usage_of_all_rounds_adds_up(alice: Person, provider: FakeProvidersProcess, site: Site):
    script(provider, {"calls": [REMEMBER], "reply": "one two three"}, {"reply": "four five"})
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(MOVED, **MODELS["anthropic"])
    reply = said["reply"]["id"]
    printed = site.manage(
        "shell",
        "-v0",
        "-c",
        f"from conversations.models import Message; m = Message.objects.get(pk='{reply}'); print(m.output_tokens)",
    )
    assert int(printed) == 3 + 2


async def test_a_loop_of_calls_ends_with_an_answer(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    provider.script(calls=[call("search_memories", query="boat")])
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to("Hello there", **model)
    assert ended["message"]["state"] == "complete"
    assert streamed
    assert len(provider.report()["requests"]) == 5
    assert len(ended["message"]["tools"]) == 1


async def test_more_calls_than_a_reply_may_make_are_answered_and_not_carried_out(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [call("search_memories", query=f"boat {n}") for n in range(11)]}, {"reply": "Well."})
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to("Hello there", **model)
    assert (streamed, len(ended["message"]["tools"])) == ("Well.", 8)
    assert [one["status"] for one in results(provider)][8:] == ["failed"] * 3
    assert len(provider.report()["requests"]) == 2


async def test_arguments_that_cannot_be_read_are_told_to_the_model(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    broken = {"name": "remember", "arguments": '{"statement": "I live in'}
    script(provider, {"calls": [broken, call("unheard_of", x=1)]}, {"reply": "Sorry."})
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to(MOVED, **model)
    assert (streamed, ended["message"]["state"], changes(ended)) == ("Sorry.", "complete", [])
    assert [one["status"] for one in results(provider)] == ["failed", "failed"]


async def test_a_reply_without_a_word_after_its_tools_is_an_empty_one_that_keeps_what_they_did(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [REMEMBER]}, {"fail": "empty"})
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to(MOVED, **model)
    assert (ended["message"]["state"], ended["message"]["error"]["kind"]) == ("failed", "empty_reply")
    assert changes(ended) == [("remembered", "tool", "I live in Oslo")]


async def test_a_model_that_has_nothing_to_add_to_its_tools_has_replied(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [REMEMBER], "reply": "I have noted that."}, {"fail": "empty"})
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to(MOVED, **model)
    assert (ended["message"]["state"], streamed) == ("complete", "I have noted that.")
    assert changes(ended) == [("remembered", "tool", "I live in Oslo")]


async def test_a_model_that_only_uses_tools_has_not_replied(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [REMEMBER]}, {"fail": "empty"})
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to(MOVED, **model)
    assert ended["message"]["error"]["kind"] == "empty_reply"
    assert changes(ended) == [("remembered", "tool", "I live in Oslo")]


async def test_a_failure_in_a_later_round_keeps_the_text_and_what_was_done(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str]
):
    script(provider, {"calls": [REMEMBER], "reply": "Let me note that."}, {"fail": "bad_request"})
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to(MOVED, **model)
    assert (ended["message"]["state"], streamed) == ("interrupted", "Let me note that.")
    assert changes(ended) == [("remembered", "tool", "I live in Oslo")]


async def test_a_provider_that_falls_silent_after_its_tools_is_given_up_in_time(
    alice: Person, provider: FakeProvidersProcess
):
    script(provider, {"calls": [REMEMBER]}, {"fail": "silence"})
    started = time.monotonic()
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to(MOVED, **MODELS["anthropic"])
    assert ended["message"]["error"]["kind"] == "timed_out"
    assert time.monotonic() - started < 20  # The provider would say nothing for an hour.


async def test_stop_ends_a_later_round_as_well(alice: Person, provider: FakeProvidersProcess, model: dict[str, str]):
    script(provider, {"calls": [REMEMBER]}, {"reply": "word " * 400, "interval": 0.02})
    async with alice.tab() as tab:
        said = await tab.say(MOVED, **model)
        await tab.until("piece")
        await tab.send(do="stop", message=said["reply"]["id"])
        ended = await tab.until("ended")
    assert ended["message"]["state"] == "stopped"
    assert changes(ended) == [("remembered", "tool", "I live in Oslo")]


async def test_tools_are_the_same_in_every_request_and_closed_threads_have_fewer(
    alice: Person, provider: FakeProvidersProcess, model: dict[str, str], site: Site
):
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Hello", **model)
        assert offered(provider) == TOOLS
        for mode, expected in (("read", TOOLS[3:]), ("off", [])):
            change_thread(site, said["thread"], f"memory_mode='{mode}'")
            await tab.reply_to("Hello", said["thread"], **model)
            assert offered(provider) == expected, mode
        change_thread(
            site,
            said["thread"],
            "temporary=True, memory_mode='off', expires_at=timezone.now() + timedelta(days=1)",
        )
        await tab.reply_to("Hello", said["thread"], **model)
        assert offered(provider) == []
        assert "[m12]" not in json.dumps(provider.report()["requests"][-1]["body"])


def change_thread(site: Site, thread: str, what: str) -> None:
    site.manage(
        "shell",
        "-v0",
        "-c",
        "from datetime import timedelta\nfrom django.utils import timezone\nfrom conversations.models import Thread\n"
        f"Thread.objects.filter(pk='{thread}').update({what})",
    )


async def test_the_offline_provider_is_offered_no_tools(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        _, streamed, ended = await tab.reply_to("Hello", provider="offline", model_name="offline")
    assert streamed and ended["message"]["tools"] == []


async def test_a_server_that_rejects_tools_still_chats(plain_site: Site, newcomer: Any, provider: FakeProvidersProcess):
    person = newcomer(plain_site)
    async with person.tab() as tab:
        await tab.reply_to("Remember: my name is Bob", **COMPATIBLE)
        _, streamed, ended = await tab.reply_to("What is my name?", **COMPATIBLE)
    assert (streamed, ended["message"]["state"]) == ("Your name is Bob.", "complete")
    assert offered(provider) == []
    assert "[m" not in json.dumps(provider.report()["requests"][-1]["body"])


async def test_a_provider_that_never_gets_memories_and_a_site_without_tools(
    plain_site: Site, newcomer: Any, provider: FakeProvidersProcess, model: dict[str, str]
):
    person = newcomer(plain_site)
    plain_site.manage(
        "shell",
        "-v0",
        "-c",
        "from conversations.models import ProviderRule\n"
        f"ProviderRule.objects.update_or_create(provider='{model['provider']}', defaults={{'sends_memories': False}})",
    )
    async with person.tab() as tab:
        await tab.reply_to("Hello", **model)
        assert offered(provider) == ["remember"]


async def test_a_server_killed_after_a_tool_does_its_work_once(
    provider_process: FakeProvidersProcess, provider: FakeProvidersProcess
):
    with site_directory() as directory:
        site = Site(directory / "data", {**models_of(provider_process), "MEMCHAT_RUN_LEASE": "2"})
        try:
            site.start()
            [(name, key)] = site.make_accounts(1, "correct-horse-battery-7")
            person = Person(site, name).with_session(key)
            # After the tool has worked nothing is said, until the server is gone.
            provider.script(fail="silence")
            script(provider, {"calls": [REMEMBER]})
            async with person.tab() as tab:
                said = await tab.say(MOVED, **MODELS["anthropic"])
                first = await tab.until("memory")
            site.kill()
            provider.reset()
            script(provider, {"calls": [REMEMBER]}, {"reply": "Unpack the kitchen first."})
            site.start()
            async with person.tab() as tab:
                await tab.send(do="open", thread=said["thread"])
                ended = await tab.until("ended")
        finally:
            site.destroy()
    assert changes(first) == changes(ended) == [("remembered", "tool", "I live in Oslo")]
    assert ended["message"]["state"] == "complete"
    assert results(provider)[0]["note"] == "That had been done already."
