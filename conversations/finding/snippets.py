"""The part of a text around what was looked for, in parts of which some are marked. Pure rules, no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conversations.finding.terms import Asked
from memories.words import MARKS, words_of

SNIPPET_CHARS = 220
LEAD_CHARS = 60
SEARCHED_CHARS = 60_000

# Signs of Markdown say nothing in a line of plain text. None of them is looked for far ahead: a message may be nothing
# but brackets, or empty lines.
_SIGNS = re.compile(
    r"(?m)^[^\S\n]*+(?:```+\w*|~~~+\w*|#{1,6} |>+ ?|\|[-:| ]+$)"
    r"|\]\([^)\]\s]*+\)|!?\[(?=(?:!\[)?[^\[\]]*+\]\()|[`*~]+|__+|\|"
)
_LETTERS = rf"(?:[^\W_]|[{MARKS}])+"
_WORD = re.compile(rf"{_LETTERS}(?:['\u2019]{_LETTERS})*")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text, marked when it is what was looked for."""

    text: str
    marked: bool


def snippet(text: str, asked: Sequence[Asked], literal: str = "") -> list[Part]:
    """About two lines of a text, around where most of the words stand."""
    plain = " ".join(_SIGNS.sub(_left, text[:SEARCHED_CHARS]).split())
    marks = _marks(plain, asked, literal)
    start, end = _window(plain, marks)
    parts = marked(plain[start:end], [(a - start, b - start) for a, b in marks if a >= start and b <= end])
    if start:
        parts.insert(0, Part("…", False))
    if end < len(plain):
        parts.append(Part("…", False))
    return parts


def _left(sign: re.Match[str]) -> str:
    """What stands in the place of a sign: nothing within a line, so that no gap opens before a comma."""
    return " " if sign[0] == "|" else ""


def highlighted(text: str, asked: Sequence[Asked], literal: str = "") -> list[Part]:
    """A whole text, such as a title, with what was looked for marked."""
    return marked(text, _marks(text, asked, literal))


def marked(text: str, marks: Sequence[tuple[int, int]]) -> list[Part]:
    parts = []
    at = 0
    for start, end in marks:
        if start > at:
            parts.append(Part(text[at:start], False))
        parts.append(Part(text[start:end], True))
        at = end
    if at < len(text):
        parts.append(Part(text[at:], False))
    return parts


def _marks(text: str, asked: Sequence[Asked], literal: str) -> list[tuple[int, int]]:
    """Where in a text the words stand, in order and apart from each other."""
    found = []
    if literal:
        found += [match.span() for match in re.finditer(re.escape(literal), text, re.IGNORECASE)]
    whole = [one for one in asked if one.is_whole]
    if whole:
        for match in _WORD.finditer(text):
            words = [word for word, is_whole in words_of(match.group()) if is_whole]
            if any(one.fits(word) for one in whole for word in words):
                found.append(match.span())
    for one in asked:
        if not one.is_whole:
            found += [match.span() for match in re.finditer(re.escape(one.word), text, re.IGNORECASE)]
    return _joined(sorted(found))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, marks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The stretch with most marks, a little before the first of them, cut between words."""
    if len(text) <= SNIPPET_CHARS:
        return 0, len(text)
    best, most = 0, -1
    last = 0
    for first, (start, _) in enumerate(marks):
        last = max(last, first)
        while last + 1 < len(marks) and marks[last + 1][1] <= start + SNIPPET_CHARS - LEAD_CHARS:
            last += 1
        if last - first > most:
            best, most = start, last - first
    start = max(0, min(best - LEAD_CHARS, len(text) - SNIPPET_CHARS))
    end = min(len(text), start + SNIPPET_CHARS)
    if start and (space := text.find(" ", start, best)) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", start + SNIPPET_CHARS // 2, end)) >= 0:
        end = space
    return start, end
