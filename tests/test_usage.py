"""What replies take: counted once, priced by what holds at the time, shown to their person and to staff."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from conversations.learning.job import _note_spent
from conversations.models import Learning, Message, MonthlyUsage, SitePrompt, State, Thread
from conversations.prices import cost_of, shown
from conversations.prompts import INSTRUCTIONS
from conversations.providers.base import Usage
from conversations.turns import frames
from conversations.turns.ending import Ending, finish
from conversations.turns.preparation import prepare
from memchat import takeout
from memchat.environment import Environment
from tests.test_ledger import say

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def prices(settings):
    settings.PRICES = {"small": ("1", "10", "0.5")}
    settings.CURRENCY = "EUR"
    return settings


def replied(user, model_name="small", tokens=(1_000_000, 100_000, 0), state=State.COMPLETE, **more):
    accepted = say(user, **more)
    Message.objects.filter(pk=accepted.reply.pk).update(provider="compatible", model_name=model_name)
    read, written, cached = tokens or (None, None, None)
    ending = Ending(state, "Hi.", input_tokens=read, output_tokens=written, cached_tokens=cached)
    finish(accepted.claim, ending)
    return Message.objects.get(pk=accepted.reply.pk)


def client_of(user):
    client = Client()
    client.force_login(user, BACKEND)
    return client


def may(user, *names):
    user.is_staff = True
    user.save()
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return client_of(user)


# --- Prices -------------------------------------------------------------------------------------------------------


def prices_from(monkeypatch, raw):
    monkeypatch.setenv("MEMCHAT_PRICES", raw)
    env = Environment()
    return env.prices("MEMCHAT_PRICES"), env.problems


def test_prices_are_read_one_model_after_the_other(monkeypatch):
    found, problems = prices_from(monkeypatch, "small=0.25,1.25; a/b:large=3,15,0.3\nodd=name=1,2")
    assert not problems
    assert found == {"small": ("0.25", "1.25", "0.25"), "a/b:large": ("3", "15", "0.3"), "odd=name": ("1", "2", "1")}


@pytest.mark.parametrize(
    "raw",
    ["small", "small=1", "small=1,2,3,4", "small=-1,2", "small=1,x", "=1,2", "small=1,2;small=3,4", "small=1e3,2"],
)
def test_prices_that_cannot_be_used_are_named_with_a_hint(monkeypatch, raw):
    found, [problem] = prices_from(monkeypatch, raw)
    assert found == {}
    assert (problem.name, "model=input,output" in problem.hint) == ("MEMCHAT_PRICES", True)


def test_what_came_from_the_cache_has_its_own_price(prices):
    assert cost_of("small", 1_000_000, 0, 0) == 1
    assert cost_of("small", 1_000_000, 0, 400_000) == Decimal("0.8")
    assert cost_of("small", 0, 1_000_000, 0) == 10
    assert cost_of("small", 1, 0, 0) == Decimal("0.000001")


def test_what_has_no_price_or_was_not_counted_has_no_cost(prices):
    assert cost_of("large", 1, 1, 0) is None
    assert cost_of("small", None, None, None) is None


def test_amounts_are_shown_as_people_read_them(prices):
    amounts = ["0", "0.00001", "0.0042", "0.1", "12.345"]
    assert [shown(Decimal(one)) for one in amounts] == [
        "0.00 EUR",
        "< 0.0001 EUR",
        "0.0042 EUR",
        "0.10 EUR",
        "12.34 EUR",
    ]


# --- Replies ------------------------------------------------------------------------------------------------------


def test_a_reply_keeps_what_it_cost_when_prices_change(alice, prices):
    reply = replied(alice)
    assert reply.cost == 2
    prices.PRICES = {"small": ("100", "100", "100")}
    usage = frames.message_frame(reply)["usage"]
    assert usage["label"] == "1,100,000 tokens · 2.00 EUR"
    assert usage["detail"] == "1,000,000 read, 100,000 written"


def test_a_reply_without_a_price_shows_its_tokens_alone(alice):
    reply = replied(alice, tokens=(1000, 10, 900))
    assert reply.cost is None
    usage = frames.usage_frame(reply)
    assert usage is not None
    assert usage["label"] == "1,010 tokens"
    assert usage["detail"] == "1,000 read, 900 of them from the provider's cache, 10 written"


def test_a_reply_that_nobody_has_counted_shows_nothing(alice):
    assert frames.usage_frame(replied(alice, tokens=None)) is None


def test_replies_are_added_up_by_month_and_model(alice, bob, prices):
    replied(alice)
    replied(alice, tokens=(10, 10, 5), state=State.STOPPED)
    replied(alice, model_name="large")
    replied(bob)
    small, large = MonthlyUsage.objects.of(alice).order_by("-cost")
    assert (small.replies, small.input_tokens, small.cached_tokens, small.unpriced) == (2, 1_000_010, 5, 0)
    assert small.cost == 2 + Decimal("0.0001075")
    assert (large.replies, large.cost, large.unpriced) == (1, 0, 1)


def test_an_end_that_is_stored_twice_is_counted_once(alice, prices):
    accepted = say(alice)
    Message.objects.filter(pk=accepted.reply.pk).update(model_name="small")
    ending = Ending(State.COMPLETE, "Hi.", input_tokens=10, output_tokens=10)
    finish(accepted.claim, ending)
    finish(accepted.claim, ending)
    assert MonthlyUsage.objects.get().replies == 1


def test_what_was_taken_is_known_after_its_thread_is_deleted(alice, prices):
    replied(alice)
    Thread.objects.all().delete()
    assert MonthlyUsage.objects.get().cost == 2


def test_learning_is_counted_for_each_attempt(alice, prices):
    message = replied(alice).parent
    Learning.objects.create(message=message, user=alice)
    for _ in range(2):
        _note_spent(message.pk, alice.pk, "compatible", "small", Usage(1_000_000, 0, 0))
    assert (Learning.objects.get().input_tokens, Learning.objects.get().cost) == (2_000_000, 2)
    row = MonthlyUsage.objects.get()
    assert (row.replies, row.learned, row.cost) == (1, 2, 4)


# --- Pages --------------------------------------------------------------------------------------------------------


def test_people_see_their_own_months(alice, bob, prices):
    replied(alice)
    MonthlyUsage.objects.create(user=alice, month=date(2024, 2, 1), model_name="older", replies=3)
    MonthlyUsage.objects.create(user=bob, month=date(2024, 3, 1), model_name="of-bob", replies=3)
    page = client_of(alice).get(reverse("usage")).content.decode()
    assert "2.00 EUR" in page
    assert "older" in page
    assert "of-bob" not in page
    assert page.index("small") < page.index("older")


def test_without_prices_the_page_tells_tokens_and_no_cost(alice):
    replied(alice)
    page = client_of(alice).get(reverse("usage")).content.decode()
    assert "1,000,000" in page
    assert "Cost" not in page


def test_whoever_has_had_no_reply_is_told_so(alice):
    assert "No reply has been written yet." in client_of(alice).get(reverse("usage")).content.decode()


def test_staff_see_who_took_what_in_a_month(alice, bob, prices):
    replied(alice)
    MonthlyUsage.objects.create(user=alice, month=date(2024, 2, 1), model_name="older", input_tokens=777)
    staff = may(bob, "view_monthlyusage")
    page = staff.get(reverse("admin_usage")).content.decode()
    assert "alice" in page
    assert "2.00 EUR" in page
    earlier = staff.get(reverse("admin_usage"), {"month": "2024-02", "q": "ali"}).content.decode()
    assert "777" in earlier
    assert "2.00 EUR" not in earlier
    assert "Nobody." in staff.get(reverse("admin_usage"), {"q": "nobody-like-that"}).content.decode()
    assert staff.get(reverse("admin_usage"), {"month": "2024-99"}).status_code == 200


def test_staff_without_leave_do_not_see_it(bob):
    staff = may(bob)
    assert staff.get(reverse("admin_usage")).status_code == 403
    assert reverse("admin_usage") not in staff.get(reverse("admin:index")).content.decode()


def test_what_was_taken_is_in_the_export(alice, prices):
    replied(alice)
    file = BytesIO()
    takeout.write(alice, file)
    with zipfile.ZipFile(file) as archive:
        [row] = json.loads(archive.read("account.json"))["usage"]
    assert (row["model_name"], row["replies"], Decimal(row["cost"])) == ("small", 1, 2)


# --- What the site asks of every model ----------------------------------------------------------------------------


def test_what_the_site_asks_stands_between_our_instructions_and_the_persons(alice):
    SitePrompt.objects.create(text="Speak like a pirate.")
    alice.custom_instructions = "Call me captain."
    alice.save()
    system = prepare(say(alice).claim).prompt.system()
    assert system.index(INSTRUCTIONS) < system.index("Speak like a pirate.") < system.index("Call me captain.")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_without_it_our_instructions_stand_alone(alice, text):
    if text is not None:
        SitePrompt.objects.create(text=text)
    assert prepare(say(alice).claim).prompt.system() == INSTRUCTIONS


def test_what_the_site_asks_costs_no_query(alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as before:
        prepare(say(alice).claim)
    SitePrompt.objects.create(text="Speak like a pirate.")
    with django_assert_num_queries(len(before)):
        prepare(say(alice).claim)


def test_staff_change_it_in_the_admin_and_the_change_is_on_record(alice, bob):
    staff = may(bob, "view_siteprompt", "change_siteprompt")
    page = staff.get(reverse("admin:conversations_siteprompt_changelist"), follow=True)
    assert "You are memchat" in page.content.decode()
    address = reverse("admin:conversations_siteprompt_change", args=[1])
    assert staff.post(address, {"text": " Be brief. "}).status_code == 302
    prompt = SitePrompt.objects.get()
    assert (prompt.text, prompt.by) == ("Be brief.", bob)
    assert LogEntry.objects.filter(user=bob, object_id="1").exists()
    assert "Be brief." in prepare(say(alice).claim).prompt.system()
    staff.post(address, {"text": "x" * 8_001})
    assert SitePrompt.objects.get().text == "Be brief."


def test_staff_who_may_only_look_change_nothing(bob):
    staff = may(bob, "view_siteprompt")
    assert staff.get(reverse("admin:conversations_siteprompt_changelist")).status_code == 200
    SitePrompt.objects.create(text="Be brief.")
    assert staff.post(reverse("admin:conversations_siteprompt_change", args=[1]), {"text": "No"}).status_code == 403
    assert SitePrompt.objects.get().text == "Be brief."
