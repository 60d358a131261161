"""What programs that speak MCP are given, in bounds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.test import Client

from conversations.models import Message, MessageRole, State, Thread
from memchat.database import close_threads, in_database
from memchat.mcp import tools, whose
from memchat.users import tokens
from memchat.users.models import Scope, User
from memories.models import Memory, Origin, Proposal
from memories.writing import approve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def as_alice(alice: User) -> AsyncIterator[None]:
    whose.token.set((await in_database(tokens.make, alice, "program", Scope.values))[0])
    yield
    close_threads()


def remembered(user: User, count: int, text: str = "I like the number") -> list[Memory]:
    return Memory.objects.bulk_create(
        Memory(user=user, value={"data": f"{text} {number}"}, origin=Origin.API, fingerprint=str(number))
        for number in range(count)
    )


def page_of(user: User, address: str) -> str:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client.get(address).content.decode()


async def listed() -> tuple[str, list[dict[str, Any]]]:
    written = await tools.memories()
    return written, json.loads(written)


async def test_few_memories_are_listed_whole_pinned_and_newest_first(alice: User, bob: User, as_alice: None) -> None:
    await in_database(remembered, bob, 1)
    first, *_ = await in_database(remembered, alice, 3)
    await in_database(Memory.objects.filter(pk=first.pk).update, pinned=True)
    _written, shown = await listed()
    assert [one["text"][-1] for one in shown] == ["0", "2", "1"]
    assert {*shown[0]} == {"id", "text", "category", "pinned", "since"}


async def test_what_is_sensitive_waits_and_is_said_to_come_from_no_thread(alice: User, as_alice: None) -> None:
    assert "approval" in (await tools.remember("I have diabetes"))["status"]
    proposal = await in_database(Proposal.objects.get)
    page = await in_database(page_of, alice, "/memories/proposals/")
    assert "I have diabetes" in page
    assert "Through the API" in page
    assert "thread that was deleted" not in page
    outcome = await in_database(approve, proposal)
    assert outcome.memory is not None
    assert outcome.memory.origin == Origin.API


def long_thread(user: User) -> Thread:
    thread = Thread.objects.create(user=user)
    parent = None
    for depth, text in enumerate(["Tell me all.", "a" * 4_000, "And now?", "ü" * 5_000]):
        role = MessageRole.ASSISTANT if depth % 2 else MessageRole.USER
        parent = Message.objects.create(
            thread=thread, user=user, parent=parent, depth=depth, role=role, text=text, state=State.COMPLETE
        )
    Thread.objects.filter(pk=thread.pk).update(head=parent)
    return thread


async def test_a_part_of_a_thread_or_of_a_message_is_not_taken_for_all_of_it(alice: User, as_alice: None) -> None:
    thread = await in_database(long_thread, alice)
    whole = await tools.read_thread(thread.pk)
    assert whole["earlier_messages"] == 0
    assert [one.get("characters_left_out") for one in whole["messages"]] == [None, None, None, 1_000]
    part = await tools.read_thread(thread.pk, limit=3)
    assert part["earlier_messages"] == 1
    assert part["messages"] == whole["messages"][1:]


async def test_of_many_memories_the_newest_are_listed_and_the_rest_counted(
    alice: User, as_alice: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_database(remembered, alice, 400, "ü" * 4_000)
    made = 0
    from_db = Memory.from_db.__func__  # type: ignore[attr-defined]

    def counted(*row: Any) -> Any:
        nonlocal made
        made += 1
        return from_db(*row)

    monkeypatch.setattr(Memory, "from_db", classmethod(counted))
    written, shown = await listed()
    assert 900_000 < len(written.encode()) < 1_001_000
    *most, last = shown
    assert [one["text"].split()[-1] for one in most] == [str(number) for number in range(399, 399 - len(most), -1)]
    assert last["more"] == 400 - len(most) > 200
    assert "recall" in last["note"]
    assert made < len(most) + tools.LISTED_AT_ONCE
