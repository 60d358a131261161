"""Of two statements that cannot both be true the newer one counts, without any model; the older stays as history."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from memories.access import decide
from memories.models import Category, Ending, Memory, Origin
from memories.writing import correct, forget, remember, take_back


def say(user, text, origin=Origin.SAID, **how):
    return remember(user, text, origin=origin, **how)


def current(user):
    return set(Memory.objects.of(user).current().values_list("text", flat=True))


def recalled(user, question):
    access = decide(user.pk, memory_on=True, mode="write", temporary=False, sends_memories=True)
    found, _ = access.recall(question, count=10, token_budget=1_000)
    return [one.text for one in found]


@pytest.mark.parametrize("origin", [Origin.SAID, Origin.WRITTEN, Origin.LEARNED])
def test_a_newer_home_takes_the_place_of_the_older_which_stays_as_history_with_dates(alice, origin):
    vienna = say(alice, "I live in Vienna", origin, valid_from=date(2020, 5, 1)).memory
    outcome = say(alice, "I live in Oslo", origin, valid_from=date(2026, 3, 1))
    assert (outcome.kind, outcome.replaced) == ("remembered", vienna)
    assert recalled(alice, "Where do I live?") == ["I live in Oslo"]
    vienna.refresh_from_db()
    oslo = outcome.memory
    assert (oslo.supersedes, oslo.key) == (vienna, vienna.key)
    assert (vienna.ending, vienna.valid_from, vienna.valid_until) == (
        Ending.SUPERSEDED, date(2020, 5, 1), date(2026, 3, 1),
    )  # fmt: skip
    assert oslo.valid_from == date(2026, 3, 1)
    assert oslo.valid_until is None


def test_without_dates_the_older_was_true_until_today(alice):
    vienna = say(alice, "I live in Vienna").memory
    say(alice, "I live in Oslo")
    vienna.refresh_from_db()
    assert vienna.valid_until == timezone.localdate()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("my name is Bob", "my name is Rob"),
        ("I work at Acme", "I started at Initech"),
        ("I am 34", "I just turned 35"),
        ("My phone number is 0151 123456", "my phone number is 0160 987654"),
        ("I'm single", "I am married to Ana"),
        ("My favourite colour is blue", "green is my favorite color"),
        ("My dog is called Rex", "my dog's name is Bello"),
        ("Ich wohne in Wien", "ich in Oslo wohne"),
        ("Ich wohne in Wien", "I live in Oslo"),
        ("J'habite à Paris", "J'ai déménagé à Lyon"),
        ("Vivo en Madrid", "Me mudé a Sevilla"),
        ("Moro em Lisboa", "Mudei para Coimbra"),
        ("我住在维也纳", "我搬到了奥斯陆"),
        ("ウィーンに住んでいます", "オスロに引っ越しました"),
    ],
)
def test_the_newer_of_two_that_contradict_is_what_counts(alice, older, newer):
    say(alice, older)
    assert say(alice, newer).kind == "remembered"
    assert current(alice) == {newer}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I live in Oslo", "I live in Norway"),
        ("I live in Oslo", "My address is 12 Rose Street, London"),
        ("I live in Oslo", "I also live in Vienna"),
        ("I live in Oslo", "My brother lives in Vienna"),
        ("My dog is called Rex", "My cat is called Tom"),
        ("My brother is called Tom", "My brother is called Tim"),
        ("My name is Bob", "call me Bobby"),
        ("My favourite colour is blue", "My favourite film is Rocky"),
        ("My phone number is 0151 123456", "My work phone number is 0160 987654"),
        ("I like tea", "I like coffee"),
    ],
)
def test_what_can_both_be_true_is_both_kept(alice, first, second):
    say(alice, first)
    assert say(alice, second).replaced is None
    assert current(alice) == {first, second}


@pytest.mark.parametrize("again", ["My name is Bob.", "I'm called Bob", "Ich heiße Bob", "我叫Bob"])
def test_the_same_in_other_words_is_known_and_confirmed(alice, again):
    first = say(alice, "my name is Bob").memory
    outcome = say(alice, again)
    assert (outcome.kind, outcome.memory) == ("known", first)
    first.refresh_from_db()
    assert first.confirmed_at is not None
    assert current(alice) == {"my name is Bob"}


def test_what_is_said_more_exactly_replaces_but_was_not_wrong_before(alice):
    coarse = say(alice, "I live in Vienna").memory
    outcome = say(alice, "I live in Vienna, Austria")
    assert (outcome.kind, outcome.replaced) == ("remembered", coarse)
    coarse.refresh_from_db()
    assert coarse.valid_until is None
    assert say(alice, "I live in Vienna").kind == "known"
    assert current(alice) == {"I live in Vienna, Austria"}


def test_undoing_brings_the_older_back(alice):
    say(alice, "I live in Vienna")
    oslo = say(alice, "I live in Oslo").memory
    take_back(oslo)
    assert current(alice) == {"I live in Vienna"}
    assert recalled(alice, "Where do I live?") == ["I live in Vienna"]
    say(alice, "I live in Oslo")
    assert current(alice) == {"I live in Oslo"}


def test_going_back_to_an_older_value_is_a_newer_fact_again(alice):
    for town in ("Vienna", "Oslo", "Vienna"):
        assert say(alice, f"I live in {town}").kind == "remembered"
    assert current(alice) == {"I live in Vienna"}
    assert Memory.objects.of(alice).count() == 3
    assert Memory.objects.of(alice).values("key").distinct().count() == 1


def test_pin_category_and_history_go_on(alice):
    old = say(alice, "I live in Vienna", pinned=True, category=Category.OTHER).memory
    new = say(alice, "I live in Oslo").memory
    assert (new.pinned, new.category, new.key) == (True, Category.OTHER, old.key)


def test_what_was_forgotten_is_not_superseded(alice):
    forget(say(alice, "I live in Vienna").memory)
    assert say(alice, "I live in Oslo").replaced is None


def test_bobs_home_is_not_alices(alice, bob):
    say(alice, "I live in Vienna")
    assert say(bob, "I live in Oslo").replaced is None
    assert current(alice) == {"I live in Vienna"}


def test_of_several_that_were_kept_before_the_newest_is_superseded(alice):
    say(alice, "I live in Vienna", Origin.IMPORTED)
    newest = say(alice, "I live in Lisbon", Origin.IMPORTED).memory
    assert current(alice) == {"I live in Vienna", "I live in Lisbon"}
    assert say(alice, "I live in Oslo").replaced == newest


def test_saying_again_what_an_import_contradicts_settles_it(alice):
    vienna = say(alice, "I live in Vienna", Origin.IMPORTED).memory
    lisbon = say(alice, "I live in Lisbon", Origin.IMPORTED).memory
    outcome = say(alice, "I live in Vienna")
    assert (outcome.kind, outcome.memory, outcome.replaced) == ("known", vienna, lisbon)
    assert current(alice) == {"I live in Vienna"}


def test_an_import_supersedes_nothing(alice):
    say(alice, "I live in Vienna")
    say(alice, "I live in Oslo", Origin.IMPORTED)
    say(alice, "I live in Lisbon", Origin.API)
    assert current(alice) == {"I live in Vienna", "I live in Oslo", "I live in Lisbon"}


def test_what_is_learned_late_from_an_older_message_does_not_undo_what_was_said_since(alice):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    oslo = say(alice, "I live in Oslo").memory
    outcome = say(alice, "I live in Vienna", Origin.LEARNED, said_at=an_hour_ago)
    assert (outcome.kind, outcome.memory) == ("known", oslo)
    assert current(alice) == {"I live in Oslo"}


def test_two_things_said_in_one_message_are_both_meant(alice):
    message = uuid4()
    say(alice, "My dog is called Rex", source_message=message)
    say(alice, "My dog is called Bello", source_message=message)
    assert len(current(alice)) == 2


def test_correcting_what_has_been_superseded_in_the_same_words_is_known(alice):
    vienna = say(alice, "I live in Vienna").memory
    oslo = say(alice, "I live in Oslo").memory
    assert correct(vienna, "I live in Oslo").memory == oslo
    assert correct(vienna, "I live in Rome").kind == "refused"


def test_a_key_of_its_own_is_left_to_its_owner(alice):
    say(alice, "I live in Vienna", key="home")
    say(alice, "I live in Oslo", key="second home")
    assert current(alice) == {"I live in Vienna", "I live in Oslo"}
