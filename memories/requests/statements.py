"""Which words of a request are the statement to store, and whether they are one.

A wrong memory is worse than a missed one: whatever is not plainly a whole statement is no statement.
"""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import Literal

from memories.requests.languages import Language
from memories.requests.languages.base import Patterns
from memories.requests.reading import ACRONYM, REMOVED, fold

LONGEST = 4_000

Form = Literal["that", "colon", "comma", "plain"]

_PADDING = " \t,;:.!…。、–—-·，；：！．"
_LEADING = " \t,;:.!…。、–—=>·，；：！．"
_WRAPPED = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’", "(": ")"}
_PAIRS = (("«", "»"), ("「", "」"), ("『", "』"), ("(", ")"), ("[", "]"))
_QUOTATION_MARK = re.compile(r'(?<!\d)"|[“”„]')
_PAUSE = re.compile(r"[,;:(—–、]|\s-\s")
_NUMBERED = re.compile(r"[(（]?1[.)、．）](?!\d)")
"""The start of a list that was not taken apart."""
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def end_of_statement(text: str, ending: str, asked: bool, patterns: Patterns) -> str | None:
    """`text` up to where it turns into another request or question, without politeness; None for a question."""
    folded = fold(text)
    polite = patterns.manners.search(folded)
    questioning = ending == "?" or (not patterns.spaced and patterns.tag.search(folded) is not None)
    if questioning and not asked and not polite and patterns.tag.search(folded):
        return None
    question = patterns.question if questioning else patterns.joined_question
    # "I like to sing, draw and paint" orders no drawing, and "et que j'habite à Oslo" asks nothing.
    orders = takewhile(lambda found: not patterns.listed.match(folded, found.end()), patterns.order.finditer(folded, 1))
    questions = (found for found in question.finditer(folded, 1) if not patterns.and_that.match(folded, found.start()))
    cut = min((found.start() for found in (*islice(orders, 1), *islice(questions, 1))), default=None)
    if cut is not None:
        text = text[:cut]
    elif questioning and not asked and not polite:
        return None
    return without_manners(text, patterns, drop_tag=asked and not patterns.spaced)


def end_of_object(text: str, patterns: Patterns) -> str:
    """The object of a request to forget, up to the first sign that it is over."""
    text = end_of_statement(text, "", True, patterns) or ""
    for over in (_PAUSE, patterns.leftover):
        if found := over.search(fold(text)):
            text = text[: found.start()]
    return text


def without_manners(text: str, patterns: Patterns, *, drop_tag: bool = False) -> str:
    """`text` without the politeness, the smiley, the punctuation at its end."""
    for _ in range(4):
        text = _end_stripped(text)
        found = patterns.manners.search(fold(text)) or (drop_tag and patterns.tag.search(fold(text)))
        if not found:
            break
        text = text[: found.start()]
    return text


def _end_stripped(text: str) -> str:
    """`text` without punctuation at its end, except for the last dot of "U.S."."""
    stripped = text.rstrip(_PADDING)
    if text[len(stripped) :].startswith(".") and ACRONYM.search(stripped[-20:]):
        return stripped + "."
    return stripped


def tidy(text: str) -> str:
    """One line, no wrapping quotation marks or brackets, no stray punctuation at either end, not too long."""
    text = _end_stripped(" ".join(text.split()).lstrip(_LEADING))
    if len(text) > 2 and _WRAPPED.get(text[0]) == text[-1] and text[0] not in text[1:-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip(_PADDING)
    if text.endswith((")", "]")) and text.count(")") + text.count("]") == text.count("(") + text.count("[") + 1:
        text = text[:-1].rstrip(_PADDING)
    if len(text) > LONGEST:
        text = text[: LONGEST + 1].rpartition(" ")[0] or text[:LONGEST]
    return text


def split_statements(text: str, patterns: Patterns) -> list[str]:
    """ "my name is Bob and that I live in Oslo" as two statements."""
    folded = fold(text)
    parts, done = [], 0
    for joint in patterns.and_that.finditer(folded):
        parts.append(text[done : joint.start()])
        done = joint.end()
    return [*parts, text[done:]]


def is_statement(text: str, form: Form, language: Language, *, lasting: bool, brief: bool) -> bool:
    """Whether `text`, found in a request of that form, may be stored.

    `lasting` is asked of what follows a verb that as often comments on a task ("note that"); `brief`
    messages may state something without mentioning the person ("the office closes at six").
    """
    patterns = language.compiled
    folded = fold(text)
    if not is_whole(text) or patterns.not_statement.match(folded) or patterns.unfinished.search(folded):
        return False
    if patterns.retold.match(folded) or patterns.at_hand.search(folded):
        return False
    if lasting and patterns.passing.search(folded):
        return False
    if possessive := patterns.possessive.match(folded):
        return _says_something(folded, possessive.end(), form, patterns)
    if subject := patterns.subject.match(folded):
        if patterns.spaced:
            return len(folded.split()) > 1 or len(folded) > subject.end() + 2
        return form == "colon" or patterns.verbs.search(folded, max(subject.end() - 1, 0)) is not None
    if form in ("comma", "plain") or lasting:
        return False
    if patterns.person.search(folded):
        return _words(folded, patterns) >= 3
    return brief and (form == "colon" or _words(folded, patterns) >= 3)


def _says_something(folded: str, after: int, form: Form, patterns: Patterns) -> bool:
    if patterns.verbs.search(folded, after - (0 if patterns.spaced else 1)) or (patterns.dated.search(folded, after)):
        return True
    if re.search(r"\w \+?\d[\d\s./:-]*$", folded[after:]):
        return True
    return patterns.spaced and (form == "colon" or (form == "that" and len(folded.split()) >= 4))


def _words(folded: str, patterns: Patterns) -> int:
    return len(folded.split()) if patterns.spaced else len(folded) // 2


def is_whole(text: str) -> bool:
    """Whether nothing was taken out of `text` and every quotation and bracket in it is closed."""
    if REMOVED in text or len(text) < 2 or not _LETTER_OR_DIGIT.search(text) or _NUMBERED.match(text):
        return False
    if len(_QUOTATION_MARK.findall(text)) % 2:
        return False
    return all(text.count(opening) == text.count(closing) for opening, closing in _PAIRS)
