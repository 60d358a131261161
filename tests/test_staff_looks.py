"""Who of the staff sees what people wrote, and what each look leaves behind."""

from __future__ import annotations

import csv
import io
import re
import uuid
import warnings
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations.models import (
    Attachment,
    ChangeKind,
    Import,
    Learning,
    LearningState,
    MemoryChange,
    MemoryUse,
    Message,
    ProviderRule,
    State,
    Thread,
    ToolUse,
)
from conversations.turns import accepting, ending
from conversations.turns.ending import Ending
from memchat.users import access_log
from memchat.users.models import AccessKind, AccessLogEntry
from memories.models import Category, Memory, Origin, Proposal, Sensitive
from memories.writing import correct, remember

pytestmark = pytest.mark.django_db

CANARY = "zanzibarine"
MODELS = ["memories_memory", "memories_proposal", "conversations_thread", "conversations_message"]
MODELS_AND_JOBS = [*MODELS, "conversations_learning", "conversations_import"]


def staff_with(django_user_model, name, *permissions):
    user = django_user_model.objects.create_user(name, password="correct horse battery", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    client.user = user
    return client


EVERYTHING_BUT_TEXT = [
    *(f"{name.replace('_', '.view_')}" for name in MODELS_AND_JOBS),
    "memories.change_memory",
    "conversations.delete_thread",
]


@pytest.fixture
def clerk(django_user_model):
    """May see every page, and nobody's words."""
    return staff_with(django_user_model, "clerk", *EVERYTHING_BUT_TEXT)


@pytest.fixture
def reader(django_user_model):
    """May look at what people wrote, too."""
    return staff_with(django_user_model, "reader", *EVERYTHING_BUT_TEXT, "users.view_text")


@pytest.fixture
def root(django_user_model):
    user = django_user_model.objects.create_superuser("root", password="correct horse battery")
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def written(alice):
    """A canary in every place that holds words of Alice."""
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), f"My boat is called {CANARY}", owner="here")
    ending.finish(accepted.claim, Ending(State.COMPLETE, f"What a name, {CANARY}."))
    Thread.objects.filter(pk=accepted.thread.pk).update(title=f"A boat named {CANARY}")
    Message.objects.filter(pk=accepted.reply.pk).update(error_detail=f"cannot say {CANARY}")
    memory = remember(
        alice,
        f"My boat is called {CANARY}",
        origin=Origin.SAID,
        key=f"boat-{CANARY}",
        source_thread=accepted.thread.pk,
        source_message=accepted.message.pk,
    ).memory
    proposal = Proposal.objects.create(
        user=alice, text=f"{CANARY} is my illness", sensitive=Sensitive.HEALTH, origin=Origin.LEARNED, fingerprint="1"
    )
    MemoryChange.objects.create(
        message=accepted.message, user=alice, position=0, kind=ChangeKind.REMEMBERED, memory=memory, text=CANARY
    )
    MemoryUse.objects.create(reply=accepted.reply, user=alice, memory=memory, rank=1, reasons="words")
    ToolUse.objects.create(reply=accepted.reply, user=alice, position=0, name="search_memories", query=CANARY)
    Attachment.objects.create(
        user=alice, message=accepted.message, name=f"{CANARY}.txt", kind="text", media_type="text/plain", size=1,
        data=b"a", text=CANARY,
    )  # fmt: skip
    brought = Import.objects.create(
        user=alice,
        state="failed",
        error_kind="nothing_found",
        size=1,
        found={"titles": [["1", f"A boat named {CANARY}", "new"]]},
        memories=[{"text": CANARY}],
    )
    Learning.objects.update_or_create(
        message=accepted.message,
        defaults={
            "user": alice,
            "state": LearningState.FAILED,
            "error_kind": "unreadable",
            "error_detail": f"not {CANARY}",
        },
    )
    return {
        "memories_memory": memory,
        "memories_proposal": proposal,
        "conversations_thread": accepted.thread,
        "conversations_message": accepted.message,
        "conversations_learning": Learning.objects.get(),
        "conversations_import": brought,
        "reply": accepted.reply,
    }


def list_of(model):
    return reverse(f"admin:{model}_changelist")


def page_of(model, row):
    return reverse(f"admin:{model}_change", args=[row.pk])


def html_of(response):
    assert response.status_code == 200
    return response.content.decode()


def content_of(file):
    """What a file that is streamed holds; the test client reads it without an event loop, of which Django warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return b"".join(file).decode()


def entries(**wanted):
    return list(AccessLogEntry.objects.filter(**wanted).order_by("pk").values_list("staff_name", "kind", "what"))


# --- Without the right ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS_AND_JOBS)
def test_without_the_right_no_page_holds_a_word_of_it(clerk, written, model):
    with CaptureQueriesContext(connection) as queries:
        for address in (
            list_of(model),
            list_of(model) + "?texts=shown",
            page_of(model, written[model]),
            reverse(f"admin:{model}_history", args=[written[model].pk]),
        ):
            assert CANARY not in clerk.get(address, follow=True).content.decode()
    assert "hidden" in html_of(clerk.get(page_of(model, written[model])))
    assert entries() == []
    columns = (
        "error_detail" if model == "conversations_learning" else "text|value|title|error_detail|html|found|memories"
    )
    asked = " ".join(query["sql"] for query in queries if "UPDATE" not in query["sql"])
    assert not re.search(rf'"{model}"\."({columns})"', asked), "what may not be shown is not even read"


@pytest.mark.parametrize("model", MODELS)
def test_without_the_right_nothing_can_be_guessed_by_searching_or_filtering(clerk, written, model):
    owner, nobody = clerk.get(list_of(model), {"q": "alice"}), clerk.get(list_of(model), {"q": "bob"})
    assert len(owner.context["cl"].result_list) >= 1
    assert len(nobody.context["cl"].result_list) == 0
    for query in (CANARY, f"owner:alice {CANARY}", f"owner:alice meaning:{CANARY}", f"@alice {CANARY}"):
        response = clerk.get(list_of(model), {"q": query})
        assert list(response.context["cl"].result_list) == []
    for lookup in (
        "text__contains", "title__contains", "value__data__startswith", "key__contains", "fingerprint", "terms__len",
        "error_detail__contains", "thread__title__contains", "user__custom_instructions__contains",
        "sensitive", "category__exact",
    ):  # fmt: skip
        if (model, lookup) == ("memories_memory", "category__exact"):
            continue
        response = clerk.get(list_of(model), {lookup: "health"})
        assert response.status_code in {302, 400}, lookup


def test_nobodys_instructions_are_guessed_through_the_list_of_accounts(root, alice):
    alice.custom_instructions = CANARY
    alice.save()
    for lookup in ("custom_instructions__startswith", "custom_instructions", "memories__text__contains"):
        assert root.get(list_of("users_user"), {lookup: CANARY}).status_code in {302, 400}


def test_autocompletion_tells_nothing(root, written):
    response = root.get(
        "/admin/autocomplete/",
        {"app_label": "memories", "model_name": "memory", "field_name": "supersedes", "term": CANARY},
    )
    assert response.json()["results"] == []


def test_the_file_of_somebody_without_the_right_has_no_words(clerk, written):
    chosen = {"action": "export", "_selected_action": [written["memories_memory"].pk]}
    for response in (
        clerk.post(list_of("memories_memory"), chosen),
        clerk.get(reverse("admin:memories_memory_export"), {"owner": "alice"}),
    ):
        text = content_of(response)
        assert "alice" in text
        assert CANARY not in text
    refused = clerk.post(list_of("memories_memory"), {**chosen, "action": "export_with_texts"}, follow=True)
    assert refused["Content-Type"].startswith("text/html")
    assert entries() == []


def test_whoever_is_no_staff_gets_nowhere(client, bob, written):
    bob.user_permissions.add(Permission.objects.get(codename="view_text"))
    client.force_login(bob)
    for address in (
        *(page_of(model, written[model]) for model in MODELS),
        reverse("admin_overview"),
        reverse("admin:memories_memory_export") + "?owner=alice",
    ):
        response = client.get(address)
        assert response.status_code in {302, 403}
        assert CANARY not in response.content.decode()
    assert entries() == []


def test_the_right_to_look_opens_no_page_that_staff_may_not_see(django_user_model, written):
    client = staff_with(django_user_model, "curious", "users.view_text")
    for model in MODELS:
        assert client.get(page_of(model, written[model])).status_code == 403
        assert client.get(list_of(model), {"texts": "shown"}).status_code == 403
    assert entries() == []


# --- With the right ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["reader", "root"])
@pytest.mark.parametrize("model", MODELS_AND_JOBS)
def test_opening_a_page_shows_the_text_and_leaves_one_entry(request, alice, written, who, model):
    staff = request.getfixturevalue(who)
    for _ in range(2):
        assert CANARY in html_of(staff.get(page_of(model, written[model])))
    named = {
        "memories_memory": "memory",
        "memories_proposal": "proposed memory",
        "conversations_thread": "thread",
        "conversations_message": "message",
        "conversations_learning": "learning from message",
        "conversations_import": "import",
    }
    assert entries(user=alice) == [(who, "read", f"{named[model]} {written[model].pk}")]


@pytest.mark.parametrize("model", MODELS)
def test_a_list_shows_texts_only_when_asked_and_notes_each_person_on_it(reader, alice, bob, written, model):
    if model == "memories_memory":
        remember(bob, "I live in Oslo", origin=Origin.SAID)
    assert CANARY not in html_of(reader.get(list_of(model)))
    assert entries() == []
    assert CANARY in html_of(reader.get(list_of(model), {"texts": "shown"}))
    reader.get(list_of(model), {"texts": "shown"})
    assert [what for _name, _kind, what in entries(user=alice)] == [f"list of {_plural(model)}"]
    assert len(entries(user=bob)) == (1 if model == "memories_memory" else 0)


def _plural(model):
    return {
        "memories_memory": "memories",
        "memories_proposal": "proposed memories",
        "conversations_thread": "threads",
        "conversations_message": "messages",
    }[model]


@pytest.mark.parametrize("query", [CANARY, f"owner:alice {CANARY}", "meaning: the name of my boat"])
def test_searching_for_words_is_looking(reader, alice, bob, written, query):
    remember(bob, "I play the trumpet on Sundays", origin=Origin.SAID)
    html = html_of(reader.get(list_of("memories_memory"), {"q": query}))
    assert str(written["memories_memory"]) in html
    assert ("reader", "read", "search in memories") in entries(user=alice)
    if not query.startswith("meaning"):
        assert entries(user=bob) == []


def test_a_search_of_one_persons_memories_is_noted_also_when_it_finds_nothing(reader, alice, bob, written):
    reader.get(list_of("memories_memory"), {"q": "owner:alice trombone"})
    reader.get(list_of("memories_memory"), {"q": "owner:bob"})
    assert [what for _name, _kind, what in entries()] == ["search in memories"]


@pytest.mark.parametrize("action", ["export", "forget", "nothing", "delete_selected"])
@pytest.mark.parametrize("query", [CANARY, f"owner:alice {CANARY}", "owner:alice meaning: the name of my boat"])
@pytest.mark.parametrize("across", ["0", "1"])
def test_a_search_is_noted_whatever_is_done_with_what_it_finds(reader, alice, bob, written, action, query, across):
    other = remember(bob, "I play the trumpet on Sundays", origin=Origin.SAID).memory
    form = {"action": action, "select_across": across, "index": "0", "_selected_action": written["memories_memory"].pk}
    address = f"{list_of('memories_memory')}?{urlencode({'q': query})}"
    response = reader.post(address, form)
    if action == "export":
        (row,) = csv.DictReader(io.StringIO(content_of(response).removeprefix("\ufeff")))
        assert row["id"] == str(written["memories_memory"].pk)
    assert entries() == [("reader", "read", "search in memories")]
    assert entries(user=alice) == entries()
    reader.get(address)
    assert len(entries()) == 1, "one look"

    # That a chosen one is not found tells of it, too.
    reader.post(address, {**form, "select_across": "0", "_selected_action": other.pk})
    assert len(entries(user=bob)) == (0 if "owner" in query else 1)


def test_a_search_is_noted_when_the_answer_is_another_page_or_none(reader, alice, written, monkeypatch):
    reader.post(reverse("admin_reason"), {"reason": "asked"})
    form = {"action": "delete_selected", "_selected_action": written["conversations_thread"].pk}
    page = reader.post(f"{list_of('conversations_thread')}?q={CANARY}", form)
    assert page.status_code == 200
    assert "cl" not in page.context_data
    assert entries(user=alice) == [("reader", "read", "search in threads")]

    AccessLogEntry.objects.all().delete()
    Thread.objects.create(user=alice, title=f"Another {CANARY}")
    monkeypatch.setattr("conversations.admin.threads.ThreadAdmin.list_per_page", 1)
    assert reader.get(list_of("conversations_thread"), {"q": f"owner:alice {CANARY}", "p": "9"}).status_code == 302
    assert entries(user=alice) == [("reader", "read", "search in threads")]


def test_a_search_among_one_persons_rows_is_noted_also_when_it_finds_nothing(reader, alice, bob, written):
    address = f"{list_of('memories_memory')}?user__id__exact={alice.pk}"
    reader.get(f"{address}&q=trombone")
    assert entries() == entries(user=alice) == [("reader", "read", "search in memories")]
    for odd in ("x", "9" * 30, "-1", "0"):
        assert reader.get(list_of("memories_memory"), {"user__id__exact": odd, "q": "trombone"}).status_code < 500


def test_a_search_that_finds_too_many_peoples_texts_leads_to_no_action(reader, alice, written, monkeypatch):
    monkeypatch.setattr("memchat.staff.texts.PEOPLE_AT_ONCE", 1)
    form = {"action": "export", "select_across": "1", "_selected_action": written["memories_memory"].pk}
    response = reader.post(f"{list_of('memories_memory')}?q={CANARY}", form, follow=True)
    assert "too many people" in html_of(response)
    assert entries(user=alice) == [("reader", "read", "search in memories")], "of the page that follows"


def test_titles_can_be_searched(reader, alice, written):
    html = html_of(reader.get(list_of("conversations_thread"), {"q": "boat named"}))
    assert str(written["conversations_thread"].pk) in html
    assert entries(user=alice) == [("reader", "read", "search in threads")]


def test_the_reason_stands_in_the_entries_that_follow(reader, alice, written):
    page = page_of("memories_memory", written["memories_memory"])
    response = reader.post(reverse("admin_reason"), {"reason": " Alice\nasked for help ", "next": page})
    assert response["Location"] == page
    assert "Alice asked for help" in html_of(reader.get(page))
    assert AccessLogEntry.objects.get(user=alice).reason == "Alice asked for help"
    away = reader.post(reverse("admin_reason"), {"reason": "", "next": "https://evil.example/"})
    assert away["Location"] == reverse("admin:index")


def test_ten_minutes_later_it_is_another_look(reader, alice, written):
    page = page_of("memories_memory", written["memories_memory"])
    reader.get(page)
    AccessLogEntry.objects.update(at=timezone.now() - timedelta(minutes=11))
    reader.get(page)
    assert len(entries(user=alice)) == 2


def test_ones_own_text_is_nobody_elses_business(root, written):
    mine = remember(root.user, f"I own {CANARY}", origin=Origin.SAID).memory
    assert CANARY in html_of(root.get(page_of("memories_memory", mine)))
    assert entries() == []


@pytest.mark.django_db(transaction=True)
def test_no_entry_no_text(reader, written):
    as_owner("ALTER TABLE users_accesslogentry ADD CONSTRAINT nothing_more CHECK (false) NOT VALID")
    try:
        reader.raise_request_exception = False
        for address in (
            page_of("memories_memory", written["memories_memory"]),
            list_of("memories_memory") + "?texts=shown",
            reverse("admin:memories_memory_export") + "?owner=alice",
        ):
            response = reader.get(address)
            assert response.status_code == 500
            assert CANARY not in response.content.decode()
    finally:
        as_owner("ALTER TABLE users_accesslogentry DROP CONSTRAINT nothing_more")


def as_owner(statement):
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_page_that_is_not_there_leaves_no_entry(reader, written):
    for address in ("memories/memory/999999", "memories/memory/x", "conversations/thread/x", "memories/memory/9" * 9):
        assert reader.get(f"/admin/{address}/change/").status_code in {302, 404}
    assert entries() == []


def test_what_staff_did_is_logged_without_any_words(reader, alice, written):
    reader.post(reverse("admin_reason"), {"reason": "asked"})
    reader.post(reverse("admin:memories_memory_on_request") + f"?ids={written['memories_memory'].pk}", {"reason": "r"})
    reader.post(reverse("admin:conversations_thread_delete", args=[written["conversations_thread"].pk]), {"post": "y"})
    assert LogEntry.objects.count() == 2
    assert not any(CANARY in entry.object_repr + entry.change_message for entry in LogEntry.objects.all())


# --- Files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["reader", "root"])
def test_a_file_with_texts_is_noted_and_harmless_in_a_spreadsheet(request, alice, who, written):
    staff = request.getfixturevalue(who)
    formulas = ["=1+1", "+49 30 is my phone", "-5 is cold", "@home I rest", "  =HYPERLINK(1)"]
    Memory.objects.bulk_create(
        Memory(user=alice, value={"data": text}, origin=Origin.SAID, fingerprint=text) for text in formulas
    )
    chosen = list(Memory.objects.values_list("pk", flat=True))
    response = staff.post(list_of("memories_memory"), {"action": "export_with_texts", "_selected_action": chosen})
    rows = list(csv.DictReader(io.StringIO(content_of(response).removeprefix("\ufeff"))))
    assert [row["text"] for row in rows] == [f"My boat is called {CANARY}", *(f"'{text}" for text in formulas)]
    assert {row["owner"] for row in rows} == {"alice"}
    assert "attachment" in response["Content-Disposition"]
    assert entries(user=alice) == [(who, "exported", "memories, as CSV")]


def test_all_memories_of_one_person_are_in_their_file(reader, alice, bob, written):
    remember(bob, "I live in Oslo", origin=Origin.SAID)
    Memory.objects.bulk_create(
        Memory(user=alice, value={"data": f"number {one}"}, origin=Origin.SAID, fingerprint=str(one))
        for one in range(2100)
    )
    with CaptureQueriesContext(connection) as queries:
        text = content_of(reader.get(reverse("admin:memories_memory_export"), {"owner": "alice"}))
    assert len(text.splitlines()) == 1 + 1 + 2100
    assert "Oslo" not in text
    assert not any('"embedding"' in query["sql"] for query in queries)
    assert entries() == [("reader", "exported", "memories, as CSV")]
    assert reader.get(reverse("admin:memories_memory_export"), {"owner": "nobody"}).status_code == 404


# --- On request -------------------------------------------------------------------------------------------------


def test_forgetting_on_request_needs_a_reason_that_the_person_can_read(clerk, alice, written):
    memory = written["memories_memory"]
    assert ">Forget on request</a>" in html_of(clerk.get(page_of("memories_memory", memory)))
    asked = clerk.post(list_of("memories_memory"), {"action": "forget", "_selected_action": [memory.pk]})
    page = asked["Location"]
    assert CANARY not in html_of(clerk.get(page))
    assert clerk.post(page, {"reason": "  "}).status_code == 422
    memory.refresh_from_db()
    assert memory.ended_at is None
    done = clerk.post(page, {"reason": "By mail, today"}, follow=True)
    memory.refresh_from_db()
    assert memory.ending == "forgotten"
    assert "1 memory forgotten" in done.content.decode()
    entry = AccessLogEntry.objects.get()
    assert (entry.user, entry.staff_name, entry.kind, entry.what, entry.reason) == (
        alice, "clerk", AccessKind.FORGOT, f"memory {memory.pk}", "By mail, today",
    )  # fmt: skip
    assert LogEntry.objects.get().object_repr == f"memory {memory.pk}"
    clerk.post(page, {"reason": "again"})
    assert AccessLogEntry.objects.count() == 1, "what is forgotten is not forgotten twice"


def test_removing_for_good_on_request_removes_all_versions(clerk, alice, written):
    newer = correct(written["memories_memory"], "My boat is called Dora").memory
    page = reverse("admin:memories_memory_on_request") + f"?ids={newer.pk}"
    clerk.post(page, {"reason": "asked", "for_good": "on"})
    assert not Memory.objects.filter(user=alice).exists()
    assert entries(user=alice) == [("clerk", "forgot", f"memory {newer.pk}, removed for good")]


def test_forgetting_needs_its_right(django_user_model, written):
    watcher = staff_with(django_user_model, "watcher", "memories.view_memory")
    memory = written["memories_memory"]
    page = reverse("admin:memories_memory_on_request") + f"?ids={memory.pk}"
    assert watcher.post(page, {"reason": "because"}).status_code == 403
    assert b"Forget on request" not in watcher.get(page_of("memories_memory", memory)).content
    memory.refresh_from_db()
    assert memory.ended_at is None


@pytest.mark.parametrize("ids", ["", "x", "99999999999999999999999", "1,,2", "-1", "\x00"])
def test_odd_ids_are_nothing_to_forget(clerk, written, ids):
    page = reverse("admin:memories_memory_on_request")
    assert clerk.get(page, {"ids": ids}, follow=True).status_code == 200


def test_a_thread_is_deleted_on_request_with_the_reason(clerk, alice, written):
    thread = written["conversations_thread"]
    page = reverse("admin:conversations_thread_delete", args=[thread.pk])
    assert clerk.post(page, {"post": "yes"}).status_code == 403, "no reason yet"
    clerk.post(reverse("admin_reason"), {"reason": "asked on the phone"})
    assert CANARY not in html_of(clerk.get(page))
    clerk.post(page, {"post": "yes"})
    assert not Thread.objects.exists()
    entry = AccessLogEntry.objects.get(user=alice)
    assert (entry.kind, entry.what, entry.reason) == ("forgot", f"thread {thread.pk}, deleted", "asked on the phone")


@pytest.mark.parametrize(
    "model", ["memories_memory", "memories_proposal", "conversations_message", "conversations_import"]
)
def test_nothing_else_is_added_changed_or_deleted(root, written, model):
    row = written[model]
    assert root.get(reverse(f"admin:{model}_add")).status_code == 403
    assert root.post(page_of(model, row), {"text": "Not what they said", "value": "{}"}).status_code == 403
    assert root.post(reverse(f"admin:{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    html = html_of(root.get(page_of(model, row)))
    assert not re.search(r"<(textarea|select)", html)
    assert type(row).objects.filter(pk=row.pk).exists()


# --- Reading the log --------------------------------------------------------------------------------------------


def test_superusers_read_the_log_and_nobody_changes_it(root, reader, clerk, alice, written):
    reader.get(page_of("memories_memory", written["memories_memory"]))
    entry = AccessLogEntry.objects.get()
    log = reverse("admin:users_accesslogentry_changelist")
    html = html_of(root.get(log, {"staff": reader.user.pk, "kind__exact": "read", "q": "alice"}))
    assert f"memory {written['memories_memory'].pk}" in html
    page = reverse("admin:users_accesslogentry_change", args=[entry.pk])
    assert root.get(page).status_code == 200
    assert root.post(page, {"what": "nothing"}).status_code == 403
    assert root.post(reverse("admin:users_accesslogentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
    root.post(log, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert root.get(reverse("admin:users_accesslogentry_add")).status_code == 403
    assert AccessLogEntry.objects.get().what == entry.what
    for other in (reader, clerk):
        assert other.get(log).status_code == 403


def test_looks_at_the_same_moment_leave_one_entry(reader, alice, rf):
    request = rf.get("/")
    request.user, request.session = reader.user, {}
    for _ in range(3):
        access_log.note(request, alice.pk, "memory 1")
        access_log.note(request, alice.pk, "memory 1", AccessKind.FORGOT, reason="asked")
    assert sorted(kind for _name, kind, _what in entries(user=alice)) == ["forgot", "forgot", "forgot", "read"]


# --- Providers and learning -------------------------------------------------------------------------------------


def test_staff_decide_which_providers_are_sent_memories(root, settings):
    ProviderRule.objects.create(provider="formerly", sends_memories=False)
    page = list_of("conversations_providerrule")
    html = html_of(root.get(page))
    assert "offline" in html
    rules = list(ProviderRule.objects.order_by("provider"))
    assert [rule.provider for rule in rules] == ["formerly", "offline"]
    sent = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for number, rule in enumerate(rules):
        sent[f"form-{number}-id"] = rule.pk
    root.post(page, sent)
    assert not ProviderRule.objects.get(provider="offline").sends_memories
    assert "ends memories" in LogEntry.objects.get().get_change_message()
    delete = reverse("admin:conversations_providerrule_delete", args=[rules[1].pk])
    assert root.post(delete, {"post": "yes"}).status_code == 403


def test_what_could_not_be_learned_from_is_tried_again(root, written):
    from procrastinate.contrib.django.models import ProcrastinateJob

    before = ProcrastinateJob.objects.count()
    learning = written["conversations_learning"]
    page = list_of("conversations_learning")
    html = html_of(root.get(page, {"state__exact": "failed"}))
    assert "unreadable" in html
    for _ in range(2):
        root.post(page, {"action": "try_again", "_selected_action": [learning.pk]})
    learning.refresh_from_db()
    assert (learning.state, learning.attempts, learning.error_kind) == (LearningState.WAITING, 0, "")
    assert ProcrastinateJob.objects.count() == before + 1
    assert ProcrastinateJob.objects.latest("pk").args == {"message": str(learning.pk), "user": learning.user_id}


def test_a_memory_tells_where_it_comes_from_and_where_it_was_used(clerk, written):
    newer = correct(written["memories_memory"], "My boat is called Dora").memory
    html = html_of(clerk.get(page_of("memories_memory", written["memories_memory"])))
    for address in (
        page_of("memories_memory", newer),
        page_of("conversations_thread", written["conversations_thread"]),
        page_of("conversations_message", written["conversations_message"]),
        page_of("conversations_message", written["reply"]),
    ):
        assert address in html
    assert "Superseded" in html


@pytest.mark.parametrize(
    ("state", "expected"), [("current", 1), ("superseded", 1), ("forgotten", 0), ("expired", 1), ("waiting", 2)]
)
def test_memories_are_filtered_by_state(clerk, alice, written, state, expected):
    newer = correct(written["memories_memory"], "My boat is called Dora").memory
    Memory.objects.filter(pk=newer.pk).update(embedder="another", category=Category.WORK)
    Memory.objects.create(
        user=alice,
        value={"data": "gone"},
        origin=Origin.SAID,
        fingerprint="x",
        expires_at=timezone.now() - timedelta(days=1),
    )
    found = clerk.get(list_of("memories_memory"), {"state": state}).context["cl"].result_list
    assert len(found) == expected
    made_by = clerk.get(list_of("memories_memory"), {"made_by": "another"}).context["cl"].result_list
    assert [memory.pk for memory in made_by] == [newer.pk]
