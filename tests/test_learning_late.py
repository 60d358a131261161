"""What is learned late, when the person has changed their mind since they said it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from conversations.learning import heard, job
from conversations.learning.answer import Answer, Finding
from conversations.models import Heard, Learning, LearningState, MemoryChange, State
from conversations.turns import accepting, ending, frames, preparation, remembering
from memories import writing
from memories.access import Access
from memories.models import Memory, Origin, Proposal
from memories.writing import remember

pytestmark = pytest.mark.django_db

TEA = "I like green tea from Japan"


def say(user, text):
    """A message whose reply is written, and which waits to be learned from."""
    accepted = accepting.accept(user.pk, None, uuid.uuid4(), text, owner="here")
    preparation.prepare(accepted.claim)
    Learning.objects.create(message=accepted.message, user=user)
    return accepted.message


def learn(message, *findings):
    """The model has answered."""
    job._apply(message.pk, message.user_id, Answer(tuple(findings)))
    assert Learning.objects.get(message=message).state == LearningState.DONE


def texts(user):
    return set(Memory.objects.of(user).current().values_list("text", flat=True))


def memory_of(user, text):
    return Memory.objects.of(user).get(text=text, ended_at=None)


@pytest.mark.parametrize(
    "statement", [TEA, "Green tea from Japan is what I like", "I really like green tea from Japan"]
)
@pytest.mark.parametrize("names_it", [True, False])
def test_what_was_undone_is_not_learned_again_in_whatever_words(alice, statement, names_it):
    message = say(alice, f"Remember that {TEA}")
    stored = memory_of(alice, TEA)
    writing.forget(stored)
    learn(message, Finding(statement, same_as=stored.pk if names_it else None), Finding("My cat is called Mia"))
    assert texts(alice) == {"My cat is called Mia"}
    assert MemoryChange.objects.filter(message=message, source="learned").count() == 1


def test_what_was_corrected_since_is_not_learned_beside_its_correction(alice):
    message = say(alice, f"Remember that {TEA}")
    writing.correct(memory_of(alice, TEA), "I like black tea from India")
    learn(message, Finding("I like green tea from Japan best"))
    assert texts(alice) == {"I like black tea from India"}


def test_what_was_forgotten_and_then_said_again_is_learned(alice):
    writing.forget(remember(alice, TEA, origin=Origin.SAID).memory)
    message = say(alice, f"As you know {TEA}")
    learn(message, Finding(TEA))
    assert texts(alice) == {TEA}


def test_another_value_than_the_one_that_was_forgotten_is_learned(alice):
    message = say(alice, "Remember that my dog is called Rex. Sorry, my dog is called Bello")
    writing.forget(memory_of(alice, "my dog is called Rex"))
    learn(message, Finding("My dog is called Bello"))
    assert texts(alice) == {"My dog is called Bello"}


def test_bobs_forgetting_keeps_nothing_from_alice(alice, bob):
    message = say(alice, f"As you know {TEA}")
    for text in (TEA, "I live in Oslo"):
        remember(bob, text, origin=Origin.SAID)
    writing.forget_all(bob)
    learn(message, Finding(TEA))
    assert texts(alice) == {TEA}


@pytest.mark.parametrize("stored", [0, 1, 3])
def test_after_forgetting_everything_nothing_is_learned_from_what_was_said_before(alice, stored):
    for number in range(stored):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    before = say(alice, f"As you know {TEA}")
    asked = say(alice, "Forget everything you know about me")
    after = say(alice, "I am called Alice, by the way")
    learn(before, Finding(TEA))
    learn(asked, Finding("I have a memory"))
    assert texts(alice) == set()
    learn(after, Finding("I am called Alice"))
    assert texts(alice) == {"I am called Alice"}


def test_forgetting_everything_on_the_memory_page_counts_too(alice):
    for text in ("I live in Oslo", "I own a boat"):
        remember(alice, text, origin=Origin.WRITTEN)
    message = say(alice, f"As you know {TEA}")
    writing.forget_all(alice)
    learn(message, Finding(TEA))
    assert texts(alice) == set()


def test_forgetting_two_of_several_keeps_nothing_else_from_being_learned(alice):
    for text in ("My boat is called Dora", "I keep my boat in Oslo", "I play chess"):
        remember(alice, text, origin=Origin.WRITTEN)
    message = say(alice, f"As you know {TEA}")
    assert len(writing.forget_matching(alice, "my boat")) == 2
    learn(message, Finding(TEA))
    assert texts(alice) == {TEA, "I play chess"}


def test_what_a_message_asks_is_carried_out_though_it_was_learned_from_before(alice):
    # Its first reply broke off before anything was done for it.
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), f"Remember that {TEA}. My cat is Mia.", owner="here")
    Learning.objects.create(message=accepted.message, user=alice)
    learn(accepted.message, Finding("My cat is Mia"))
    for _ in range(2):
        changes = preparation.prepare(accepted.claim).changes
        assert sorted((change.source, change.memory.text) for change in changes) == [
            ("learned", "My cat is Mia"),
            ("request", TEA),
        ]
    assert texts(alice) == {TEA, "My cat is Mia"}


@pytest.mark.parametrize("has_history", [False, True])
def test_what_went_because_its_correction_was_known_is_told_and_undone(client, alice, has_history):
    old, known = (remember(alice, text, origin=Origin.WRITTEN).memory for text in ("I drink tea", "I drink water"))
    if has_history:
        known = writing.correct(known, "I drink coffee").memory
    message = say(alice, f"These days {known.text}")
    learn(message, Finding(known.text, replaces=old.pk))
    assert texts(alice) == {known.text}
    frame = frames.change_frame(remembering.changes_of(message)[0])
    assert (frame["kind"], frame["status"]) == ("forgot", "")
    client.force_login(alice)
    client.post(frame["undo"])
    assert "I drink tea" in texts(alice)
    assert frames.change_status(remembering.changes_of(message)[0]) == "undone"


def test_what_was_removed_for_good_is_not_learned_again(alice):
    message = say(alice, f"Remember that {TEA}")
    stored = memory_of(alice, TEA)
    writing.forget(stored)
    writing.erase(stored)
    learn(message, Finding(TEA), Finding("My cat is called Mia"))
    assert texts(alice) == set()


@pytest.mark.parametrize("stored", [0, 1])
def test_nothing_of_before_is_learned_when_everything_was_forgotten_and_removed_for_good(alice, stored):
    message = say(alice, f"As you know {TEA}")
    for number in range(stored):
        remember(alice, f"I own boat number {number}", origin=Origin.WRITTEN)
    writing.forget_all(alice)
    writing.erase_forgotten(alice)
    learn(message, Finding(TEA))
    assert texts(alice) == set()


def test_who_had_everything_forgotten_and_has_it_back_is_learned_from_again(alice):
    message = say(alice, f"As you know {TEA}")
    boat = remember(alice, "I own a boat", origin=Origin.WRITTEN, created_at=message.created_at).memory
    writing.forget_all(alice)
    writing.undo_forget(boat)
    learn(message, Finding(TEA))
    assert texts(alice) == {TEA, "I own a boat"}


def test_what_a_file_brings_does_not_count_as_had_back(alice):
    """It keeps the time when it was first stored, which was before everything was forgotten."""
    message = say(alice, f"As you know {TEA}")
    writing.forget_all(alice)
    long_ago = message.created_at - timedelta(days=300)
    remember(alice, "I play chess", origin=Origin.IMPORTED, created_at=long_ago)
    learn(message, Finding(TEA))
    assert texts(alice) == {"I play chess"}


@pytest.mark.parametrize("on", [True, False])
def test_what_is_said_while_memory_is_off_is_not_kept_for_later(alice, settings, on):
    settings.LEARNING, settings.PROVIDERS = True, {"local": object()}
    alice.memory_on = on
    alice.save()
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "My cat is called Mia", owner="here")
    ending.finish(accepted.claim, ending.Ending(State.COMPLETE, "I see."))
    assert Learning.objects.filter(message=accepted.message).exists() == on


def heard_of(user, text, **more):
    """Something that was said through a program, and which waits to be learned from."""
    return Heard.objects.create(user=user, text=text, earlier=[], memory_mode="write", **more)


def test_what_a_program_said_before_everything_was_forgotten_is_not_learned(alice):
    row = heard_of(alice, "My cat is called Mia")
    remembering.apply_requests_of_call(Access(alice.pk, True, True), "Forget everything you know about me")
    heard._apply(row.pk, alice.pk, Answer((Finding("My cat is called Mia"),)))
    assert texts(alice) == set()
    assert not Heard.objects.exists()


def test_what_was_overheard_in_a_program_waits_when_it_is_sensitive_and_comes_from_no_thread(alice):
    row = heard_of(alice, "My diabetes was found in spring, and I like tea")
    heard._apply(row.pk, alice.pk, Answer((Finding("I have diabetes"), Finding(TEA))))
    assert texts(alice) == {TEA}
    proposal = Proposal.objects.of(alice).get()
    assert (proposal.text, proposal.origin) == ("I have diabetes", Origin.API)
    assert writing.approve(proposal).memory.origin == Origin.API


def test_what_a_program_said_is_not_learned_when_what_was_stored_of_it_was_removed_for_good(alice):
    stored = remember(alice, TEA, origin=Origin.API).memory
    row = heard_of(alice, f"Remember that {TEA}", stored=[stored.pk])
    writing.forget(stored)
    writing.erase(stored)
    heard._apply(row.pk, alice.pk, Answer((Finding(TEA),)))
    assert texts(alice) == set()
