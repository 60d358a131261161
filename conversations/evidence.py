"""Holds what a model says of a person against what they wrote: what they did not say is not believed. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from conversations.meaning import agrees, sentences_around
from memories.words import STOP_WORDS, terms_of

GROUNDED_SHARE = 0.5
"""So much of a statement's content must be words that the person wrote: the rest is grammar and what was resolved."""
MOST_YEARS_AHEAD = 5
MOST_OCCURRENCES = 5
LONGEST_SHARED_START = 6

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?:^|(?<=[\w,;:] ))[A-ZÀ-ÖØ-Þ][\w’'-]*")
_KATAKANA = re.compile(r"[ァ-ヺー]{2,}")
_WORD = re.compile(r"[^\W_]+")
_IS = re.compile(
    r"(?:['’]s)? (?:is|are|was|has|lives|works|likes|ist|hat|wohnt|est|a|habite|es|tiene|vive|é|tem|mora)\b"
)
_SPACE = re.compile(r"\s+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
# What Chinese and Japanese grammar is made of: a pair of characters with one of these says nothing by itself.
_GRAMMAR = frozenset(
    "我你他她的了是在有和也都很这那个吗呢把被从到对就不会要叫于為为已经個這會對從來来去上下年月日"
    "はがをにのでともへやかなよねしたてでまいるすだっんさせられりくこそあうえおけみ私僕"
)
_DATE_WORDS = frozenset(
    """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    jahr jahre jahren monat monate monaten woche wochen tag tage tagen uhr
    lundi mardi mercredi jeudi vendredi samedi dimanche
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    """.split()  # noqa: SIM905
)
"""Words of dates, which a statement may contain although the message said "last week"."""
_DATE_TERMS = _DATE_WORDS | {term for word in _DATE_WORDS for term in terms_of(word)}
_ANY_DATE_WORD = "|".join(sorted(_DATE_WORDS))
_DAY = re.compile(
    rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th|\.|º|er)? (?:(?:of|de) )?(?:{_ANY_DATE_WORD})\b"
    rf"|\b(?:{_ANY_DATE_WORD}) \d{{1,2}}(?:st|nd|rd|th)?(?!\d)|\d{{1,2}}[月日号號]",
    re.IGNORECASE,
)
_SPELLED = {
    word: number
    for number, words in enumerate(
        (
            "one eins ein eine einen un une uno una um uma 一",
            "two zwei deux dos dois duas 二 两 兩 twins couple pair both",
            "three drei trois tres três 三",
            "four vier quatre cuatro quatro 四",
            "five fünf cinq cinco 五",
            "six sechs seis 六",
            "seven sieben sept siete sete 七",
            "eight acht huit ocho oito 八",
            "nine neun neuf nueve nove 九",
            "ten zehn dix diez dez 十",
            "eleven elf onze once",
            "twelve zwölf douze doce doze dozen dutzend",
        ),
        start=1,
    )
    for word in words.split()
}


class Evidence:
    """What the person has written, to hold a statement against."""

    def __init__(self, own_text: str, earlier_own: str, known: Iterable[str], said_on: date) -> None:
        self._message = _straight(own_text)
        self._unbroken = self._message.replace("\n", " ")
        everything = f"{own_text}\n{earlier_own}\n" + "\n".join(known)
        self._everything = _straight(everything)
        self._words = set(_WORD.findall(self._everything))
        self._starts = {word[:LONGEST_SHARED_START] for word in self._words}
        self._terms = set(terms_of(everything))
        self._numbers = set(_NUMBER.findall(everything)) | set(_NUMBER.findall(_without_groups(everything)))
        self._numbers |= {
            str(number) for word, number in _SPELLED.items() if word in self._words or _stands_in(word, everything)
        }
        self._year = said_on.year

    def supports(self, statement: str, quote: object) -> bool:
        """Whether the quote stands in the message and says so, and nothing in the statement is from elsewhere."""
        if not isinstance(quote, str) or not (said := plain(quote)):
            return False
        around = list(self._around(said))
        if not around or not self._has_numbers(statement) or not self._has_names(statement):
            return False
        if not self._is_grounded(statement):
            return False
        lowered = _straight(statement)
        return any(agrees(lowered, sentences, said) for sentences in around)

    def _around(self, said: str) -> Iterator[str]:
        """The sentences around each place where the person has said this, as whole words."""
        at = -1
        for _ in range(MOST_OCCURRENCES):
            at = self._unbroken.find(said, at + 1)
            if at < 0:
                return
            end = at + len(said)
            cut = (at and _joins(self._unbroken[at - 1], said[0])) or _joins(said[-1], self._unbroken[end : end + 1])
            if not cut:
                yield sentences_around(self._message, at, end)

    def _has_numbers(self, statement: str) -> bool:
        """Whether every number was written, or belongs to a date that "last week" may have become."""
        statement = _without_groups(statement)
        days = {place for day in _DAY.finditer(statement) for place in range(day.start(), day.end())}
        for found in _NUMBER.finditer(statement):
            number = found[0]
            if number in self._numbers or number.lstrip("0") in self._numbers:
                continue
            if len(number) == 4 and self._is_near_year(int(number)):
                continue
            if len(number) > 2 or int(number) > 31 or found.start() not in days:
                return False
        return True

    def _is_near_year(self, year: int) -> bool:
        """Whether a year may come from "last year", or "ten years ago"."""
        if abs(year - self._year) <= 1:
            return True
        distances = {int(number) for number in self._numbers if len(number) <= 2}
        return any(abs(abs(year - self._year) - distance) <= 1 for distance in distances if distance)

    def _has_names(self, statement: str) -> bool:
        for name in _KATAKANA.findall(statement):
            if name not in self._everything:
                return False
        for found in _NAME.finditer(statement):
            for word in _WORD.findall(re.sub(r"[’']s$", "", found[0]).casefold()):
                if word in _DATE_WORDS or word in STOP_WORDS or self._is_known(word):
                    continue
                if found.start() == 0 and not _names_somebody(statement, found.end()):
                    continue
                return False
        return True

    def _is_known(self, word: str) -> bool:
        """Whether a word was written, or one that shares a long enough start (German nouns have capitals too)."""
        if word in self._words or (_UNSPACED.search(self._everything) and word in self._everything):
            return True
        return len(word) > LONGEST_SHARED_START and word[:LONGEST_SHARED_START] in self._starts

    def _is_grounded(self, statement: str) -> bool:
        terms = {term for term in terms_of(statement) if term not in _DATE_TERMS and not term.isdigit()}
        if any(_UNSPACED.search(term) for term in terms):
            telling = {term for term in terms if not _GRAMMAR & set(term)}
            terms = telling or {char for term in terms for char in term if char not in _GRAMMAR}
            return not terms or sum(term in self._everything for term in terms) >= GROUNDED_SHARE * len(terms)
        return not terms or len(terms & self._terms) >= GROUNDED_SHARE * len(terms)


def _joins(before: str, after: str) -> bool:
    """Whether a quote that ends here cuts a word in two."""
    return before.isalnum() and after.isalnum() and not (_UNSPACED.match(before) or _UNSPACED.match(after))


def _without_groups(text: str) -> str:
    """10,000 as 10000."""
    return re.sub(r"(?<=\d)[.,\u00a0](?=\d{3}(?!\d))", "", text)


def _stands_in(word: str, text: str) -> bool:
    return _UNSPACED.match(word) is not None and word in text


def _names_somebody(statement: str, after: int) -> bool:
    """Whether the first word of a statement is what the rest is about: "Anna is my sister"."""
    return _IS.match(statement, after) is not None


def _straight(text: str) -> str:
    """In lower case, with straight quotation marks and single spaces; where a line ended there is a line break."""
    marks = str.maketrans("“”„‟«»’‘`", '""""""\'\'\'')
    return _SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text.translate(marks).casefold())


def plain(text: str) -> str:
    """Without what models change when they copy: case, spaces, kinds of quotation marks."""
    return _straight(text).replace("\n", " ").strip(" .,;:!?\"'。！？")
