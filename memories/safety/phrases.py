"""Finds phrases of many languages in a text, in time that grows with the text and with nothing else. Pure.

A text is spelled out as words with one space around each (`spelled`), so that a phrase is looked for as a plain
string first. Only where that finds something is a small pattern tried, which cannot go back and forth. A phrase is
written as

- words: `i voted for`, with `*` for the rest of a word (`diabet*`, `*krebs`),
- `_` for up to three words in between,
- `{be}` for any of the words its language keeps under that name,
- `.` for a pause, or the start of the text.

Phrases in scripts without spaces are looked for anywhere, and `_` stands for up to eight characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from memories.requests.reading import fold, normalise

MOST_PLACES = 20
"""So many places of one phrase are looked at; where there are more, that is answer enough."""

_START = 2
"""So many characters of a phrase must be somewhere in the text before the phrase itself is looked for."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
_UNSPACED = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]")
_CONTRACTED = (
    *(("can't", "cannot"), ("won't", "will not"), ("n't ", " not "), ("'m ", " am "), ("'re ", " are ")),
    *(("'ve ", " have "), ("'ll ", " will "), ("'s ", " s "), ("'d ", " would "), ("'", " ")),
)
_PAUSES = re.compile(r"[.!?;:\n…。！？；：]+")
_COMMAS = re.compile(r"[,、，()\[\]{}—–«»“”„「」『』\"]+")
_OTHER = re.compile(r"[^\w.,' ]+")
_SPACES = re.compile(" {2,}")
_WORD = re.compile(r"[^\W\d_]+")

# Letters of other scripts that look like Latin ones: they hide a word from whoever looks for it.
_LOOKALIKES = str.maketrans(
    "авеёзіјкмнорсԁѕтухһԛѡɡαβεζηικμνορτυχϲⅼ",
    "abee3ijkmhopcdstyxhqwgabezniKmnoptuxcl".lower(),
)


def comparable(text: str) -> str:
    """Lower case, no accents, no invisible characters, no letters that only look like the ones they stand among."""
    text = fold(normalise(text))
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    return text if text.isascii() else _WORD.sub(_without_lookalikes, text)


def _without_lookalikes(word: re.Match[str]) -> str:
    letters = word[0]
    if letters.isascii() or not any("a" <= letter <= "z" for letter in letters):
        return letters
    return letters.translate(_LOOKALIKES)


class Spelled:
    """A text as words and pauses with single spaces around them; a clause starts after ` . ` or ` , `."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = {text[at : at + _START] for at in range(len(text) - _START + 1)}.union(text)


def spelled(text: str) -> Spelled:
    """`text` with its words set apart."""
    text = _COMMAS.sub(" , ", _PAUSES.sub(" . ", comparable(text)))
    text = _OTHER.sub(" ", text) + " "
    if "'" in text:
        for short, long in _CONTRACTED:
            text = text.replace(short, long)
    return Spelled(_SPACES.sub(" ", f" . {text} . "))


def unspaced(text: str) -> Spelled:
    """`text` without spaces, for languages that have none."""
    return Spelled("".join(comparable(text).split()))


class Phrases:
    """The phrases of one language. `words` are what stands in braces; `not_before` are words that must not follow."""

    def __init__(
        self, phrases: str, words: Mapping[str, str] | None = None, *, not_before: Collection[str] = ()
    ) -> None:
        listed = (part.strip() for line in phrases.split("\n") for part in line.split("|"))
        self._by_start: dict[str, list[_Phrase]] = {}
        for source in dict.fromkeys(part for part in listed if part):
            phrase = _Phrase(source, words or {})
            self._by_start.setdefault(phrase.needle[:_START], []).append(phrase)
        self._not_before = frozenset(not_before)

    def without(self, spelled: Spelled) -> Spelled:
        """The text without what these phrases say."""
        text = spelled.text
        for phrase in self._possible(spelled):
            text = phrase.pattern.sub(" ~", text)
        return spelled if text == spelled.text else Spelled(text)

    def found_in(self, spelled: Spelled) -> bool:
        """Whether any of them stands in a text."""
        return any(phrase.found_in(spelled.text, self._not_before) for phrase in self._possible(spelled))

    def _possible(self, spelled: Spelled) -> Iterator[_Phrase]:
        for start in self._by_start.keys() & spelled.starts:
            yield from (phrase for phrase in self._by_start[start] if phrase.needle in spelled.text)


class _Phrase:
    def __init__(self, phrase: str, words: Mapping[str, str]) -> None:
        self._source = phrase
        self._words = words
        self._pattern: re.Pattern[str] | None = None
        parts = [part for part in re.split(r"[ _]|\{\w+\}", phrase) if part and part != "."]
        longest = max((comparable(part) for part in parts), key=lambda part: len(part.strip("*")))
        self.needle = longest.strip("*")
        if not _UNSPACED.search(phrase):
            self.needle = ("" if longest.startswith("*") else " ") + self.needle
            self.needle += "" if longest.endswith("*") else " "

    @property
    def pattern(self) -> re.Pattern[str]:
        if self._pattern is None:
            self._pattern = _compiled(self._source, self._words)
        return self._pattern

    def found_in(self, text: str, not_before: Collection[str]) -> bool:
        for place, match in enumerate(self.pattern.finditer(text)):
            following = text[match.end() + 1 : match.end() + 40].split(" ", 1)[0]
            if following not in not_before:
                return True
            if place >= MOST_PLACES:
                return True
        return False


def _compiled(phrase: str, words: Mapping[str, str]) -> re.Pattern[str]:
    if _UNSPACED.search(phrase):
        return re.compile(".{0,8}?".join(re.escape(part.strip()) for part in comparable(phrase).split("_")))
    parts: list[str] = []
    for part in phrase.split():
        if part == "_":
            parts.append("(?: [^ .]+){0,3}?")
        elif part == ".":
            parts.append(" [.,]")
        elif part.startswith("{"):
            parts.append(f" (?:{words[part.strip('{}')]})")
        else:
            word = re.escape(comparable(part).strip("*"))
            before = r"\w{0,30}" if part.startswith("*") else ""
            parts.append(" " + before + word + (r"\w{0,30}" if part.endswith("*") else ""))
    return re.compile("".join(parts) + "(?= )")
