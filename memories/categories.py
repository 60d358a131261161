"""Guesses the category of a memory from its words. A wrong guess costs little: the person can change it."""

from __future__ import annotations

from memories.models import Category
from memories.words import terms_of

# The first category that has one of a text's words wins, so those that say most stand first.
_WORDS = (
    (
        Category.HEALTH,
        "allergic allergy allergies diabetes diabetic asthma medication medicine doctor therapist pregnant "
        "disability vegetarian vegan intolerant coeliac celiac blood pressure diagnosed",
    ),
    (Category.PREFERENCE, "prefer preference favourite favorite like love hate dislike enjoy"),
    (
        Category.PERSON,
        "wife husband partner girlfriend boyfriend mother mum mom father dad parents sister brother sibling daughter "
        "child children kids grandmother grandfather aunt uncle cousin niece nephew friend neighbour",
    ),
    (Category.PROJECT, "project deadline launch prototype startup thesis"),
    (Category.WORK, "work job employer employed company boss colleague office career profession salary studied degree"),
    (Category.PLACE, "live address hometown apartment flat moved postcode"),
)

_CATEGORY_OF = {term: category for category, words in reversed(_WORDS) for term in terms_of(words)}


def guess_category(text: str) -> Category:
    guesses = {_CATEGORY_OF[term] for term in terms_of(text) if term in _CATEGORY_OF}
    return next((category for category, _ in _WORDS if category in guesses), Category.FACT)
