"""Two server processes on one database, with Redis between them, and what happens when one goes or Redis does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import site_directory
from tests.live.person import PASSWORD, Frame, Person, Tab
from tests.live.redis_server import REDIS, Redis
from tests.live.site import Site
from tests.markup_page import MarkupPage

pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")


@dataclass
class Pair:
    """Two sites that are one."""

    first: Site
    second: Site
    redis: Redis
    names: list[tuple[str, str]]

    def person(self) -> tuple[Person, Person]:
        """Somebody new, with a session, at either process."""
        name, key = self.names.pop()
        return Person(self.first, name).with_session(key), Person(self.second, name).with_session(key)


@pytest.fixture(scope="module")
def pair(provider_process: FakeProvidersProcess) -> Iterator[Pair]:
    with site_directory() as work:
        yield from _paired(work, provider_process)


def _paired(work: Path, provider_process: FakeProvidersProcess) -> Iterator[Pair]:
    redis = Redis()
    redis.start()
    shared = {
        "ANTHROPIC_API_KEY": "key",
        "ANTHROPIC_BASE_URL": provider_process.url,
        "REDIS_URL": redis.url,
        "MEMCHAT_SECRET_KEY": "the same in both processes, as their operator makes sure of",
    }
    # The first one brings the database, which the second one gets by its address; it outlives a kill of the first.
    first = Site(work / "first", shared)
    sites = [first]
    try:
        names = first.start().make_accounts(12, PASSWORD)
        sites.append(Site(work / "second", {**shared, "DATABASE_URL": first.database_url()}))
        yield Pair(first, sites[1].start(), redis, names)
    finally:
        for site in reversed(sites):
            site.destroy()
        redis.stop()


async def test_a_tab_at_another_process_sees_the_reply_as_it_is_written(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    text = "".join(f"{number} wörd " for number in range(80))
    async with here.tab() as tab, there.tab() as other:
        said, _, _ = await tab.reply_to("Hello")
        await other.send(do="open", thread=said["thread"])
        await other.until("opened")
        provider.script(reply=text, interval=0.02)
        asked = await tab.say("Count", said["thread"])
        reply = asked["reply"]["id"]
        await other.until("piece", message=reply)
        assert (await other.until("ended"))["message"]["state"] == "complete"
        pieces = [frame for frame in other.frames if frame["type"] == "piece" and frame["message"] == reply]
        assert len(pieces) > 5
        assert other.streamed(reply) == text


async def test_stop_reaches_a_reply_that_another_process_writes(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    provider.script(reply="word " * 1_000, interval=0.02)
    async with here.tab() as tab, there.tab() as other:
        said = await tab.say("Tell me everything")
        await tab.until("piece")
        await other.until("hello")
        begun = time.monotonic()
        await other.send(do="stop", message=said["reply"]["id"])
        ended = await tab.until("ended")
        assert ended["message"]["state"] == "stopped"
        assert time.monotonic() - begun < 10  # It would go on for twenty seconds.


async def test_a_gap_between_processes_is_filled_from_the_database(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    provider.script(reply="word " * 100, interval=0.02)
    async with here.tab() as tab:
        said = await tab.say("Hello")
        reply = said["reply"]["id"]
        await asyncio.sleep(1.2)
        async with there.tab() as other:
            await other.send(do="resume", message=reply, offset=0)
            first = await other.until("piece")
            assert first["offset"] == 0
            assert first["text"].startswith("word ")
            await tab.until("ended")
            await other.send(do="resume", ref="end", message=reply, offset=first["end"])
            await other.until("ended", ref="end")
            assert other.streamed(reply) == "word " * 100


async def test_a_killed_process_s_reply_is_marked_by_the_other_one(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    provider.script(reply="word " * 2_000, interval=0.01)
    async with there.tab() as other:
        async with here.tab() as tab:
            said = await tab.say("Tell me everything")
            await tab.until("piece")
            await other.send(do="open", thread=said["thread"])
            await other.until("opened")
            await asyncio.sleep(1)
            pair.first.kill()
            killed_at = time.monotonic()
        try:
            ended = await other.until("ended", timeout=16)
            assert ended["message"]["state"] == "interrupted"
            assert time.monotonic() - killed_at < 15
            provider.reset()
            await other.send(do="retry", message=said["reply"]["id"])
            assert (await other.until("ended"))["message"]["state"] == "complete"
        finally:
            pair.first.start()


async def test_the_chat_goes_on_while_redis_is_away(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    pair.redis.stop()
    try:
        async with here.tab() as tab:
            _, text, ended = await tab.reply_to("Still there?")
            assert ended["message"]["state"] == "complete"
            assert text
    finally:
        pair.redis.start()
    await asyncio.sleep(3)
    async with here.tab() as tab, there.tab() as other:
        said, _, _ = await tab.reply_to("Hello")
        await other.send(do="open", thread=said["thread"])
        await other.until("opened")
        provider.script(reply="word " * 40, interval=0.02)
        await tab.say("Again", said["thread"])
        await other.until("piece")


async def test_a_reply_streams_on_when_redis_forgets_everything(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    async with here.tab() as tab, there.tab() as other:
        said, _, _ = await tab.reply_to("Hello")
        await other.send(do="open", thread=said["thread"])
        await other.until("opened")
        text = "word " * 60
        provider.script(reply=text, interval=0.02)
        asked = await tab.say("Again", said["thread"])
        await other.until("piece")
        pair.redis.flush()
        assert (await other.until("ended"))["message"]["state"] == "complete"
        assert other.streamed(asked["reply"]["id"]) == text
        await tab.until("ended")
        assert tab.streamed(asked["reply"]["id"]) == text


async def test_a_tab_that_was_opened_while_redis_was_away_hears_the_other_process_once_it_is_back(
    pair: Pair, provider: FakeProvidersProcess
):
    here, there = pair.person()
    async with here.tab() as tab, there.tab() as other:
        said, _, _ = await tab.reply_to("Hello")
        pair.redis.stop()
        try:
            await other.send(do="open", thread=said["thread"])
            await other.until("opened")
            await asyncio.sleep(1)
        finally:
            pair.redis.start()
        await asyncio.sleep(4)
        provider.script(reply="word " * 40, interval=0.02)
        asked = await tab.say("Again", said["thread"])
        await other.until("piece", message=asked["reply"]["id"])
        await other.until("ended")


async def test_a_tab_at_another_process_is_shown_markup(pair: Pair, provider: FakeProvidersProcess):
    here, there = pair.person()
    provider.script(reply="A **bold** word.\n\n" * 40, pieces=90, interval=0.06)
    async with here.tab() as plain, there.tab() as formatted:
        said = await plain.say("Go")
        await plain.until("piece")
        page = await _shown_to_its_end(formatted, said)
    assert page.done
    assert page.html == there.get(f"/messages/{said['reply']['id']}/html/")[1]


async def test_a_tab_that_asked_for_markup_while_redis_was_away_is_shown_it_later(
    pair: Pair, provider: FakeProvidersProcess
):
    here, there = pair.person()
    provider.script(reply="A **bold** word.\n\n" * 60, pieces=200, interval=0.06)
    async with here.tab() as plain, there.tab() as formatted:
        said = await plain.say("Go")
        await plain.until("piece")
        pair.redis.stop()
        try:
            await formatted.send(do="markup")
            await formatted.send(do="open", thread=said["thread"])
            await formatted.until("opened")
            await asyncio.sleep(1)
        finally:
            pair.redis.start()
        page = await _shown_to_its_end(formatted, said, asked=True)
    assert page.done


async def _shown_to_its_end(tab: Tab, said: Frame, *, asked: bool = False) -> MarkupPage:
    """What a tab shows of a reply that another process writes, when it does as docs/protocol.md says."""
    if not asked:
        await tab.send(do="markup")
        await tab.send(do="open", thread=said["thread"])
    page = MarkupPage()
    while (frame := await tab.receive(20))["type"] != "ended":
        assert frame["type"] != "piece"
        if frame["type"] == "markup" and not page.take(frame):
            await tab.send(do="resume", message=said["reply"]["id"], offset=0)
    return page
