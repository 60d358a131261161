"""Of contradicting facts the newest comes first, and nothing else changes its rank for being new."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from memories.newest_first import newest_first
from memories.recall import Recalled


def found(*texts_and_days, step=0.3):
    """Memories in the order of their rank, each `step` worse than the one before; a larger day is a later one."""
    return [
        Recalled(number, text, date(2024, 1, 1) + timedelta(days=day), 5 - number * step, 0.5, ("meaning",))
        for number, (text, day) in enumerate(texts_and_days, 1)
    ]


def texts(ranked):
    return [one.text for one in ranked]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("I live in Vienna", "I live in Oslo"),
        ("I live in Vienna, near the park", "I live in Oslo now"),
        ("My favourite colour is blue", "My favourite colour is red"),
        ("I drive a red Fiat", "I sold the Fiat and ride a bicycle"),
        ("My boyfriend Carl is a chef", "Carl and I broke up"),
        ("I work at a bank", "I no longer work at the bank"),
        ("Ich arbeite in einer Bank", "Ich arbeite nicht mehr in der Bank"),
        ("Vivo en Sevilla", "Ahora vivo en Bilbao"),
        ("Our meeting is on Mondays", "From May the meeting is on Fridays"),
    ],
)
def test_the_newer_of_two_that_contradict_stands_directly_before_the_older(older, newer):
    ranked = found((older, 0), ("something else", 1), (newer, 700))
    assert texts(newest_first(ranked)) == [newer, older, "something else"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I am allergic to penicillin", "My doctor is called Mrs Hill"),
        ("My sister Anna plays the cello", "I bought tickets for a concert"),
        ("I like tea with milk in the morning", "On Sundays I drink strong coffee"),
    ],
)
def test_what_merely_shares_a_topic_keeps_its_rank(first, second):
    ranked = found((first, 0), (second, 700))
    assert newest_first(ranked) == ranked


def test_a_much_better_match_keeps_its_rank():
    ranked = found(("I like tea", 0), ("I like soup", 700), step=3)
    assert newest_first(ranked) == ranked


def test_the_older_never_moves_before_the_newer():
    ranked = found(("I live in Oslo now", 700), ("I live in Vienna", 0))
    assert newest_first(ranked) == ranked


def test_of_the_same_day_the_later_one_is_newer():
    ranked = found(("I live in Vienna", 5), ("I live in Oslo", 5))
    assert texts(newest_first(ranked)) == ["I live in Oslo", "I live in Vienna"]


def test_of_three_the_newest_comes_first():
    ranked = found(("I live in Vienna", 0), ("I live in Prague", 300), ("I live in Oslo", 700))
    assert texts(newest_first(ranked))[0] == "I live in Oslo"


def test_whatever_is_found_nothing_is_lost_and_the_same_order_comes_of_the_same(random_memories):
    for ranked in random_memories:
        ordered = newest_first(ranked)
        assert sorted(one.memory_id for one in ordered) == sorted(one.memory_id for one in ranked)
        assert ordered == newest_first(ranked)


def test_whatever_moves_up_is_newer_than_one_that_it_passed(random_memories):
    moved = 0
    for ranked in random_memories:
        before = {one.memory_id: rank for rank, one in enumerate(ranked)}
        ordered = newest_first(ranked)
        for rank, one in enumerate(ordered):
            passed = [other for other in ordered[rank + 1 :] if before[other.memory_id] < before[one.memory_id]]
            assert not passed or any((one.since, one.memory_id) > (other.since, other.memory_id) for other in passed)
            moved += bool(passed)
    assert moved > 50


@pytest.fixture
def random_memories():
    random = np.random.default_rng(3)
    words = [
        "I",
        "live",
        "work",
        "now",
        "no longer",
        "in",
        "at",
        "Oslo",
        "Bonn",
        "Anna",
        "bank",
        "sold",
        "house",
        "dog",
    ]
    return [
        found(
            *(
                (" ".join(random.choice(words, size=random.integers(0, 8))), int(random.integers(0, 9)))
                for _ in range(n)
            ),
            step=float(random.random()),
        )
        for n in random.integers(0, 40, size=60)
    ]
