"""What a text is about: the topics that memories and questions meet by."""

from __future__ import annotations

import pytest

from memories.topics import MARK, asked_about, topics_of, words_of_topics
from memories.words import terms_of


def topics(text):
    return {topic.removeprefix(MARK) for topic in topics_of(text, terms_of(text))}


@pytest.mark.parametrize(
    "text", ["My sisters", "mi hermana Ana", "meine Schwester", "ma soeur et mon frère", "minha irmã", "姉がいます"]
)
def test_languages_meet_in_a_topic(text):
    assert "sibling" in topics(text)


def test_a_text_about_nothing_in_particular_has_no_topic():
    assert topics("xyzzy qwerty") == set()
    assert topics("") == set()


def test_a_topic_counts_once_however_many_words_speak_of_it():
    text = "dogs, cats and other pets"
    assert sorted(topics_of(text, terms_of(text))).count(f"{MARK}pet") == 1


def test_who_asks_what_to_cook_hears_of_allergies():
    text = "What should I cook tonight?"
    assert {f"{MARK}cook", f"{MARK}eat", f"{MARK}allergy"} <= set(asked_about(text, terms_of(text)))


def test_no_word_is_taken_for_a_topic():
    assert MARK not in "".join(terms_of(f"{MARK}pet {MARK}{MARK} a{MARK}b"))
    assert all(words for words in words_of_topics())
