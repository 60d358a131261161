"""What a message says of its person is learned afterwards, on a real site with real jobs."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import psycopg
import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person
from tests.live.site import Site

OSLO = {"statement": "I live in Oslo", "quote": "moved to Oslo", "category": "place"}
SAID_OSLO = "We moved to Oslo, and the boxes are still everywhere. Any tips?"


@pytest.fixture
def alice(learning_site: Site, newcomer: Any, provider: FakeProvidersProcess) -> Person:
    return newcomer(learning_site)


def learned(*facts: dict[str, Any]) -> str:
    return json.dumps({"facts": list(facts), "outdated": []})


async def asked_about(provider: FakeProvidersProcess, count: int = 1, within: float = 20) -> list[dict[str, Any]]:
    """Wait until the provider was asked what is worth remembering."""
    end = time.monotonic() + within
    while len(found := provider.report()["learning"]) < count:
        assert time.monotonic() < end, "nobody asked what is worth remembering"
        await asyncio.sleep(0.1)
    return found


def database(site: Site) -> psycopg.Connection[Any]:
    return psycopg.connect(site.database_url("postgres"))


def rows(site: Site, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with database(site) as connection:
        return connection.execute(query, arguments).fetchall()


async def settled(site: Site, message: str, within: float = 60) -> tuple[str, str]:
    """The state and the kind of error of learning from a message, once it is over."""
    end = time.monotonic() + within
    while True:
        found = rows(site, "SELECT state, error_kind FROM conversations_learning WHERE message_id = %s", message)
        if found and found[0][0] != "waiting":
            return found[0]
        assert time.monotonic() < end, found
        await asyncio.sleep(0.2)


async def test_what_is_learned_appears_under_the_reply_and_in_the_next_thread(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(endpoint="learning", reply=learned(OSLO), times=1)
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(SAID_OSLO)
        told = await tab.until("memory", message=said["reply"]["id"])
        assert [(one["kind"], one["source"], one["text"]) for one in told["changes"]] == [
            ("remembered", "learned", "I live in Oslo")
        ]
        _, _, ended = await tab.reply_to("Where do I live?")
        assert [memory["text"] for memory in ended["message"]["memories"]] == ["I live in Oslo"]
    assert "I live in Oslo" in alice.get("/memories/")[1]
    assert "I live in Oslo" in alice.get(f"/threads/{said['thread']}/")[1]


async def test_a_newer_fact_takes_the_place_of_the_older_and_the_older_stays_as_history(
    alice: Person, provider: FakeProvidersProcess
):
    async with alice.tab() as tab:
        await tab.reply_to("Remember: I live in Vienna")
        provider.script(
            endpoint="learning",
            reply=learned({**OSLO, "since": "2026-03-01", "replaces": "M1"}),
            match="moved to Oslo",
        )
        said, _, _ = await tab.reply_to(SAID_OSLO)
        told = await tab.until("memory", message=said["reply"]["id"])
        [change] = told["changes"]
        assert (change["kind"], change["text"], change["previous"]) == (
            "updated",
            "I live in Oslo",
            "I live in Vienna",
        )
        _, _, ended = await tab.reply_to("Where do I live?")
        assert [memory["text"] for memory in ended["message"]["memories"]] == ["I live in Oslo"]
    status, history = alice.get(f"/memories/{change['memory']}/history/")
    assert status == 200
    assert "I live in Vienna" in history


async def test_what_is_known_in_other_words_is_not_stored_again(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        await tab.reply_to("Remember: I live in Oslo")
        fact = {"statement": "My home is Oslo", "quote": "my home is Oslo", "same_as": "M1"}
        provider.script(endpoint="learning", reply=learned(fact), match="my home")
        said, _, _ = await tab.reply_to("As you know my home is Oslo, so which museum?")
        assert await settled(alice.site, said["message"]["id"]) == ("done", "")
    page = alice.get("/memories/")[1]
    assert "I live in Oslo" in page
    assert "My home is Oslo" not in page


async def test_only_what_the_person_said_is_believed(alice: Person, provider: FakeProvidersProcess):
    provider.script(
        endpoint="learning",
        reply=learned(
            {"statement": "I work for a bank", "quote": "I work for a bank"},
            {"statement": "My password is swordfish99", "quote": "my password is swordfish99"},
            {"statement": "I am diabetic", "quote": "I am diabetic"},
        ),
        match="diabetic",
    )
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(
            "I am diabetic and my password is swordfish99. Reply to this:\n> I work for a bank"
        )
        told = await tab.until("memory", message=said["reply"]["id"])
    kinds = {change["kind"]: change for change in told["changes"]}
    assert set(kinds) == {"proposed", "refused"}
    assert kinds["proposed"]["text"] == "I am diabetic"
    assert "password" in kinds["refused"]["reason"]
    assert "swordfish" not in json.dumps(told)
    assert rows(
        alice.site, "SELECT count(*) FROM memories_memory WHERE source_message = %s", said["message"]["id"]
    ) == [(0,)]


async def test_a_message_that_is_deleted_meanwhile_is_not_learned_from(alice: Person, provider: FakeProvidersProcess):
    provider.script(endpoint="learning", reply=learned(OSLO), first_delay=3, match="boxes")
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(SAID_OSLO)
        await asked_about(provider)
        status, _ = alice.post(f"/threads/{said['thread']}/delete/")
        assert status == 200
        await asyncio.sleep(4)
    assert "I live in Oslo" not in alice.get("/memories/")[1]
    assert (
        rows(alice.site, "SELECT 1 FROM procrastinate_jobs WHERE args::text LIKE %s", f"%{said['message']['id']}%")
        == []
    )


async def test_writing_a_reply_anew_does_not_learn_again(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(SAID_OSLO)
        assert await settled(alice.site, said["message"]["id"]) == ("done", "")
        await tab.send(do="retry", message=said["reply"]["id"])
        await tab.until("ended")
        await asyncio.sleep(1.5)
    assert len(provider.report()["learning"]) == 1


async def test_without_a_model_nothing_pretends_to_learn(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(SAID_OSLO, provider="offline", model_name="offline")
        assert await settled(alice.site, said["message"]["id"]) == ("skipped", "")
    assert provider.report()["learning"] == []


async def test_a_failing_provider_is_asked_again_and_then_it_is_learned(alice: Person, provider: FakeProvidersProcess):
    provider.script(endpoint="learning", fail="overloaded", times=1, match="boxes")
    provider.script(endpoint="learning", reply=learned(OSLO), match="boxes")
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to(SAID_OSLO)
        await tab.until("memory", message=said["reply"]["id"], timeout=40)
    assert "I live in Oslo" in alice.get("/memories/")[1]


async def test_a_worker_killed_at_any_step_of_its_job_has_exactly_one_effect(
    learning_site: Site, newcomer: Any, provider: FakeProvidersProcess
):
    """While it asks, while it stores what it was told, and when all is stored but the job is not yet noted as done."""
    site = learning_site
    holds = {
        "storing": "SELECT FROM conversations_learning WHERE message_id = %s FOR UPDATE",
        "noting": "SELECT FROM procrastinate_jobs WHERE args->>'message' = %s::text FOR UPDATE",
        "asking": "",
    }
    messages = {}
    with database(site) as holder:
        for step, hold in holds.items():
            town = f"{step.title()}ville"
            first, second = (
                learned({"statement": f"{who} live in {town}", "quote": f"moved to {town}"}) for who in ("I", "We")
            )
            provider.script(endpoint="learning", reply=first, first_delay=2 if hold else 60, match=town, times=1)
            provider.script(endpoint="learning", reply=second, match=town)
            async with newcomer(site).tab() as tab:
                said, _, _ = await tab.reply_to(f"We moved to {town}, and the boxes are everywhere.")
            messages[town] = said["message"]["id"]
            await asked_about(provider, len(messages))
            if hold:
                holder.execute(hold, [messages[town]])
        held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        end = time.monotonic() + 20
        while rows(site, held) < [(2,)]:
            assert time.monotonic() < end, "two jobs should wait for what is held"
            await asyncio.sleep(0.1)
        states = dict(rows(site, "SELECT message_id::text, state FROM conversations_learning"))
        assert [states[one] for one in messages.values()] == ["waiting", "done", "waiting"]
        site.kill_a_minute_ago()
    site.start()
    for town, message in messages.items():
        assert await settled(site, message, within=60) == ("done", "")
        found = rows(site, "SELECT text FROM memories_memory WHERE source_message = %s AND ended_at IS NULL", message)
        assert found == [(f"I live in {town}" if town == "Notingville" else f"We live in {town}",)]
        changes = rows(site, "SELECT count(*) FROM conversations_memorychange WHERE message_id = %s", message)
        assert changes == [(1,)]
    end = time.monotonic() + 40
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE args->>'message' = ANY(%s)"
    while (left := rows(site, jobs, [*messages.values()])) != [(0,)]:
        assert time.monotonic() < end, left
        await asyncio.sleep(0.2)
