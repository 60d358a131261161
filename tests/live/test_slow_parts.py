"""A part that is slow, or a server that is told to end at a bad moment, costs nobody a reply."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import psycopg
import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import running, site_directory
from tests.live.person import PASSWORD, Person
from tests.live.site import Site


def slow_parts(provider: FakeProvidersProcess) -> dict[str, str]:
    """Short leases, few threads and a remote embedder."""
    return {
        "ANTHROPIC_API_KEY": "key",
        "ANTHROPIC_BASE_URL": provider.url,
        "MEMCHAT_LEARNING": "no",
        "MEMCHAT_RUN_LEASE": "2",
        "MEMCHAT_DATABASE_THREADS": "2",
        "MEMCHAT_EMBEDDER": "openai",
        "MEMCHAT_EMBEDDER_API_KEY": "key",
        "MEMCHAT_EMBEDDER_BASE_URL": f"{provider.url}/v1",
    }


@pytest.fixture(scope="module")
def slow_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    yield from running(slow_parts(provider_process))


@pytest.fixture
def vulture(slow_site: Site, provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """Another process of the same site, which takes over every run whose lease is not renewed."""
    with site_directory() as directory:
        site = Site(directory / "data", {**slow_parts(provider_process), "DATABASE_URL": slow_site.database_url()})
        try:
            yield site.start()
        finally:
            site.destroy()


def people(site: Site, count: int) -> list[Person]:
    return [Person(site, name).with_session(key) for name, key in site.make_accounts(count, PASSWORD)]


async def test_an_embedder_that_takes_seconds_costs_no_other_reply_its_lease(
    slow_site: Site, vulture: Site, provider: FakeProvidersProcess
):
    alice, *others = people(slow_site, 7)
    text = "word " * 300
    provider.script(reply=text, interval=0.03, match="Count")
    async with alice.tab() as tab:
        said = await tab.say("Count")
        await tab.until("piece")
        provider.script(endpoint="embeddings", first_delay=3.0)

        async def ask(person: Person) -> str:
            async with person.tab() as own:
                _, _, ended = await own.reply_to("What is my name?")
                return str(ended["message"]["state"])

        asking = asyncio.gather(*(ask(person) for person in others))
        ended = await tab.until("ended", timeout=40)
        assert ended["message"]["state"] == "complete"
        assert tab.streamed(said["reply"]["id"]) == text
        assert set(await asking) == {"complete"}


async def test_a_reply_that_is_being_saved_when_the_server_is_told_to_end_is_saved(
    slow_site: Site, provider: FakeProvidersProcess
):
    [alice] = people(slow_site, 1)
    text = "word " * 40
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Hello")
        provider.script(reply=text, interval=0.02)
        asked = await tab.say("Count", said["thread"])
        reply = asked["reply"]["id"]
        await tab.until("piece", message=reply)
        # Saving the end waits for its thread, which somebody else holds.
        with psycopg.connect(slow_site.database_url()) as holder:
            holder.execute("SELECT FROM conversations_thread WHERE id = %s FOR UPDATE", [said["thread"]])
            async with asyncio.timeout(10):
                while tab.streamed(reply) != text:
                    await tab.receive()
            assert slow_site.process is not None
            slow_site.process.send_signal(signal.SIGINT)
            for _ in range(15):
                await asyncio.sleep(0.1)
                _break_what_waits(slow_site)
        slow_site.process.wait(20)
    slow_site.start()
    assert alice.get(f"/messages/{reply}/source/") == (200, text)
    page = alice.get(f"/threads/{said['thread']}/")[1]
    assert f'data-message="{reply}" data-role="assistant" data-state="complete"' in page


def _break_what_waits(site: Site) -> None:
    """Break the connections that wait for a lock, so that what they carry has to be tried again."""
    with psycopg.connect(site.database_url()) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


async def test_a_reply_that_is_stopped_while_something_is_remembered_tells_of_it(
    slow_site: Site, provider: FakeProvidersProcess
):
    [alice] = people(slow_site, 1)
    async with alice.tab() as tab:
        hello, _, _ = await tab.reply_to("Hello")
        provider.script(endpoint="embeddings", first_delay=2.0)
        said = await tab.say("Remember: my boat is called Dora", hello["thread"])
        await tab.send(do="stop", message=said["reply"]["id"])
        ended = await tab.until("ended")
        assert (ended["message"]["state"], ended["message"]["changes"]) == ("stopped", [])
        told = await tab.until("memory", message=said["reply"]["id"])
    assert [change["kind"] for change in told["changes"]] == ["remembered"]
    assert "my boat is called Dora" in alice.get("/memories/")[1]
