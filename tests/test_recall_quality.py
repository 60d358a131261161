"""What recall finds for people who ask as people do, beside a search by vectors alone and one by words alone.

The people and their questions are in tests/recall_quality; `python -m benchmarks.recall_quality` prints the figures.
"""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from benchmarks.recall_quality import WAYS, Answer, ask, figures
from tests.recall_quality import KINDS, people

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker) -> dict[str, list[Answer]]:
    """Every question of everybody, in every way."""
    gathered: dict[str, list[Answer]] = {way: [] for way in WAYS}
    with django_db_blocker.unblock(), transaction.atomic():
        for person in people():
            user = get_user_model().objects.create_user(person.name)
            for way, found in ask(person, user).items():
                gathered[way] += found
        transaction.set_rollback(True)
    return gathered


def of_kind(answers, way, kind):
    return [one for one in answers[way] if one.question.kind == kind]


def test_there_are_enough_people_memories_and_questions():
    everybody = people()
    assert len(everybody) >= 5
    assert {person.held_out for person in everybody} == {False, True}
    assert sum(len(person.statements) for person in everybody) >= 320
    assert sum(len(person.questions) for person in everybody) >= 160
    assert {question.kind for person in everybody for question in person.questions} == set(KINDS)


@pytest.mark.parametrize("person", people(), ids=lambda person: person.name)
def test_every_question_names_memories_that_there_are(person):
    numbers = {statement.number: statement for statement in person.statements}
    assert len(numbers) == len(person.statements)
    for question in person.questions:
        assert question.answers <= numbers.keys(), question
        assert bool(question.answers) == (question.kind != "nothing"), question
        assert (question.outdated is not None) == (question.kind == "superseded"), question
        if question.outdated is not None:
            (newer,) = question.answers
            assert numbers[newer].day > numbers[question.outdated].day, question


@pytest.mark.parametrize("measure", ["recall@5", "recall@10", "MRR"])
def test_more_is_found_than_by_vectors_or_by_words_alone(answers, measure):
    ours, vectors, words = (figures(answers[way])[measure] for way in ("ours", "vectors", "words"))
    assert ours >= vectors + 0.05
    assert ours >= words + 0.15


def test_what_is_asked_in_another_language_is_found_more_often_than_by_vectors(answers):
    ours, vectors = (figures(of_kind(answers, way, "other"))["recall@5"] for way in ("ours", "vectors"))
    assert ours >= vectors + 0.2


def test_of_contradicting_facts_the_newest_comes_first(answers):
    pairs = of_kind(answers, "ours", "superseded")
    assert len(pairs) >= 30
    wrong = [one.question.text for one in pairs if not one.newer_is_first]
    assert len(wrong) <= 0.1 * len(pairs), wrong


def test_little_of_what_nothing_calls_for_enters_the_prompt(answers):
    chosen = [len(one.chosen) for one in of_kind(answers, "ours", "nothing")]
    assert sum(chosen) / len(chosen) <= 4


def test_what_a_reply_needs_enters_the_prompt_if_it_was_found(answers):
    """Choosing less for the prompt must not be had by leaving out what matters."""
    real = [one for one in answers["ours"] if one.question.answers]
    found = sum(len(one.question.answers & set(one.found)) for one in real)
    chosen = sum(len(one.question.answers & set(one.chosen)) for one in real)
    assert chosen >= 0.95 * found
