"""A server that is killed, or told to end, while it answers."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import running
from tests.live.person import PASSWORD, Person, Tab
from tests.live.site import Site
from tools.faults.kills import Killer

KILLED_TURNS = 25
DRAIN_SECONDS = 6
RESTARTING = 1012


@pytest.fixture(scope="module")
def own_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site that nobody else needs."""
    settings = {
        "ANTHROPIC_API_KEY": "key",
        "ANTHROPIC_BASE_URL": provider_process.url,
        "MEMCHAT_DRAIN": str(DRAIN_SECONDS),
        "MEMCHAT_LEARNING": "no",
    }
    yield from running(settings)


@pytest.fixture(scope="module")
def people(own_site: Site) -> list[Person]:
    return [Person(own_site, name).with_session(key) for name, key in own_site.make_accounts(2, PASSWORD)]


async def closed_with(tab: Tab) -> int:
    """The code that the server closes a socket with."""
    async with asyncio.timeout(15):
        while True:
            try:
                await tab.receive(15)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006


def signalled(site: Site, number: signal.Signals) -> None:
    assert site.process is not None
    site.process.send_signal(number)


async def ended(site: Site, within: float) -> int:
    assert site.process is not None
    return await asyncio.to_thread(site.process.wait, within)


@pytest.mark.timeout(300)
async def test_killed_at_any_moment_of_a_turn_the_server_loses_and_doubles_nothing(
    own_site: Site, provider: FakeProvidersProcess
):
    seed = random.randrange(10**6)
    report = await Killer(own_site, provider, seed, at_once=16).kill_turns(KILLED_TURNS)
    print(f"seed {seed}: {report.line()}")
    assert report.broken == [], f"seed {seed}"
    assert report.turns >= KILLED_TURNS


async def test_a_server_told_to_end_finishes_its_replies_and_sends_everybody_else_away(
    own_site: Site, people: list[Person], provider: FakeProvidersProcess
):
    alice, bob = people
    text = "word " * 80
    provider.script(reply=text, interval=0.02, match="Count")
    async with alice.tab() as tab, bob.tab() as idle:
        said = await tab.say("Count")
        waiting = await tab.say("And then?", said["thread"])
        await tab.until("piece")
        await idle.until("hello")
        signalled(own_site, signal.SIGTERM)
        assert await closed_with(idle) == RESTARTING
        async with bob.tab() as late:
            assert await closed_with(late) == RESTARTING
        assert (await asyncio.to_thread(alice.get, "/health/ready"))[0] == 503
        # What needs no new reply is still served.
        assert (await asyncio.to_thread(alice.get, f"/threads/{said['thread']}/"))[0] == 200
        reply = await tab.until("ended")
        assert (reply["message"]["state"], reply["end"]) == ("complete", len(text))
        assert await closed_with(tab) == RESTARTING
    assert await ended(own_site, DRAIN_SECONDS + 10) == 0
    await asyncio.to_thread(own_site.start)
    # The message that waited is answered by the next process.
    async with alice.tab() as tab:
        await tab.send(do="open", thread=said["thread"])
        await tab.send(do="resume", message=waiting["reply"]["id"], offset=0)
        while (reply := await tab.until("ended"))["message"]["id"] != waiting["reply"]["id"]:
            pass
        assert reply["message"]["state"] == "complete"


async def test_a_message_sent_to_a_server_that_is_ending_is_not_taken_and_can_be_sent_again(
    own_site: Site, people: list[Person], provider: FakeProvidersProcess
):
    """The reply under way is longer than the server waits: it is saved as interrupted."""
    alice, bob = people
    provider.script(reply="word " * 2_000, interval=0.02, match="Count")
    async with alice.tab() as tab, bob.tab() as other:
        said = await tab.say("Count")
        await tab.until("piece")
        theirs = await other.say("Count too")
        await other.until("piece")
        signalled(own_site, signal.SIGTERM)
        begun = time.monotonic()
        await asyncio.sleep(0.3)
        await other.send(do="say", ref="x", id=theirs["thread"], thread=theirs["thread"], text="Still there?")
        assert await closed_with(other) == RESTARTING
        assert not [frame for frame in other.frames if frame.get("ref") == "x"]
        assert (await tab.until("ended"))["message"]["state"] == "interrupted"
        assert time.monotonic() - begun >= DRAIN_SECONDS - 0.5
    assert await ended(own_site, 15) == 0
    await asyncio.to_thread(own_site.start)
    async with bob.tab() as other:
        again = await other.say("Still there?", theirs["thread"], id=theirs["thread"])
        assert again["type"] == "said"
    page = alice.get(f"/threads/{said['thread']}/")[1]
    assert 'data-state="interrupted"' in page
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1].startswith("word word")


@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGTERM] * 2], ids=["Ctrl-C", "SIGTERM twice"])
async def test_whoever_does_not_want_to_wait_need_not_and_what_was_written_is_kept(
    own_site: Site, people: list[Person], provider: FakeProvidersProcess, numbers: list[signal.Signals]
):
    alice = people[0]
    provider.script(reply="word " * 2_000, interval=0.01)
    async with alice.tab() as tab:
        said = await tab.say("Tell me everything")
        await tab.until("piece")
        await asyncio.sleep(0.4)
        begun = time.monotonic()
        for number in numbers:
            signalled(own_site, number)
            await asyncio.sleep(0.2)
        ending = await tab.until("ended")
        assert time.monotonic() - begun < DRAIN_SECONDS - 0.5
        assert ending["message"]["state"] == "interrupted"
        assert await closed_with(tab) == RESTARTING
    assert await ended(own_site, 20) == 0
    await asyncio.to_thread(own_site.start)
    kept = alice.get(f"/messages/{said['reply']['id']}/source/")[1]
    assert kept.startswith("word word")
    assert kept == tab.streamed(said["reply"]["id"])
    assert 'data-state="interrupted"' in alice.get(f"/threads/{said['thread']}/")[1]
