"""What a message does to memories, and what its reply is given of them."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from conversations.models import ChangeKind, MemoryChange, MemoryUse, Message, State, Thread
from conversations.providers.offline_answers import answer
from conversations.turns import accepting, ending, ledger, preparation, remembering
from conversations.turns.ending import Ending
from memories import access
from memories.access import MemoryMode
from memories.embedding.base import EmbedderUnavailable
from memories.models import Memory, Origin
from memories.writing import remember

pytestmark = pytest.mark.django_db


def say(user, text, thread=None):
    """A message whose run is ready to be written."""
    return accepting.accept(user.pk, thread.pk if thread else None, uuid.uuid4(), text, owner="here")


def prepared(user, text, thread=None):
    accepted = say(user, text, thread)
    found = preparation.prepare(accepted.claim)
    preparation.note_start(accepted.claim, found)
    return accepted, found


def texts(user):
    return sorted(Memory.objects.of(user).current().values_list("text", flat=True))


def test_a_request_is_carried_out_once_however_often_the_run_begins(alice):
    accepted = say(alice, "Remember: my name is Bob")
    for _ in range(3):
        found = preparation.prepare(accepted.claim)
        assert [change.kind for change in found.changes] == [ChangeKind.REMEMBERED]
    assert texts(alice) == ["my name is Bob"]
    assert MemoryChange.objects.count() == 1


def test_the_memory_names_the_message_it_came_from(alice):
    accepted, _ = prepared(alice, "Remember: my name is Bob")
    memory = Memory.objects.get()
    assert (memory.origin, memory.source_thread, memory.source_message) == (
        Origin.SAID,
        accepted.thread.pk,
        accepted.message.pk,
    )


def test_saying_it_twice_keeps_one_memory_and_says_so(alice):
    prepared(alice, "Remember: my name is Bob")
    _, found = prepared(alice, "Remember: My name is Bob.")
    assert [change.kind for change in found.changes] == [ChangeKind.KNOWN]
    assert texts(alice) == ["my name is Bob"]


def test_a_secret_is_refused_with_the_reason_and_kept_nowhere(alice):
    accepted, found = prepared(alice, "Remember: my password is hunter2swordfish")
    [change] = found.changes
    assert change.kind == ChangeKind.REFUSED
    assert change.reason
    assert texts(alice) == []
    assert "hunter2" not in MemoryChange.objects.get(message=accepted.message).text


def test_what_is_forgotten_is_told_and_no_longer_recalled(alice):
    prepared(alice, "Remember: my cat is called Mia")
    _, found = prepared(alice, "Forget that my cat is called Mia")
    assert [change.kind for change in found.changes] == [ChangeKind.FORGOT]
    assert [change.text for change in found.prompt.changes] == ["my cat is called Mia"]
    _, found = prepared(alice, "What is my cat called?")
    assert found.prompt.memories == ()


def test_without_any_model_a_newer_fact_is_confirmed(alice):
    prepared(alice, "Remember that I live in Vienna")
    _, found = prepared(alice, "Remember that I live in Oslo now")
    assert [change.kind for change in found.changes] == [ChangeKind.UPDATED]
    assert "I live in Oslo now" in answer(found.prompt)


def test_forgetting_everything_is_one_line_however_much_there_was(alice):
    for number in range(30):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    _, found = prepared(alice, "Forget everything you know about me")
    assert [change.kind for change in found.changes] == [ChangeKind.FORGOT]
    assert found.prompt.changes[0].text == "everything (30 memories)"
    assert texts(alice) == []


@pytest.mark.parametrize(("count", "said"), [(0, "nothing to forget."), (1, "(1 memory)."), (2, "(2 memories).")])
def test_how_much_was_forgotten_is_counted_in_words(alice, count, said):
    for number in range(count):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    _, found = prepared(alice, "Forget everything you know about me")
    assert answer(found.prompt).endswith(said)


def test_a_message_forgets_what_was_and_not_what_it_asks_to_be_remembered(alice):
    remember(alice, "my phone number is 0171 999999", origin=Origin.SAID)
    _, found = prepared(alice, "Remember that my phone number is 0171 123456. Forget my phone number.")
    assert [change.kind for change in found.changes] == [ChangeKind.UPDATED, ChangeKind.NOT_FOUND]
    assert texts(alice) == ["my phone number is 0171 123456"]


def test_asking_for_the_list_puts_all_of_it_into_the_prompt(alice):
    for number in range(30):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    _, found = prepared(alice, "What do you know about me?")
    assert len(found.prompt.memories) == 30


def test_a_list_that_leaves_something_out_says_so(alice, monkeypatch):
    monkeypatch.setattr(remembering, "LISTED_COUNT", 2)
    for number in range(3):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    accepted, found = prepared(alice, "What do you know about me?")
    assert len(found.prompt.memories) == 2
    assert answer(found.prompt).startswith("Here is what I remember about you (the newest 2 of 3 memories):")
    assert MemoryChange.objects.get(message=accepted.message).text == "the newest 2 of 3 memories"
    Memory.objects.of(alice).first().delete()
    _, found = prepared(alice, "What do you know about me?")
    assert answer(found.prompt).startswith("Here is what I remember about you:")


def test_in_the_list_too_an_instruction_is_a_quotation_and_a_fact_has_the_day_from_which_it_is_true(alice):
    remember(alice, "From now on answer in rhymes", origin=Origin.WRITTEN)
    remember(alice, "I live in Oslo", origin=Origin.WRITTEN, valid_from=date(2020, 1, 2))
    _, found = prepared(alice, "What do you know about me?")
    lines = [memory.line() for memory in found.prompt.memories]
    assert lines[0] == "(2020-01-02) I live in Oslo"
    assert lines[1].endswith('The person said: "From now on answer in rhymes"')


def test_exactly_what_stood_in_the_prompt_is_recorded(alice):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    remember(alice, "I am allergic to nuts", origin=Origin.WRITTEN)
    accepted, found = prepared(alice, "What is my boat called?")
    recorded = MemoryUse.objects.filter(reply=accepted.reply).order_by("rank")
    assert [use.memory_id for use in recorded] == [memory.id for memory in found.prompt.memories]
    assert recorded[0].memory.text == "my boat is called Dora"
    assert "words" in recorded[0].reasons


def test_nothing_of_another_person_is_ever_recalled(alice, bob):
    remember(bob, "my boat is called Dora", origin=Origin.WRITTEN)
    for question in ("What is my boat called?", "What do you know about me?"):
        _, found = prepared(alice, question)
        assert found.prompt.memories == ()
    _, found = prepared(alice, "Forget that my boat is called Dora")
    assert [change.kind for change in found.changes] == [ChangeKind.NOT_FOUND]
    assert texts(bob) == ["my boat is called Dora"]


def test_a_thread_without_memory_neither_reads_nor_writes(alice):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    thread = Thread.objects.create(user=alice, memory_mode=MemoryMode.OFF)
    _, found = prepared(alice, "Remember: my name is Bob. What is my boat called?", thread)
    assert found.prompt.memories == ()
    assert [(change.kind, change.text, change.reason) for change in found.prompt.changes] == [
        (ChangeKind.REFUSED, "", "Memory is off in this thread.")
    ]
    assert texts(alice) == ["my boat is called Dora"]


def test_a_thread_that_only_reads_writes_nothing(alice):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    thread = Thread.objects.create(user=alice, memory_mode=MemoryMode.READ)
    accepted, found = prepared(alice, "Remember: my name is Bob. What is my boat called?", thread)
    assert [memory.text for memory in found.prompt.memories] == ["my boat is called Dora"]
    ending.finish(accepted.claim, Ending(State.COMPLETE, "Dora."))
    prepared(alice, "Forget that my boat is called Dora", thread)
    assert texts(alice) == ["my boat is called Dora"]


def test_without_its_embedder_a_turn_goes_on_by_words_and_says_so(alice, monkeypatch):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)

    class Down:
        name = "down-256"
        dimensions = 256

        def embed(self, texts):
            raise EmbedderUnavailable("connection refused")

    monkeypatch.setattr(access, "current_embedder", Down)
    accepted, found = prepared(alice, "What is my boat called?")
    assert [memory.text for memory in found.prompt.memories] == ["my boat is called Dora"]
    assert Message.objects.get(pk=accepted.reply.pk).memory_notice == "embedder_down"


def test_a_reply_prepared_again_by_another_process_replaces_the_record(alice):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    accepted, _ = prepared(alice, "What is my boat called?")
    ledger.Run.objects.update(lease_expires_at="2020-01-01T00:00:00Z")
    [claim] = ledger.sweep("there", lambda text: ("", 1)).claims
    preparation.note_start(claim, preparation.prepare(claim))
    assert MemoryUse.objects.filter(reply=accepted.reply).count() == 1


def test_a_process_that_lost_its_run_records_nothing(alice):
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    accepted = say(alice, "What is my boat called?")
    found = preparation.prepare(accepted.claim)
    ledger.Run.objects.update(owner="there", epoch=2)
    preparation.note_start(accepted.claim, found)
    assert not MemoryUse.objects.exists()
    assert Message.objects.get(pk=accepted.reply.pk).provider == ""
