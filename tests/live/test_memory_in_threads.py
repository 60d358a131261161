"""What threads may do with memories, and what every tab is told of it, on a real site that also learns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person, Tab
from tests.live.site import Site

BOAT = "my boat is called Dora"
ASKS = "Remember: my cat is called Mia. What is my boat called? I moved to Oslo last week."


@pytest.fixture
def alice(learning_site: Site, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess) -> Person:
    provider.script(endpoint="learning", reply=learned("I live in Oslo", "moved to Oslo"), match="Oslo")
    provider.script(endpoint="learning", reply=learned("I keep bees", "keep bees"), match="bees")
    return newcomer(learning_site)


def learned(statement: str, quote: str) -> str:
    return json.dumps({"facts": [{"statement": statement, "quote": quote, "category": "fact"}], "outdated": []})


def kinds(message: dict[str, Any]) -> list[str]:
    return [change["kind"] for change in message["changes"]]


def texts(message: dict[str, Any]) -> list[str]:
    return [memory["text"] for memory in message["memories"]]


async def remembered(person: Person, tab: Tab) -> list[str]:
    """All that is remembered of somebody, once everything that was to be learned so far has been."""
    said, _, _ = await tab.reply_to("By the way, we keep bees on the roof of our house.")
    await tab.until("memory", message=said["reply"]["id"])
    page = person.get("/memories/")[1]
    return [text for text in (BOAT, "my cat is called Mia", "I live in Oslo", "I keep bees") if text in page]


async def test_a_temporary_thread_neither_reads_nor_writes(alice: Person):
    async with alice.tab() as tab:
        await tab.reply_to(f"Remember: {BOAT}")
        _, _, ended = await tab.reply_to(ASKS, temporary=True)
        assert texts(ended["message"]) == []
        assert kinds(ended["message"]) == ["refused"]
        assert "temporary thread" in ended["message"]["changes"][0]["reason"]
        assert await remembered(alice, tab) == [BOAT, "I keep bees"]


async def test_a_temporary_thread_forgets_nothing_either(alice: Person):
    async with alice.tab() as tab:
        await tab.reply_to(f"Remember: {BOAT}")
        _, _, ended = await tab.reply_to(f"Forget that {BOAT}", temporary=True)
        assert kinds(ended["message"]) == ["refused"]
        assert BOAT in alice.get("/memories/")[1]


async def test_a_thread_that_only_reads_knows_and_adds_nothing(alice: Person):
    async with alice.tab() as tab:
        await tab.reply_to(f"Remember: {BOAT}")
        _, _, ended = await tab.reply_to(ASKS, memory_mode="read")
        assert texts(ended["message"]) == [BOAT]
        assert kinds(ended["message"]) == ["refused"]
        assert await remembered(alice, tab) == [BOAT, "I keep bees"]


async def test_a_thread_whose_memory_is_off_knows_and_adds_nothing(alice: Person):
    async with alice.tab() as tab:
        await tab.reply_to(f"Remember: {BOAT}")
        _, _, ended = await tab.reply_to(ASKS, memory_mode="off")
        assert (texts(ended["message"]), kinds(ended["message"])) == ([], ["refused"])
        assert await remembered(alice, tab) == [BOAT, "I keep bees"]


async def test_a_switch_counts_from_the_next_message_on_and_every_tab_shows_it(alice: Person):
    async with alice.tab() as tab, alice.tab() as other:
        said, _, _ = await tab.reply_to(f"Remember: {BOAT}")
        thread = said["thread"]
        await other.until("thread", thread=thread, memory_mode="write")
        assert alice.post(f"/threads/{thread}/memory/", memory_mode="off")[0] == 200
        told = await other.until("thread", thread=thread, memory_mode="off")
        assert told["temporary"] is False
        _, _, ended = await tab.reply_to("What is my boat called?", thread)
        assert texts(ended["message"]) == []
        alice.post(f"/threads/{thread}/memory/", memory_mode="read")
        _, _, ended = await tab.reply_to("What is my boat called?", thread)
        assert texts(ended["message"]) == [BOAT]


async def test_every_tab_learns_that_a_thread_is_temporary_and_that_it_is_kept(alice: Person):
    async with alice.tab() as tab, alice.tab() as other:
        said, _, _ = await tab.reply_to("Between us", temporary=True)
        assert (said["temporary"], said["memory_mode"]) == (True, "off")
        begun = await other.until("thread", thread=said["thread"])
        assert begun["temporary"] is True
        await tab.reply_to("And another thing", said["thread"])
        renewed = await other.until("thread", thread=said["thread"])
        assert renewed["expires_at"] > begun["expires_at"]
        assert f"/threads/{said['thread']}/" not in alice.get("/")[1]
        alice.post(f"/threads/{said['thread']}/keep/")
        kept = await other.until("thread", thread=said["thread"], temporary=False)
        assert kept["expires_at"] is None
        assert f"/threads/{said['thread']}/" in alice.get("/")[1]


async def test_how_a_thread_begins_is_refused_where_it_makes_no_sense(alice: Person):
    async with alice.tab() as tab:
        for wrong in ({"memory_mode": "always"}, {"temporary": "yes"}, {"temporary": True, "memory_mode": "write"}):
            error = await tab.say("Hello", **wrong)
            assert (error["type"], error["kind"]) == ("error", "bad_command")
        said, _, _ = await tab.reply_to("Hello")
        error = await tab.say("Hello again", said["thread"], memory_mode="off")
        assert error["kind"] == "bad_command"


async def test_what_is_undone_in_one_tab_is_told_in_the_others(alice: Person):
    async with alice.tab() as tab, alice.tab() as other:
        said, _, ended = await tab.reply_to("Remember: I live in Vienna")
        [change] = ended["message"]["changes"]
        await other.send(do="open", thread=said["thread"])
        await other.until("opened")
        alice.post(change["undo"])
        told = await other.until("memory", message=said["reply"]["id"])
        assert [one["status"] for one in told["changes"]] == ["forgotten"]
        alice.post(f"/memories/{change['memory']}/erase/")
        told = await other.until("memory", message=said["reply"]["id"])
        assert [(one["status"], one["text"]) for one in told["changes"]] == [("removed", "")]


async def test_a_used_memory_that_is_forgotten_or_not_relevant_is_told_in_the_others(alice: Person):
    async with alice.tab() as tab, alice.tab() as other:
        await tab.reply_to(f"Remember: {BOAT}")
        said, _, ended = await tab.reply_to("What is my boat called?")
        [memory] = ended["message"]["memories"]
        await other.send(do="open", thread=said["thread"])
        await other.until("opened")
        path = f"/messages/{said['reply']['id']}/memories/{memory['id']}/not-relevant/"
        assert alice.post(path, not_relevant="yes")[0] == 200
        told = await other.until("memory", message=said["reply"]["id"])
        assert [one["not_relevant"] for one in told["memories"]] == [True]
        alice.post(f"/memories/{memory['id']}/forget/")
        told = await other.until("memory", message=said["reply"]["id"])
        assert [one["status"] for one in told["memories"]] == ["forgotten"]


async def test_a_tab_that_was_away_is_told_what_has_come_of_the_replies_it_shows(alice: Person):
    async with alice.tab() as tab:
        said, _, ended = await tab.reply_to("Remember: I live in Vienna")
    alice.post(ended["message"]["changes"][0]["undo"])
    async with alice.tab() as tab:
        await tab.send(do="open", thread=said["thread"], after=said["reply"]["id"])
        opened = await tab.until("opened")
        assert opened["messages"] == []
        assert [(one["message"], one["changes"][0]["status"]) for one in opened["notes"]] == [
            (said["reply"]["id"], "forgotten")
        ]


async def test_what_was_learned_is_gone_with_its_thread_when_that_is_chosen(alice: Person):
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("We moved to Oslo, and the boxes are still everywhere.")
        await tab.until("memory", message=said["reply"]["id"])
        page = alice.get(f"/threads/{said['thread']}/delete/")[1]
        [memory] = re.findall(r'name="memory" value="(\d+)"', page)
        alice.post(f"/threads/{said['thread']}/delete/", memory=memory, erase="yes")
        await tab.until("gone", thread=said["thread"])
        assert await remembered(alice, tab) == ["I keep bees"]
        assert alice.get(f"/memories/{memory}/edit/")[0] == 404
