"""Clients that never read, that flood and that send as much as fits into a frame, while somebody else is answered."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person, Tab
from tests.live.site import Site

NEVER_READ = 8
LONGEST_GAP_SECONDS = 12.0
"""Between two pieces of somebody else's reply, while other tests run: who is held up waits for longer."""
MIB = 1024 * 1024
ABNORMAL = 1006
"""What is left where the reason for a close is overtaken by its end."""


async def never_reads(person: Person, thread: str, over: asyncio.Event) -> None:
    async with person.tab() as tab:
        await tab.send(do="open", thread=thread)
        await over.wait()


async def floods(person: Person) -> int:
    command = json.dumps({"do": "open", "thread": str(uuid.uuid4())})
    async with person.tab() as tab:
        try:
            for _ in range(3_000):
                await tab.send_raw(command)
                # So that it hears why it is closed, before the server hangs up on who does not listen.
                await asyncio.sleep(0)
            while True:
                await tab.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else ABNORMAL


async def sends_large_frames(person: Person) -> list[str]:
    """Kinds of the errors that frames of exactly 1 MiB get."""
    async with person.tab() as tab:
        for _ in range(8):
            await tab.send_raw("x" * MIB)
        await tab.send(do="ping", ref="end")
        await tab.until("pong", ref="end")
        return [frame["kind"] for frame in tab.frames if frame["type"] == "error"]


async def read_with_gaps(tab: Tab, reply: str) -> float:
    """Read a reply to its end: the longest time between two of its pieces."""
    longest, last = 0.0, time.monotonic()
    while True:
        frame = await tab.receive(20)
        if frame["type"] == "piece" and frame["message"] == reply:
            now = time.monotonic()
            longest, last = max(longest, now - last), now
        elif frame["type"] == "ended" and frame["message"]["id"] == reply:
            assert frame["message"]["state"] == "complete"
            return longest


def test_no_visitor_says_at_which_path_the_site_lies(site: Site) -> None:
    request = urllib.request.Request(f"{site.url}/x/accounts/login/", headers={"Daphne-Root-Path": "/x"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 404


async def test_nobody_else_s_reply_is_held_up(
    site: Site, alice: Person, bob: Person, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess
):
    text = "".join(f"{number} wörd " for number in range(150))
    provider.script(reply=text, interval=0.02, match="Count")
    provider.script(reply="x" * 2_000_000, pieces=1_000, interval=0.002, match="Pour")
    over = asyncio.Event()
    async with bob.tab() as own:
        poured = await own.say("Pour")
        silent = [asyncio.create_task(never_reads(bob, poured["thread"], over)) for _ in range(NEVER_READ)]
        async with alice.tab() as tab:
            said = await tab.say("Count")
            flooding = asyncio.create_task(floods(newcomer(site)))
            large = asyncio.create_task(sends_large_frames(newcomer(site)))
            gap = await read_with_gaps(tab, said["reply"]["id"])
            assert tab.streamed(said["reply"]["id"]) == text
        assert await flooding in {4429, ABNORMAL}
        assert await large == ["too_large"] * 8
        assert gap < LONGEST_GAP_SECONDS
        over.set()
        await asyncio.gather(*silent)
        await own.send(do="stop", message=poured["reply"]["id"])
