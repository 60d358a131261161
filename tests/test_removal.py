"""What was forgotten is gone for good when its time is over, from everything that was stored because of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone
from pytest_django import Settings

from conversations.models import ChangeKind, MemoryChange, MemoryUse, Message, Thread
from memchat.users.models import User
from memories import tasks, writing
from memories.models import Ending, Memory, Origin, Proposal
from memories.words import fingerprint

pytestmark = pytest.mark.django_db


def say(user: User, text: str, **options: Any) -> Memory:
    memory = writing.remember(user, text, origin=Origin.SAID, **options).memory
    assert memory is not None
    return memory


def changed(memory: Memory, text: str) -> Memory:
    newer = writing.correct(memory, text).memory
    assert newer is not None
    return newer


def days_pass(days: int, user: User) -> None:
    """Let everything of a person have happened that much longer ago."""
    for memory in Memory.objects.of(user).exclude(ended_at=None):
        Memory.objects.filter(pk=memory.pk).update(ended_at=memory.ended_at - timedelta(days=days))
    for proposal in Proposal.objects.of(user):
        Proposal.objects.filter(pk=proposal.pk).update(created_at=proposal.created_at - timedelta(days=days))


def remove(settings: Settings) -> None:
    while writing.remove_forgotten(timezone.now() - timedelta(days=settings.UNDO_DAYS)):
        pass


def texts(user: User) -> set[str]:
    return set(Memory.objects.of(user).values_list("text", flat=True))


def test_a_forgotten_memory_can_be_had_back_until_its_time_is_over(alice: User, settings: Settings) -> None:
    memory = say(alice, "I live in Oslo")
    writing.forget(memory)
    days_pass(29, alice)
    remove(settings)
    assert writing.undo_forget(memory).kind == "remembered"
    writing.forget(memory)
    days_pass(31, alice)
    remove(settings)
    assert not texts(alice)


def test_without_a_time_to_undo_it_goes_at_the_next_run(alice: User, settings: Settings) -> None:
    settings.UNDO_DAYS = 0
    writing.forget(say(alice, "I live in Oslo"))
    remove(settings)
    assert not texts(alice)


def test_the_setting_reaches_the_job(alice: User, settings: Settings, monkeypatch: Any) -> None:
    settings.UNDO_DAYS = 3
    asked: dict[Any, Any] = {}

    async def note(function: Any, *args: Any) -> int:
        asked[function] = args
        return 0

    monkeypatch.setattr(tasks, "in_database", note)
    asyncio.run(tasks.remove_forgotten(0))
    (before,) = asked[writing.remove_forgotten]
    assert asked[writing.remove_old_versions] == (before,) and asked[writing.forget_expired] == ()
    assert timedelta(days=2.9) < timezone.now() - before < timedelta(days=3.1)


def test_its_versions_go_with_it_and_live_as_long_as_it_does(alice: User, settings: Settings) -> None:
    newest = changed(changed(say(alice, "I live in Bonn"), "I live in Bern"), "I live in Oslo")
    days_pass(400, alice)
    remove(settings)
    assert texts(alice) == {"I live in Bonn", "I live in Bern", "I live in Oslo"}, "history of what counts stays"
    writing.forget(newest)
    remove(settings)
    assert len(texts(alice)) == 3, "what was superseded long ago can be undone with what was forgotten now"
    days_pass(31, alice)
    remove(settings)
    assert not texts(alice)


def test_what_expired_is_not_forgotten(alice: User, settings: Settings) -> None:
    memory = say(alice, "I am in Rome this week", expires_at=timezone.now() + timedelta(days=1))
    Memory.objects.filter(pk=memory.pk).update(expires_at=timezone.now() - timedelta(days=400))
    remove(settings)
    assert texts(alice) == {"I am in Rome this week"}


def test_what_another_memory_took_the_place_of_goes_after_as_long(alice: User, settings: Settings) -> None:
    """Corrected into what a program knew already by a name of its own, it is in nobody's history."""
    writing.remember(alice, "My parrot sings opera", origin=Origin.API, key="parrot")
    changed(say(alice, "My parrot sings oprea"), "My parrot sings opera")
    days_pass(29, alice)
    remove(settings)
    assert texts(alice) == {"My parrot sings opera", "My parrot sings oprea"}
    days_pass(2, alice)
    remove(settings)
    assert texts(alice) == {"My parrot sings opera"}


def test_what_was_had_back_meanwhile_stays(alice: User) -> None:
    """The job, or a second tab, has seen it as forgotten; then somebody undid that."""
    memory = say(alice, "I live in Oslo")
    writing.forget(memory)
    seen = Memory.objects.get(pk=memory.pk)
    writing.undo_forget(memory)
    assert writing.erase(seen) == 0
    assert texts(alice) == {"I live in Oslo"}


def test_what_was_stored_because_of_it_goes_too(alice: User, bob: User, settings: Settings) -> None:
    newest = changed(say(alice, "I live in Bonn"), "I live in Oslo")
    for user in (alice, bob):
        Proposal.objects.create(
            user=user,
            text="i live in bonn!",
            sensitive="origin",
            origin="learned",
            fingerprint=fingerprint("I live in Bonn"),
        )
    thread = Thread.objects.create(user=alice, title="x")
    message = Message.objects.create(thread=thread, user=alice, role="user", text="x")
    MemoryUse.objects.create(reply=message, user=alice, memory=newest, rank=1, reasons="words")
    MemoryChange.objects.create(
        message=message, user=alice, position=0, kind=ChangeKind.UPDATED, memory=newest, text="Oslo", reason="Oslo"
    )
    MemoryChange.objects.create(message=message, user=alice, position=1, kind=ChangeKind.NOT_FOUND, text="my dog")
    staff = User.objects.create_superuser("staff")
    LogEntry.objects.log_actions(staff.pk, [newest], CHANGE, "Forgotten: lives in Oslo", single_object=True)
    writing.forget(newest)
    days_pass(31, alice)
    remove(settings)
    assert not texts(alice)
    assert not Proposal.objects.of(alice).exists()
    assert Proposal.objects.of(bob).exists()
    assert not MemoryUse.objects.exists()
    assert list(MemoryChange.objects.values_list("kind", "text", "reason", "memory")) == [
        ("updated", "", "", None),
        ("not_found", "my dog", "", None),
    ], "that something was done stays, so that it is not done again"
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == ("removed memory", "")


def test_proposals_wait_for_a_month_even_where_nothing_can_be_undone(alice: User, settings: Settings) -> None:
    settings.UNDO_DAYS = 0
    Proposal.objects.create(user=alice, text="I am a nun", sensitive="religion", origin="learned", fingerprint="1")
    days_pass(29, alice)
    remove(settings)
    assert Proposal.objects.of(alice).exists()
    days_pass(2, alice)
    remove(settings)
    assert not Proposal.objects.of(alice).exists()


def test_more_than_one_batch_of_several_people_is_removed(alice: User, bob: User, settings: Settings) -> None:
    for user in (alice, bob):
        for number in range(5):
            writing.forget(say(user, f"My number {number} is {number}"))
        say(user, "This counts")
        days_pass(31, user)
    before = timezone.now() - timedelta(days=30)
    assert writing.remove_forgotten(before, limit=3) == 3
    remove(settings)
    assert texts(alice) == texts(bob) == {"This counts"}


def test_the_same_key_used_again_is_another_memory(alice: User, settings: Settings) -> None:
    writing.forget(say(alice, "I live in Bonn", key="home"))
    say(alice, "I live in Oslo", key="home")
    days_pass(31, alice)
    remove(settings)
    assert texts(alice) == {"I live in Oslo"}


def test_removing_all_that_was_forgotten_is_one_persons(alice: User, bob: User) -> None:
    writing.forget(changed(say(alice, "I live in Bonn"), "I live in Oslo"))
    say(alice, "I like tea")
    writing.forget(say(bob, "I live in Bath"))
    assert writing.erase_forgotten(alice) == 2
    assert texts(alice) == {"I like tea"}
    assert Memory.objects.of(bob).get().ending == Ending.FORGOTTEN
