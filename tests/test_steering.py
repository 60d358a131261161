"""Steering a thread: other replies, other wordings, going on, stepping through branches. Nothing is lost."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from conversations.branches import history_before, messages_up_to, versions_of
from conversations.models import Attachment, Message, Run, State, Thread
from conversations.turns import announce, steering
from conversations.turns.ending import Ending, finish
from conversations.turns.ledger import request_stop, sweep
from conversations.turns.preparation import prepare
from conversations.turns.steering import edit, go_on, mark_seen, retry, show_branch
from tests.test_ledger import expire_leases, kind_of, plain, say, together

pytestmark = pytest.mark.django_db


def asked(user, text="Hello", answer="Hi.", thread=None, state=State.COMPLETE, **ending):
    """A question with its reply, which has ended."""
    accepted = say(user, text, thread=thread)
    finish(accepted.claim, Ending(state, answer, **ending))
    return accepted


def ended(accepted, answer="Well."):
    finish(accepted.claim, Ending(State.COMPLETE, answer))
    return accepted


def edited(user, accepted, text="Hello again", **more):
    return edit(user.pk, accepted.message.pk, more.pop("client_id", uuid.uuid4()), text, owner="here", **more)


def shown_texts(thread):
    thread.refresh_from_db()
    return [message.text for message in messages_up_to(thread.head_id, thread.user_id, 100)]


def versions(user, *ids):
    found = versions_of(list(Message.objects.filter(pk__in=ids)), user.pk)
    return {pk: (one.index, one.count, one.previous, one.next) for pk, one in found.items()}


# --- Another reply ------------------------------------------------------------------------------------------------


def test_any_reply_can_be_written_anew_and_what_followed_it_stays_on_its_branch(alice):
    first = asked(alice, "One", "1")
    asked(alice, "Two", "2", thread=first.thread)
    again = ended(retry(alice.pk, first.reply.pk, owner="here"), "1b")
    assert shown_texts(first.thread) == ["One", "1b"]
    assert versions(alice, first.reply.pk, again.reply.pk) == {
        first.reply.pk: (1, 2, None, again.reply.pk),
        again.reply.pk: (2, 2, first.reply.pk, None),
    }
    show_branch(alice.pk, first.reply.pk)
    assert shown_texts(first.thread) == ["One", "1", "Two", "2"]


def test_a_reply_is_not_written_anew_while_another_of_its_thread_is_written(alice):
    first = asked(alice)
    say(alice, "Two", thread=first.thread)
    assert kind_of(retry, alice.pk, first.reply.pk) == "not_ended"


def test_another_model_writes_a_reply_this_once(alice):
    first = asked(alice)
    again = retry(alice.pk, first.reply.pk, owner="here", provider="offline", model_name="offline")
    assert (again.claim.provider, again.claim.model_name) == ("offline", "offline")
    assert prepare(again.claim).provider.name == "offline"
    first.thread.refresh_from_db()
    assert (first.thread.provider, first.thread.model_name) == ("", "")


def test_the_model_for_this_once_is_not_forgotten_when_another_process_begins_anew(alice):
    first = asked(alice)
    retry(alice.pk, first.reply.pk, owner="here", provider="offline", model_name="offline")
    expire_leases()
    [claim] = sweep("there", plain).claims
    assert (claim.provider, claim.model_name) == ("offline", "offline")


def test_a_model_that_is_no_longer_there_leaves_it_to_the_threads_own(alice):
    first = asked(alice)
    again = retry(alice.pk, first.reply.pk, owner="here", provider="gone", model_name="gone-1")
    assert prepare(again.claim).provider.name == "offline"


def test_the_same_retry_sent_again_is_the_same_reply(alice):
    first, own_id = asked(alice), uuid.uuid4()
    once = retry(alice.pk, first.reply.pk, owner="here", client_id=own_id)
    again = retry(alice.pk, first.reply.pk, owner="here", client_id=own_id)
    assert again.again
    assert (again.reply.pk, again.message.pk, again.claim) == (once.reply.pk, first.message.pk, None)
    assert Message.objects.count() == 3


# --- Another wording ----------------------------------------------------------------------------------------------


def test_an_edited_message_is_a_version_beside_the_first_and_is_shown_at_once(alice):
    first = asked(alice, "One", "1")
    second = asked(alice, "Two", "2", thread=first.thread)
    other = ended(edited(alice, second, "Too"), "2b")
    assert other.message.parent_id == first.reply.pk
    assert shown_texts(first.thread) == ["One", "1", "Too", "2b"]
    show_branch(alice.pk, second.message.pk)
    assert shown_texts(first.thread) == ["One", "1", "Two", "2"]
    assert [said.text for said in history_before(other.message.parent_id, alice.pk, 1000).said] == ["One", "1"]


def test_the_first_message_of_a_thread_can_be_edited_too(alice):
    first = asked(alice, "One", "1")
    other = ended(edited(alice, first, "Eins"), "1b")
    assert (other.message.parent_id, other.message.depth) == (None, 0)
    assert shown_texts(first.thread) == ["Eins", "1b"]
    assert versions(alice, other.message.pk)[other.message.pk] == (2, 2, first.message.pk, None)


def test_an_edit_that_is_sent_again_is_stored_once(alice):
    first, own_id = asked(alice), uuid.uuid4()
    once = edited(alice, first, client_id=own_id)
    again = edited(alice, first, client_id=own_id)
    assert again.again
    assert (again.message.pk, again.reply.pk) == (once.message.pk, once.reply.pk)
    assert Message.objects.count() == 4


@pytest.mark.parametrize(("text", "kind"), [("  ", "empty"), ("x" * 60, "too_long")])
def test_an_edit_is_checked_like_any_message(alice, settings, text, kind):
    settings.MESSAGE_MAX_CHARS = 50
    first = asked(alice)
    assert kind_of(edited, alice, first, text) == kind
    assert shown_texts(first.thread) == ["Hello", "Hi."]


def test_nothing_is_edited_while_a_reply_is_written(alice):
    first = say(alice)
    assert kind_of(edited, alice, first) == "not_ended"


def test_a_reply_cannot_be_edited_and_a_message_not_be_retried(alice):
    first = asked(alice)
    assert kind_of(edit, alice.pk, first.reply.pk, uuid.uuid4(), "Mine") == "not_found"
    assert kind_of(retry, alice.pk, first.message.pk) == "not_found"
    assert kind_of(go_on, alice.pk, first.message.pk) == "not_found"


def test_an_edit_may_choose_the_model_of_the_thread(alice):
    first = asked(alice)
    edited(alice, first, provider="offline", model_name="offline")
    first.thread.refresh_from_db()
    assert (first.thread.provider, first.thread.model_name) == ("offline", "offline")


def test_what_an_edited_message_asks_of_memory_is_done_and_what_the_first_asked_for_stays(alice):
    from memories.models import Memory

    first = say(alice, "Remember: my boat is red")
    prepare(first.claim)
    finish(first.claim, Ending(State.COMPLETE, "I will."))
    other = edited(alice, first, "Remember: my house is blue")
    prepare(other.claim)
    assert {memory.text for memory in Memory.objects.of(alice).current()} == {"my boat is red", "my house is blue"}


def test_an_edited_message_keeps_its_files(alice):
    first = asked(alice)
    Attachment.objects.create(
        user=alice, message=first.message, name="a.txt", kind="text", media_type="text/plain", size=2, data=b"Hi"
    )
    other = edited(alice, first)
    assert [(one.name, bytes(one.data)) for one in other.attachments] == [("a.txt", b"Hi")]
    assert first.message.attachments.count() == 1


def test_whoever_edits_in_an_archived_thread_has_it_back_among_the_others(alice):
    first = asked(alice)
    Thread.objects.update(archived=True)
    edited(alice, first)
    assert not Thread.objects.get().archived


# --- Going on -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "ending"), [(State.STOPPED, {}), (State.INTERRUPTED, {}), (State.COMPLETE, {"stop_reason": "length"})]
)
def test_a_reply_that_broke_off_goes_on_as_another_version_that_begins_with_it(alice, state, ending):
    first = asked(alice, answer="Once upon a ti", state=state, **ending)
    longer = go_on(alice.pk, first.reply.pk, owner="here")
    assert longer.claim.begun == longer.reply.text == "Once upon a "
    prompt = prepare(longer.claim).prompt
    assert prompt.unfinished()[0].text == "Once upon a"
    assert Message.objects.get(pk=first.reply.pk).text == "Once upon a ti"
    assert Thread.objects.get().head_id == longer.reply.pk


def test_the_model_that_began_a_reply_goes_on_with_it(alice):
    first = asked(alice, answer="Once upon a time", state=State.STOPPED)
    Message.objects.filter(pk=first.reply.pk).update(provider="offline", model_name="offline")
    assert go_on(alice.pk, first.reply.pk, owner="here").claim.provider == "offline"


@pytest.mark.parametrize(
    ("state", "answer"), [(State.COMPLETE, "All said."), (State.FAILED, ""), (State.STOPPED, "  ")]
)
def test_there_is_nothing_to_go_on_with_in_a_reply_that_has_its_end_or_nothing(alice, state, answer):
    first = asked(alice, answer=answer, state=state)
    assert kind_of(go_on, alice.pk, first.reply.pk) == "has_its_end"


def test_what_waited_to_go_on_and_is_stopped_keeps_its_beginning(alice):
    first = asked(alice, answer="Once upon a time", state=State.STOPPED)
    waiting = go_on(alice.pk, first.reply.pk)
    assert request_stop(alice.pk, waiting.reply.pk).ended
    reply = Message.objects.get(pk=waiting.reply.pk)
    assert (reply.state, reply.text) == (State.STOPPED, "Once upon a ")
    assert "Once upon a" in reply.html


def test_whatever_process_takes_it_goes_on_from_the_beginning(alice):
    first = asked(alice, answer="Once upon a time", state=State.STOPPED)
    go_on(alice.pk, first.reply.pk)
    [claim] = sweep("there", plain).claims
    assert claim.begun == "Once upon a "


# --- Branches -----------------------------------------------------------------------------------------------------


def test_a_thread_remembers_the_branch_shown_and_goes_on_from_it(alice):
    first = asked(alice, "One", "1")
    ended(retry(alice.pk, first.reply.pk, owner="here"), "1b")
    branch = show_branch(alice.pk, first.reply.pk)
    assert (branch.parent, branch.leaf, branch.changed) == (first.message.pk, first.reply.pk, True)
    asked(alice, "Two", "2", thread=first.thread)
    assert shown_texts(first.thread) == ["One", "1", "Two", "2"]


def test_a_branch_that_nobody_has_seen_yet_is_shown_with_its_markup(alice):
    first = asked(alice, "One", "**1**")
    ended(retry(alice.pk, first.reply.pk, owner="here"), "**1b**")
    # As what was imported is stored.
    Message.objects.filter(pk=first.reply.pk).update(html="", html_version=0)
    [shown] = announce.branch_frame(show_branch(alice.pk, first.reply.pk))["messages"]
    assert "<strong>1</strong>" in shown["html"]
    assert Message.objects.get(pk=first.reply.pk).html == shown["html"]


def test_showing_a_version_shows_the_branch_written_in_last_below_it(alice):
    first = asked(alice, "One", "1")
    second = asked(alice, "Two", "2", thread=first.thread)
    ended(edited(alice, second, "Too"), "2b")
    ended(retry(alice.pk, first.reply.pk, owner="here"), "1b")
    show_branch(alice.pk, first.reply.pk)
    assert shown_texts(first.thread) == ["One", "1", "Too", "2b"]
    assert not show_branch(alice.pk, first.reply.pk).changed


def test_no_other_branch_is_shown_while_a_reply_is_written(alice):
    first = asked(alice, "One", "1")
    again = retry(alice.pk, first.reply.pk, owner="here")
    assert kind_of(show_branch, alice.pk, first.reply.pk) == "not_ended"
    assert Thread.objects.get().head_id == again.reply.pk


def test_nobody_steers_the_thread_of_another(alice, bob):
    first = asked(alice, state=State.STOPPED)
    for act in (retry, go_on, show_branch):
        assert kind_of(act, bob.pk, first.reply.pk) == "not_found"
    assert kind_of(edit, bob.pk, first.message.pk, uuid.uuid4(), "Mine now") == "not_found"
    assert not mark_seen(bob.pk, first.thread.pk)
    assert Message.objects.count() == 2


def test_the_versions_of_another_thread_are_not_counted(alice):
    first, second = asked(alice), asked(alice)
    assert versions(alice, first.message.pk, second.message.pk) == {}
    edited(alice, first)
    assert set(versions(alice, first.message.pk, first.reply.pk)) == {first.message.pk}


# --- What has ended unseen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "unread"),
    [(State.COMPLETE, True), (State.FAILED, True), (State.INTERRUPTED, True), (State.STOPPED, False)],
)
def test_a_thread_is_unread_once_a_reply_has_ended_that_nobody_stopped(alice, state, unread):
    first = asked(alice, state=state)
    assert Thread.objects.get().unread is unread
    assert mark_seen(alice.pk, first.thread.pk) is unread
    assert not Thread.objects.get().unread


def test_a_reply_whose_process_died_is_unread_too(alice):
    accepted = say(alice)
    Message.objects.filter(pk=accepted.reply.pk).update(text="Half a", state=State.STREAMING)
    expire_leases()
    sweep("there", plain)
    assert Thread.objects.get().unread


# --- At the same time ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_edit_arriving_three_times_at_once_is_stored_once(alice):
    first, own_id, found = asked(alice), uuid.uuid4(), []

    def arrive():
        try:
            found.append(edited(alice, first, client_id=own_id).reply.pk)
        finally:
            connection.close()

    together(arrive, arrive, arrive)
    assert len(found) == 3
    assert len(set(found)) == 1
    assert Message.objects.count() == 4
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_everything_that_steers_a_thread_at_once_one_begins_a_reply(alice):
    first = asked(alice, answer="Once upon a time", state=State.STOPPED)
    outcomes = []

    def attempt(act):
        def arrive():
            try:
                outcomes.append("begun" if act().claim else "waits")
            except steering.TurnError as error:
                outcomes.append(error.kind)
            finally:
                connection.close()

        return arrive

    together(
        attempt(lambda: retry(alice.pk, first.reply.pk, owner="here")),
        attempt(lambda: retry(alice.pk, first.reply.pk, owner="here")),
        attempt(lambda: go_on(alice.pk, first.reply.pk, owner="here")),
        attempt(lambda: edited(alice, first)),
    )
    assert sorted(outcomes) == ["begun", "not_ended", "not_ended", "not_ended"]
    assert Thread.objects.get().head_id == Run.objects.get().reply_id


@pytest.mark.django_db(transaction=True)
def test_stepping_to_a_branch_and_saying_something_never_loses_what_was_said(alice):
    for _ in range(8):
        first = asked(alice, "One", "1")
        ended(retry(alice.pk, first.reply.pk, owner="here"), "1b")

        def step(first=first):
            try:
                show_branch(alice.pk, first.reply.pk)
            except steering.TurnError as error:
                assert error.kind == "not_ended"
            finally:
                connection.close()

        def speak(first=first):
            try:
                ended(say(alice, "Two", thread=first.thread), "2")
            finally:
                connection.close()

        together(step, speak)
        # Stepped before it was said, after its reply, or not while that was written.
        assert shown_texts(first.thread) in (["One", "1", "Two", "2"], ["One", "1"], ["One", "1b", "Two", "2"])
        assert Message.objects.filter(thread=first.thread, text="Two").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ending_and_steering_never_lock_each_other(alice):
    first = asked(alice)
    for _ in range(10):
        again = retry(alice.pk, first.reply.pk, owner="here")

        def end(again=again):
            finish(again.claim, Ending(State.COMPLETE, "Hi there."))
            connection.close()

        def steer():
            for act in (show_branch, mark_seen_of):
                try:
                    act(alice.pk, first.reply.pk)
                except steering.TurnError as error:
                    assert error.kind == "not_ended"
            connection.close()

        def mark_seen_of(user_id, _reply):
            mark_seen(user_id, first.thread.pk)

        together(end, steer)
        assert Message.objects.get(pk=again.reply.pk).text == "Hi there."
