"""Words of messages: by which terms one is found, and which terms a question asks for. Pure rules, no database.

A message is stemmed in the language it is written in, as its small words tell. Of what somebody types into a search
field nobody knows the language, so each of its words stands for its stems in all of them.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import Stemmer

from memories.words import STOP_WORDS_OF, ends_of, languages_in, owned, words_of

LANGUAGES = tuple(STOP_WORDS_OF)
JUDGED_BY_CHARS = 5_000
SURE_FROM = 3
"""So many small words of one language, and more than of any other, say which one a message is written in."""

MOST_TERMS = 20_000
MOST_BYTES = 700_000
"""PostgreSQL's tsvector ends at a megabyte; of a message that would not fit the rest is not found by its words."""

MOST_WORDS = 12
PREFIX_FROM = 3
"""The word that is being typed finds those that begin with it from so many letters on."""

# In other scripts the script says how to stem.
_BY_SCRIPT = (
    (re.compile("[\u0400-\u04ff]"), "russian"),
    (re.compile("[\u0370-\u03ff]"), "greek"),
    (re.compile("[\u0600-\u06ff]"), "arabic"),
    (re.compile("[\u0900-\u097f]"), "hindi"),
    (re.compile("[\u0b80-\u0bff]"), "tamil"),
    (re.compile("[\u0530-\u058f]"), "armenian"),
)

_stemmers = threading.local()


def _stem(word: str, language: str) -> str:
    # A stemmer must not be shared between threads.
    stemmer = getattr(_stemmers, language, None)
    if stemmer is None:
        stemmer = Stemmer.Stemmer(language, 0)
        setattr(_stemmers, language, stemmer)
    stem: str = stemmer.stemWord(word)
    return stem or word


@lru_cache(maxsize=50_000)
def stems_of(word: str, language: str = "") -> tuple[str, ...]:
    """The stem of a word in one language, or its different ones in all."""
    if word.isascii():
        languages = [language] if language else LANGUAGES
    else:
        script = next((name for letters, name in _BY_SCRIPT if letters.search(word)), "")
        languages = [script] if script else [language] if language else LANGUAGES
    return tuple(dict.fromkeys(_stem(word, one) for one in languages))


def language_of(text: str) -> str:
    """The language a text is written in, empty when its small words do not say."""
    counts = languages_in(text[:JUDGED_BY_CHARS])
    best = max(counts, key=lambda language: counts[language])
    count = counts.pop(best)
    return best if count >= SURE_FROM and count > max(counts.values()) else ""


def terms_of_message(text: str, user_id: int) -> list[str]:
    """The terms a message is found by, each once and with its owner."""
    language = language_of(text)
    terms: dict[str, None] = {}
    size = 0
    for word, is_whole in chain(words_of(text), ((end, False) for end in ends_of(text))):
        for term in stems_of(word, language) if is_whole else (word,):
            if term not in terms:
                terms[term] = None
                size += len(term.encode()) + 16
        if len(terms) >= MOST_TERMS or size >= MOST_BYTES:
            break
    return [owned(user_id, term) for term in terms]


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question. `begins` when it is still being typed, and finds longer ones that begin like it."""

    word: str
    is_whole: bool
    begins: bool

    @property
    def terms(self) -> tuple[str, ...]:
        return stems_of(self.word) if self.is_whole else (self.word,)

    def query(self, user_id: int) -> str:
        """What PostgreSQL is asked for this word. Words have no character that would need to be escaped but this."""
        ways = [f"'{_quoted(owned(user_id, term))}'" for term in self.terms]
        if self.begins:
            ways.append(f"'{_quoted(owned(user_id, self.word))}':*")
        return f"({' | '.join(ways)})"

    def fits(self, word: str) -> bool:
        """Whether a whole word of a text is one that this asks for."""
        if self.begins and word.startswith(self.word):
            return True
        return not set(self.terms).isdisjoint(stems_of(word))


def _quoted(term: str) -> str:
    return term.replace("\\", "\\\\").replace("'", "''")


def asked_for(text: str, *, typing: bool = False) -> list[Asked]:
    """The words of a question, each once. While it is being typed its last one may be a beginning."""
    words = list(dict.fromkeys(words_of(text)))[:MOST_WORDS]
    asked = []
    for at, (word, is_whole) in enumerate(words):
        # A single character of a script without spaces begins a pair, or is kept as the last one of its run.
        is_last = typing and at == len(words) - 1 and is_whole and not text[-1:].isspace()
        asked.append(Asked(word, is_whole, (is_last and len(word) >= PREFIX_FROM) or (not is_whole and len(word) == 1)))
    return asked
