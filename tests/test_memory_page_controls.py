"""What belongs to the person: their word on proposals, the switch, instructions, and who looked."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from memchat.users.models import INSTRUCTIONS_MAX_CHARS, AccessLogEntry
from memories.models import Memory, Origin, Proposal
from memories.writing import correct, forget, remember

LIST = "/memories/"
FETCH = {"x-requested-with": "fetch"}


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def say(user, text, **options):
    return remember(user, text, origin=Origin.SAID, **options).memory


def propose(user, text="I have diabetes", **options):
    outcome = remember(user, text, origin=Origin.LEARNED, **options)
    assert outcome.proposal is not None
    return outcome.proposal


def url(name, *args):
    return reverse(f"memories:{name}", args=args)


# --- Proposals -----------------------------------------------------------------------------------------------------


def test_what_waits_stands_at_the_top_of_the_list_with_its_reason(page, alice, bob):
    propose(alice)
    propose(bob, "I have asthma")
    for address in (LIST, url("proposals")):
        html = page.get(address).content.decode()
        assert "I have diabetes" in html
        assert "speaks of: Health" in html
        assert "asthma" not in html


def test_a_page_without_proposals_says_so(page):
    assert "Nothing waits for your word." in page.get(url("proposals")).content.decode()
    assert "Waiting for your word" not in page.get(LIST).content.decode()


def test_what_is_approved_is_remembered_and_waits_no_longer(page, alice):
    page.post(url("approve", propose(alice).pk))
    assert Memory.objects.of(alice).current().get().text == "I have diabetes"
    assert not Proposal.objects.exists()


def test_what_is_rejected_is_gone(page, alice):
    page.post(url("reject", propose(alice).pk))
    assert not Memory.objects.exists()
    assert not Proposal.objects.exists()


def test_what_was_proposed_can_be_put_in_other_words_first(page, alice):
    proposal = propose(alice)
    assert "I have diabetes" in page.get(url("reword", proposal.pk)).content.decode()
    refused = page.post(url("reword", proposal.pk), {"text": "my password is hunter22"})
    assert refused.status_code == 422
    assert Proposal.objects.get() == proposal
    page.post(url("reword", proposal.pk), {"text": "I have type 1 diabetes"})
    assert Memory.objects.of(alice).current().get().text == "I have type 1 diabetes"
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("name", ["approve", "reject", "reword"])
def test_alice_cannot_decide_what_was_proposed_to_bob(page, bob, name):
    proposal = propose(bob)
    for headers in ({}, FETCH):
        assert page.post(url(name, proposal.pk), {"text": "x"}, headers=headers).status_code == 404
    assert page.get(url("reword", proposal.pk)).status_code == 404
    assert Proposal.objects.get() == proposal
    assert not Memory.objects.exists()


@pytest.mark.parametrize("name", ["approve", "reject", "reword"])
def test_a_visitor_and_a_form_of_another_site_decide_nothing(alice, name):
    proposal = propose(alice)
    client = Client(enforce_csrf_checks=True)
    assert client.post(url(name, proposal.pk), {"text": "x"}).status_code in (302, 403)
    client.force_login(alice)
    assert client.post(url(name, proposal.pk), {"text": "x"}).status_code == 403
    assert Proposal.objects.get() == proposal


# --- Asked by a script ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_a_script_that_decides_is_answered_with_a_status_alone(page, alice, name):
    response = page.post(url(name, propose(alice).pk), headers=FETCH)
    assert (response.status_code, response.content) == (204, b"")
    assert 'class="notice' not in page.get(LIST).content.decode()


@pytest.mark.parametrize("name", ["forget", "undo", "restore", "pin", "take_back"])
def test_a_script_that_changes_a_memory_is_answered_with_a_status_alone(page, alice, name):
    response = page.post(url(name, say(alice, "I prefer tea").pk), headers=FETCH)
    assert (response.status_code, response.content) == (204, b"")


def test_a_script_is_told_why_not(page, alice):
    memory = say(alice, "I live in Berlin", key="home")
    forget(memory)
    say(alice, "I live in Lisbon", key="home")
    response = page.post(url("undo", memory.pk), headers=FETCH)
    assert response.status_code == 409
    assert json.loads(response.content)["error"] == "It has been changed or forgotten in the meantime."


def test_taking_back_what_was_remembered_forgets_it_and_offers_undo(page, alice):
    memory = say(alice, "I live in Berlin")
    response = page.post(url("take_back", memory.pk), follow=True)
    assert response.context["undo"]["first"] == memory
    assert not Memory.objects.of(alice).current().exists()


def test_taking_back_an_update_brings_back_what_was_there_and_twice_does_it_once(page, alice):
    berlin = say(alice, "I live in Berlin")
    lisbon = correct(berlin, "I live in Lisbon").memory
    for _ in range(2):
        assert page.post(url("take_back", lisbon.pk), headers=FETCH).status_code == 204
        assert Memory.objects.of(alice).current().get().text == "I live in Berlin"
    assert Memory.objects.of(alice).count() == 3


def test_what_was_changed_since_is_not_taken_back(page, alice):
    lisbon = correct(say(alice, "I live in Berlin"), "I live in Lisbon").memory
    correct(lisbon, "I live in Rome")
    assert page.post(url("take_back", lisbon.pk), headers=FETCH).status_code == 409
    assert Memory.objects.of(alice).current().get().text == "I live in Rome"


# --- Settings ------------------------------------------------------------------------------------------------------


def test_memory_is_switched_off_and_on_and_the_page_says_so(page, alice, bob):
    page.post(url("settings"), {"custom_instructions": ""})
    alice.refresh_from_db()
    assert alice.memory_on is False
    assert "Memory is off." in page.get(LIST).content.decode()
    page.post(url("switch"), {"memory_on": "yes"})
    html = page.get(LIST).content.decode()
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert alice.memory_on is bob.memory_on is True
    assert "Memory is on." in html
    assert "Memory is off." not in html


def test_custom_instructions_are_kept_and_shown_again(page, alice):
    page.post(url("settings"), {"memory_on": "on", "custom_instructions": "Be brief.\r\nUse metric units.\x00"[:-1]})
    alice.refresh_from_db()
    assert alice.custom_instructions == "Be brief.\nUse metric units."
    assert "Use metric units." in page.get(url("settings")).content.decode()
    assert alice.memory_on is True


def test_instructions_as_long_as_allowed_are_kept_and_longer_ones_refused(page, alice):
    longest = ("x" * 99 + "\n") * (INSTRUCTIONS_MAX_CHARS // 100 - 1) + "x" * 100
    assert len(longest) == INSTRUCTIONS_MAX_CHARS
    sent = longest.replace("\n", "\r\n")
    assert page.post(url("settings"), {"memory_on": "on", "custom_instructions": sent}).status_code == 302
    response = page.post(url("settings"), {"memory_on": "on", "custom_instructions": sent + "y"})
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.custom_instructions == longest


def test_the_settings_tell_how_much_room_is_taken(page, alice, bob):
    correct(say(alice, "I live in Berlin"), "I live in Lisbon")
    say(bob, "not counted")
    html = " ".join(page.get(url("settings")).content.decode().split())
    assert "1 memory of 10,000" in html
    assert "1 more is an earlier version" in html
    assert "Together they take about" in html
    assert page.get(url("settings")).context["room"].bytes > 1_000


@pytest.mark.parametrize("name", ["settings", "switch"])
def test_visitors_change_no_settings(client, alice, name):
    assert client.post(url(name), {}).status_code == 302
    alice.refresh_from_db()
    assert alice.memory_on is True


# --- Who looked ----------------------------------------------------------------------------------------------------


def test_everybody_sees_who_looked_at_theirs_and_nothing_of_others(page, alice, bob):
    AccessLogEntry.objects.create(
        user=alice, staff=bob, staff_name="bob", kind="read", what="memory 7", reason="A ticket"
    )
    AccessLogEntry.objects.create(user=bob, staff=alice, staff_name="alice", kind="read", what="thread of Bob's")
    html = page.get(url("access_log")).content.decode()
    assert "memory 7" in html
    assert "A ticket" in html
    assert "thread of Bob" not in html


def test_an_empty_access_log_says_so(page):
    assert "Nobody has looked at your memories or threads." in page.get(url("access_log")).content.decode()


def test_a_long_access_log_goes_on_over_pages(page, alice):
    AccessLogEntry.objects.bulk_create(
        AccessLogEntry(user=alice, staff_name="bob", kind="read", what=f"memory {number}") for number in range(70)
    )
    seen, address = [], url("access_log")
    while address:
        response = page.get(address)
        seen += [entry.what for entry in response.context["entries"]]
        more = response.context["more"]
        address = f"{url('access_log')}?{more}" if more else ""
    assert len(seen) == len(set(seen)) == 70


def test_imports_from_elsewhere_are_offered_only_where_they_exist(page):
    html = page.get(url("import")).content.decode()
    try:
        address = reverse("imports")
    except NoReverseMatch:
        assert "ChatGPT" not in html
    else:
        assert f'href="{address}"' in html
