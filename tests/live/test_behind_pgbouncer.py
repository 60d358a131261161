"""A whole site on a PostgreSQL that gives every transaction another session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memchat.postgres import embedded
from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import site_directory
from tests.live.person import Person
from tests.live.site import Site
from tests.live.test_learning import learned
from tests.pooler import PGBOUNCER, pgbouncer

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")

SESSIONS = 3
"""Fewer than the threads that ask for one."""


@pytest.fixture(scope="module")
def pooled_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    with site_directory() as work:
        # It keeps the database, and leaves the jobs to the other one.
        keeper = Site(work / "keeper", {"MEMCHAT_WORKER": "separate"})
        keeper.start()
        try:
            place = Path((keeper.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4])
            with pgbouncer(work, place, embedded.DATABASE, embedded.ROLE, SESSIONS) as port:
                site = Site(
                    work / "site",
                    {
                        "DATABASE_URL": f"postgresql://{embedded.ROLE}@127.0.0.1:{port}/{embedded.DATABASE}",
                        "DATABASE_OWNER_URL": keeper.database_url(embedded.OWNER),
                        "MEMCHAT_DATABASE_POOLER": "yes",
                        "ANTHROPIC_API_KEY": "key",
                        "ANTHROPIC_BASE_URL": provider_process.url,
                    },
                )
                try:
                    yield site.start()
                finally:
                    site.destroy()
        finally:
            keeper.destroy()


async def test_people_chat_at_once_and_each_is_remembered_what_they_said(
    pooled_site: Site, provider: FakeProvidersProcess
):
    fact = {"statement": "I live in Oslo", "quote": "moved to Oslo"}
    provider.script(endpoint="learning", reply=learned(fact), match="Oslo")
    people = [Person(pooled_site, name).sign_up() for name in ("alice", "bob", "carol")]

    async def talk(person: Person) -> None:
        async with person.tab() as tab:
            said, _, ended = await tab.reply_to(f"Remember that my favourite colour is {person.name}-blue")
            assert ended["message"]["state"] == "complete"
            for number in range(6):
                _, _, ended = await tab.reply_to(f"What is my favourite colour? {number}", said["thread"])
                assert ended["message"]["state"] == "complete"
                texts = [one["text"] for one in ended["message"]["memories"]]
                assert texts == [f"my favourite colour is {person.name}-blue"]

    await asyncio.gather(*(talk(person) for person in people))
    async with people[0].tab() as tab:
        await tab.reply_to("We moved to Oslo, and the boxes are everywhere.")
    end = time.monotonic() + 30
    while "I live in Oslo" not in people[0].get("/memories/")[1]:
        assert time.monotonic() < end, "nothing was learned"
        await asyncio.sleep(0.3)
    assert "Oslo" not in people[1].get("/memories/")[1]
