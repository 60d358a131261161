"""What people notice when the database goes away in the middle of a reply, and comes back."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import running
from tests.live.person import PASSWORD, Person
from tests.live.site import Site
from tools import faults
from tools.faults.database import kill, paused, postmaster, restart, terminate_connections

TEXT = "".join(f"{number} wörd " for number in range(200))
BACK_SECONDS = 5.0
"""From the database's return to the first success."""
PAUSED_SECONDS = 20 if faults.LONG else 10
"""Longer than a lease."""


@pytest.fixture(scope="module")
def own_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site whose database nobody else needs."""
    settings = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": provider_process.url}
    yield from running(settings)


@pytest.fixture
def alice(own_site: Site) -> Person:
    [(name, key)] = own_site.make_accounts(1, PASSWORD)
    return Person(own_site, name).with_session(key)


@pytest.mark.parametrize("break_it", [terminate_connections, restart])
async def test_a_reply_goes_on_when_the_database_is_gone_for_a_moment(
    own_site: Site, alice: Person, provider: FakeProvidersProcess, break_it
):
    provider.script(reply=TEXT, interval=0.02)
    async with alice.tab() as tab:
        said = await tab.say("Count")
        await tab.until("piece")
        await asyncio.sleep(1)
        await asyncio.to_thread(break_it, own_site)
        back = time.monotonic()
        async with alice.tab() as other:
            while (answer := await other.say("And again"))["type"] != "said":
                assert answer["kind"] == "unavailable"
                assert time.monotonic() - back < BACK_SECONDS
                await asyncio.sleep(0.2)
        ended = await tab.until("ended", timeout=30)
        assert ended["message"]["state"] == "complete"
        assert tab.streamed(said["reply"]["id"]) == TEXT
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == TEXT


async def test_an_embedded_database_that_is_killed_is_started_again_by_the_site(
    own_site: Site, alice: Person, provider: FakeProvidersProcess
):
    provider.script(reply=TEXT, interval=0.02)
    async with alice.tab() as tab:
        said = await tab.say("Count")
        await tab.until("piece")
        before = postmaster(own_site).pid
        await asyncio.to_thread(kill, own_site)
        ended = await tab.until("ended", timeout=60)
        assert ended["message"]["state"] == "complete"
        assert tab.streamed(said["reply"]["id"]) == TEXT
        _, text, _ = await tab.reply_to("And again")
        assert text == TEXT
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == TEXT
    assert postmaster(own_site).pid != before


async def test_a_reply_and_a_message_outlive_a_database_that_stands_still(
    own_site: Site, alice: Person, provider: FakeProvidersProcess
):
    """The reply has come to its end before the database goes on, and its lease has run out."""
    provider.script(reply=TEXT, interval=0.02, match="Count")
    async with alice.tab() as tab, alice.tab() as other:
        said = await tab.say("Count")
        await tab.until("piece")
        await other.until("hello")
        await asyncio.sleep(0.5)
        with paused(own_site):
            own_id = str(uuid.uuid4())
            await other.send(do="say", ref=own_id, id=own_id, thread=None, text="Does this arrive?")
            await asyncio.sleep(PAUSED_SECONDS)
        back = time.monotonic()
        while (answer := await other.receive())["type"] != "said":
            if answer.get("ref") == own_id:
                assert answer["kind"] == "unavailable"
                await other.send(do="say", ref=own_id, id=own_id, thread=None, text="Does this arrive?")
        ended = await tab.until("ended")
        assert time.monotonic() - back < BACK_SECONDS
        assert ended["message"]["state"] == "complete"
        assert tab.streamed(said["reply"]["id"]) == TEXT
        while (ended := await other.until("ended"))["message"]["id"] != answer["reply"]["id"]:
            pass
        assert ended["message"]["state"] == "complete"
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == TEXT
    page = (await asyncio.to_thread(alice.get, f"/threads/{answer['thread']}/"))[1]
    assert page.partition('id="messages"')[2].partition("</ol>")[0].count('data-role="user"') == 1
