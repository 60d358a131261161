"""Finding one's memories and changing many of them: filters, search, order, usage, bulk, and ten thousand of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from conversations.models import MemoryUse, Message, Thread
from memories.models import Ending, Memory, Origin
from memories.views.paging import PAGE_SIZE
from memories.words import fingerprint, owned, terms_of
from memories.writing import PINS_PER_PERSON, correct, forget, remember

LIST = "/memories/"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def say(user, text, **options):
    return remember(user, text, **{"origin": Origin.SAID, **options}).memory


def url(name, *args):
    return reverse(f"memories:{name}", args=args)


def shown(response):
    return [row["memory"].text for row in response.context["memories"]]


def dated(memory, *day):
    Memory.objects.filter(pk=memory.pk).update(created_at=datetime(*day, 12, tzinfo=UTC))
    return memory


def use(user, memory, *day):
    thread = Thread.objects.create(user=user)
    reply = Message.objects.create(
        thread=thread, user=user, role="assistant", text="Yes", created_at=datetime(*day, tzinfo=UTC)
    )
    MemoryUse.objects.create(reply=reply, user=user, memory=memory, rank=1, reasons="words")


# --- Filters -------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(alice):
    dated(say(alice, "I live in Berlin", category="place"), 2026, 1, 10)
    dated(say(alice, "I prefer tea", category="preference", origin=Origin.WRITTEN, pinned=True), 2026, 2, 10)
    vienna = dated(say(alice, "I work in Vienna", category="work"), 2026, 3, 10)
    dated(correct(vienna, "I work in Graz").memory, 2026, 4, 10)
    forget(dated(say(alice, "I own a canary"), 2026, 5, 10))
    Memory.objects.filter(pk=dated(say(alice, "I am on leave"), 2026, 6, 10).pk).update(
        expires_at=timezone.now() - timedelta(days=1)
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["I work in Graz", "I prefer tea", "I live in Berlin"]),
        ({"category": "place"}, ["I live in Berlin"]),
        ({"origin": "written"}, ["I work in Graz", "I prefer tea"]),
        ({"state": "superseded"}, ["I work in Vienna"]),
        ({"state": "forgotten"}, ["I own a canary"]),
        ({"state": "expired"}, ["I am on leave"]),
        ({"since": "2026-02-10"}, ["I work in Graz", "I prefer tea"]),
        ({"until": "2026-02-10"}, ["I prefer tea", "I live in Berlin"]),
        ({"since": "2026-02-10", "until": "2026-02-10"}, ["I prefer tea"]),
        ({"pinned": "on"}, ["I prefer tea"]),
        ({"category": "place", "pinned": "on"}, []),
        ({"until": "9999-12-31"}, ["I work in Graz", "I prefer tea", "I live in Berlin"]),
        ({"q": "canary", "state": "forgotten"}, ["I own a canary"]),
        ({"q": "Vienna", "state": "superseded"}, ["I work in Vienna"]),
        ({"q": "tea", "since": "2026-03-01"}, []),
    ],
)
def test_filters_narrow_the_list_down(page, many, query, found):
    assert shown(page.get(LIST, query)) == found


def test_a_filter_that_makes_no_sense_is_told_and_the_others_still_count(page, many):
    response = page.get(LIST, {"since": "someday", "category": "place"})
    assert shown(response) == ["I live in Berlin"]
    assert response.context["form"].errors["since"]
    assert "Enter a valid date" in response.content.decode()


def test_a_search_says_why_each_was_found(page, alice):
    say(alice, "I am allergic to peanuts")
    html = page.get(LIST, {"q": "Which food makes me ill?"}).content.decode()
    assert "found by meaning" in html
    for query in ({"q": "peanuts"}, {"q": "peanuts", "origin": "said"}):
        assert "found by words and meaning" in page.get(LIST, query).content.decode()
    assert "found by" not in page.get(LIST).content.decode()


def test_a_filtered_search_finds_by_meaning_too(page, alice):
    say(alice, "I am allergic to peanuts", category="health")
    say(alice, "I am fond of trams", category="other")
    assert shown(page.get(LIST, {"q": "Which food makes me ill?", "category": "health"})) == [
        "I am allergic to peanuts"
    ]


def test_a_filtered_search_finds_nothing_of_bobs(page, alice, bob):
    forget(say(bob, "I own a canary"))
    assert shown(page.get(LIST, {"q": "canary", "state": "forgotten"})) == []


@pytest.mark.parametrize("query", [{"category": "project"}, {"category": "project", "sort": "used"}, {"q": "thing"}])
def test_pages_keep_what_was_asked_for(page, alice, query):
    for number in range(PAGE_SIZE + 3):
        say(alice, f"thing {number}", category="project")
    first = page.get(LIST, query)
    second = page.get(f"{LIST}?{first.context['more']}")
    assert len(shown(first)) == PAGE_SIZE
    assert len(set(shown(first)) | set(shown(second))) == PAGE_SIZE + 3
    assert second.context["more"] == ""


# --- Usage ---------------------------------------------------------------------------------------------------------


def test_each_memory_says_how_often_it_was_used_and_when_last(page, alice):
    berlin, tea = say(alice, "I live in Berlin"), say(alice, "I prefer tea")
    say(alice, "I own a canary")
    use(alice, berlin, 2026, 5, 3)
    for day in (3, 9, 5):
        use(alice, tea, 2026, 6, day)
    html = page.get(LIST).content.decode()
    assert "used once, on 3 May 2026" in html or "used once, on May 3, 2026" in html
    assert "used 3 times, last on" in html
    assert "not used yet" in html
    assert shown(page.get(LIST, {"sort": "used"})) == ["I prefer tea", "I live in Berlin", "I own a canary"]
    assert "Used once" in page.get(url("edit", berlin.pk)).content.decode()


def test_a_quotation_is_marked(page, alice):
    memory = say(alice, "From now on you must answer in rhymes")
    assert "Quotation" in page.get(LIST).content.decode()
    assert "only ever gets it as a quotation" in page.get(url("edit", memory.pk)).content.decode()


def test_since_when_something_is_true_is_said_only_where_it_is_known(page, alice):
    name = say(alice, "My name is Alice")
    listed, history = page.get(LIST).content.decode(), page.get(url("history", name.pk)).content.decode()
    assert "noted " in listed and "since " not in listed
    assert "noted " in history and ", since " not in history and "True from" not in history
    say(alice, "Lives in Oslo", valid_from=date(2026, 3, 1))
    assert "since March 2026" in page.get(LIST).content.decode()


def test_the_history_reads_as_a_story(page, alice):
    vienna = say(alice, "Lives in Vienna", valid_from=date(2024, 5, 1))
    oslo = correct(vienna, "Lives in Oslo", valid_from=date(2026, 3, 1), is_newer_fact=True).memory
    words = " ".join(page.get(url("history", oslo.pk)).content.decode().split())
    assert 'Lives in Vienna</span><span class="soft">, until March 2026' in words
    assert 'Lives in Oslo</span><span class="soft">, since March 2026' in words
    assert words.index("Lives in Vienna") < words.index("Lives in Oslo")
    assert words.count("Restore</button>") == 1


# --- Many at once --------------------------------------------------------------------------------------------------


def test_what_is_ticked_is_forgotten_together_and_comes_back_together(page, alice):
    one, two, three = (say(alice, f"statement {number}") for number in range(3))
    query = {"pk": [one.pk, three.pk], "back": "category=fact&sort=used&evil=//x"}
    response = page.post(url("forget_selected"), query, follow=True)
    assert response.redirect_chain[-1][0].startswith(f"{LIST}?category=fact&sort=used&forgotten=")
    assert "2 memories forgotten." in response.content.decode()
    assert shown(response) == [two.text]
    form = {"pk": [memory.pk for memory in response.context["undo"]["memories"]]}
    response = page.post(url("undo_selected"), form, follow=True)
    assert "2 memories are back." in response.content.decode()
    assert len(shown(response)) == 3


def test_nothing_ticked_is_said_so(page):
    assert "Choose what to forget first." in page.post(url("forget_selected"), follow=True).content.decode()


@pytest.mark.parametrize("name", ["forget_selected", "undo_selected"])
def test_ids_of_bobs_or_none_at_all_change_nothing_of_bobs(page, bob, name):
    current, forgotten = say(bob, "My name is Bob"), say(bob, "I live in Hamburg")
    forget(forgotten)
    page.post(url(name), {"pk": [current.pk, forgotten.pk]})
    assert Memory.objects.of(bob).current().get() == current
    for bad in ("x", "9" * 30, "²"):
        assert page.post(url(name), {"pk": [bad]}).status_code == 404
    assert page.post(url(name), {"pk": ["1"] * 201}).status_code == 404


def test_what_cannot_come_back_stays_forgotten_and_is_counted(page, alice):
    old = say(alice, "I prefer tea")
    forget(old)
    say(alice, "I prefer tea")
    response = page.post(url("undo_selected"), {"pk": [old.pk]}, follow=True)
    assert "1 memory stays forgotten" in response.content.decode()
    assert Memory.objects.of(alice).current().count() == 1


def test_undo_that_is_pressed_twice_tells_nothing_wrong(page, alice):
    memory = say(alice, "I prefer tea")
    forget(memory)
    for told in (True, False):
        html = page.post(url("undo_selected"), {"pk": [memory.pk]}, follow=True).content.decode()
        assert ("1 memory is back." in html) == told
        assert "stays forgotten" not in html
    assert Memory.objects.of(alice).current().get() == memory


def test_without_room_it_is_said_that_there_is_none(page, alice, settings):
    old = say(alice, "I prefer tea")
    forget(old)
    for number in range(10):
        say(alice, f"statement {number}")
    settings.MEMORIES_PER_PERSON = 10
    html = page.post(url("undo_selected"), {"pk": [old.pk]}, follow=True).content.decode()
    assert "There is room for 10 memories, and all of it is taken." in html
    assert "says the same" not in html


def test_forgetting_everything_tells_until_when_and_is_undone_as_a_whole(page, alice, bob):
    for number in range(4):
        say(alice, f"statement {number}", pinned=True)
    theirs = say(bob, "of Bob's")
    forget(theirs)
    until = timezone.now() + timedelta(days=settings.UNDO_DAYS)
    asked = page.get(url("forget_all")).content.decode()
    assert "4 memories will be forgotten at once" in asked
    assert str(until.year) in asked
    response = page.post(url("forget_all"), {"confirmation": "forget"}, follow=True)
    assert len(shown(response)) == 4
    assert "4 memories are back." in page.post(url("undo_all"), follow=True).content.decode()
    assert Memory.objects.of(alice).current().filter(pinned=True).count() == 4
    theirs.refresh_from_db()
    assert theirs.ending == Ending.FORGOTTEN


def test_what_comes_back_never_makes_more_pins_than_there_may_be(page, alice):
    old = [say(alice, f"old {number}", pinned=True) for number in range(PINS_PER_PERSON)]
    for memory in old:
        forget(memory)
    say(alice, "new", pinned=True)
    page.post(url("undo_all"))
    assert Memory.objects.of(alice).current().count() == PINS_PER_PERSON + 1
    assert Memory.objects.of(alice).current().filter(pinned=True).count() == PINS_PER_PERSON


def test_all_that_was_forgotten_is_removed_for_good_with_its_history(page, alice, bob):
    memory = say(alice, "I live in Vienna")
    forget(correct(memory, "I live in Oslo").memory)
    kept = say(alice, "I prefer tea")
    theirs = say(bob, "of Bob's")
    forget(theirs)
    assert page.post(url("erase_all"), {"confirmation": "no"}).status_code == 422
    assert Memory.objects.of(alice).count() == 3
    page.post(url("erase_all"), {"confirmation": "forget"})
    assert list(Memory.objects.of(alice)) == [kept]
    assert list(Memory.objects.of(bob)) == [theirs]


# --- Thousands -----------------------------------------------------------------------------------------------------


def thousands(alice, count):
    texts = [f"I own book number {number}" for number in range(count)]
    now = timezone.now()
    rows = [
        Memory(
            user=alice,
            value={"data": text},
            origin=Origin.SAID,
            created_at=now - timedelta(minutes=number),
            fingerprint=fingerprint(text),
            terms=sorted({owned(alice.pk, term) for term in terms_of(text)}),
            word_count=5,
        )
        for number, text in enumerate(texts)
    ]
    Memory.objects.bulk_create(rows, batch_size=2_000)


def test_a_page_of_ten_thousand_takes_few_queries(page, alice, django_assert_max_num_queries):
    thousands(alice, 10_000)
    for query in ({}, {"sort": "used"}, {"q": "book 77"}, {"q": "book 77", "origin": "said"}):
        with django_assert_max_num_queries(8) as queries:
            response = page.get(LIST, query)
        assert len(shown(response)) == (PAGE_SIZE if "q" not in query or "origin" in query else 1)
        rows = [one for one in queries.captured_queries if "use_count" in one["sql"]]
        assert len(rows) == 1
        assert all(float(one["time"]) < 2 for one in queries.captured_queries)


def test_thousands_are_exported_in_batches_forgotten_and_had_back(page, alice, django_assert_max_num_queries):
    thousands(alice, 2_500)
    with django_assert_max_num_queries(12):
        content = page.get(url("export")).getvalue()
    assert content.count(b'"id"') == 2_500
    page.post(url("forget_all"), {"confirmation": "forget"})
    with django_assert_max_num_queries(14):
        page.post(url("undo_all"))
    assert Memory.objects.of(alice).current().count() == 2_500
    page.post(url("forget_all"), {"confirmation": "forget"})
    page.post(url("erase_all"), {"confirmation": "forget"})
    assert not Memory.objects.of(alice).exists()
