"""Another embedder, while people chat: nothing is lost, nobody sees an error, and every memory is brought over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import models_of, site_directory
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

MEMORIES = 250
"""More than are embedded at once."""
SMALL, LARGE = "wordllama-256", "text-embedding-3-small-1536"


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    with site_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def alice(work: Path, provider_process: FakeProvidersProcess) -> Iterator[Person]:
    """Somebody with memories of small vectors, on a site of their own."""
    site = Site(work / "data", models_of(provider_process))
    try:
        [(name, key)] = site.start().make_accounts(1, PASSWORD)
        site.manage("shell", "-v0", "-c", _FILL.format(name=name))
        yield Person(site, name).with_session(key)
    finally:
        site.destroy()


def with_large_vectors(provider: FakeProvidersProcess) -> dict[str, str]:
    return {
        "MEMCHAT_EMBEDDER": "openai",
        "MEMCHAT_EMBEDDER_API_KEY": "key",
        "MEMCHAT_EMBEDDER_BASE_URL": f"{provider.url}/v1",
    }


@contextmanager
def beside(site: Site, settings: dict[str, str], directory: Path) -> Iterator[Site]:
    """Another process of the same site, with other settings."""
    secret = (site.data_dir / "secret_key").read_text().strip()
    other = Site(directory, {**settings, "DATABASE_URL": site.database_url(), "MEMCHAT_SECRET_KEY": secret})
    try:
        yield other.start()
    finally:
        other.destroy()


def embedders(site: Site) -> dict[str, int]:
    """How many memories each embedder made."""
    with psycopg.connect(site.database_url()) as database:
        return dict(database.execute("SELECT embedder, count(*) FROM memories_memory GROUP BY embedder").fetchall())


def texts(site: Site) -> list[str]:
    with psycopg.connect(site.database_url()) as database:
        return [text for (text,) in database.execute("SELECT text FROM memories_memory ORDER BY text")]


_FILL = f"""
from memchat.users.models import User
from memories import writing
alice = User.objects.get(username="{{name}}")
for number in range({MEMORIES}):
    writing.remember(alice, f"my locker number {{{{number}}}} holds thing {{{{number * 7}}}}", origin="written")
writing.remember(alice, "my boat is called Dora", origin="written")
"""


async def brought_over(site: Site, name: str, within: float = 60) -> None:
    end = time.monotonic() + within
    while (counts := await asyncio.to_thread(embedders, site)).keys() != {name}:
        assert time.monotonic() < end, counts
        await asyncio.sleep(0.2)


async def test_from_small_vectors_to_large_ones_and_back_while_people_chat(
    alice: Person, work: Path, provider: FakeProvidersProcess
):
    site, small = alice.site, models_of(provider)
    large = {**small, **with_large_vectors(provider)}
    before = texts(site)
    asked = 0
    answers: list[str] = []
    done = asyncio.Event()

    async def chat(at: Site) -> None:
        """Ask again and again, and note whatever is not the right answer."""
        nonlocal asked
        async with Person(at, alice.name).with_session(alice.cookie("sessionid")).tab() as tab:
            while not done.is_set():
                _, _, ended = await tab.reply_to("What is my boat called?")
                asked += 1
                found = [memory["text"] for memory in ended["message"]["memories"]]
                if ended["message"]["state"] != "complete" or "my boat is called Dora" not in found:
                    answers.append(f"{ended['message']['state']} {found}")
                await asyncio.sleep(0.3)

    async def until(state: str, at: list[Site]) -> None:
        done.clear()
        chats = [asyncio.create_task(chat(one)) for one in at]
        await brought_over(site, state)
        await asyncio.sleep(1)
        done.set()
        await asyncio.gather(*chats)

    with beside(site, large, work / "large") as other:
        await until(LARGE, [site, other])
        with beside(site, small, work / "small") as third:
            await until(SMALL, [site, other, third])
    assert answers == []
    assert asked > 10
    assert texts(site) == before


async def test_bringing_over_goes_on_after_the_server_was_killed_in_the_middle(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(endpoint="embeddings", first_delay=0.4)
    site = alice.site
    site.stop()
    site.settings |= with_large_vectors(provider)
    site.start()
    end = time.monotonic() + 30
    while LARGE not in embedders(site):
        assert time.monotonic() < end
    site.kill_a_minute_ago()
    halfway = embedders(site)
    assert set(halfway) == {SMALL, LARGE}, halfway
    site.start()
    await brought_over(site, LARGE, within=90)
    assert sum(embedders(site).values()) == MEMORIES + 1
