"""Memory on the pages of threads: what is said under a reply, the thread's switch, temporary threads, and deletion."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conversations import temporary
from conversations.errors import TurnError
from conversations.models import (
    Attachment,
    ChangeKind,
    Learning,
    MemoryChange,
    MemoryUse,
    Message,
    MessageRole,
    ProviderRule,
    State,
    Thread,
    ToolUse,
)
from conversations.turns import accepting, announce, ending, steering
from conversations.turns.ending import Ending
from memories import writing
from memories.access import MemoryMode
from memories.models import Memory, Origin, Proposal
from memories.writing import remember

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def a_turn(user, text="Hello", thread=None, **beginning):
    accepted = accepting.accept(user.pk, thread and thread.pk, uuid.uuid4(), text, owner="here", **beginning)
    ending.finish(accepted.claim, Ending(State.COMPLETE, "Hi there."))
    return accepted


def body(response):
    return response.content.decode()


def a_memory(user, text="my boat is called Dora", **more):
    return remember(user, text, origin=Origin.SAID, **more).memory


def used(turn, memory, **more):
    return MemoryUse.objects.create(reply=turn.reply, user=memory.user, memory=memory, rank=1, reasons="words", **more)


def changed(turn, kind, memory=None, **more):
    return MemoryChange.objects.create(
        message=turn.message, user=turn.thread.user, position=0, kind=kind, memory=memory, **more
    )


def told(client, turn):
    """What the reply's only change is said to be now."""
    [change] = client.get(reverse("message_notes", args=[turn.reply.pk])).json()["changes"]
    return change


def shown(client, turn):
    return body(client.get(reverse("thread", args=[turn.thread.pk])))


# --- What happened to memory -----------------------------------------------------------------------------------------


def test_what_was_remembered_is_undone_by_its_button_and_the_page_says_so(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice)
    changed(turn, ChangeKind.REMEMBERED, memory)
    assert told(page, turn)["undo"] in shown(page, turn)
    page.post(told(page, turn)["undo"])
    assert not Memory.objects.of(alice).current().exists()
    after = told(page, turn)
    assert (after["status"], after["undo"], after["url"]) == ("forgotten", "", "")
    assert "Forgotten" in shown(page, turn)


def test_an_update_shows_the_old_and_the_new_text_and_undo_brings_the_old_back(page, alice):
    turn = a_turn(alice)
    older = a_memory(alice, "I live in Vienna")
    newer = writing.correct(older, "I live in Oslo", is_newer_fact=True).memory
    changed(turn, ChangeKind.UPDATED, newer)
    change = told(page, turn)
    assert (change["previous"], change["text"], change["status"]) == ("I live in Vienna", "I live in Oslo", "")
    text = shown(page, turn)
    assert "I live in Vienna" in text
    assert "I live in Oslo" in text
    page.post(change["undo"])
    assert [memory.text for memory in Memory.objects.of(alice).current()] == ["I live in Vienna"]
    assert told(page, turn)["status"] == "undone"


def test_what_was_changed_later_says_so_and_cannot_be_undone_from_there(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice, "I live in Vienna")
    changed(turn, ChangeKind.REMEMBERED, memory)
    writing.correct(memory, "I live in Oslo")
    assert (told(page, turn)["status"], told(page, turn)["undo"]) == ("changed", "")


def test_what_was_forgotten_comes_back_by_its_button(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice)
    writing.forget(memory)
    changed(turn, ChangeKind.FORGOT, memory)
    page.post(told(page, turn)["undo"])
    assert Memory.objects.of(alice).current().count() == 1
    assert told(page, turn)["status"] == "undone"


def test_what_was_removed_for_good_leaves_nothing_of_its_text(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice)
    changed(turn, ChangeKind.REMEMBERED, memory)
    used(turn, memory)
    writing.forget(memory)
    writing.erase(memory)
    assert (told(page, turn)["status"], told(page, turn)["text"]) == ("removed", "")
    assert "Dora" not in shown(page, turn)


def test_what_a_model_looked_for_goes_with_the_memory_that_it_asked_for(page, alice, bob):
    memory = a_memory(alice)
    by_use, by_change, other = a_turn(alice), a_turn(alice), a_turn(alice)
    used(by_use, memory)
    changed(by_change, ChangeKind.UPDATED, memory)
    for turn in (by_use, by_change, other):
        ToolUse.objects.create(reply=turn.reply, user=alice, position=0, name="search_memories", query="Dora", found=1)
    writing.forget(memory)
    assert "Dora" in shown(page, by_use)
    writing.erase(memory)
    assert [use.reply_id for use in ToolUse.objects.all()] == [other.reply.pk]
    assert "Dora" not in shown(page, by_use)


@pytest.mark.parametrize(("answer", "status", "current"), [("approve", "approved", 1), ("reject", "rejected", 0)])
def test_what_waits_for_approval_is_answered_under_the_reply(page, alice, answer, status, current):
    turn = a_turn(alice)
    proposal = Proposal.objects.create(
        user=alice, text="I have asthma", sensitive="health", origin=Origin.LEARNED, fingerprint="x"
    )
    changed(turn, ChangeKind.PROPOSED, proposal=proposal)
    assert "Waits for your approval" in shown(page, turn)
    page.post(told(page, turn)[answer])
    assert Memory.objects.of(alice).current().count() == current
    after = told(page, turn)
    assert (after["status"], after["approve"], after["reject"]) == (status, "", "")
    assert ("I have asthma" in shown(page, turn)) == bool(current)


def test_a_failure_is_told_with_its_reason(page, alice):
    turn = a_turn(alice)
    changed(turn, ChangeKind.REFUSED, reason="It looks like a password, which is better kept elsewhere.")
    text = shown(page, turn)
    assert "Not stored" in text
    assert "It looks like a password" in text


def test_every_tab_is_told_of_the_replies_that_a_changed_memory_concerns(alice, bob):
    told_of, used_by, neither = a_turn(alice), a_turn(alice), a_turn(alice)
    memory = a_memory(alice)
    changed(told_of, ChangeKind.REMEMBERED, memory)
    used(used_by, memory)
    found = announce.notes_of(alice.pk, [memory.pk], [])
    assert {frame["message"] for frame in found} == {str(told_of.reply.pk), str(used_by.reply.pk)}
    assert str(neither.reply.pk) not in {frame["message"] for frame in found}
    assert announce.notes_of(bob.pk, [memory.pk], [told_of.message.pk]) == []


def test_without_scripts_a_button_leads_back_to_the_reply(page, alice):
    turn = a_turn(alice)
    changed(turn, ChangeKind.REMEMBERED, a_memory(alice))
    there = f"{reverse('thread', args=[turn.thread.pk])}#message-{turn.reply.pk}"
    assert f'name="next" value="{there}"' in shown(page, turn)
    assert page.post(told(page, turn)["undo"], {"next": there})["Location"] == there


@pytest.mark.parametrize("there", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_a_button_never_leads_to_another_site(page, alice, there):
    memory = a_memory(alice)
    answer = page.post(reverse("memories:forget", args=[memory.pk]), {"next": there})
    assert answer["Location"].startswith("/memories/")


# --- Which memories were used -----------------------------------------------------------------------------------------


def test_a_memory_that_was_not_relevant_ranks_lower_until_that_is_taken_back(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice)
    use = used(turn, memory)
    url = reverse("memory_use_not_relevant", args=[turn.reply.pk, memory.pk])

    def state():
        use.refresh_from_db()
        memory.refresh_from_db()
        return use.not_relevant, memory.lowered

    for answer, expected in [("yes", (True, 1)), ("yes", (True, 1)), ("no", (False, 0)), ("no", (False, 0))]:
        page.post(url, {"not_relevant": answer})
        assert state() == expected
    page.post(url, {"not_relevant": "yes"})
    assert "Not relevant here" in shown(page, turn)


def test_nothing_is_lowered_below_zero(alice):
    memory = a_memory(alice)
    writing.raise_again(memory)
    memory.refresh_from_db()
    assert memory.lowered == 0


@pytest.mark.parametrize("answer", ["", "maybe"])
def test_relevance_is_yes_or_no(page, alice, answer):
    turn = a_turn(alice)
    memory = a_memory(alice)
    used(turn, memory)
    url = reverse("memory_use_not_relevant", args=[turn.reply.pk, memory.pk])
    assert page.post(url, {"not_relevant": answer}).status_code == 400


def test_only_a_memory_that_the_reply_used_can_be_called_not_relevant_to_it(page, alice):
    turn = a_turn(alice)
    memory = a_memory(alice)
    url = reverse("memory_use_not_relevant", args=[turn.reply.pk, memory.pk])
    assert page.post(url, {"not_relevant": "yes"}).status_code == 404


def test_used_memories_are_listed_by_rank_with_the_reason(page, alice):
    turn = a_turn(alice)
    for rank, text in ((2, "second"), (1, "first")):
        MemoryUse.objects.create(
            reply=turn.reply, user=alice, memory=a_memory(alice, f"the {text} one"), rank=rank, reasons="meaning,pinned"
        )
    text = shown(page, turn)
    assert text.index("the first one") < text.index("the second one")
    assert "by meaning" in text
    assert "pinned" in text


# --- The thread's switch ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MemoryMode.values)
def test_a_thread_s_memory_is_switched(page, alice, mode):
    thread = a_turn(alice).thread
    page.post(reverse("thread_memory", args=[thread.pk]), {"memory_mode": mode})
    thread.refresh_from_db()
    assert thread.memory_mode == mode
    assert page.get(reverse("thread", args=[thread.pk])).context["memory_state"] == mode


@pytest.mark.parametrize("mode", ["", "on", "WRITE", "write "])
def test_a_mode_that_does_not_exist_is_refused(page, alice, mode):
    thread = a_turn(alice).thread
    assert page.post(reverse("thread_memory", args=[thread.pk]), {"memory_mode": mode}).status_code == 400
    thread.refresh_from_db()
    assert thread.memory_mode == MemoryMode.WRITE


def test_a_temporary_thread_has_no_switch(page, alice):
    thread = a_turn(alice, temporary=True).thread
    assert page.post(reverse("thread_memory", args=[thread.pk]), {"memory_mode": "write"}).status_code == 400
    thread.refresh_from_db()
    assert thread.memory_mode == MemoryMode.OFF


def test_a_person_whose_memory_is_off_is_told_so_and_led_to_the_switch(page, alice):
    alice.memory_on = False
    alice.save()
    response = page.get("/")
    assert (response.context["memory_state"], response.context["memory_on"]) == ("none", False)
    assert "Your memory is switched off altogether" in body(response)
    assert reverse("memories:settings") in body(response)


def test_the_page_says_that_a_model_is_never_given_memories(page, alice):
    assert page.get("/").context["keeps_memories_out"] is False
    ProviderRule.objects.create(provider="offline", sends_memories=False)
    assert page.get("/").context["keeps_memories_out"] is True


@pytest.mark.parametrize("mode", MemoryMode.values)
def test_a_thread_begins_with_the_mode_that_its_form_names(page, mode):
    page.post(reverse("say"), {"text": "Hello", "memory_mode": mode})
    assert Thread.objects.get().memory_mode == mode


@pytest.mark.parametrize("fields", [{"memory_mode": "sometimes"}, {"temporary": "perhaps"}])
def test_a_form_that_asks_for_something_else_is_refused_and_nothing_is_stored(page, fields):
    response = page.post(reverse("say"), {"text": "Hello", **fields})
    assert response.status_code == 400
    assert "Hello" in body(response)
    assert not Thread.objects.exists()


def test_a_later_message_changes_nothing_about_the_switch(page, alice):
    thread = a_turn(alice, memory_mode="read").thread
    page.post(reverse("say"), {"text": "More", "thread": str(thread.pk), "memory_mode": "write", "temporary": "yes"})
    thread.refresh_from_db()
    assert (thread.memory_mode, thread.temporary) == ("read", False)
    assert Message.objects.filter(thread=thread, role=MessageRole.USER).count() == 2


# --- Temporary threads ------------------------------------------------------------------------------------------------


def test_a_temporary_thread_is_in_no_list_and_open_to_its_owner_alone(page, client, alice, bob):
    page.post(reverse("say"), {"text": "Between us", "temporary": "yes", "memory_mode": "write"})
    thread = Thread.objects.get()
    assert (thread.temporary, thread.memory_mode) == (True, MemoryMode.OFF)
    assert thread.pk not in {one.pk for one in page.get("/").context["threads"]}
    response = page.get(reverse("thread", args=[thread.pk]))
    assert "Keep this thread" in body(response)
    assert thread.pk not in {one.pk for one in response.context["threads"]}
    client.force_login(bob)
    assert client.get(reverse("thread", args=[thread.pk])).status_code == 404


def test_a_temporary_thread_lives_on_while_it_is_used(alice):
    thread = a_turn(alice, temporary=True).thread
    Thread.objects.filter(pk=thread.pk).update(expires_at=timezone.now() + timedelta(minutes=1))
    a_turn(alice, thread=thread)
    thread.refresh_from_db()
    assert thread.expires_at > timezone.now() + timedelta(hours=23)


def test_a_temporary_thread_is_removed_when_its_time_is_over_and_not_before(alice):
    over, later = a_turn(alice, temporary=True).thread, a_turn(alice, temporary=True).thread
    ordinary = a_turn(alice).thread
    Thread.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert temporary.remove_expired() == [(alice.pk, over.pk)]
    assert set(Thread.objects.values_list("pk", flat=True)) == {later.pk, ordinary.pk}


def test_a_temporary_thread_is_gone_when_its_time_is_over_whoever_removes_it_later(page, alice):
    turn = a_turn(alice, temporary=True)
    file = Attachment.objects.create(
        user=alice,
        message=turn.message,
        name="a.txt",
        kind="text",
        media_type="text/plain",
        size=1,
        data=b"a",
        text="a",
    )
    get = [
        reverse("thread", args=[turn.thread.pk]),
        reverse("thread_export", args=[turn.thread.pk, "md"]),
        reverse("attachment", args=[file.pk, file.name]),
        *(reverse(name, args=[turn.reply.pk]) for name in ("message_source", "message_html", "message_notes")),
    ]
    assert {page.get(one).status_code for one in get} == {200}
    Thread.objects.update(expires_at=timezone.now())
    assert {page.get(one).status_code for one in get} == {404}
    for name, pk in (
        ("thread_keep", turn.thread.pk),
        ("thread_delete", turn.thread.pk),
        ("thread_retry", turn.reply.pk),
    ):
        assert page.post(reverse(name, args=[pk])).status_code == 404
    for act in (
        lambda: a_turn(alice, thread=turn.thread),
        lambda: steering.retry(alice.pk, turn.reply.pk),
        lambda: steering.show_branch(alice.pk, turn.reply.pk),
    ):
        with pytest.raises(TurnError, match="not_found"):
            act()
    assert len(temporary.remove_expired()) == 1


def test_a_temporary_thread_in_which_a_reply_is_written_waits(alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Hello", owner="here", temporary=True)
    Thread.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert temporary.remove_expired() == []
    ending.finish(accepted.claim, Ending(State.COMPLETE, "Hi."))
    assert len(temporary.remove_expired()) == 1


def test_a_temporary_thread_that_is_kept_becomes_an_ordinary_one_without_memory(page, alice):
    thread = a_turn(alice, temporary=True).thread
    for _ in range(2):
        response = page.post(reverse("thread_keep", args=[thread.pk]), follow=True)
        assert response.status_code == 200
    thread.refresh_from_db()
    assert (thread.temporary, thread.expires_at, thread.memory_mode) == (False, None, MemoryMode.OFF)
    assert thread.pk in {one.pk for one in response.context["threads"]}


# --- Deleting a thread -----------------------------------------------------------------------------------------------


@pytest.fixture
def learned(alice):
    """A thread from which two memories and a proposal came."""
    turn = a_turn(alice)
    boat = a_memory(alice, source_thread=turn.thread.pk, source_message=turn.message.pk)
    cat = a_memory(alice, "my cat is called Mia", source_thread=turn.thread.pk)
    proposal = Proposal.objects.create(
        user=alice,
        text="I have asthma",
        sensitive="health",
        origin=Origin.LEARNED,
        fingerprint="x",
        source_thread=turn.thread.pk,
    )
    return reverse("thread_delete", args=[turn.thread.pk]), boat, cat, proposal


def test_deleting_a_thread_lists_what_was_learned_and_keeps_what_is_not_chosen(page, alice, learned):
    url, boat, cat, proposal = learned
    text = body(page.get(url))
    assert all(one.text in text for one in (boat, cat, proposal))
    assert " checked" not in text[text.index('class="learned"') : text.index("</fieldset>")]
    page.post(url)
    assert Memory.objects.of(alice).current().count() == 2
    assert Proposal.objects.of(alice).count() == 1


def test_what_is_kept_leads_no_longer_to_the_thread_that_is_gone(page, alice, learned):
    url, boat, *_ = learned
    page.post(url)
    boat.refresh_from_db()
    assert (boat.source_thread, boat.source_message) == (None, None)


def test_deleting_a_thread_forgets_exactly_what_is_chosen(page, alice, learned):
    url, boat, cat, proposal = learned
    page.post(url, {"memory": [boat.pk], "proposal": [proposal.pk]})
    assert [memory.pk for memory in Memory.objects.of(alice).current()] == [cat.pk]
    assert not Proposal.objects.of(alice).exists()
    assert Memory.objects.filter(pk=boat.pk).exists()


def test_what_is_chosen_is_removed_for_good_when_that_is_asked_for(page, alice, learned):
    url, boat, cat, _ = learned
    page.post(url, {"memory": [boat.pk], "erase": "yes"})
    assert list(Memory.objects.of(alice)) == [cat]


def test_deleting_a_thread_touches_no_memory_of_another_thread_or_person(page, alice, bob, learned):
    url, *_ = learned
    elsewhere, his = a_memory(alice, "I sing", source_thread=uuid.uuid4()), a_memory(bob)
    page.post(url, {"memory": [elsewhere.pk, his.pk], "forget_memories": "yes", "erase": "yes"})
    assert list(Memory.objects.all()) == [elsewhere, his]


def test_a_message_of_a_deleted_thread_is_not_learned_from(page, alice):
    turn = a_turn(alice)
    Learning.objects.create(message=turn.message, user=alice)
    page.post(reverse("thread_delete", args=[turn.thread.pk]))
    assert not Learning.objects.exists()


# --- Whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["thread_memory", "thread_keep", "message_notes", "memory_use_not_relevant"])
def test_what_is_another_s_does_not_exist(client, alice, bob, name):
    turn = a_turn(alice)
    memory = a_memory(alice)
    use = used(turn, memory)
    client.force_login(bob)
    method = client.get if name == "message_notes" else client.post
    fields = {"memory_mode": "off", "not_relevant": "yes"}
    for target in (turn.thread.pk, turn.reply.pk, uuid.uuid4()):
        args = [target, memory.pk] if name == "memory_use_not_relevant" else [target]
        assert method(reverse(name, args=args), fields).status_code == 404
    use.refresh_from_db()
    turn.thread.refresh_from_db()
    assert (use.not_relevant, turn.thread.memory_mode) == (False, "write")


@pytest.mark.parametrize("name", ["thread_memory", "thread_keep", "memory_use_not_relevant"])
def test_what_changes_something_is_never_done_by_a_link(page, alice, name):
    turn = a_turn(alice)
    args = [turn.reply.pk, 1] if name == "memory_use_not_relevant" else [turn.thread.pk]
    assert page.get(reverse(name, args=args)).status_code == 405
