"""Sharing a thread by a link, taking the link back, and taking threads along as files."""

from __future__ import annotations

import asyncio
import io
import json
import re
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import rendering, sharing
from conversations.attachments import storing
from conversations.models import ChangeKind, MemoryChange, MemoryUse, Message, SharedThread, State, Thread
from conversations.turns import accepting, ending, ledger, steering
from conversations.turns.ending import Ending
from memories import writing
from memories.models import Origin

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(days=1)
CANARY = "quokkasand"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def visitor():
    """Somebody without an account or a cookie."""
    return Client()


def a_turn(user, text="What is *new*?", reply="It is **this**.", thread=None, **more):
    accepted = accepting.accept(user.pk, thread and thread.pk, uuid.uuid4(), text, owner="here", **more)
    html, version = rendering.render(reply), rendering.VERSION
    ending.finish(accepted.claim, Ending(State.COMPLETE, reply, html, version))
    return accepted


def share(page, thread):
    """Share a thread as its person does: look, then agree. Gives the copy."""
    leaf = page.get(reverse("thread_share", args=[thread.pk])).context["leaf"]
    response = page.post(reverse("thread_share", args=[thread.pk]), {"leaf": str(leaf)})
    assert response.status_code == 302, body(response)
    return SharedThread.objects.latest("created_at")


def link(shared):
    return reverse("shared_thread", args=[shared.token])


def body(response):
    return response.content.decode()


def test_whoever_has_the_link_reads_the_copy_without_an_account(page, alice, visitor):
    turn = a_turn(alice)
    shared = share(page, turn.thread)
    response = visitor.get(link(shared))
    text = body(response)
    assert "What is *new*?" in text
    assert "It is <strong>this</strong>." in text
    assert not response.cookies
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "require-trusted-types-for" in response["Content-Security-Policy"]


def test_before_sharing_one_sees_exactly_what_others_will_see(page, alice, visitor):
    turn = a_turn(alice)
    before = page.get(reverse("thread_share", args=[turn.thread.pk]))
    assert "word for word" in body(before)
    assert not SharedThread.objects.exists()
    shared = share(page, turn.thread)
    after = visitor.get(link(shared))
    assert before.context["said"] == after.context["said"]


def test_a_copy_names_nobody_and_knows_no_memory(page, alice, visitor):
    alice.email = f"{CANARY}@example.org"
    alice.first_name = alice.custom_instructions = CANARY
    alice.save()
    memory = writing.remember(alice, f"My boat is called {CANARY}", origin=Origin.SAID).memory
    turn = a_turn(alice, "What is my boat called?", "I would rather not say.")
    MemoryUse.objects.create(reply=turn.reply, user=alice, memory=memory, rank=1, reasons="words")
    MemoryChange.objects.create(
        message=turn.message, user=alice, position=0, kind=ChangeKind.REMEMBERED, memory=memory, text=CANARY
    )
    Thread.objects.filter(pk=turn.thread.pk).update(tags=[CANARY])
    Message.objects.filter(pk=turn.reply.pk).update(error_detail=CANARY)
    shared = share(page, turn.thread)
    text = body(visitor.get(link(shared)))
    assert "I would rather not say." in text
    ids = [str(row.pk) for row in (turn.thread, turn.message, turn.reply)]
    for secret in (CANARY, alice.username, *ids, "/threads/", "/memories/"):
        assert secret not in text, secret
        assert secret not in json.dumps(shared.said), secret


def test_a_copy_says_that_files_were_attached_and_holds_none(page, alice, visitor):
    file = storing.take_in(alice.pk, SimpleUploadedFile(f"{CANARY}.txt", CANARY.encode()))
    turn = a_turn(alice, "", "A short file.", attachments=(file.pk,))
    # The thread is called after the file as long as nobody gives it another name, and its person sees that.
    Thread.objects.filter(pk=turn.thread.pk).update(title="A file")
    shared = share(page, turn.thread)
    text = body(visitor.get(link(shared)))
    assert text.index("1 file was attached. Files are not in this copy.") < text.index("A short file.")
    assert 'class="plain"' not in text
    assert CANARY not in text + json.dumps(shared.said)


def test_the_copy_says_no_more_to_its_owner_or_to_somebody_else_who_is_signed_in(page, alice, bob, visitor):
    shared = share(page, a_turn(alice).thread)
    other = Client()
    other.force_login(bob)
    assert body(page.get(link(shared))) == body(visitor.get(link(shared))) == body(other.get(link(shared)))


def test_a_copy_stays_as_it_was(page, alice, visitor):
    turn = a_turn(alice)
    shared = share(page, turn.thread)
    a_turn(alice, "Something later", "A later reply.", thread=turn.thread)
    Thread.objects.filter(pk=turn.thread.pk).update(title="Renamed later")
    text = body(visitor.get(link(shared)))
    assert "later" not in text


def test_what_is_said_while_one_looks_is_not_shared(page, alice, visitor):
    turn = a_turn(alice)
    leaf = page.get(reverse("thread_share", args=[turn.thread.pk])).context["leaf"]
    a_turn(alice, "Something private", "A later reply.", thread=turn.thread)
    page.post(reverse("thread_share", args=[turn.thread.pk]), {"leaf": str(leaf)})
    assert "private" not in body(visitor.get(link(SharedThread.objects.get())))


def test_a_reply_that_ends_while_one_looks_is_not_shared(page, alice, visitor):
    turn = a_turn(alice)
    pending = accepting.accept(alice.pk, turn.thread.pk, uuid.uuid4(), "And then?", owner="here")
    waiting = accepting.accept(alice.pk, turn.thread.pk, uuid.uuid4(), "And after that?")
    seen = page.get(reverse("thread_share", args=[turn.thread.pk]))
    assert "And then?" in body(seen)
    ending.finish(pending.claim, Ending(State.COMPLETE, "What nobody has read yet."))
    page.post(reverse("thread_share", args=[turn.thread.pk]), {"leaf": str(seen.context["leaf"])})
    text = body(visitor.get(link(SharedThread.objects.get())))
    assert "And then?" in text
    assert "nobody has read" not in text
    assert waiting.message.text not in text


def test_only_the_branch_that_is_shown_is_shared(page, alice, visitor):
    turn = a_turn(alice, reply="The first answer.")
    again = steering.retry(alice.pk, turn.reply.pk, owner="here")
    ending.finish(again.claim, Ending(State.COMPLETE, "The second answer."))
    text = body(visitor.get(link(share(page, turn.thread))))
    assert "The second answer." in text
    assert "The first answer." not in text


def test_a_revoked_link_leads_where_a_wrong_one_leads(page, alice, visitor):
    shared = share(page, a_turn(alice).thread)
    page.post(reverse("shared_revoke", args=[shared.pk]))
    revoked = visitor.get(link(shared))
    wrong = visitor.get(reverse("shared_thread", args=["A" * 43]))
    odd = visitor.get(reverse("shared_thread", args=["nonsense"]))
    assert revoked.status_code == wrong.status_code == odd.status_code == 404
    assert body(revoked) == body(wrong) == body(odd)
    assert not SharedThread.objects.exists()


def test_a_link_ends_with_its_thread(page, alice, visitor):
    turn = a_turn(alice)
    shared = share(page, turn.thread)
    page.post(reverse("thread_delete", args=[turn.thread.pk]))
    assert visitor.get(link(shared)).status_code == 404


def test_a_link_ends_when_its_persons_account_is_closed(page, alice, visitor):
    shared = share(page, a_turn(alice).thread)
    alice.is_active = False
    alice.save()
    assert visitor.get(link(shared)).status_code == 404


def test_nobody_shares_or_revokes_what_is_somebody_elses(page, alice, bob):
    turn = a_turn(bob)
    assert page.get(reverse("thread_share", args=[turn.thread.pk])).status_code == 404
    answer = page.post(reverse("thread_share", args=[turn.thread.pk]), {"leaf": str(turn.reply.pk)})
    assert answer.status_code == 404
    own = a_turn(alice)
    answer = page.post(reverse("thread_share", args=[own.thread.pk]), {"leaf": str(turn.reply.pk)})
    assert answer.status_code == 404
    other = Client()
    other.force_login(bob)
    shared = share(other, turn.thread)
    assert page.post(reverse("shared_revoke", args=[shared.pk])).status_code == 404
    assert SharedThread.objects.filter(pk=shared.pk).exists()
    assert shared.token not in body(page.get(reverse("shared")))


def test_a_message_of_another_own_thread_is_not_smuggled_into_a_copy(page, alice):
    first, second = a_turn(alice), a_turn(alice, "Private", "Very private.")
    answer = page.post(reverse("thread_share", args=[first.thread.pk]), {"leaf": str(second.reply.pk)})
    assert answer.status_code == 404


def test_one_sees_the_links_one_has_given_away(page, alice):
    shared = share(page, a_turn(alice).thread)
    text = body(page.get(reverse("shared")))
    assert f"http://testserver{link(shared)}" in text


def test_a_temporary_thread_is_not_shared(page, alice):
    turn = a_turn(alice, temporary=True)
    answer = page.get(reverse("thread_share", args=[turn.thread.pk]), follow=True)
    assert "temporary thread cannot be shared" in body(answer)
    page.post(reverse("thread_share", args=[turn.thread.pk]), {"leaf": str(turn.reply.pk)})
    assert not SharedThread.objects.exists()


def test_a_thread_without_messages_and_one_that_is_too_long_are_not_shared(page, alice, monkeypatch):
    empty = Thread.objects.create(user=alice)
    assert "nothing in this thread" in body(page.get(reverse("thread_share", args=[empty.pk]), follow=True))
    monkeypatch.setattr(sharing, "MOST_BYTES", 10)
    turn = a_turn(alice)
    assert "too long" in body(page.get(reverse("thread_share", args=[turn.thread.pk]), follow=True))


def test_a_reply_that_is_being_written_is_not_in_the_copy(page, alice):
    turn = a_turn(alice)
    pending = accepting.accept(alice.pk, turn.thread.pk, uuid.uuid4(), "And then?", owner="here")
    ledger.checkpoint([ledger.Part(pending.claim, "Half a rep")])
    shared = share(page, turn.thread)
    assert [one["text"] for one in shared.said] == ["What is *new*?", "It is **this**.", "And then?"]


def test_what_was_rendered_by_older_rules_is_rendered_anew(page, alice, visitor):
    shared = share(page, a_turn(alice).thread)
    shared.said[1].update(version=0, html="<script>alert(1)</script>")
    shared.save()
    text = body(visitor.get(link(shared)))
    assert "alert(1)" not in text
    assert "It is <strong>this</strong>." in text


def test_sharing_needs_an_account_and_a_form(client, alice):
    turn = a_turn(alice)
    assert client.get(reverse("thread_share", args=[turn.thread.pk])).status_code == 302
    assert client.get(reverse("shared")).status_code == 302
    client.force_login(alice)
    shared = share(client, turn.thread)
    assert client.get(reverse("shared_revoke", args=[shared.pk])).status_code == 405
    assert client.post(link(shared)).status_code == 405


# --- Files ---------------------------------------------------------------------------------------------------------


def test_a_thread_is_exported_as_markdown(page, alice):
    turn = a_turn(alice, "Wie heißt das?")
    Thread.objects.filter(pk=turn.thread.pk).update(title="Größe / Form?")
    response = page.get(reverse("thread_export", args=[turn.thread.pk, "md"]))
    text = response.content.decode()
    assert text.startswith("# Größe / Form?\n")
    assert "Wie heißt das?" in text
    assert "It is **this**." in text
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert str(turn.thread.pk) in disposition
    assert "/" not in disposition


def test_markdown_says_of_several_versions_which_one_stands_there(page, alice):
    turn = a_turn(alice, "What is new?", "It is this.")
    again = steering.retry(alice.pk, turn.reply.pk, owner="here")
    ending.finish(again.claim, Ending(State.COMPLETE, "It is that."))
    a_turn(alice, "And now?", "Nothing.", thread=turn.thread)
    other = steering.edit(alice.pk, turn.message.pk, uuid.uuid4(), "What is old?", owner="here")
    ending.finish(other.claim, Ending(State.COMPLETE, "It was this."))
    text = body(page.get(reverse("thread_export", args=[turn.thread.pk, "md"])))
    said = re.findall(r"^## (\w+), [-0-9]+ [:0-9]+(?: \((.+)\))?\n\n(.+)", text, re.M)
    assert said == [
        ("You", "Version 1 of 2", "What is new?"),
        ("Assistant", "Version 1 of 2", "It is this."),
        ("Assistant", "Version 2 of 2", "It is that."),
        ("You", "", "And now?"),
        ("Assistant", "", "Nothing."),
        ("You", "Version 2 of 2", "What is old?"),
        ("Assistant", "", "It was this."),
    ]


def test_a_thread_is_exported_as_json(page, alice):
    turn = a_turn(alice)
    Thread.objects.filter(pk=turn.thread.pk).update(tags=["work"], pinned=True)
    data = json.loads(page.get(reverse("thread_export", args=[turn.thread.pk, "json"])).content)
    assert data["thread"]["tags"] == ["work"]
    assert data["thread"]["pinned"] is True
    assert [message["text"] for message in data["messages"]] == ["What is *new*?", "It is **this**."]


def test_nobody_exports_what_is_somebody_elses(page, bob, client):
    turn = a_turn(bob)
    for kind in ("md", "json"):
        assert page.get(reverse("thread_export", args=[turn.thread.pk, kind])).status_code == 404
    assert Client().get(reverse("thread_export", args=[turn.thread.pk, "md"])).status_code == 302


def test_there_are_no_other_formats(page, alice):
    assert page.get(reverse("thread_export", args=[a_turn(alice).thread.pk, "exe"])).status_code == 404


def test_all_threads_are_exported_together(page, alice, bob):
    a_turn(alice, "Mine")
    a_turn(alice, "Mine too")
    a_turn(bob, "Not mine")
    Thread.objects.create(user=alice, title="Hidden", temporary=True, expires_at=LATER, memory_mode="off")
    response = page.get(reverse("account_export_threads"))

    async def taken():
        return b"".join([chunk async for chunk in response.streaming_content])

    archive = zipfile.ZipFile(io.BytesIO(asyncio.run(taken())))
    names = archive.namelist()
    assert all(name.startswith("threads/") for name in names)
    everything = "".join(archive.read(name).decode() for name in names)
    assert "Mine too" in everything
    assert "Not mine" not in everything
    assert sum(name.endswith(".md") for name in names) == 3
