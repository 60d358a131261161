"""Every switch for memory, on every path by which a turn could read or write it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from conversations.learning import job
from conversations.models import Learning, LearningState, ProviderRule, Thread
from conversations.providers import registry
from conversations.providers.registry import choose
from conversations.turns import accepting, ending, preparation
from conversations.turns.ending import Ending
from conversations.turns.ledger import State
from memchat.database import close_threads
from memories.access import Access, MemoryClosed, MemoryMode, decide
from memories.models import Memory, Origin
from memories.writing import remember
from tests.fake_providers import FakeProviders

CANARY = "Zanzibar"
"""Stands in what is remembered and nowhere else."""


class Switches(NamedTuple):
    """How they stand, and what must follow."""

    reads: bool
    writes: bool
    memory_on: bool = True
    mode: MemoryMode = MemoryMode.WRITE
    temporary: bool = False
    sends_memories: bool = True


CASES = {
    "everything on": Switches(True, True),
    "the person's memory off": Switches(False, False, memory_on=False),
    "off in the thread": Switches(False, False, mode=MemoryMode.OFF),
    "only read in the thread": Switches(True, False, mode=MemoryMode.READ),
    "a temporary thread": Switches(False, False, mode=MemoryMode.OFF, temporary=True),
    "a provider that is never sent memories": Switches(False, True, sends_memories=False),
    "two switches at once": Switches(False, False, mode=MemoryMode.READ, memory_on=False),
    "only read, with such a provider": Switches(False, False, mode=MemoryMode.READ, sends_memories=False),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def switches(request: pytest.FixtureRequest) -> Switches:
    return request.param


@pytest.fixture
async def provider(settings: Any) -> AsyncIterator[FakeProviders]:
    async with FakeProviders() as fake:
        settings.LEARNING = True
        settings.PROVIDERS = {
            "anthropic": {
                "kind": "anthropic",
                "label": "Anthropic",
                "api_key": "key",
                "base_url": fake.url,
                "models": ("model",),
                "context_tokens": 8_000,
                "reply_tokens": 500,
            }
        }
        settings.DEFAULT_PROVIDER = "anthropic"
        registry.forget()
        yield fake
        await registry.close_all()
        await asyncio.to_thread(close_threads)


@pytest.fixture
async def thread_of_its_own(transactional_db: None) -> AsyncIterator[None]:
    """Asynchronous tests use the database on another thread, whose connection must not outlive them."""
    yield
    await sync_to_async(lambda: connection.close())()


def thread_of(user: Any, switches: Switches) -> Thread:
    user.memory_on = switches.memory_on
    user.save()
    if not switches.sends_memories:
        ProviderRule.objects.create(provider="anthropic", sends_memories=False)
    expires = timezone.now() + timedelta(hours=1) if switches.temporary else None
    return Thread.objects.create(user=user, memory_mode=switches.mode, temporary=switches.temporary, expires_at=expires)


def prepared(user: Any, text: str, thread: Thread) -> tuple[accepting.Accepted, preparation.Prepared]:
    accepted = accepting.accept(user.pk, thread.pk, uuid.uuid4(), text, owner="here")
    found = preparation.prepare(accepted.claim)
    preparation.note_start(accepted.claim, found)
    ending.finish(accepted.claim, Ending(State.COMPLETE, "Fine."))
    return accepted, found


def texts(user: Any) -> set[str]:
    return set(Memory.objects.of(user).current().values_list("text", flat=True))


@pytest.mark.django_db
def test_a_request_is_carried_out_only_where_memory_may_be_written(alice, switches, provider):
    remember(alice, f"my boat lies in {CANARY}", origin=Origin.WRITTEN)
    thread = thread_of(alice, switches)
    _, found = prepared(alice, "Remember: my name is Bob", thread)
    assert ("my name is Bob" in texts(alice)) == switches.writes
    if not switches.writes:
        [change] = found.changes
        assert change.reason
    _, found = prepared(alice, "Forget my boat", thread)
    assert any(CANARY in text for text in texts(alice)) != switches.writes
    if not switches.reads:
        # That it was forgotten is told to the model, what it was is not.
        assert CANARY not in found.prompt.newest()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["Where does my boat lie?", "What do you know about me?"])
def test_memories_are_put_into_a_prompt_only_where_they_may_be_read(alice, switches, provider, text):
    remember(alice, f"my boat lies in {CANARY}", origin=Origin.WRITTEN, pinned=True)
    _, found = prepared(alice, text, thread_of(alice, switches))
    assert (CANARY in found.prompt.newest()) == switches.reads
    assert bool(found.recollection.uses) == switches.reads


@pytest.mark.usefixtures("thread_of_its_own")
async def test_learning_asks_and_stores_only_where_memory_may_be_written(alice, switches, provider):
    @sync_to_async
    def turn() -> accepting.Accepted:
        remember(alice, f"my boat lies in {CANARY}", origin=Origin.WRITTEN)
        thread = thread_of(alice, switches)
        return prepared(alice, "We moved to Oslo and my boat is too far away now", thread)[0]

    accepted = await turn()
    fact = {"statement": "I live in Oslo", "quote": "moved to Oslo"}
    provider.script(endpoint="learning", reply=json.dumps({"facts": [fact], "outdated": []}))
    await job.learn(accepted.message.pk, alice.pk)
    assert ("I live in Oslo" in await sync_to_async(texts)(alice)) == switches.writes
    sent = json.dumps([request.body for request in provider.learning_requests])
    assert bool(provider.learning_requests) == switches.writes
    assert (CANARY in sent) == (switches.reads and switches.writes)
    states = await sync_to_async(list)(Learning.objects.values_list("state", flat=True))
    assert LearningState.WAITING not in states


@pytest.mark.usefixtures("thread_of_its_own")
async def test_memory_switched_off_while_the_model_thinks_stores_nothing(alice, provider):
    @sync_to_async
    def turn() -> accepting.Accepted:
        return prepared(alice, "We moved to Oslo last week", thread_of(alice, CASES["everything on"]))[0]

    accepted = await turn()
    asked = await sync_to_async(job._gather)(accepted.message.pk, alice.pk)
    assert asked is not None
    alice.memory_on = False
    await alice.asave()
    found = job.answer.read(
        json.dumps({"facts": [{"statement": "I live in Oslo", "quote": "moved to Oslo"}]}),
        own_text=asked.own_text,
        earlier_own="",
        known=(),
        said_on=timezone.localdate(),
    )
    assert len(found.findings) == 1
    await sync_to_async(job._apply)(accepted.message.pk, alice.pk, found)
    assert await sync_to_async(texts)(alice) == set()


def test_what_is_closed_cannot_be_reached_through_the_door():
    closed = decide(1, memory_on=True, mode="off", temporary=False, sends_memories=True)
    memory = Memory(user_id=1, pk=1)
    for attempt in (
        lambda: closed.recall("x", count=1, token_budget=1),
        lambda: closed.list_all(limit=1, token_budget=1),
        lambda: closed.count(),
        lambda: closed.current([1]),
        lambda: closed.remember("x"),
        lambda: closed.correct(memory, "x"),
        lambda: closed.confirm(memory),
        lambda: closed.give_way(memory, memory),
        lambda: closed.taken_back_since("x", timezone.now()),
        lambda: closed.all_taken_back_since(timezone.now()),
        lambda: closed.forget(memory),
        lambda: closed.forget_matching("x"),
        lambda: closed.forget_all(),
    ):
        with pytest.raises(MemoryClosed):
            attempt()


def test_every_method_of_the_door_is_tried_while_it_is_closed():
    public = {name for name in vars(Access) if not name.startswith("_") and callable(getattr(Access, name))}
    assert public == {
        "recall",
        "list_all",
        "count",
        "current",
        "remember",
        "correct",
        "confirm",
        "give_way",
        "taken_back_since",
        "all_taken_back_since",
        "forget",
        "forget_matching",
        "forget_all",
    }, "a new method needs its case above"


def test_nobody_else_s_memory_goes_through_the_door():
    access = Access(1, may_read=True, may_write=True)
    with pytest.raises(MemoryClosed):
        access.forget(Memory(user_id=2, pk=1))


@pytest.mark.django_db
def test_custom_instructions_are_part_of_every_prompt_also_where_memory_is_off(alice, switches, provider):
    alice.custom_instructions = "Answer in rhymes."
    alice.save()
    _, found = prepared(alice, "Hello", thread_of(alice, switches))
    assert "Answer in rhymes." in found.prompt.system()
    assert choose("", "")[0].name == "anthropic"
