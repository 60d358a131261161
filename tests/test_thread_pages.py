"""The pages of threads, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from django.utils import timezone

from conversations import arranging
from conversations.models import Message, MessageRole, State, Thread
from conversations.providers import registry
from conversations.turns import accepting, ending
from conversations.turns.ending import Ending
from conversations.views.pages import PAGE_MESSAGES
from conversations.views.thread_list import PAGE_THREADS
from memories.access import MemoryMode
from memories.models import Memory, Origin
from memories.writing import remember

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def a_turn(user, text="Hello", reply="Hi there.", thread=None):
    accepted = accepting.accept(user.pk, thread and thread.pk, uuid.uuid4(), text, owner="here")
    ending.finish(accepted.claim, Ending(State.COMPLETE, reply))
    return accepted


def body(response):
    return response.content.decode()


@pytest.mark.parametrize("name", ["home", "thread"])
def test_somebody_who_is_not_signed_in_is_asked_to(client, name):
    response = client.get(reverse(name, args=[uuid.uuid4()] if name == "thread" else []))
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_thread_shows_its_messages_and_their_rendering(page, alice):
    turn = a_turn(alice, "What is <b>bold</b>?", "It is **this**.")
    text = body(page.get(reverse("thread", args=[turn.thread.pk])))
    assert "What is &lt;b&gt;bold&lt;/b&gt;?" in text
    assert "It is <strong>this</strong>." in text


def test_a_reply_rendered_by_older_rules_is_rendered_anew(page, alice):
    turn = a_turn(alice, reply="*new*")
    Message.objects.filter(pk=turn.reply.pk).update(html="<p>old</p>", html_version=0)
    assert "<em>new</em>" in body(page.get(reverse("thread", args=[turn.thread.pk])))
    assert "<em>new</em>" in Message.objects.get(pk=turn.reply.pk).html


def test_threads_are_listed_latest_first_under_their_day(page, alice, bob):
    old = Thread.objects.create(user=alice, title="Older", active_at=timezone.now() - timedelta(days=3))
    new = Thread.objects.create(user=alice, title="Newer")
    Thread.objects.create(user=bob, title="Somebody else's")
    response = page.get("/")
    groups = response.context["thread_groups"]
    assert [[thread.pk for thread in threads] for _, threads in groups] == [[new.pk], [old.pk]]
    assert groups[0][0] == "Today"
    assert "Somebody else" not in body(response)


def test_every_thread_is_reached_once_by_loading_more(page, alice):
    moment = timezone.now()
    count = PAGE_THREADS * 2 + 5
    Thread.objects.bulk_create(Thread(user=alice, title=f"Number {n}", active_at=moment) for n in range(count))
    seen, url = [], "/"
    while url:
        context = page.get(url).context
        seen += [thread.pk for thread in context["threads"]]
        url = context["more_threads_url"] and "/" + context["more_threads_url"]
    assert len(seen) == len(set(seen)) == count


def test_a_long_thread_opens_at_its_end_and_leads_to_the_rest(page, alice):
    thread = None
    for number in range(PAGE_MESSAGES // 2 + 3):
        thread = a_turn(alice, f"Question {number}.", thread=thread).thread
    response = page.get(reverse("thread", args=[thread.pk]))
    assert "Question 1." not in body(response)
    assert f"Question {PAGE_MESSAGES // 2 + 2}." in body(response)
    older = page.get(response.context["older_url"])
    assert "Question 1." in body(older)
    assert f"Question {PAGE_MESSAGES // 2 + 2}." not in body(older)


def test_a_thread_of_many_messages_costs_a_constant_number_of_queries(page, alice, django_assert_max_num_queries):
    thread = None
    for number in range(20):
        thread = a_turn(alice, f"Question {number}.", thread=thread).thread
    url = reverse("thread", args=[thread.pk])
    page.get(url)
    with django_assert_max_num_queries(16):
        page.get(url)


def test_a_message_sent_as_a_form_is_stored_and_shown(page, alice):
    response = page.post(reverse("say"), {"text": "Hello from a form"}, follow=True)
    assert response.status_code == 200
    assert "Hello from a form" in body(response)
    assert Message.objects.get(role=MessageRole.USER).user == alice


def test_the_same_form_sent_twice_is_one_message_and_with_another_text_another_one(page, alice):
    thread = a_turn(alice).thread
    form = {"id": str(uuid.uuid4()), "thread": str(thread.pk), "text": "Once"}
    page.post(reverse("say"), form)
    page.post(reverse("say"), form)
    assert Message.objects.filter(text="Once").count() == 1
    page.post(reverse("say"), {**form, "text": "Changed after going back"})
    assert Message.objects.filter(text="Changed after going back").count() == 1


def test_what_cannot_be_sent_is_explained_and_kept_in_the_box(page, settings):
    settings.MESSAGE_MAX_CHARS = 20
    response = page.post(reverse("say"), {"text": "far too long for this site"})
    assert response.status_code == 400
    assert "too long" in body(response)
    assert "far too long for this site" in body(response)


@pytest.mark.parametrize("chosen", [{"temporary": "yes"}, {"memory_mode": "off"}, {"memory_mode": "read"}])
def test_a_refused_first_message_comes_back_with_what_was_chosen_for_its_thread(page, settings, chosen):
    settings.MESSAGE_MAX_CHARS = 20
    text = body(page.post(reverse("say"), {"text": "far too long for this site", **chosen}))
    [temporary] = re.findall(r'<input type="checkbox" id="temporary"[^>]*>', text)
    assert (" checked" in temporary) == ("temporary" in chosen)
    [mode] = re.findall(r'name="memory_mode" value="(\w+)"[^>]* checked', text)
    assert mode == chosen.get("memory_mode", MemoryMode.WRITE)


def test_a_refused_message_comes_back_with_the_model_that_was_chosen_for_it(page, alice, settings):
    turn = a_turn(alice)
    thread = turn.thread
    keys = {"kind": "anthropic", "label": "Anthropic", "api_key": "key", "context_tokens": 100_000, "reply_tokens": 100}
    settings.PROVIDERS, settings.DEFAULT_PROVIDER = {"anthropic": keys}, "anthropic"
    settings.MESSAGE_MAX_CHARS = 20
    registry.forget()
    try:
        for of in ({}, {"thread": str(thread.pk)}):
            form = {"text": "far too long for this site", "model": "offline:offline", **of}
            text = body(page.post(reverse("say"), form))
            assert re.findall(r'<option value="([^"]*)" selected', text)[0] == "offline:offline"
        text = body(page.post(reverse("message_edit", args=[turn.message.pk]), form))
        assert '<input type="hidden" name="model" value="offline:offline">' in text
    finally:
        registry.forget()
    thread.refresh_from_db()
    assert thread.provider == ""


def test_what_was_written_for_a_temporary_thread_that_is_over_begins_another_one(page, alice):
    thread = accepting.accept(alice.pk, None, uuid.uuid4(), "Just for now", temporary=True).thread
    form = dict(
        re.findall(
            r'<input type="hidden" name="(thread|temporary)" value="([^"]*)"',
            body(page.get(reverse("thread", args=[thread.pk]))),
        )
    )
    assert form == {"thread": str(thread.pk), "temporary": "yes"}
    Thread.objects.filter(pk=thread.pk).update(expires_at=timezone.now())
    text = body(page.post(reverse("say"), {"text": "And this?", **form}))
    assert re.search(r'<input type="checkbox" id="temporary"[^>]* checked', text)


def test_a_third_message_at_once_is_told_busy(page, alice):
    first = accepting.accept(alice.pk, None, uuid.uuid4(), "One", owner="here")
    accepting.accept(alice.pk, first.thread.pk, uuid.uuid4(), "Two")
    response = page.post(reverse("say"), {"thread": str(first.thread.pk), "text": "Three"})
    assert response.status_code == 409
    assert "Three" in body(response)


def test_from_the_page_of_a_refused_form_links_lead_on(page, alice):
    first = accepting.accept(alice.pk, None, uuid.uuid4(), "One", owner="here")
    accepting.accept(alice.pk, first.thread.pk, uuid.uuid4(), "Two")
    arranging.add_tag(alice.pk, first.thread.pk, "garden")
    response = page.post(reverse("say"), {"thread": str(first.thread.pk), "text": "Three"})
    here = reverse("thread", args=[first.thread.pk])
    assert re.findall(r'href="([^"]*)">Reload to see more', body(response)) == [here, here]
    [by_tag] = re.findall(r'href="([^"]*)" dir="auto">garden<', body(response))
    listed = page.get(urljoin(reverse("say"), by_tag), follow=True)
    assert listed.status_code == 200
    assert listed.context["tag"] == "garden"


def test_what_was_written_for_a_thread_that_is_gone_comes_back_in_the_box(page, alice, bob):
    gone = a_turn(alice).thread
    for thread in (gone, a_turn(bob, "Not mine").thread):
        page.post(reverse("thread_delete", args=[thread.pk]))
        response = page.post(reverse("say"), {"thread": str(thread.pk), "text": "Written for nothing?"})
        assert response.status_code == 404
        assert "Written for nothing?</textarea>" in body(response)
        assert "This thread is not there any more." in body(response)
        assert response.context["thread"] is None
    assert not Message.objects.filter(text="Written for nothing?").exists()


def test_an_unknown_model_in_a_form_falls_back_to_the_default(page):
    page.post(reverse("say"), {"text": "Hello", "model": "nobody:nothing"})
    assert Thread.objects.get().provider == ""


def test_the_chosen_model_becomes_the_thread_s(page):
    page.post(reverse("say"), {"text": "Hello", "model": "offline:offline"})
    assert (Thread.objects.get().provider, Thread.objects.get().model_name) == ("offline", "offline")


def test_a_thread_is_renamed(page, alice):
    thread = a_turn(alice).thread
    page.post(reverse("thread_rename", args=[thread.pk]), {"title": "  Plans \n for Oslo "})
    thread.refresh_from_db()
    assert (thread.title, thread.titled_by_hand) == ("Plans for Oslo", True)


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
def test_an_impossible_title_is_refused_with_the_reason(page, alice, title):
    thread = a_turn(alice).thread
    url = reverse("thread_rename", args=[thread.pk])
    assert "characters" in body(page.post(url, {"title": title}, follow=True))
    answer = page.post(url, {"title": title}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 400
    thread.refresh_from_db()
    assert thread.title == "Hello"


def test_deleting_a_thread_asks_first_and_then_deletes_everything_in_it(page, alice):
    thread = a_turn(alice).thread
    url = reverse("thread_delete", args=[thread.pk])
    assert page.get(url).status_code == 200
    assert Thread.objects.exists()
    page.post(url)
    assert not Thread.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(("answer", "left"), [("yes", 0), ("", 1)])
def test_deleting_a_thread_offers_to_forget_what_was_learned_from_it(page, alice, answer, left):
    thread = a_turn(alice).thread
    remember(alice, "my boat is called Dora", origin=Origin.SAID, source_thread=thread.pk)
    url = reverse("thread_delete", args=[thread.pk])
    assert "my boat is called Dora" in body(page.get(url))
    page.post(url, {"forget_memories": answer})
    assert Memory.objects.of(alice).current().count() == left


def test_a_reply_is_retried_by_a_form(page, alice):
    turn = a_turn(alice)
    page.post(reverse("thread_retry", args=[turn.reply.pk]))
    assert Message.objects.filter(parent=turn.message, role=MessageRole.ASSISTANT).count() == 2


def test_a_failed_reply_says_why_and_offers_a_retry_where_that_helps(page, alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Hello", owner="here")
    ending.finish(accepted.claim, Ending(State.FAILED, "", error_kind="rate_limited", retry_after=29.6))
    text = body(page.get(reverse("thread", args=[accepted.thread.pk])))
    assert "slow down" in text
    assert "30 seconds" in text
    assert reverse("thread_retry", args=[accepted.reply.pk]) in text


def test_the_source_of_a_message_is_its_exact_text(page, alice):
    turn = a_turn(alice, reply="# Ünï\n\n<b>&amp;")
    response = page.get(reverse("message_source", args=[turn.reply.pk]))
    assert body(response) == "# Ünï\n\n<b>&amp;"
    assert response["Content-Type"].startswith("text/plain")


def test_the_page_says_that_memory_is_off_where_it_is(page, alice):
    thread = Thread.objects.create(user=alice, memory_mode=MemoryMode.OFF)
    assert page.get(reverse("thread", args=[thread.pk])).context["memory_on"] is False


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("thread", "get"),
        ("thread_rename", "post"),
        ("thread_delete", "get"),
        ("thread_delete", "post"),
        ("message_source", "get"),
        ("message_html", "get"),
        ("thread_stop", "post"),
        ("thread_retry", "post"),
    ],
)
def test_what_is_another_s_does_not_exist(client, alice, bob, name, method):
    turn = a_turn(alice)
    client.force_login(bob)
    for target in (turn.thread.pk, turn.message.pk, turn.reply.pk):
        response = getattr(client, method)(reverse(name, args=[target]), {"title": "Mine"})
        absent = getattr(client, method)(reverse(name, args=[uuid.uuid4()]), {"title": "Mine"})
        assert (response.status_code, absent.status_code) == (404, 404)
        assert without_token(body(response)) == without_token(body(absent))
    assert Thread.objects.get().title == "Hello"


@pytest.mark.parametrize("name", ["thread_rename", "thread_stop", "thread_continue", "message_show"])
def test_what_changes_something_is_never_done_by_a_link(page, alice, name):
    turn = a_turn(alice)
    args = {"thread_rename": [turn.thread.pk]}.get(name, [turn.reply.pk])
    assert page.get(reverse(name, args=args)).status_code == 405


def test_nothing_is_sent_by_a_link(page):
    assert page.get(reverse("say"), {"text": "Sent by a link"}).status_code == 302
    assert not Message.objects.exists()


def without_token(text):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
