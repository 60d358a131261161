"""Steering a thread over the socket, as several tabs see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import models_of
from tests.live.person import Frame, Person, Tab
from tests.live.site import Site


async def opened(tab: Tab, thread: str, **more: Any) -> Frame:
    await tab.send(do="open", thread=thread, ref="open", **more)
    return await tab.until("opened")


async def begun(tab: Tab, **command: Any) -> tuple[Frame, str, Frame]:
    """Send what begins a reply, and wait for that: `said`, the text as streamed, `ended`."""
    ref = str(uuid.uuid4())
    start = len(tab.frames)
    await tab.send(**command, ref=ref)
    said = await tab.until("said", ref=ref)
    ended = await tab.until("ended")
    while ended["message"]["id"] != said["reply"]["id"]:
        ended = await tab.until("ended")
    return said, tab.streamed(said["reply"]["id"], start), ended


async def test_an_edited_message_is_a_version_that_every_tab_shows(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab, alice.tab() as other:
        first, _, _ = await tab.reply_to("Number one")
        thread = first["thread"]
        await tab.reply_to("Number two", thread)
        await opened(other, thread)
        said, text, _ = await begun(
            tab, do="edit", message=first["message"]["id"], id=str(uuid.uuid4()), text="Number 1"
        )
        assert said["message"]["parent"] is None
        assert said["message"]["versions"] == {
            "index": 2,
            "count": 2,
            "previous": first["message"]["id"],
            "next": None,
        }
        assert "Number 1" in text
        seen = await other.until("message")
        assert seen["message"] == said["message"]
        assert (await other.until("ended"))["message"]["id"] == said["reply"]["id"]
        asked = provider.report()["requests"][-1]["body"]["messages"]
        assert [message["role"] for message in asked] == ["user"]

        await tab.send(do="show", message=first["message"]["id"], ref="back")
        branch = await other.until("branch")
        assert (branch["from"], branch["reload"]) == (None, False)
        assert [message["text"] for message in branch["messages"] if message["role"] == "user"] == [
            "Number one",
            "Number two",
        ]
        assert branch["messages"][0]["versions"]["next"] == said["message"]["id"]
        assert (await tab.until("branch", ref="back"))["messages"] == branch["messages"]
        page = alice.get(f"/threads/{thread}/")[1]
        assert "Number two" in page
        assert "Number 1<" not in page


async def test_an_edit_sent_again_is_answered_once(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello")
        edit = {"do": "edit", "message": first["message"]["id"], "id": str(uuid.uuid4()), "text": "Hi there"}
        said, _, _ = await begun(tab, **edit)
        await tab.send(**edit, ref="again")
        again = await tab.until("said", ref="again")
        assert (again["message"]["id"], again["reply"]["id"]) == (said["message"]["id"], said["reply"]["id"])
        assert again["reply"]["state"] == "complete"
    assert len(provider.report()["requests"]) == 2


async def test_what_an_edited_message_asks_of_memory_is_done(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Remember: my boat is red")
        _, _, ended = await begun(
            tab, do="edit", message=first["message"]["id"], id=str(uuid.uuid4()), text="Remember: my house is blue"
        )
        assert [change["text"] for change in ended["message"]["changes"]] == ["my house is blue"]
    memories = alice.get("/memories/")[1]
    assert "my boat is red" in memories
    assert "my house is blue" in memories


async def test_another_model_writes_one_reply_and_the_thread_keeps_its_own(
    alice: Person, provider: FakeProvidersProcess
):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello", provider="openai", model_name="gpt-small")
        other = {"provider": "openai", "model_name": "gpt-large"}
        _, _, ended = await begun(tab, do="retry", message=first["reply"]["id"], **other)
        assert ended["message"]["model_name"] == "gpt-large"
        _, _, ended = await tab.reply_to("And now?", first["thread"])
        assert ended["message"]["model_name"] == "gpt-small"
        await tab.send(do="retry", message=first["reply"]["id"], provider="openai", model_name="gpt-none", ref="no")
        assert (await tab.until("error", ref="no"))["kind"] == "unknown_provider"


async def test_a_stopped_reply_goes_on_from_its_end(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="one two three four five " * 40, interval=0.02, match="Count")
    async with alice.tab() as tab:
        first = await tab.say("Count")
        await tab.until("piece")
        await tab.send(do="stop", message=first["reply"]["id"])
        kept = (await tab.until("ended"))["message"]
        assert kept["broke_off"]
        beginning = tab.streamed(first["reply"]["id"])
        provider.reset()
        provider.script(reply="and that is all.", match="broke off")
        said, text, ended = await begun(tab, do="continue", message=first["reply"]["id"])
        assert text.endswith("and that is all.")
        assert beginning.startswith(text.removesuffix("and that is all."))
        assert not ended["message"]["broke_off"]
        assert said["reply"]["versions"]["previous"] == first["reply"]["id"]
        asked = provider.report()["requests"][-1]["body"]["messages"]
        assert [message["role"] for message in asked] == ["user", "assistant", "user"]
        assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == text
        assert alice.get(f"/messages/{first['reply']['id']}/source/")[1] == beginning
        await tab.send(do="continue", message=said["reply"]["id"], ref="no")
        assert (await tab.until("error", ref="no"))["kind"] == "has_its_end"


async def test_a_tab_that_opens_while_a_reply_goes_on_gets_it_from_its_beginning(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(fail="length", reply="one two three four five six seven", after=5, match="Count")
    async with alice.tab() as tab:
        first, _, ended = await tab.reply_to("Count")
        assert ended["message"]["broke_off"]
        provider.reset()
        provider.script(reply="six seven", interval=0.2, match="broke off")
        await tab.send(do="continue", message=first["reply"]["id"], ref="on")
        said = await tab.until("said", ref="on")
        await tab.until("piece")
        async with alice.tab() as late:
            await opened(late, first["thread"])
            await late.until("ended")
            assert late.streamed(said["reply"]["id"]) == "one two three four five six seven"


async def test_a_failure_while_going_on_keeps_the_beginning(alice: Person, provider: FakeProvidersProcess):
    provider.script(fail="length", reply="one two three four five", after=4, match="Count")
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Count")
        provider.reset()
        provider.script(fail="overloaded")
        _, text, ended = await begun(tab, do="continue", message=first["reply"]["id"])
        assert ended["message"]["state"] == "interrupted"
        assert ended["message"]["error"]["kind"] == "overloaded"
        assert ended["message"]["broke_off"]
        assert text.startswith("one two three")


async def test_a_reply_cut_off_by_a_killed_server_goes_on_after_it_is_back(
    own_directory: Path, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess
):
    site = Site(own_directory / "data", {**models_of(provider), "MEMCHAT_RUN_LEASE": "2", "MEMCHAT_RUN_SWEEP": "0.5"})
    try:
        alice = newcomer(site.start())
        provider.script(reply="one two three four five " * 60, interval=0.05, match="Count")
        async with alice.tab() as tab:
            first = await tab.say("Count")
            while len(tab.streamed(first["reply"]["id"])) < 200:
                await tab.until("piece")
            site.kill()
        provider.reset()
        provider.script(reply="and that is all.", match="broke off")
        site.start()
        async with alice.tab() as tab:
            found = await opened(tab, first["thread"])
            if found["messages"][-1]["state"] == "streaming":
                await tab.until("ended")
            _, text, ended = await begun(tab, do="continue", message=first["reply"]["id"])
        assert text.startswith("one two three four five one two")
        assert text.endswith("and that is all.")
        assert ended["message"]["state"] == "complete"
    finally:
        site.destroy()


async def test_nothing_is_steered_while_a_reply_is_written(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello")
        provider.script(reply="word " * 100, interval=0.05, match="On and on")
        await tab.say("On and on", first["thread"])
        reply, message = first["reply"]["id"], first["message"]["id"]
        for command in (
            {"do": "retry", "message": reply},
            {"do": "edit", "message": message, "id": str(uuid.uuid4()), "text": "Hi"},
            {"do": "show", "message": reply},
        ):
            await tab.send(**command, ref="no")
            assert (await tab.until("error", ref="no"))["kind"] == "not_ended"


async def test_nobody_steers_the_thread_of_another(alice: Person, bob: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello")
    async with bob.tab() as tab:
        for command in (
            {"do": "retry", "message": first["reply"]["id"]},
            {"do": "continue", "message": first["reply"]["id"]},
            {"do": "show", "message": first["reply"]["id"]},
            {"do": "edit", "message": first["message"]["id"], "id": str(uuid.uuid4()), "text": "Mine"},
        ):
            await tab.send(**command, ref="no")
            assert (await tab.until("error", ref="no"))["kind"] == "not_found"
        await tab.send(do="seen", thread=first["thread"])
        await tab.send(do="ping")
        await tab.until("pong")
    assert bob.get(f"/messages/{first['message']['id']}/edit/")[0] == 404
    assert bob.post(f"/messages/{first['reply']['id']}/show/")[0] == 404


async def test_a_tab_that_was_away_learns_of_versions_and_of_another_branch(
    alice: Person, provider: FakeProvidersProcess
):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello")
        thread, reply = first["thread"], first["reply"]["id"]
        again, _, _ = await begun(tab, do="retry", message=reply)
        async with alice.tab() as away:
            assert (await opened(away, thread, after=reply))["reload"]
        await tab.send(do="show", message=reply)
        await tab.until("branch")
        async with alice.tab() as away:
            found = await opened(away, thread, after=reply)
            assert not found["reload"]
            assert found["versions"][reply]["next"] == again["reply"]["id"]


async def test_a_reply_that_ended_unseen_is_told_to_all_tabs_and_so_is_that_it_was_seen(
    alice: Person, provider: FakeProvidersProcess
):
    async with alice.tab() as tab, alice.tab() as elsewhere:
        first, _, _ = await tab.reply_to("Hello")
        assert (await elsewhere.until("settled", thread=first["thread"]))["unread"]
        assert "data-unread" in alice.get("/")[1]
        await tab.send(do="seen", thread=first["thread"])
        await elsewhere.until("seen", thread=first["thread"])
        assert "data-unread" not in alice.get("/")[1]


async def test_tokens_are_told_with_the_reply(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        _, _, ended = await tab.reply_to("Hello")
        assert "token" in ended["message"]["usage"]["label"]
    assert "gpt" in alice.get("/usage/")[1] or "claude" in alice.get("/usage/")[1]


async def test_forms_steer_a_thread_without_scripts(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        first, _, _ = await tab.reply_to("Hello")
        thread, message, reply = first["thread"], first["message"]["id"], first["reply"]["id"]
        await opened(tab, thread)
        assert "Hello</textarea>" in alice.get(f"/messages/{message}/edit/")[1]
        assert alice.post(f"/messages/{message}/edit/", text="  ")[0] == 400
        assert alice.post(f"/messages/{message}/edit/", text="Hi there")[0] == 200
        edited = await tab.until("message")
        assert edited["message"]["text"] == "Hi there"
        await tab.until("ended")
        status, page = alice.get(f"/messages/{reply}/retry/")
        assert status == 200
        assert "gpt-large" in page
        alice.post(f"/messages/{reply}/retry/", model="openai:gpt-large")
        while (ended := await tab.until("ended"))["message"]["model_name"] != "gpt-large":
            pass
        status, page = alice.post(f"/messages/{edited['message']['id']}/show/")
        assert status == 200
        assert "Hi there" in page
        assert "Version 2 of 2" in page
        assert (await tab.until("branch"))["messages"][0]["id"] == edited["message"]["id"]
        assert alice.post(f"/messages/{ended['message']['id']}/continue/")[0] == 200
        assert "has its end already" in alice.post(f"/messages/{ended['message']['id']}/continue/")[1]
