"""The page on which people see and control what is remembered of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Message, Thread
from memories.models import Ending, Memory, Origin
from memories.views.paging import PAGE_SIZE
from memories.writing import correct, forget, remember

LIST = "/memories/"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def say(user, text, **options):
    return remember(user, text, origin=Origin.SAID, **options).memory


def url(name, *args):
    return reverse(f"memories:{name}", args=args)


def shown(response):
    return [row["memory"].text for row in response.context["memories"]]


OF_ONE = ["edit", "history"]
WRITES_TO_ONE = ["edit", "forget", "undo", "restore", "erase", "pin", "take_back"]
PAGES = ["list", "add", "forgotten", "forget_all", "erase_all", "import", "settings", "access_log", "proposals"]
READS = [*PAGES, "export", "export_markdown"]


# --- Whose it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READS)
def test_a_visitor_is_sent_to_sign_in(client, db, name):
    response = client.get(url(name))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


@pytest.mark.parametrize("name", WRITES_TO_ONE)
def test_a_visitor_changes_nothing(client, alice, name):
    memory = say(alice, "My name is Alice")
    assert client.post(url(name, memory.pk)).status_code == 302
    memory.refresh_from_db()
    assert memory.ended_at is None


def test_the_list_shows_alices_and_nothing_of_bobs(page, alice, bob):
    say(alice, "I live in Berlin")
    say(bob, "I live in Hamburg")
    assert shown(page.get(LIST)) == ["I live in Berlin"]
    assert shown(page.get(LIST, {"q": "live Hamburg"})) == ["I live in Berlin"]
    assert "Hamburg" not in page.get(url("export")).getvalue().decode()
    forget(say(bob, "a forgotten thing of Bob's"))
    assert shown(page.get(url("forgotten"))) == []


@pytest.mark.parametrize("name", OF_ONE)
def test_a_memory_of_bobs_looks_like_one_that_does_not_exist(page, bob, name):
    memory = say(bob, "My name is Bob")
    foreign, missing = page.get(url(name, memory.pk)), page.get(url(name, memory.pk + 1000))
    assert foreign.status_code == missing.status_code == 404
    token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub(b"", foreign.content) == token.sub(b"", missing.content)


@pytest.mark.parametrize("name", WRITES_TO_ONE)
def test_alice_cannot_change_a_memory_of_bobs(page, bob, name):
    current, forgotten = say(bob, "My name is Bob"), say(bob, "I live in Hamburg")
    forget(forgotten)
    before = list(Memory.objects.order_by("pk").values())
    for memory in (current, forgotten):
        assert page.post(url(name, memory.pk), {"text": "x", "pinned": "yes"}).status_code == 404
    assert [str(row) for row in Memory.objects.order_by("pk").values()] == [str(row) for row in before]


def test_the_undo_notice_shows_nothing_of_bobs(page, bob):
    memory = say(bob, "My name is Bob")
    forget(memory)
    assert page.get(LIST, {"forgotten": memory.pk}).context["undo"] == {}


def test_an_absurd_number_is_not_found(page):
    assert page.get(f"/memories/{10**30}/edit/").status_code == 404
    assert page.get(LIST, {"forgotten": "9" * 40, "before": "9" * 60}).status_code == 200
    assert page.get(LIST, {"sort": "used", "from": "9" * 9}).status_code == 200


# --- Reading -------------------------------------------------------------------------------------------------------


def test_somebody_without_memories_is_told_how_to_begin(page):
    response = page.get(LIST)
    assert response.status_code == 200
    assert "Nothing is remembered of you yet" in response.content.decode()


def test_a_memory_shows_its_origin_and_links_to_the_message_it_came_from(page, alice):
    thread = Thread.objects.create(user=alice, title="Moving house")
    message = Message.objects.create(thread=thread, user=alice, role="user", text="Remember: I live in Berlin")
    say(alice, "I live in Berlin", source_thread=thread.pk, source_message=message.pk)
    for address in (LIST, url("edit", Memory.objects.get().pk), url("history", Memory.objects.get().pk)):
        html = page.get(address).content.decode()
        assert f'href="/threads/{thread.pk}/#message-{message.pk}"' in html
        assert "Said in a thread" in html
        assert "Moving house" in html


def test_a_memory_from_a_thread_that_is_gone_says_so_and_has_no_link_to_it(page, alice, bob):
    foreign = Thread.objects.create(user=bob, title="Bob's own")
    say(alice, "I live in Berlin", source_thread=uuid4(), source_message=uuid4())
    say(alice, "My dog is called Rex", source_thread=foreign.pk)
    say(alice, "I prefer tea")
    remember(alice, "I own a canary", origin=Origin.WRITTEN)
    html = page.get(LIST).content.decode()
    assert html.count("from a thread that was deleted") == 3
    assert "/threads/" not in html
    assert "Bob's own" not in html


def test_a_message_that_is_gone_leads_to_its_thread(page, alice):
    thread = Thread.objects.create(user=alice)
    say(alice, "I live in Berlin", source_thread=thread.pk, source_message=uuid4())
    assert f'href="/threads/{thread.pk}/"' in page.get(LIST).content.decode()


def test_a_memory_without_a_source_has_no_link(page, alice):
    remember(alice, "I live in Berlin", origin=Origin.WRITTEN)
    html = page.get(LIST).content.decode()
    assert "Written by hand" in html
    assert "/threads/" not in html


def test_what_a_memory_says_is_never_markup(page, alice):
    say(alice, "<script>alert(1)</script> & <b>bold</b>")
    for address in (LIST, url("edit", Memory.objects.get().pk), url("history", Memory.objects.get().pk)):
        assert b"<script>alert" not in page.get(address).content


def test_the_list_goes_on_over_pages_without_gaps_and_repetitions(page, alice, django_assert_max_num_queries):
    now = timezone.now()
    for number in range(2 * PAGE_SIZE + 5):
        memory = say(alice, f"statement {number}")
        # Some share the very same moment.
        Memory.objects.filter(pk=memory.pk).update(created_at=now - timedelta(minutes=number // 20))
    forget(Memory.objects.get(text="statement 3"))
    seen, address = [], LIST
    while address:
        with django_assert_max_num_queries(9):
            response = page.get(address)
        seen += shown(response)
        more = response.context["more"]
        assert bool(more) == (b"Load more" in response.content)
        address = f"{LIST}?{more}" if more else ""
    rows = Memory.objects.of(alice).current().order_by("-created_at", "-pk")
    assert seen == list(rows.values_list("text", flat=True))


def test_the_category_is_kept_on_the_next_page(page, alice):
    for number in range(PAGE_SIZE + 3):
        say(alice, f"thing {number}", category="project")
    say(alice, "something else", category="work")
    first = page.get(LIST, {"category": "project"})
    second = page.get(f"{LIST}?{first.context['more']}")
    assert len(shown(first)) == PAGE_SIZE
    assert len(shown(second)) == 3
    assert "something else" not in shown(first) + shown(second)


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=1-", "?category=nonsense", "?q=" + "x" * 2000, "?before=-999999999999999999-1"]
)
def test_an_address_somebody_made_up_is_answered(page, alice, query):
    say(alice, "statement")
    assert page.get(LIST + query).status_code == 200


def test_search_finds_by_words_and_by_meaning_best_first(page, alice):
    for text in ("I live in Berlin", "I am allergic to peanuts", "My dog is called Rex"):
        say(alice, text)
    assert shown(page.get(LIST, {"q": "Rex"}))[0] == "My dog is called Rex"
    assert shown(page.get(LIST, {"q": "Which food makes me ill?"}))[0] == "I am allergic to peanuts"
    assert shown(page.get(LIST, {"q": "peanuts", "category": "work"})) == []


def test_search_does_not_show_what_has_nothing_to_do_with_it(page, alice):
    say(alice, "I am allergic to peanuts")
    response = page.get(LIST, {"q": "write a python function that reverses a list"})
    assert shown(response) == []
    assert "Nothing found" in response.content.decode()


def test_the_list_never_reads_vectors(page, alice, django_assert_num_queries):
    say(alice, "I live in Berlin")
    with django_assert_num_queries(5) as queries:
        page.get(LIST)
    assert not any('"embedding"' in query["sql"] or '"terms"' in query["sql"] for query in queries.captured_queries)


# --- Writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["forget", "undo", "restore", "erase", "pin", "take_back"])
def test_only_a_form_changes_anything_not_a_link(page, alice, name):
    memory = say(alice, "I live in Berlin")
    assert page.get(url(name, memory.pk)).status_code == 405
    assert Memory.objects.of(alice).current().count() == 1


@pytest.mark.parametrize("name", WRITES_TO_ONE)
def test_a_form_of_another_site_changes_nothing(alice, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    memory = say(alice, "I live in Berlin")
    assert client.post(url(name, memory.pk), {"text": "I live in Rome"}).status_code == 403
    assert Memory.objects.get().ended_at is None


def test_what_is_added_is_remembered(page, alice):
    response = page.post(url("add"), {"text": "I prefer tea", "category": "", "pinned": "on"}, follow=True)
    assert shown(response) == ["I prefer tea"]
    memory = Memory.objects.of(alice).get()
    assert (memory.origin, memory.category, memory.pinned) == (Origin.WRITTEN, "preference", True)


def test_what_was_known_is_said_so(page, alice):
    say(alice, "I prefer tea")
    response = page.post(url("add"), {"text": "i prefer TEA."}, follow=True)
    assert "known already" in response.content.decode()
    assert Memory.objects.count() == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "my password is hunter22"])
def test_what_cannot_be_stored_is_refused_with_a_reason_and_kept_in_the_form(page, text):
    response = page.post(url("add"), {"text": text})
    assert response.status_code == 422
    assert response.context["form"].errors["text"]
    assert Memory.objects.count() == 0
    if text.strip():
        assert text[:50] in response.content.decode()


def test_an_edit_keeps_the_old_text_as_history(page, alice):
    memory = say(alice, "I live in Berlin", category="place")
    page.post(url("edit", memory.pk), {"text": "I live in Lisbon", "category": "place", "pinned": "on"})
    new = Memory.objects.of(alice).current().get()
    assert (new.text, new.supersedes, new.pinned) == ("I live in Lisbon", memory, True)
    history = page.get(url("history", new.pk))
    assert [row["memory"].text for row in history.context["versions"]] == ["I live in Berlin", "I live in Lisbon"]


def test_changing_only_what_is_around_the_text_makes_no_new_version(page, alice):
    memory = say(alice, "I am in Lisbon", category="place")
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    page.post(url("edit", memory.pk), {"text": "I am in Lisbon", "category": "other", "expires_on": day})
    memory.refresh_from_db()
    assert Memory.objects.count() == 1
    assert memory.category == "other"
    assert memory.expires_at.date() == timezone.localdate() + timedelta(days=4)
    form = page.get(url("edit", memory.pk)).content.decode()
    assert f'value="{day}"' in form
    assert "Said again" not in form


def test_an_edit_into_the_words_of_another_memory_leaves_that_one_as_it_is(page, alice):
    other = say(alice, "I live in Rome", category="place", pinned=True)
    over = say(alice, "I am in Lisbon", category="fact", expires_at=timezone.now() + timedelta(days=2))
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    page.post(url("edit", over.pk), {"text": "I live in Rome", "category": "fact", "expires_on": day})
    left = Memory.objects.of(alice).current().get()
    assert (left.pk, left.pinned, left.category, left.expires_at) == (other.pk, True, "place", None)


def test_an_edit_that_is_refused_changes_nothing(page, alice, monkeypatch):
    monkeypatch.setattr("memories.writing.checks.PINS_PER_PERSON", 1)
    say(alice, "I live in Rome", pinned=True)
    memory = say(alice, "I like tea")
    response = page.post(url("edit", memory.pk), {"text": "I like green tea", "pinned": "on"})
    assert response.status_code == 422
    assert "At most 1 memories can be pinned" in response.content.decode()
    memory.refresh_from_db()
    assert (memory.ended_at, Memory.objects.count()) == (None, 2)
    assert page.post(url("edit", memory.pk), {"text": "I like green tea"}).status_code == 302
    assert Memory.objects.of(alice).current().filter(text="I like green tea").exists()


def test_the_last_day_is_shown_as_it_was_chosen(page, alice):
    page.post(url("add"), {"text": "I am in Lisbon", "expires_on": "2099-12-31"})
    assert "ends Dec. 31, 2099" in page.get(LIST).content.decode()
    Memory.objects.update(expires_at=datetime(2020, 3, 1, tzinfo=UTC))
    assert "ended Feb. 29, 2020" in page.get(LIST + "?state=expired").content.decode()


def test_a_day_that_is_over_is_refused(page, alice):
    memory = say(alice, "I am in Lisbon")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    response = page.post(url("edit", memory.pk), {"text": "I am in Lisbon", "expires_on": yesterday})
    assert response.status_code == 422
    assert "expires_on" in response.context["form"].errors


def test_a_memory_that_was_changed_elsewhere_is_not_overwritten(page, alice):
    memory = say(alice, "I live in Berlin")
    new = correct(memory, "I live in Lisbon").memory
    response = page.post(url("edit", memory.pk), {"text": "I live in Rome"})
    assert response.status_code == 409
    assert page.get(url("edit", memory.pk)).url == url("history", memory.pk)
    assert list(Memory.objects.of(alice).current()) == [new]


def test_forgetting_offers_to_undo_it_and_undo_brings_it_back(page, alice):
    memory = say(alice, "I live in Berlin")
    response = page.post(url("forget", memory.pk), follow=True)
    assert shown(response) == []
    assert url("undo_selected") in response.content.decode()
    response = page.post(url("undo", memory.pk), follow=True)
    assert shown(response) == ["I live in Berlin"]


def test_what_is_forgotten_can_be_restored_later_or_removed_for_good(page, alice):
    one, two = say(alice, "I live in Berlin"), say(alice, "My dog is called Rex")
    forget(one)
    forget(two)
    assert set(shown(page.get(url("forgotten")))) == {"I live in Berlin", "My dog is called Rex"}
    page.post(url("restore", one.pk))
    page.post(url("erase", two.pk))
    assert list(Memory.objects.of(alice).current()) == [one]
    assert not Memory.objects.filter(pk=two.pk).exists()


def test_only_what_was_forgotten_can_be_removed_for_good(page, alice):
    memory = say(alice, "I live in Berlin")
    assert page.post(url("erase", memory.pk)).status_code == 404
    assert Memory.objects.filter(pk=memory.pk).exists()


def test_an_earlier_version_is_restored_from_the_history(page, alice):
    memory = say(alice, "I live in Berlin")
    correct(memory, "I live in Lisbon")
    page.post(url("restore", memory.pk))
    assert Memory.objects.of(alice).current().get().text == "I live in Berlin"


def test_pinning_and_unpinning(page, alice):
    memory = say(alice, "I live in Berlin")
    for value, pinned in (("yes", True), ("no", False)):
        page.post(url("pin", memory.pk), {"pinned": value})
        memory.refresh_from_db()
        assert memory.pinned is pinned


def test_forgetting_everything_wants_a_typed_word(page, alice, bob):
    say(alice, "one")
    say(bob, "two")
    assert page.post(url("forget_all"), {"confirmation": "yes"}).status_code == 422
    assert Memory.objects.of(alice).current().exists()
    page.post(url("forget_all"), {"confirmation": " Forget "})
    assert not Memory.objects.of(alice).current().exists()
    assert Memory.objects.of(bob).current().exists()
    assert Memory.objects.of(alice).get().ending == Ending.FORGOTTEN


@pytest.mark.parametrize("name", READS)
def test_pages_of_memories_are_never_kept_by_a_cache(page, name):
    assert "no-store" in page.get(url(name))["Cache-Control"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_one_heading_and_no_inline_script_or_style(page, alice, name):
    say(alice, "I live in Berlin")
    html = page.get(url(name)).content.decode()
    assert html.count("<h1") == 1
    assert " style=" not in html
    assert "<script>" not in html


# --- What is written is not lost -----------------------------------------------------------------------------------


def test_what_was_written_of_a_memory_that_was_changed_meanwhile_can_be_saved_in_the_place_of_the_newest(page, alice):
    memory = say(alice, "I live in Berlin")
    newest = correct(memory, "I live in Hamburg").memory
    response = page.post(url("edit", memory.pk), {"text": "I live in Bonn, by the river"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "I live in Bonn, by the river</textarea>" in html
    assert "This memory was changed meanwhile." in html and "I live in Hamburg" in html
    assert f'action="{url("edit", newest.pk)}"' in html
    page.post(url("edit", newest.pk), {"text": "I live in Bonn, by the river"})
    assert [one.text for one in Memory.objects.of(alice).current()] == ["I live in Bonn, by the river"]


def test_a_form_that_is_sent_twice_is_saved_once(page, alice):
    memory = say(alice, "I live in Berlin")
    for _ in range(2):
        assert page.post(url("edit", memory.pk), {"text": "I live in Bonn"}).url == LIST
    assert [one.text for one in Memory.objects.of(alice).current()] == ["I live in Bonn"]


def test_what_was_written_of_a_memory_that_was_forgotten_meanwhile_can_be_remembered_anew(page, alice):
    memory = say(alice, "I live in Berlin")
    forget(memory)
    response = page.post(url("edit", memory.pk), {"text": "I live in Bonn"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "I live in Bonn</textarea>" in html and f'action="{url("add")}"' in html


def test_what_was_written_of_a_proposal_that_was_settled_elsewhere_is_still_there(page):
    response = page.post(url("reword", 12345), {"text": "I have diabetes"})
    html = response.content.decode()
    assert response.status_code == 404
    assert "I have diabetes</textarea>" in html and f'action="{url("add")}"' in html


# --- Where one comes back to ---------------------------------------------------------------------------------------


def test_a_later_page_of_a_list_is_come_back_to(page, alice):
    for number in range(PAGE_SIZE + 2):
        say(alice, f"I have been to place number {number}")
    more = page.get(LIST).context["more"]
    second = page.get(f"{LIST}?{more}")
    (_, last) = [row["memory"] for row in second.context["memories"]]
    here = second.context["here"]
    assert here == more
    pinned = page.post(url("pin", last.pk), {"pinned": "yes", "back": here}, follow=True)
    assert pinned.redirect_chain == [(f"{LIST}?{more}", 302)]
    assert "Pinned." in pinned.content.decode()
    forgotten = page.post(url("forget", last.pk), {"back": here})
    assert forgotten.url == f"{LIST}?{more}&forgotten={last.pk}"


def test_a_page_that_has_become_empty_gives_way_to_the_first(page, alice):
    say(alice, "I live in Berlin")
    response = page.get(LIST, {"sort": "used", "from": "30", "forgotten": "1"})
    assert response.url == f"{LIST}?sort=used&forgotten=1"


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/memories/?q=berlin", "/memories/?q=berlin"),
        (f"http://testserver/threads/{UUID(int=1)}/", f"/threads/{UUID(int=1)}/"),
        ("http://testserver/memories/add/", "/memories/"),
        ("https://evil.example/memories/?q=berlin", "/memories/"),
        ("", "/memories/"),
    ],
)
def test_editing_ends_where_it_was_begun(page, alice, came_from, leads_to):
    memory = say(alice, "I live in Berlin")
    response = page.get(url("edit", memory.pk), headers={"referer": came_from})
    there = response.context["next"]
    assert (there or LIST) == leads_to
    assert f'href="{leads_to}">Cancel</a>' in response.content.decode()
    assert page.post(url("edit", memory.pk), {"text": "I live in Bonn", "next": there}).url == leads_to
