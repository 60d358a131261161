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
_SEPARATOR = re.compile(rf"\s*(?P<mark>[,;:(]|[—–]|-{{1,2}}(?=\s))\s*(?:{_JOINERS}\s+)?|\s+{_JOINERS}\s+", re.IGNORECASE)


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


class Budget:
    """How many places of one message are looked at: prose never needs all of them, hostile text would."""

    def __init__(self, places: int) -> None:
        self._left = places

    def spend(self) -> bool:
        self._left -= 1
        return self._left >= 0


def skip_openers(folded: str, at: int = 0) -> tuple[int, bool, bool]:
    """The place after what may precede a request, whether it asks ("could you"), and whether there was any."""
    start, asked = at, False
    for _ in range(MOST_OPENERS):
        for language in LANGUAGES:
            patterns = language.compiled
            if opener := patterns.opener.match(folded, at):
                asked = asked or patterns.asking.match(folded, at) is not None
                at = opener.end()
                break
        else:
            break
    return at, asked, at > start


def starts_request(folded: str, at: int, languages: Sequence[Language]) -> bool:
    """Whether a request to remember, to forget or for the list starts at `at`, its openers skipped."""
    question = folded[at : at + LONGEST_QUESTION]
    return any(
        patterns.remember.match(folded, at)
        or patterns.note.match(folded, at)
        or any(pattern.match(question) for pattern in (*patterns.forget, *patterns.forget_everything))
        for patterns in (language.compiled for language in languages)
    )


def holds_request(text: str, languages: Sequence[Language], budget: Budget) -> bool:
    """Whether anything in `text` would be a request if it stood alone; yes, once the budget is spent."""
    places = [0, *(found.end() for found in re.finditer(r"[.,;:!?…\n。—–]\s*|\s(?:and|und|et|y|e)\s", text))]
    for place in places:
        if not budget.spend():
            return True
        at, _, _ = skip_openers(text, place)
        question = re.split(r"[.!?\n。]", text[at : at + LONGEST_QUESTION], maxsplit=1)[0]
        if starts_request(text, at, languages) or any(
            pattern.match(question) for language in languages for pattern in language.compiled.list_all
        ):
            return True
    return False


def clauses(sentence: Sentence, languages: Sequence[Language], budget: Budget) -> Iterator[Clause]:
    """The parts of `sentence` that may be requests, in order; the first is its beginning."""
    folded = sentence.folded
    if not budget.spend():
        return
    first, asked, _ = skip_openers(folded)
    starts = [(0, first, asked)]
    is_request = starts_request(folded, first, languages)
    for separator in _SEPARATOR.finditer(folded, first):
        if not budget.spend():
            break
        at, asked, opened = skip_openers(folded, separator.end())
        if not starts_request(folded, at, languages):
            continue
        if _may_start(folded[: separator.start()], separator, opened, is_request):
            starts.append((separator.start(), at, asked))
    for index, (_, at, asked) in enumerate(starts):
        last = index + 1 == len(starts)
        end = len(folded) if last else starts[index + 1][0]
        head = "" if is_request or index != 1 else sentence.text[: starts[1][0]]
        yield Clause(sentence.text[at:end], folded[at:end], sentence.ending if last else "", head, asked)


def _may_start(head: str, separator: re.Match[str], opened: bool, after_request: bool) -> bool:
    """Whether what stands before a later part of a sentence leaves it the person's own request."""
    mark = separator["mark"]
    if mark == ":":
        return False
    if after_request:
        return True
    if re.search(r":\s", head) or any(language.compiled.reporting.search(head) for language in LANGUAGES):
        return False
    joined = mark is None or len(separator[0].strip()) > 1
    if not joined or opened:
        return True
    own, _, _ = skip_openers(head)
    if mark is None:
        return any(re.match(language.orders, head[own:], re.IGNORECASE) for language in LANGUAGES)
    return not any(language.compiled.subject.match(head, own) for language in LANGUAGES)
