"""Taking memories along: exports for machines and for people, and imports that are looked at before they happen."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncRequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from conversations.imports import memory_files
from conversations.imports.memory_files import check_of, run_of
from conversations.models import Import
from memories.exchange import as_markdown
from memories.exchange.carrying import carry
from memories.exchange.comparing import Item
from memories.exchange.entries import Entry
from memories.exchange.reading import read
from memories.models import Category, Ending, Memory, Origin, Proposal
from memories.views import exchange
from memories.words import fingerprint
from memories.writing import correct, forget, remember

IMPORT = "/memories/import/"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def say(user, text, **options):
    return remember(user, text, origin=Origin.SAID, **options).memory


def exported(client, name="export"):
    return client.get(reverse(f"memories:{name}")).getvalue()


def look(client, content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile("memories.json", content)})


def chosen(preview, conflicts=""):
    """The form of a preview as it is when nobody has changed anything but the conflicts."""
    html = preview.content.decode()
    ticked = re.findall(r'type="checkbox" name="(entry-\d+)" value="add"[^>]* checked', html)
    asked = dict.fromkeys(re.findall(r'type="radio" name="(entry-\d+)"', html), conflicts)
    return {"entries": preview.context["entries"], **dict.fromkeys(ticked, "add"), **asked}


def take_over(client, content, conflicts=""):
    preview = look(client, content)
    assert preview.status_code == 200
    return client.post(reverse("memories:import_chosen"), chosen(preview, conflicts), follow=True)


def story_of(user):
    """All that one can tell of somebody's memories apart from where they are stored."""
    fields = (
        "namespace", "key", "text", "category", "pinned", "created_at", "valid_from", "valid_until", "expires_at",
        "ended_at", "ending", "supersedes__text",
    )  # fmt: skip
    return sorted(Memory.objects.of(user).exclude(ending=Ending.FORGOTTEN).values_list(*fields), key=str)


def live_a_little(user):
    vienna = say(user, "I live in Vienna", valid_from=date(2024, 5, 1))
    oslo = correct(vienna, "I live in Oslo", valid_from=date(2026, 3, 1), is_newer_fact=True).memory
    correct(oslo, "I live in Bergen", valid_from=date(2026, 7, 1), is_newer_fact=True)
    say(user, "I prefer tea — 茶\n- and *no* sugar", pinned=True)
    say(user, "I am in Lisbon", expires_at=timezone.now().replace(microsecond=0) + timedelta(days=40))
    say(user, "I use the metric system", key="units", namespace="agents")


# --- JSON ----------------------------------------------------------------------------------------------------------


def test_what_is_exported_and_imported_by_somebody_else_is_the_same_with_its_history(page, alice, bob):
    live_a_little(alice)
    forget(say(alice, "a thing I want nobody to know"))
    before = story_of(alice)
    content = exported(page)
    page.force_login(bob)
    take_over(page, content)
    assert story_of(bob) == before
    assert {row.origin for row in Memory.objects.of(bob)} == {Origin.IMPORTED}
    history = page.get(reverse("memories:history", args=[Memory.objects.of(bob).get(text="I live in Bergen").pk]))
    texts = [row["memory"].text for row in history.context["versions"]]
    assert texts == ["I live in Vienna", "I live in Oslo", "I live in Bergen"]


def test_importing_the_same_file_twice_changes_nothing(page, alice, bob):
    live_a_little(alice)
    content = exported(page)
    page.force_login(bob)
    take_over(page, content)
    rows = list(Memory.objects.of(bob).order_by("pk").values_list("pk", "text", "ended_at"))
    again = look(page, content)
    assert (again.context["new"], again.context["conflicts"], again.context["same_count"]) == ([], [], 4)
    take_over(page, content, conflicts="replace")
    assert list(Memory.objects.of(bob).order_by("pk").values_list("pk", "text", "ended_at")) == rows


def test_the_export_holds_everything_under_a_name_and_a_version(page, alice):
    live_a_little(alice)
    remember(alice, "I have diabetes", origin=Origin.LEARNED)
    forgotten = say(alice, "something forgotten")
    forget(forgotten)
    response = page.get(reverse("memories:export"))
    assert "attachment" in response["Content-Disposition"]
    data = json.loads(response.getvalue())
    assert (data["format"], data["version"]) == ("memchat-memories", 2)
    by_text = {row["text"]: row for row in data["memories"]}
    assert by_text["I live in Bergen"]["supersedes"] == by_text["I live in Oslo"]["id"]
    assert by_text["I live in Oslo"]["valid_until"] == "2026-07-01"
    assert by_text["something forgotten"]["ending"] == "forgotten"
    assert len(data["memories"]) == Memory.objects.of(alice).count()
    assert [one["text"] for one in data["proposals"]] == ["I have diabetes"]


def test_an_empty_export_is_still_json(page):
    assert json.loads(exported(page))["memories"] == []


def test_the_first_format_is_still_read(page, alice):
    rows = [
        {"text": "I prefer tea", "category": "preference", "pinned": True, "created_at": "2025-01-02T03:04:05+00:00"}
    ]
    take_over(page, {"memories": rows})
    memory = Memory.objects.of(alice).get()
    assert (memory.text, memory.pinned, memory.created_at.date()) == ("I prefer tea", True, date(2025, 1, 2))


def test_an_export_is_sent_in_pieces(page, alice, django_assert_num_queries):
    for number in range(3):
        say(alice, f"statement {number}")
    response = page.get(reverse("memories:export"))
    assert response.streaming


# --- Markdown ------------------------------------------------------------------------------------------------------


def test_markdown_is_grouped_by_category_with_what_was_said_before_under_it(page, alice):
    live_a_little(alice)
    text = exported(page, "export_markdown").decode()
    places = text.split("## Places")[1].split("## ")[0]
    assert re.search(r"(?m)^- I live in Bergen", places)
    assert re.search(r"(?m)^  - I live in Oslo", places)
    assert text.index("I live in Bergen") < text.index("  - I live in Oslo") < text.index("  - I live in Vienna")
    assert "since 2026-07-01" in places


def test_markdown_is_imported_with_its_history_and_twice_changes_nothing(page, alice, bob):
    live_a_little(alice)
    content = exported(page, "export_markdown")
    page.force_login(bob)
    take_over(page, content)
    fields = ("text", "category", "pinned", "valid_from", "valid_until", "ending", "supersedes__text")
    mine = set(Memory.objects.of(bob).values_list(*fields))
    assert mine == set(Memory.objects.of(alice).values_list(*fields))
    lisbon = [Memory.objects.of(one).get(text="I am in Lisbon").expires_at for one in (alice, bob)]
    assert lisbon[1] - lisbon[0] < timedelta(days=1)
    again = look(page, content)
    assert (again.context["new"], again.context["conflicts"], again.context["same_count"]) == ([], [], 4)


async def test_a_file_is_written_in_the_language_of_its_page():
    def headings():
        for category in Category:
            yield str(category.label)

    with override("de"):
        answer = exchange.streamed(AsyncRequestFactory().get("/"), headings())
    assert [piece async for piece in answer][2] == "Menschen"


@pytest.mark.parametrize("heading", ["People", "person", "Menschen", "أشخاص"])
def test_a_category_is_read_in_any_language(heading):
    [entry] = read(f"## {heading}\n\n- Ingrid is my aunt\n".encode())
    assert entry.category == Category.PERSON


def test_whatever_a_memory_says_survives_markdown():
    random = Random(7)
    parts = [
        "a", " ", "  ", "\n", "\n\n", "- ", "* ", "1. ", "1) ", "# ", "## x", "\\", "*", "_", "`", "<b>", "[x]", "> ",
        "*noted 2026-01-01*", "  - ", "    ", "|", "~~~", "---", "===", "&amp;", "茶", "\\-", "\t", "+ ",
    ]  # fmt: skip
    for _ in range(2_000):
        text = "".join(random.choices(parts, k=random.randint(1, 9))).strip()
        before = "".join(random.choices(parts, k=random.randint(1, 9))).strip()
        if not text or not before:
            continue
        at = datetime(2026, 1, 2, tzinfo=UTC)
        memory = Memory(value={"data": text}, created_at=at, key="k1")
        older = Memory(value={"data": before}, created_at=at, ended_at=at, valid_until=date(2026, 1, 2))
        memory.text, older.text = text, before
        file = "".join(as_markdown.write([("Places", [[(memory, [older])]])], at))
        [entry] = read(file.encode())
        assert fingerprint(entry.text) == fingerprint(text), file
        assert [fingerprint(version.text) for version in entry.history] == [fingerprint(before)], file
        assert (entry.category, entry.key) == (Category.PLACE, "k1")


def test_a_list_somebody_wrote_by_hand_is_read():
    entries = read(
        b"# About me\r\n\r\n- I live in Bern\r\n- I bake:\r\n  - bread\r\n  - pies\r\n\r\n## Health\r\n* I run\r\n"
    )
    assert [entry.text for entry in entries] == ["I live in Bern", "I bake:\n- bread\n- pies", "I run"]
    assert entries[2].category == Category.HEALTH


# --- The preview ---------------------------------------------------------------------------------------------------


def test_nothing_is_stored_before_the_person_says_so(page):
    response = look(page, {"memories": [{"text": "I prefer tea"}]})
    assert b"I prefer tea" in response.content
    assert b"Nothing is stored yet" in response.content
    assert Memory.objects.count() == 0


def test_the_preview_tells_new_same_conflicting_and_refused_apart(page, alice):
    say(alice, "I prefer tea")
    say(alice, "I live in Vienna", key="home")
    rows = [
        {"text": "i prefer TEA."},
        {"text": "I live in Oslo", "key": "home"},
        {"text": "My dog is called Rex"},
        {"text": "my password is hunter22"},
        {"text": "x" * 4001},
        {"text": "I have diabetes"},
        {"text": "I was in Rome", "expires_at": "2020-01-01T00:00:00Z"},
        {"text": "My dog is called Rex."},
    ]
    preview = look(page, {"memories": rows})
    context = preview.context
    assert [item.entry.text for _, item in context["new"]] == ["My dog is called Rex", "I have diabetes"]
    assert [(item.entry.text, item.other.text) for _, item in context["conflicts"]] == [
        ("I live in Oslo", "I live in Vienna")
    ]
    assert context["same_count"] == 2
    assert context["refused_count"] == 3
    html = preview.content.decode()
    for told in ("password", "longer than 4,000", "Its last day is over", "you will be asked first: Health"):
        assert told in html


def test_what_is_sensitive_waits_for_approval_and_is_counted(page, alice):
    response = take_over(page, {"memories": [{"text": "I have diabetes"}, {"text": "I prefer tea"}]})
    assert "1 memory imported; 1 waits for your approval." in response.content.decode()
    assert Proposal.objects.of(alice).get().text == "I have diabetes"
    assert look(page, {"memories": [{"text": "I have diabetes"}]}).context["new"] == []


@pytest.mark.parametrize(
    ("choice", "current"),
    [
        ("", {"I live in Vienna"}),
        ("replace", {"I live in Oslo"}),
        ("add", {"I live in Vienna", "I live in Oslo"}),
    ],
)
def test_the_person_decides_what_becomes_of_a_conflict(page, alice, choice, current):
    vienna = say(alice, "I live in Vienna", key="home")
    rows = [{"text": "I live in Oslo", "key": "home", "valid_from": "2099-01-01"}]
    take_over(page, {"memories": rows}, conflicts=choice)
    assert {memory.text for memory in Memory.objects.of(alice).current()} == current
    vienna.refresh_from_db()
    assert vienna.valid_until == (date(2099, 1, 1) if choice == "replace" else None)


def test_a_statement_close_to_a_known_one_is_only_proposed_as_a_conflict(page, alice):
    say(alice, "My favourite colour is dark green")
    preview = look(page, {"memories": [{"text": "My favourite colour is light green"}]})
    [(_, item)] = preview.context["conflicts"]
    assert item.other.text == "My favourite colour is dark green"


def test_what_is_not_ticked_is_left_out(page, alice):
    preview = look(page, {"memories": [{"text": "I prefer tea"}, {"text": "My dog is called Rex"}]})
    form = chosen(preview)
    del form["entry-0"]
    page.post(reverse("memories:import_chosen"), form)
    assert [memory.text for memory in Memory.objects.of(alice)] == ["My dog is called Rex"]


def test_what_was_forgotten_here_is_not_ticked(page, alice):
    forget(say(alice, "I prefer tea"))
    preview = look(page, {"memories": [{"text": "I prefer tea"}]})
    assert "you have forgotten it here before" in preview.content.decode()
    assert chosen(preview).keys() == {"entries"}


def test_what_has_expired_here_is_imported_again(page, alice):
    old = say(alice, "I am in Lisbon", expires_at=timezone.now() + timedelta(days=1))
    Memory.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=1))
    take_over(page, {"memories": [{"text": "I am in Lisbon"}]})
    assert [memory.text for memory in Memory.objects.of(alice).current()] == ["I am in Lisbon"]


def test_a_preview_belongs_to_the_person_who_saw_it_and_cannot_be_changed(page, alice, bob):
    value = look(page, {"memories": [{"text": "I prefer tea"}]}).context["entries"]
    page.force_login(bob)
    for entries in (value, value[:-2] + "xx", "", "x" * 1_000):
        response = page.post(reverse("memories:import_chosen"), {"entries": entries, "entry-0": "add"}, follow=True)
        assert "This preview is too old or was changed" in response.content.decode()
    assert Memory.objects.count() == 0


def test_a_memory_of_bobs_is_never_replaced_by_an_import_of_alices(page, alice, bob):
    foreign = say(bob, "I live in Hamburg")
    value, _ = carry(alice, [Item(Entry("I live in Oslo"), "conflict", other=foreign)])
    page.post(reverse("memories:import_chosen"), {"entries": value, "entry-0": "replace"})
    foreign.refresh_from_db()
    assert foreign.ended_at is None
    assert not Memory.objects.of(alice).exists()


# --- Many memories -------------------------------------------------------------------------------------------------


def many(*, but=0):
    """A file with more memories than are looked at while somebody waits."""
    return {"memories": [{"text": f"I own book number {number}"} for number in range(but, 30)]}


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(exchange, "LARGE", 20)
    monkeypatch.setattr(memory_files, "AT_ONCE", 10)


def carried_out(response):
    """What the jobs make of an import; its page, and its row."""
    owner = Import.objects.get(pk=response["Location"].rstrip("/").split("/")[-1])
    for steps_of in (check_of, run_of):
        steps = steps_of(owner.pk, owner.user_id)
        while steps.step():
            pass
    owner.refresh_from_db()
    return owner


@pytest.mark.usefixtures("few_are_many")
def test_many_memories_are_looked_at_and_imported_by_a_job_with_all_they_say(page, alice, bob, client):
    same, forgotten = "My sister Ingrid is a glaciologist", "I play the trumpet on Sundays"
    say(alice, same)
    forget(say(alice, forgotten))
    say(alice, "I never sleep before midnight", key="sleep")
    live_a_little(bob)
    client.force_login(bob)
    content = json.loads(exported(client))
    content["memories"] += [*many()["memories"], {"text": "I have diabetes"}, {"text": "my password is hunter22"}]
    content["memories"] += [{"text": same}, {"text": forgotten}, {"text": "I am asleep at nine", "key": "sleep"}]
    client.force_login(alice)
    owner = carried_out(look(page, content))
    assert (owner.state, Memory.objects.of(alice).current().count()) == ("ready", 2), "nothing is stored before"
    assert owner.found == {"new": 35, "same": 1, "forgotten": 1, "conflict": 1, "refused": 1}
    html = page.get(reverse("import", args=[owner.pk])).content.decode()
    assert "Import 35 new memories" in html
    assert "I never sleep before midnight" in html
    assert page.post(reverse("import_start", args=[owner.pk]), {}, follow=True).context["messages"]
    carried_out(page.post(reverse("import_start", args=[owner.pk]), {"new": "add", "conflict": "replace"}))
    owner.refresh_from_db()
    assert (owner.state, owner.remembered, owner.memories) == ("done", 35, [])
    assert [one.text for one in Proposal.objects.of(alice)] == ["I have diabetes"]
    texts = set(Memory.objects.of(alice).current().values_list("text", flat=True))
    assert {"I own book number 29", "I am asleep at nine"} <= texts
    assert not {forgotten, "I never sleep before midnight"} & texts
    assert set(story_of(bob)) <= set(story_of(alice))
    assert "35 memories imported" in page.get(reverse("import", args=[owner.pk])).content.decode()


@pytest.mark.usefixtures("few_are_many")
def test_a_job_that_dies_at_any_step_imports_each_memory_once(page, alice):
    owner = carried_out(look(page, many()))
    page.post(reverse("import_start", args=[owner.pk]), {"new": "add"})
    for after in (1, 2, 1, 9):
        dying = run_of(owner.pk, alice.pk)
        for _ in range(after):
            if not dying.step():
                break
    owner.refresh_from_db()
    assert (owner.state, owner.remembered, Memory.objects.of(alice).count()) == ("done", 30, 30)
    again = carried_out(look(page, many()))
    assert again.found == {"same": 30}


@pytest.mark.usefixtures("few_are_many")
def test_an_import_that_is_cancelled_or_somebody_elses_goes_no_further(page, alice, bob, client):
    owner = carried_out(look(page, many()))
    assert "One file at a time" in look(page, many(but=5)).content.decode()
    client.force_login(bob)
    assert client.get(reverse("import", args=[owner.pk])).status_code == 404
    client.force_login(alice)
    page.post(reverse("import_start", args=[owner.pk]), {"new": "add"})
    running = run_of(owner.pk, alice.pk)
    assert running.step()
    page.post(reverse("import_cancel", args=[owner.pk]))
    assert not running.step()
    assert Memory.objects.of(alice).count() == 10


def test_a_memory_with_more_history_than_a_form_holds_is_imported_by_a_job(page, alice):
    """A program's state, as it was after each of its steps."""
    state, day = Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    words = ["".join(state.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(10_000)]
    rows = [
        {
            "id": at,
            "key": "state",
            "text": "-",
            "item": {"value": {"step": at, "plan": [state.choice(words) for _ in range(5_000)]}},
            "supersedes": at - 1 or None,
            "created_at": (day + timedelta(hours=at)).isoformat(),
            **({"ending": "superseded", "ended_at": (day + timedelta(hours=at + 1)).isoformat()} if at < 80 else {}),
        }
        for at in range(1, 81)
    ]
    owner = carried_out(look(page, {"memories": rows}))
    carried_out(page.post(reverse("import_start", args=[owner.pk]), {"new": "add"}))
    assert Memory.objects.of(alice).count() == 80
    assert Memory.objects.of(alice).current().get().value["step"] == 80


def test_a_preview_that_is_too_large_for_a_form_is_cut(alice):
    random = Random(1)
    items = [Item(Entry("".join(chr(random.randint(33, 0x9FFF)) for _ in range(3_900))), "new") for _ in range(400)]
    value, count = carry(alice, items)
    assert 0 < count < 400
    assert len(value) <= 2_000_000


# --- Bad files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b"hello",
        b"# Memories\n",
        b'{"memories": 3}',
        b'{"memories": [{"text": 3}, {"text": null}]}',
        b'{"memories": ["x"]}',
        b'{"memories": [], "format": "another"}',
        b'{"version": 99, "memories": [{"text": "x"}]}',
        b'{"version": "1", "memories": [{"text": "x"}]}',
        b'{"memories": [{"text": "x"}], "version": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b"#" + b" " * 200_000,
        b"PK\x03\x04\x00",
    ],
)
def test_a_file_that_is_no_export_is_refused_with_a_reason(page, content):
    response = look(page, content)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert Memory.objects.count() == 0


def test_a_file_that_is_too_large_is_refused(page, monkeypatch):
    monkeypatch.setattr("memories.forms.MAX_BYTES", 100)
    response = look(page, b"- x\n" * 100)
    assert "This file is too large." in response.content.decode()


def test_values_that_make_no_sense_count_as_absent(page, alice):
    row = {
        "id": True, "text": "  I prefer tea\x00 \ud800", "category": ["x"], "key": 3, "namespace": ["n"],
        "pinned": "yes", "created_at": "2026-99-99", "valid_from": 7, "expires_at": "99999-01-01",
        "supersedes": {"x": 1}, "ending": None,
    }  # fmt: skip
    response = take_over(page, {"memories": [row, {"text": "y", "supersedes": 10**400}]})
    assert response.status_code == 200
    memory = Memory.objects.of(alice).get(text__startswith="I prefer tea")
    assert (memory.namespace, memory.pinned, memory.expires_at) == ("memories", False, None)


def test_history_in_a_file_lets_in_nothing_that_would_be_refused(page, alice):
    old = {"created_at": "2025-01-01", "ended_at": "2025-02-01", "ending": "superseded", "key": "k"}
    rows = [
        {"text": "my password is hunter22", **old},
        {"text": "I have diabetes", **old},
        {"text": "I prefer tea", "key": "k"},
    ]
    take_over(page, {"memories": rows})
    assert [memory.text for memory in Memory.objects.of(alice)] == ["I prefer tea"]
