"""Bringing conversations over: what is shown first, what is stored, and that nothing is stored twice or for others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from conversations.attachments import storing as attachments
from conversations.branches import history_before
from conversations.finding.indexing import index_waiting
from conversations.imports import job, storing
from conversations.imports.job import Check, Run, remove_old
from conversations.imports.memory_files import check_of
from conversations.models import Import, ImportPart, Learning, Message, MessageTerms, State, Thread
from conversations.turns import accepting
from memchat import takeout
from memories.access import MemoryMode
from memories.models import Memory, Origin
from memories.writing import forget, remember
from tests.exports import BASE, chatgpt, node, simple_chatgpt, simple_claude, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def body(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def upload(page, content: Any, name: str = "export.zip") -> Any:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return page.post(reverse("imports"), {"file": SimpleUploadedFile(name, data)})


def carry_out(steps: Check | Run) -> None:
    while steps.step():
        pass


def checked(page, content: Any) -> Import:
    """Upload a file and have it looked through, as the job does."""
    response = upload(page, content)
    assert response.status_code == 302, body(response)
    owner = Import.objects.get(pk=response["Location"].rstrip("/").split("/")[-1])
    carry_out(Check(owner.pk, owner.user_id))
    owner.refresh_from_db()
    return owner


def imported(page, content: Any, **choice: Any) -> Import:
    """The whole way, with everything that is offered as it is offered."""
    owner = checked(page, content)
    assert owner.state == "ready", owner.error_kind
    memories = [str(at) for at, one in enumerate(owner.memories) if one["verdict"] == "new"]
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes", "memory": memories, **choice})
    carry_out(Run(owner.pk, owner.user_id))
    owner.refresh_from_db()
    return owner


def everything() -> list[Any]:
    """All that an import may add, as it is stored."""
    return [
        list(model.objects.order_by("pk").values_list(*names))
        for model, names in (
            (Thread, ("pk", "title", "head_id", "created_at", "active_at")),
            (Message, ("pk", "parent_id", "depth", "text", "created_at")),
            (Memory, ("pk", "text", "created_at")),
        )
    ]


# --- What is shown first ---------------------------------------------------------------------------------------------


def test_nothing_is_imported_before_its_person_says_so(page, alice):
    owner = checked(page, zipped(conversations=[simple_chatgpt()], memories=["Likes tea"]))
    assert owner.state == "ready"
    assert not Thread.objects.exists()
    assert not Memory.objects.exists()
    shown = body(page.get(reverse("import", args=[owner.pk])))
    assert "1 new conversation" in shown
    assert "Lisbon" in shown
    assert "Likes tea" in shown
    assert "From 14 November 2023" in shown or "From Nov. 14, 2023" in shown


def test_the_preview_counts_what_is_new_known_empty_and_unreadable(page, alice):
    imported(page, [simple_chatgpt("c-1", "Known")])
    empty = chatgpt(node("root", None), key="c-2")
    owner = checked(page, [simple_chatgpt("c-1", "Known"), empty, {"id": "x", "title": "?"}, simple_claude()])
    found = owner.found
    assert (found["new"], found["known"], found["empty"], found["unreadable"]) == (1, 1, 1, 1)
    shown = body(page.get(reverse("import", args=[owner.pk])))
    assert "1 conversation that has been imported already" in shown


def test_memories_are_shown_as_new_same_sensitive_forgotten_and_refused(page, alice):
    remember(alice, "I like tea", origin=Origin.WRITTEN)
    gone = remember(alice, "I play the oboe on Sundays", origin=Origin.WRITTEN).memory
    forget(gone)
    listed = [
        "I like tea",
        "I live in Oslo",
        "I have diabetes",
        "I play the oboe on Sundays",
        "My password is hunter2!x",
        "I live in Oslo",
    ]
    owner = checked(page, zipped(conversations=[], memories=listed))
    verdicts = {one["text"]: one["verdict"] for one in owner.memories}
    assert verdicts == {
        "I live in Oslo": "new",
        "I have diabetes": "doubtful",
        "I play the oboe on Sundays": "doubtful",
        "I like tea": "same",
        "My password is hunter2!x": "refused",
    }
    response = page.get(reverse("import", args=[owner.pk]))
    boxes = re.findall(r'name="memory" value="(\d+)"( checked)?', response.content.decode())
    ticked = [owner.memories[int(at)]["text"] for at, checked_ in boxes if checked_]
    assert ticked == ["I live in Oslo"]
    assert len(boxes) == 3
    assert "Health" in body(response)


def test_what_speaks_against_a_memory_is_said_in_the_language_of_the_page(page, alice):
    page.cookies["django_language"] = "de"
    response = upload(page, zipped(conversations=[], memories=["I have diabetes", "My password is hunter2!x"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'conversations.check_import'")
        asked = json.loads(cursor.fetchone()[0])
    with override("en"):
        carry_out(check_of(asked["owner"], asked["user"], asked["language"]))
    shown = body(page.get(response["Location"]))
    assert "Gesundheit" in shown and "Health" not in shown
    assert "Es sieht nach einem Passwort aus" in shown


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Dear diary", "neither a ZIP file nor a JSON file"),
        (zipped({"notes.txt": b"x"}), "no conversations and no memories"),
        (b"[{", "damaged"),
        ([], "no conversations and no memories"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why_and_is_not_kept(page, content, told):
    owner = checked(page, content)
    assert owner.state == "failed"
    assert told in body(page.get(reverse("import", args=[owner.pk])))
    assert not ImportPart.objects.exists()


def test_a_file_larger_than_the_site_takes_is_refused(page, settings):
    settings.IMPORT_MAX_MB = 1
    response = upload(page, b"[" + b" " * 1_100_000 + b"]")
    assert response.status_code == 413
    assert "larger than 1 MB" in body(response)
    assert not Import.objects.exists()


def test_no_file_is_asked_for_again(page):
    response = page.post(reverse("imports"))
    assert response.status_code == 400
    assert "Choose a file first." in body(response)


def test_a_form_without_its_token_is_refused(alice):
    from django.test import Client

    page = Client(enforce_csrf_checks=True)
    page.force_login(alice)
    assert upload(page, [simple_chatgpt()]).status_code == 403
    assert not Import.objects.exists()


def test_too_many_conversations_are_refused_with_the_number(page, monkeypatch):
    monkeypatch.setattr(job, "MOST_THREADS", 3)
    owner = checked(page, [simple_chatgpt(f"c-{n}") for n in range(4)])
    assert owner.error_kind == "too_many_threads"
    assert "20,000" in body(page.get(reverse("import", args=[owner.pk])))


# --- What is stored --------------------------------------------------------------------------------------------------


def test_an_imported_thread_has_its_title_dates_messages_and_source(page, alice):
    owner = imported(page, [simple_chatgpt(turns=2)])
    assert (owner.state, owner.added, owner.messages) == ("done", 1, 4)
    thread = Thread.objects.of(alice).get()
    assert thread.title == "Lisbon"
    assert thread.created_at == datetime.fromtimestamp(BASE, UTC)
    assert thread.active_at == datetime.fromtimestamp(BASE + 500, UTC)
    assert thread.memory_mode == MemoryMode.READ
    messages = list(Message.objects.of(alice).order_by("depth"))
    assert [(one.depth, one.role, one.parent_id) for one in messages] == [
        (0, "user", None),
        (1, "assistant", messages[0].pk),
        (2, "user", messages[1].pk),
        (3, "assistant", messages[2].pk),
    ]
    assert thread.head_id == messages[3].pk
    assert {one.state for one in messages} == {State.COMPLETE}
    shown = page.get(reverse("thread", args=[thread.pk]))
    assert "ChatGPT · gpt-4o" in body(shown)
    assert "<strong>answer</strong> 1." in shown.content.decode()
    assert "Lisbon" in body(page.get("/"))


def test_every_branch_is_kept_and_the_shown_one_is_shown(page, alice):
    imported(
        page,
        [
            chatgpt(
                node("q", None, "user", "Where to?"),
                node("a1", "q", "assistant", "To Porto."),
                node("a2", "q", "assistant", "To Lisbon."),
                current="a2",
            )
        ],
    )
    thread = Thread.objects.get()
    shown = body(page.get(reverse("thread", args=[thread.pk])))
    assert "To Lisbon." in shown
    assert "To Porto." not in shown
    assert Message.objects.filter(text="To Porto.", depth=1).exists()


def test_an_imported_thread_goes_on_with_what_was_said(page, alice):
    imported(page, [simple_claude()])
    thread = Thread.objects.get()
    accepted = accepting.accept(alice.pk, thread.pk, storing.message_id(thread.pk, "mine"), "And then?", owner="here")
    assert accepted.message.parent_id == thread.head_id
    assert accepted.message.depth == 2


def test_of_a_large_import_the_job_makes_the_rest_findable(page, alice, monkeypatch):
    monkeypatch.setattr(job, "FINDABLE_AT_ONCE", 2)
    imported(page, [simple_chatgpt("c-1", "Quokkas"), simple_chatgpt("c-2", "Echidnas")])
    made = MessageTerms.objects.exclude(terms=None)
    assert (made.count(), MessageTerms.objects.count()) == (2, 4)
    while index_waiting():
        pass
    assert made.count() == 4


def test_nothing_is_learned_from_what_was_imported(page, alice, settings):
    settings.PROVIDERS = {"openai": {"kind": "openai"}}
    imported(page, [simple_chatgpt(), simple_claude()])
    assert not Learning.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%%learn%%'")
        assert cursor.fetchone()[0] == 0


def test_a_conversation_that_was_not_to_be_remembered_has_memory_off(page):
    imported(page, [{**simple_chatgpt(), "is_do_not_remember": True}])
    assert Thread.objects.get().memory_mode == MemoryMode.OFF


def test_only_the_chosen_memories_are_stored_sensitive_ones_too_once_chosen(page, alice):
    owner = checked(page, zipped(conversations=[simple_chatgpt()], memories=["I like tea", "I have diabetes", "I ski"]))
    at = {one["text"]: str(number) for number, one in enumerate(owner.memories)}
    page.post(
        reverse("import_start", args=[owner.pk]), {"memory": [at["I like tea"], at["I have diabetes"], "99", "x"]}
    )
    carry_out(Run(owner.pk, alice.pk))
    owner.refresh_from_db()
    assert set(Memory.objects.of(alice).values_list("text", "origin")) == {
        ("I like tea", "imported"),
        ("I have diabetes", "imported"),
    }
    assert owner.remembered == 2
    assert not Thread.objects.exists()


def test_with_memory_switched_off_no_memories_are_imported_and_the_page_says_so(page, alice):
    alice.memory_on = False
    alice.save()
    owner = checked(page, zipped(conversations=[simple_chatgpt()], memories=["I like tea"]))
    assert "Your memory is switched off" in body(page.get(reverse("import", args=[owner.pk])))
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes", "memory": ["0"]})
    carry_out(Run(owner.pk, alice.pk))
    assert Thread.objects.exists()
    assert not Memory.objects.exists()


def test_memory_that_is_switched_off_after_choosing_takes_nothing_either(page, alice):
    owner = checked(page, zipped(conversations=[simple_chatgpt()], memories=["I like tea"]))
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes", "memory": ["0"]})
    alice.memory_on = False
    alice.save()
    carry_out(Run(owner.pk, alice.pk))
    assert not Memory.objects.exists()


def test_choosing_nothing_is_no_import(page, alice):
    owner = checked(page, [simple_chatgpt()])
    response = page.post(reverse("import_start", args=[owner.pk]), follow=True)
    assert "Nothing is chosen." in body(response)
    owner.refresh_from_db()
    assert owner.state == "ready"


# --- Again, and interrupted ------------------------------------------------------------------------------------------


def test_importing_again_changes_nothing(page, alice):
    content = zipped(conversations=[simple_chatgpt(turns=3), simple_claude()], memories=["I like tea"])
    imported(page, content)
    before = everything()
    owner = checked(page, content)
    assert "There is nothing new in this file." in body(page.get(reverse("import", args=[owner.pk])))
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes", "memory": ["0"]})
    carry_out(Run(owner.pk, alice.pk))
    owner.refresh_from_db()
    assert (owner.state, owner.added, owner.messages, owner.remembered) == ("done", 0, 0, 0)
    assert everything() == before


def test_a_conversation_that_went_on_elsewhere_gets_its_new_messages(page, alice):
    imported(page, [simple_chatgpt(turns=1)])
    owner = imported(page, [{**simple_chatgpt(turns=2), "update_time": BASE + 900}])
    assert (owner.added, owner.grown, owner.messages) == (0, 1, 2)
    thread = Thread.objects.get()
    assert Message.objects.get(pk=thread.head_id).text == "Lisbon: **answer** 1."
    assert thread.active_at == datetime.fromtimestamp(BASE + 900, UTC)


def test_a_thread_that_went_on_here_shows_what_was_said_here(page, alice):
    imported(page, [simple_chatgpt(turns=1)])
    thread = Thread.objects.get()
    mine = accepting.accept(alice.pk, thread.pk, storing.message_id(thread.pk, "mine"), "And here?", owner="here")
    imported(page, [simple_chatgpt(turns=2)])
    thread.refresh_from_db()
    assert thread.head_id == mine.reply.pk
    assert Message.objects.filter(text="Lisbon: question 1?").exists()


def test_a_title_changed_here_stays(page, alice):
    imported(page, [simple_chatgpt(turns=1)])
    Thread.objects.update(title="Mine")
    imported(page, [simple_chatgpt(turns=2)])
    assert Thread.objects.get().title == "Mine"


def test_a_job_that_dies_at_any_step_and_begins_again_stores_everything_once(page, alice, monkeypatch):
    monkeypatch.setattr(job, "STEP_SECONDS", 0)
    content = zipped(
        conversations=[simple_chatgpt(f"c-{n}", f"Number {n}") for n in range(4)], memories=["I like tea", "I ski"]
    )
    owner = Import.objects.get(pk=upload(page, content)["Location"].rstrip("/").split("/")[-1])
    for stop_after in (1, 3):
        dying = Check(owner.pk, alice.pk)
        assert all(dying.step() for _ in range(stop_after))
    carry_out(Check(owner.pk, alice.pk))
    owner.refresh_from_db()
    assert (owner.state, owner.found["new"], len(owner.memories)) == ("ready", 4, 2)
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes", "memory": ["0", "1"]})
    seen = []
    for stop_after in (1, 2, 3, 4, 5, 6):
        dying = Run(owner.pk, alice.pk)
        for _ in range(stop_after):
            assert dying.step()
            owner.refresh_from_db()
            seen.append(owner.done)
    carry_out(Run(owner.pk, alice.pk))
    owner.refresh_from_db()
    assert seen == sorted(seen)
    assert (owner.state, owner.added, owner.messages, owner.remembered) == ("done", 4, 8, 2)
    assert Thread.objects.count() == 4
    assert Message.objects.count() == 8
    assert Memory.objects.count() == 2
    carry_out(Run(owner.pk, alice.pk))
    assert Thread.objects.count() == 4


def test_cancelling_stops_the_job_and_keeps_what_was_imported(page, alice, monkeypatch):
    monkeypatch.setattr(job, "STEP_SECONDS", 0)
    owner = checked(page, [simple_chatgpt(f"c-{n}") for n in range(3)])
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes"})
    running = Run(owner.pk, alice.pk)
    assert running.step()
    assert running.step()
    count = Thread.objects.count()
    assert 0 < count < 3
    response = page.post(reverse("import_cancel", args=[owner.pk]), follow=True)
    assert "What had been imported is kept." in body(response)
    assert not running.step()
    assert Thread.objects.count() == count
    assert not ImportPart.objects.exists()


def test_a_failing_database_is_tried_again_and_fails_nothing(page, alice, monkeypatch):
    from django.db import OperationalError

    owner = checked(page, [simple_chatgpt()])
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes"})

    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", broken)
        with pytest.raises(job.NotYet):
            carry_out(Run(owner.pk, alice.pk))
    carry_out(Run(owner.pk, alice.pk))
    owner.refresh_from_db()
    assert (owner.state, owner.added) == ("done", 1)


# --- Between sites of this kind --------------------------------------------------------------------------------------


def a_file_of_ones_own(user) -> bytes:
    file = io.BytesIO()
    takeout.write(user, file)
    return file.getvalue()


def test_everything_exported_here_comes_in_on_another_account(page, alice, bob, client):
    imported(page, [simple_chatgpt(turns=2)])
    remember(alice, "I like tea", origin=Origin.WRITTEN)
    forget(remember(alice, "I ski", origin=Origin.WRITTEN).memory)
    content = a_file_of_ones_own(alice)
    client.force_login(bob)
    owner = imported(client, content)
    assert (owner.source, owner.added, owner.messages, owner.remembered) == ("memchat", 1, 4, 1)
    hers, his = Thread.objects.of(alice).get(), Thread.objects.of(bob).get()
    assert (his.title, his.created_at, his.active_at) == (hers.title, hers.created_at, hers.active_at)
    assert his.head.text == hers.head.text
    assert his.head.model_name == "ChatGPT · gpt-4o"
    assert list(Memory.objects.of(bob).values_list("text", flat=True)) == ["I like tea"]


def test_what_a_policy_cut_off_is_not_sent_to_a_provider_after_an_import_either(page, alice, bob, client):
    accepted = accepting.accept(alice.pk, None, uuid4(), "Tell me everything")
    Message.objects.filter(pk=accepted.reply.pk).update(
        text="It is forbidden to", state=State.FAILED, stop_reason="refusal", error_kind="refused"
    )
    client.force_login(bob)
    imported(client, a_file_of_ones_own(alice))
    reply = Thread.objects.of(bob).get().head
    assert (reply.text, reply.state, reply.error_kind) == ("It is forbidden to", State.FAILED, "refused")
    assert not reply.broke_off
    history = history_before(reply.pk, bob.pk, 10_000)
    assert [one.text for one in history.said] == ["Tell me everything", ""]


def test_a_message_that_was_a_file_alone_comes_in_as_its_name(page, alice, bob, client):
    file = attachments.take_in(alice.pk, SimpleUploadedFile("contract.txt", b"Three months."))
    accepted = accepting.accept(alice.pk, None, uuid4(), "", attachments=[file.pk])
    Message.objects.filter(pk=accepted.reply.pk).update(text="Three months.", state=State.STOPPED)
    client.force_login(bob)
    imported(client, a_file_of_ones_own(alice))
    reply = Thread.objects.of(bob).get().head
    assert (reply.parent.text, reply.text, reply.broke_off) == ("[contract.txt]", "Three months.", True)


def test_ones_own_memories_keep_their_last_day_pin_category_days_and_history(page, alice, bob, client):
    last = timezone.now() + timedelta(days=3)
    room = remember(
        alice,
        "I am staying in room 12",
        origin=Origin.WRITTEN,
        category="preference",
        pinned=True,
        valid_from=date(2024, 5, 1),
        expires_at=last,
        created_at=datetime(2024, 5, 2, tzinfo=UTC),
    ).memory
    remember(alice, "I have a desk in Graz", origin=Origin.WRITTEN, key="desk")
    remember(alice, "I have a desk in Linz", origin=Origin.WRITTEN, key="desk")
    client.force_login(bob)
    assert imported(client, a_file_of_ones_own(alice)).remembered == 2
    his = Memory.objects.of(bob).get(ended_at=None, text="I am staying in room 12")
    for name in ("category", "pinned", "valid_from", "expires_at", "created_at", "key"):
        assert getattr(his, name) == getattr(room, name), name
    desk = Memory.objects.of(bob).get(ended_at=None, text="I have a desk in Linz")
    assert desk.supersedes.text == "I have a desk in Graz"
    assert (desk.expires_at, desk.pinned) == (None, False)


def test_of_ones_own_memories_none_that_is_over_or_secret_comes_in_and_sensitive_ones_are_asked_about(
    page, alice, bob, client
):
    tomorrow = timezone.now() + timedelta(days=1)
    remember(alice, "I am in Lisbon", origin=Origin.WRITTEN, expires_at=tomorrow)
    remember(alice, "I have diabetes", origin=Origin.WRITTEN, expires_at=tomorrow)
    secret = remember(alice, "I collect stamps", origin=Origin.WRITTEN).memory
    remember(alice, "I ski in Tyrol", origin=Origin.WRITTEN, expires_at=tomorrow)
    Memory.objects.filter(text="I am in Lisbon").update(expires_at=timezone.now() - timedelta(days=1))
    content = a_file_of_ones_own(alice)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = archive.read("memories.json").decode().replace(secret.text, "My password is hunter2!x")
    client.force_login(bob)
    owner = checked(client, zipped(memories=rows.encode()))
    assert {one["text"]: one["verdict"] for one in owner.memories} == {
        "I ski in Tyrol": "new",
        "I have diabetes": "doubtful",
        "I am in Lisbon": "refused",
        "My password is hunter2!x": "refused",
    }
    at = {one["text"]: str(number) for number, one in enumerate(owner.memories)}
    client.post(reverse("import_start", args=[owner.pk]), {"memory": [at["I have diabetes"], at["I am in Lisbon"]]})
    carry_out(Run(owner.pk, bob.pk))
    assert list(Memory.objects.of(bob).values_list("text", "expires_at")) == [("I have diabetes", tomorrow)]


def test_one_of_ones_own_memories_that_is_over_before_it_is_stored_is_refused(page, alice, bob, client, monkeypatch):
    remember(alice, "I ski in Tyrol", origin=Origin.WRITTEN, expires_at=timezone.now() + timedelta(days=1))
    client.force_login(bob)
    owner = checked(client, a_file_of_ones_own(alice))
    client.post(reverse("import_start", args=[owner.pk]), {"memory": ["0"]})
    later = timezone.now() + timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    carry_out(Run(owner.pk, bob.pk))
    assert not Memory.objects.of(bob).exists()


def test_ones_own_export_changes_nothing_where_it_comes_from(page, alice):
    accepting.accept(alice.pk, None, storing.message_id(storing._NAMES, "a"), "Hello there")
    imported(page, [simple_claude()])
    before = everything()
    owner = checked(page, a_file_of_ones_own(alice))
    assert (owner.found["new"], owner.found["known"]) == (0, 2)
    page.post(reverse("import_start", args=[owner.pk]), {"threads": "yes"})
    carry_out(Run(owner.pk, alice.pk))
    assert everything() == before


# --- Whose it is, and how long it is kept ----------------------------------------------------------------------------


def test_nobody_reaches_an_import_of_somebody_else(page, alice, bob, client):
    owner = checked(page, [simple_chatgpt()])
    client.force_login(bob)
    for name, method in (
        ("import", client.get),
        ("import_progress", client.get),
        ("import_start", client.post),
        ("import_cancel", client.post),
    ):
        assert method(reverse(name, args=[owner.pk])).status_code == 404, name
    owner.refresh_from_db()
    assert owner.state == "ready"
    assert "Earlier imports" not in body(client.get(reverse("imports")))
    carry_out(Run(owner.pk, bob.pk))
    assert not Thread.objects.exists()


def test_two_people_import_the_same_file_and_each_has_their_own(page, client, alice, bob):
    imported(page, [simple_chatgpt()])
    client.force_login(bob)
    owner = imported(client, [simple_chatgpt()])
    assert owner.added == 1
    assert Thread.objects.of(alice).count() == Thread.objects.of(bob).count() == 1
    assert {message.user_id for message in Message.objects.filter(thread__user=bob)} == {bob.pk}


def test_somebody_who_is_not_signed_in_is_asked_to(client):
    for response in (client.get(reverse("imports")), upload(client, [simple_chatgpt()])):
        assert response.status_code == 302
        assert "/accounts/login/" in response["Location"]


def test_one_import_at_a_time(page, alice):
    first = checked(page, [simple_chatgpt()])
    response = upload(page, [simple_claude()])
    assert response.status_code == 409
    assert reverse("import", args=[first.pk]) in response.content.decode()
    page.post(reverse("import_cancel", args=[first.pk]))
    assert upload(page, [simple_claude()]).status_code == 302


def test_when_it_is_over_the_file_and_its_texts_are_gone(page, alice):
    owner = imported(page, zipped(conversations=[simple_chatgpt(title="Heliotrope")], memories=["I like heliotropes"]))
    assert not ImportPart.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM conversations_import")
        assert "eliotrope" not in str(cursor.fetchall())
        cursor.execute("SELECT * FROM procrastinate_jobs")
        assert "eliotrope" not in str(cursor.fetchall())
    assert "Heliotrope" in body(page.get(reverse("import", args=[owner.pk])))


def test_a_file_that_nobody_comes_back_to_is_removed_after_a_day(page, alice):
    owner = checked(page, [simple_chatgpt()])
    remove_old()
    assert ImportPart.objects.exists()
    Import.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert remove_old() == 1
    assert not ImportPart.objects.exists()
    assert "It waited for more than a day" in body(page.get(reverse("import", args=[owner.pk])))
    Import.objects.update(created_at=timezone.now() - timedelta(days=31))
    remove_old()
    assert not Import.objects.exists()


def test_deleting_an_account_removes_its_imports(page, alice):
    checked(page, [simple_chatgpt()])
    alice.delete()
    assert not ImportPart.objects.exists()


def test_a_file_of_several_parts_is_read_back_as_it_was(page, alice, monkeypatch):
    from conversations.imports import upload as parts

    monkeypatch.setattr(parts, "PART_BYTES", 1_000)
    content = zipped(conversations=[simple_chatgpt(f"c-{n}", f"Number {n}", turns=9) for n in range(40)])
    assert len(content) > 5_000
    owner = checked(page, content)
    assert owner.found["new"] == 40
    assert ImportPart.objects.count() > 5
    assert parts.opened(owner).read() == content
