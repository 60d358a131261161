"""Of contradicting facts the newest comes first: pure rules for the order of memories that were found.

"I live in Vienna" (2024) and "I live in Oslo" (2026) can both be current: nobody has said that one supersedes the
other. For a reply the newer is right, so it stands directly before the older, wherever the older is found. What
merely shares a topic keeps its rank. Nothing is hidden, so a wrong guess costs a rank.

A newer memory takes the place of an older one if the two are nearly the same statement and match about equally well, or
if it says that something has changed ("now", "no longer", "sold") and is about the same matter.
"""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import date
from typing import TYPE_CHECKING

from memories.topics import topics_of
from memories.words import STOP_WORDS, terms_of

if TYPE_CHECKING:
    from memories.recall import Recalled

LOOKED_THROUGH = 20
"""So many of the best are compared with each other."""

SAME_MATTER = 0.2
SAME_WORDS = 0.5
SAME_LARGE_WORDS = 0.6
ABOUT_AS_GOOD = 1.0
SAME_NAME_BEHIND = 4.0

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
# What statements say that take the place of others.
_CHANGES = (
    "now|no longer|any ?more|instead|moved (?:to|into|out|back|from)|(?:have|has) (?:moved|left|ended)|i left|left the"
    "|sold|quit|g[ai]ven? up|stopped|no more|changed|switched|swapped|replaced|broke up|split up|separated|used to"
    "|these days|currently|from now on|(?:is|are) gone|tak(?:es|en|ing)? over|took over|(?:gone|went) back|by now"
    rf"|cancelled|scrapped|goes up|rises? to|as of|(?:my|our) new|since (?:then|last|this|\d{{4}}|{_MONTHS})"
    f"|from (?:this|next|spring|summer|autumn|winter|{_MONTHS})"
    r"|jetzt|nicht mehr|kein\w* mehr|stattdessen|umgezogen|inzwischen|mittlerweile|neuerdings|aufgehört|gewechselt"
    "|maintenant|désormais|déménagé|arrêté|remplacé|ahora|ya no|mudado|mudé|dejé|dejado|agora|já não|mudei|deixei"
)
_CHANGED = re.compile(rf"\b(?:{_CHANGES})\b|今は|もう|现在|不再", re.IGNORECASE)
# To look for all of it in every text would take longer than the rest: what has none of these words needs no looking.
_HINT_WORDS = """
now no longer any anymore instead moved left sold quit given gave stopped changed switched swapped replaced broke
split separated used these currently from gone take takes taking took went by cancelled scrapped goes rise rises as
new ended since jetzt mehr stattdessen umgezogen inzwischen mittlerweile neuerdings aufgehört gewechselt maintenant
désormais déménagé arrêté remplacé ahora ya mudado mudé dejé dejado agora já mudei deixei
"""
_HINTS = frozenset(_HINT_WORDS.split())
_CAPITALISED = re.compile(r"\b[^\W\d_a-z]\w+")
_Placed = tuple["Recalled", float, tuple[date, int], frozenset[str]]
"""A memory, its score, its age and its words."""
_NONE: frozenset[str] = frozenset()
_UNSPACED = re.compile("[\u3005-\u9fff]")


def newest_first(ranked: list[Recalled]) -> list[Recalled]:
    """The same memories; one that takes the place of another which ranks above it stands directly before that one."""
    placed: list[_Placed] = []
    for one in ranked[:LOOKED_THROUGH]:
        text = one.text
        words = frozenset(text.lower().replace(",", " ").replace(".", " ").replace(";", " ").split())
        hinted = not _HINTS.isdisjoint(words) or (not text.isascii() and _UNSPACED.search(text))
        this = (one, one.score, (one.since, one.memory_id), words)
        placed.insert(_place(this, placed, bool(hinted and _CHANGED.search(text))), this)
    return [this[0] for this in placed] + ranked[LOOKED_THROUGH:]


def _place(this: _Placed, placed: list[_Placed], changes: bool) -> int:
    """Before the first older one whose place it takes, else behind all."""
    one, score, age, words = this
    names, terms = (_names(one.text), _terms(one.text)) if changes else (_NONE, _NONE)
    # Most have nothing to do with each other: what is cheap to ask comes first.
    for at, (older, its_score, its_age, its_words) in enumerate(placed):
        behind = its_score - score
        if (changes or behind <= ABOUT_AS_GOOD) and its_age < age:
            if behind <= ABOUT_AS_GOOD and not words.isdisjoint(its_words) and _is_alike(words, its_words):
                return at
            if changes and _is_about_the_same(names, terms, older.text, behind):
                return at
    return len(placed)


def _is_alike(words: frozenset[str], others: frozenset[str]) -> bool:
    """Are two statements nearly the same?

    Half of all their words are, the small ones included ("I live in Vienna", "I live in Oslo"), or most of the large
    ones of the shorter.
    """
    both = words & others
    if len(both) >= SAME_WORDS * (len(words) + len(others) - len(both)):
        return True
    large = both - STOP_WORDS
    return bool(large) and len(large) >= SAME_LARGE_WORDS * min(len(words - STOP_WORDS), len(others - STOP_WORDS))


def _is_about_the_same(names: Set[str], terms: frozenset[str], older: str, behind: float) -> bool:
    """Is a text that tells of a change about the same matter as an older one, which is so much better a match?

    They share a name, or a fifth of the shorter one's terms (words and topics): the more, the worse a match it may be.
    """
    if behind <= SAME_NAME_BEHIND and names & _names(older):
        return True
    share = _share(terms, _terms(older))
    return share >= SAME_MATTER and behind <= 1 + 8 * share


def _terms(text: str) -> frozenset[str]:
    terms = terms_of(text)
    return frozenset([*terms, *topics_of(text, terms)])


def _names(text: str) -> set[str]:
    """Words with a capital letter that are not small words at the beginning of a sentence. In German, all nouns."""
    return {
        word for word in _CAPITALISED.findall(text) if word.lower() not in STOP_WORDS and word.lower() not in _HINTS
    }


def _share(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(1, min(len(some), len(others)))
