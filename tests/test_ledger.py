"""Turns in the database: accepted once, written by one, ended once."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from conversations.branches import history_before
from conversations.errors import TurnError
from conversations.models import Message, Run, State, Thread
from conversations.turns import ledger
from conversations.turns.accepting import accept
from conversations.turns.ending import Ending, finish
from conversations.turns.ledger import request_stop, sweep
from conversations.turns.steering import retry

pytestmark = pytest.mark.django_db


class Held(NamedTuple):
    """Whether a run still belongs to its process, and whether its person asked it to stop."""

    ours: bool
    stop: bool


def checkpoint(claim, text):
    held = ledger.checkpoint([ledger.Part(claim, text)])
    return Held(claim.run_id in held, claim.run_id in held and held[claim.run_id].stop)


def say(user, text="Hello", thread=None, client_id=None, owner="here"):
    return accept(user.pk, thread.pk if thread else None, client_id or uuid.uuid4(), text, owner=owner)


def plain(text):
    return f"<p>{text}</p>", 1


def expire_leases():
    Run.objects.exclude(owner="").update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def kind_of(call, *args, **kwargs):
    with pytest.raises(TurnError) as caught:
        call(*args, **kwargs)
    return caught.value.kind


def test_a_message_is_stored_with_its_reply_and_its_run(alice):
    accepted = say(alice, "  Plans for Oslo\n")
    assert accepted.message.text == "  Plans for Oslo"
    assert accepted.thread.title == "Plans for Oslo"
    reply = Message.objects.get(pk=accepted.reply.pk)
    assert (reply.state, reply.parent_id, reply.depth) == (State.PENDING, accepted.message.pk, 1)
    assert Run.objects.get().owner == "here"
    assert Thread.objects.get().head_id == reply.pk


def test_the_same_message_sent_again_is_the_same_message(alice):
    own_id = uuid.uuid4()
    first = say(alice, client_id=own_id)
    second = say(alice, client_id=own_id)
    assert second.again
    assert (second.message.pk, second.reply.pk, second.thread.pk) == (first.message.pk, first.reply.pk, first.thread.pk)
    assert Message.objects.count() == 2


def test_two_people_may_use_the_same_message_id(alice, bob):
    own_id = uuid.uuid4()
    assert say(alice, client_id=own_id).message.pk != say(bob, client_id=own_id).message.pk


def test_a_second_message_waits_and_a_third_is_told_busy(alice):
    first = say(alice)
    second = say(alice, thread=first.thread)
    assert first.claim is not None
    assert second.claim is None
    assert kind_of(say, alice, thread=first.thread) == "busy"
    assert Message.objects.count() == 4


def test_the_waiting_message_runs_when_the_first_has_ended(alice):
    first = say(alice)
    second = say(alice, thread=first.thread)
    finished = finish(first.claim, Ending(State.COMPLETE, "Hi."))
    assert finished.next_claim is not None
    assert finished.next_claim.reply_id == second.reply.pk


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n", "\x00"])
def test_a_blank_message_is_refused(alice, text):
    assert kind_of(say, alice, text) == "empty"
    assert not Thread.objects.exists()


def test_an_over_long_message_is_refused_and_one_that_just_fits_is_stored(alice, settings):
    settings.MESSAGE_MAX_CHARS = 50
    assert kind_of(say, alice, "x" * 51) == "too_long"
    assert say(alice, "x" * 50).message.text == "x" * 50


def test_text_with_nul_and_lone_surrogates_is_stored_without_them(alice):
    accepted = say(alice, "a\x00b\ud800c")
    assert Message.objects.get(pk=accepted.message.pk).text == "ab\ufffdc"


def test_nobody_can_write_into_the_thread_of_another(alice, bob):
    accepted = say(alice)
    assert kind_of(say, bob, thread=accepted.thread) == "not_found"
    assert kind_of(request_stop, bob.pk, accepted.reply.pk) == "not_found"
    assert kind_of(retry, bob.pk, accepted.reply.pk) == "not_found"
    assert not Run.objects.get().stop_requested


def test_one_checkpoint_saves_many_runs_and_none_of_another_owner(alice, bob):
    mine, other = say(alice).claim, say(bob).claim
    lost = say(alice).claim
    Run.objects.filter(pk=lost.run_id).update(epoch=2, owner="there")
    Run.objects.filter(pk=other.run_id).update(stop_requested=True)
    held = ledger.checkpoint([ledger.Part(mine, "One"), ledger.Part(lost, "Two"), ledger.Part(other, None)])
    assert {run: kept.stop for run, kept in held.items()} == {mine.run_id: False, other.run_id: True}
    texts = dict(Message.objects.filter(role="assistant").values_list("pk", "text"))
    assert texts == {mine.reply_id: "One", lost.reply_id: "", other.reply_id: ""}


def test_a_checkpoint_saves_the_text_and_renews_the_lease(alice):
    claim = say(alice).claim
    expire_leases()
    held = checkpoint(claim, "Hi th")
    assert (held.ours, held.stop) == (True, False)
    reply = Message.objects.get(pk=claim.reply_id)
    assert (reply.text, reply.state) == ("Hi th", State.STREAMING)
    assert Run.objects.get().lease_expires_at > timezone.now()


def test_a_part_is_written_to_its_place_however_often_it_comes(alice):
    claim = say(alice).claim
    for text, offset in (("京 is ", 0), ("Kyō", 5), ("Kyō", 5), ("to.", 8)):
        assert ledger.checkpoint([ledger.Part(claim, text, offset)])[claim.run_id].is_written
    assert Message.objects.get(pk=claim.reply_id).text == "京 is Kyōto."


def test_a_part_is_not_written_where_something_before_it_is_missing(alice):
    claim = say(alice).claim
    checkpoint(claim, "One")
    expire_leases()
    assert not ledger.checkpoint([ledger.Part(claim, "three", 7)])[claim.run_id].is_written
    assert Message.objects.get(pk=claim.reply_id).text == "One"
    assert Run.objects.get().lease_expires_at > timezone.now()


def test_a_renewal_without_text_leaves_the_reply_pending(alice):
    claim = say(alice).claim
    assert checkpoint(claim, None).ours
    assert Message.objects.get(pk=claim.reply_id).state == State.PENDING


def test_a_process_that_lost_its_run_can_no_longer_write(alice):
    claim = say(alice).claim
    expire_leases()
    [taken] = sweep("there", plain).claims
    assert taken.epoch == claim.epoch + 1
    assert not checkpoint(claim, "stale").ours
    assert not finish(claim, Ending(State.COMPLETE, "stale")).ours
    assert Message.objects.get(pk=claim.reply_id).text == ""
    assert finish(taken, Ending(State.COMPLETE, "fresh")).ours
    assert Message.objects.get(pk=claim.reply_id).text == "fresh"


def test_a_reply_ends_once(alice):
    claim = say(alice).claim
    assert finish(claim, Ending(State.COMPLETE, "Hi.")).ours
    assert not finish(claim, Ending(State.FAILED, "")).ours
    reply = Message.objects.get(pk=claim.reply_id)
    assert (reply.state, reply.text) == (State.COMPLETE, "Hi.")
    assert reply.ended_at is not None
    assert not Run.objects.exists()


def test_a_reply_with_text_whose_process_died_is_interrupted_and_keeps_its_text(alice):
    claim = say(alice).claim
    checkpoint(claim, "Half a")
    expire_leases()
    swept = sweep("there", plain)
    assert swept.ended == [(claim.thread_id, claim.reply_id)]
    reply = Message.objects.get(pk=claim.reply_id)
    assert (reply.state, reply.text, reply.html, reply.error_kind) == (
        State.INTERRUPTED,
        "Half a",
        "<p>Half a</p>",
        "server_stopped",
    )


def test_a_reply_that_was_asked_to_stop_when_its_process_died_is_stopped(alice):
    claim = say(alice).claim
    checkpoint(claim, "Half a")
    request_stop(alice.pk, claim.reply_id)
    expire_leases()
    sweep("there", plain)
    assert Message.objects.get(pk=claim.reply_id).state == State.STOPPED


def test_a_reply_nobody_saw_anything_of_is_begun_again_but_not_for_ever(alice):
    claim = say(alice).claim
    for _ in range(ledger.MAX_STARTS - 1):
        expire_leases()
        assert len(sweep("there", plain).claims) == 1
    expire_leases()
    assert sweep("there", plain).claims == []
    assert Message.objects.get(pk=claim.reply_id).state == State.INTERRUPTED


def test_a_living_run_is_left_alone(alice):
    say(alice)
    swept = sweep("there", plain)
    assert (swept.ended, swept.claims) == ([], [])


def test_a_run_that_no_process_took_is_taken_by_the_sweep(alice):
    accepted = say(alice, owner="")
    [claim] = sweep("there", plain).claims
    assert claim.reply_id == accepted.reply.pk


def test_what_waits_behind_a_dead_run_is_begun(alice):
    first = say(alice)
    checkpoint(first.claim, "Half a")
    second = say(alice, thread=first.thread)
    expire_leases()
    [claim] = sweep("there", plain).claims
    assert claim.reply_id == second.reply.pk


def test_stopping_what_only_waits_ends_it_at_once(alice):
    first = say(alice)
    second = say(alice, thread=first.thread)
    assert request_stop(alice.pk, second.reply.pk).ended
    assert Message.objects.get(pk=second.reply.pk).state == State.STOPPED


def test_stopping_what_is_written_is_told_to_its_process(alice):
    claim = say(alice).claim
    assert not request_stop(alice.pk, claim.reply_id).ended
    assert checkpoint(claim, "Hi").stop


def test_a_retry_writes_another_reply_to_the_same_message_and_keeps_the_first(alice):
    first = say(alice)
    finish(first.claim, Ending(State.FAILED, "", error_kind="overloaded"))
    again = retry(alice.pk, first.reply.pk, owner="here")
    assert again.claim is not None
    assert again.reply.parent_id == first.message.pk
    assert Thread.objects.get().head_id == again.reply.pk
    assert Message.objects.filter(parent=first.message).count() == 2


def test_a_reply_that_is_still_written_cannot_be_retried(alice):
    first = say(alice)
    assert kind_of(retry, alice.pk, first.reply.pk) == "not_ended"


def test_what_this_process_is_writing_survives_a_lapse_of_its_lease(alice):
    claim = say(alice).claim
    checkpoint(claim, "Half a")
    expire_leases()
    swept = sweep("here", plain, living=[claim.reply_id])
    assert (swept.ended, swept.claims) == ([], [])
    assert checkpoint(claim, "Half a reply").ours
    expire_leases()
    assert sweep("here", plain, living=[]).ended


def test_after_an_outage_everybody_first_gets_the_time_to_renew(alice):
    claim = say(alice).claim
    checkpoint(claim, "Half a")
    expire_leases()
    assert sweep("there", plain, overdue_too=False).ended == []


def test_an_end_whose_answer_got_lost_can_be_stored_again(alice):
    first = say(alice)
    second = say(alice, thread=first.thread)
    ending = Ending(State.COMPLETE, "Hi.")
    once, again = finish(first.claim, ending), finish(first.claim, ending)
    assert again.ours
    assert once.next_claim == again.next_claim
    assert again.next_claim.reply_id == second.reply.pk


def test_a_renderer_that_fails_holds_up_no_other_thread(alice):
    for _ in range(2):
        checkpoint(say(alice).claim, "Half a")
    expire_leases()
    calls = []

    def render(text):
        calls.append(text)
        if len(calls) == 1:
            raise DatabaseError
        return plain(text)

    assert len(sweep("there", render).ended) == 1


def test_what_a_provider_cut_off_is_not_sent_to_it_again(alice):
    claim = say(alice).claim
    finish(claim, Ending(State.FAILED, "Something it", error_kind="refused"))
    assert [said.text for said in history_before(claim.reply_id, alice.pk, 10_000).said] == ["Hello", ""]


def test_a_deleted_thread_ends_its_run(alice):
    claim = say(alice).claim
    Thread.objects.all().delete()
    assert not checkpoint(claim, "x").ours
    assert not finish(claim, Ending(State.COMPLETE, "x")).ours


@pytest.mark.django_db(transaction=True)
def test_the_same_message_arriving_twice_at_once_is_stored_once(alice):
    own_id, results = uuid.uuid4(), []

    def arrive():
        try:
            results.append(say(alice, client_id=own_id).reply.pk)
        finally:
            connection.close()

    together(arrive, arrive, arrive)
    assert len(results) == 3
    assert len(set(results)) == 1
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_messages_at_once_one_runs_and_one_waits_and_the_others_are_busy(alice):
    thread = Thread.objects.create(user=alice)
    outcomes = []

    def arrive():
        try:
            outcomes.append("runs" if say(alice, thread=thread).claim else "waits")
        except TurnError as error:
            outcomes.append(error.kind)
        finally:
            connection.close()

    together(*[arrive] * 5)
    assert sorted(outcomes) == ["busy", "busy", "busy", "runs", "waits"]


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_and_the_end_of_a_reply_never_lock_each_other(alice):
    for _ in range(15):
        claim = say(alice).claim

        def keep(claim=claim):
            for _ in range(5):
                checkpoint(claim, "Hi")
            connection.close()

        def end(claim=claim):
            finish(claim, Ending(State.COMPLETE, "Hi there."))
            connection.close()

        together(keep, end)
        assert Message.objects.get(pk=claim.reply_id).text == "Hi there."


def together(*functions):
    """Run functions at the same time, each on a thread and connection of its own."""
    start = threading.Barrier(len(functions))
    failures = []

    def run(function):
        start.wait()
        try:
            function()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert not transaction.get_connection().in_atomic_block
