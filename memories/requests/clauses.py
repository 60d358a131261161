"""Where in a sentence a request starts: at its beginning, or after a comma, a colon, an "and".

Only known words (greetings, politeness, "I want you to") may stand in front of a request. That is what
keeps "I can't remember", "he asked me to remember" and "how do I remember" apart from requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memories.requests.languages import LANGUAGES, Language
from memories.requests.languages.base import any_of
from memories.requests.reading import Sentence

MOST_OPENERS = 6
LONGEST_QUESTION = 400
"""No request to forget and no question for the list is longer than this."""

_JOINERS = any_of(*(language.joiners for language in LANGUAGES if language.spaced))
_SEPARATOR = re.compile(
    rf"\s*(?P<mark>[,;:(]|[—–]|-{{1,2}}(?=\s))\s*(?:{_JOINERS}\s+)?|\s+{_JOINERS}\s+", re.IGNORECASE
)
_PLACE_IN_QUOTATION = re.compile(r"[.,;:!?…\n。—–]\s*|\s(?:and|und|et|y|e)\s")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that may be a request; `text` starts after its openers."""

    text: str
    folded: str
    ending: str
    head: str
    """What stands before it in its sentence, unless that is a request itself."""
    asked: bool
    """Whether it was put as a polite question, so that a question mark changes nothing."""
    languages: tuple[Language, ...]
    """Those in which it may be a request after its openers."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The openers in front of a clause."""

    end: int
    asked: bool
    """Whether they ask: "could you"."""
    bound: bool
    """Whether they ask or make the verb depend on them: "I want you to"."""


class Budget:
    """How many places of one message are looked at: prose never needs all of them, hostile text would."""

    def __init__(self, places: int) -> None:
        self._left = places

    def spend(self) -> bool:
        self._left -= 1
        return self._left >= 0


def skip_openers(folded: str, at: int = 0) -> Opening:
    """What precedes a request that may start at `at`."""
    asked = bound = False
    for _ in range(MOST_OPENERS):
        for language in LANGUAGES:
            patterns = language.compiled
            if opener := patterns.opener.match(folded, at):
                asked = asked or patterns.asking.match(folded, at) is not None
                bound = bound or patterns.binding.match(folded, at) is not None
                at = opener.end()
                break
        else:
            break
    return Opening(at, asked, asked or bound)


def _languages_after(folded: str, opening: Opening, languages: Sequence[Language]) -> tuple[Language, ...]:
    """The languages in which what follows may be a request, given what it is said after."""
    return tuple(
        language
        for language in languages
        if opening.bound or not language.compiled.dependent.match(folded, opening.end)
    )


def starts_request(folded: str, opening: Opening, languages: Sequence[Language]) -> bool:
    """Whether a request to remember or to forget starts after `opening`."""
    question = folded[opening.end : opening.end + LONGEST_QUESTION]
    return any(
        patterns.remember.match(folded, opening.end)
        or patterns.note.match(folded, opening.end)
        or any(pattern.match(question) for pattern in (*patterns.forget, *patterns.forget_everything))
        for patterns in (language.compiled for language in _languages_after(folded, opening, languages))
    )


def holds_request(text: str, languages: Sequence[Language], budget: Budget) -> bool:
    """Whether anything in `text` would be a request if it stood alone; yes, once the budget is spent."""
    for place in (0, *(found.end() for found in _PLACE_IN_QUOTATION.finditer(text))):
        if not budget.spend():
            return True
        opening = skip_openers(text, place)
        question = re.split(r"[.!?\n。]", text[opening.end : opening.end + LONGEST_QUESTION], maxsplit=1)[0]
        if starts_request(text, opening, languages) or any(
            pattern.match(question) for language in languages for pattern in language.compiled.list_all
        ):
            return True
    return False


def clauses(sentence: Sentence, languages: Sequence[Language], budget: Budget) -> Iterator[Clause]:
    """The parts of `sentence` that may be requests, in order; the first is its beginning."""
    folded = sentence.folded
    if not budget.spend():
        return
    starts = [(0, skip_openers(folded))]
    is_request = starts_request(folded, starts[0][1], languages)
    read = 0
    for separator in _SEPARATOR.finditer(folded, starts[0][1].end):
        if not budget.spend() or (not is_request and _is_reported(folded[read : separator.start()], separator)):
            break
        read = separator.start()
        opening = skip_openers(folded, separator.end())
        if separator["mark"] == ":" or not starts_request(folded, opening, languages):
            continue
        if is_request or opening.end > separator.end() or _may_follow(folded[:read], separator):
            starts.append((read, opening))
    for index, (_, opening) in enumerate(starts):
        last = index + 1 == len(starts)
        at, end = opening.end, len(folded) if last else starts[index + 1][0]
        yield Clause(
            text=sentence.text[at:end],
            folded=folded[at:end],
            ending=sentence.ending if last else "",
            head="" if is_request or index != 1 else sentence.text[: starts[1][0]],
            asked=opening.asked,
            languages=_languages_after(folded, opening, languages),
        )


def _is_reported(head: str, separator: re.Match[str]) -> bool:
    """Whether what follows this part of a sentence is reported or announced, not asked by the person."""
    announced = separator["mark"] == ":" and separator[0][-1].isspace()
    return announced or any(language.compiled.reporting.search(head) for language in LANGUAGES)


def _may_follow(head: str, separator: re.Match[str]) -> bool:
    """Whether a request may follow `head` without a word of politeness: "I sit down, and remember" is none."""
    if separator["mark"] and len(separator[0].strip()) == 1:
        return True
    own = skip_openers(head).end
    if separator["mark"] is None:
        return any(language.compiled.orders.match(head, own) for language in LANGUAGES)
    return not any(language.compiled.subject.match(head, own) for language in LANGUAGES)
