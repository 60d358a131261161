"""Whose words a sentence is made of: the person's own, or a text they brought along.

A letter to be proofread, a poem to be translated, a transcript, a game of make-believe: what these say
is not what the person asks for, even where nothing marks it as a quotation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from memories.requests.clauses import skip_openers
from memories.requests.languages import LANGUAGES
from memories.requests.reading import Line

_FORWARDED = re.compile(
    r"-{2,}\s*(?:original|forwarded|begin forwarded|ursprüngliche|weitergeleitete|message (?:original|transféré)"
    r"|mensaje|mensagem)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:\[[^\]\n]{1,30}\]\s*|\d{1,2}:\d\d\s+)?(?P<name>[^\W\d_][\w .'-]{0,30}?)\s?:(?=\s|$)")
_SPEAKERS = re.compile(
    r"(?:user|assistant|bot|ai|human|me|you|system|claude|chatgpt|gpt|model|q|a|speaker|customer|agent|he|she|him"
    r"|her)\b",
    re.IGNORECASE,
)
_OWN_LABEL = re.compile(
    r"(?:update|context|info|important|edit|question|task|background|reminder|requests?|memo|attention|correction|todo"
    r"|wichtig|frage|kontext|pregunta|importante|contexto|question|pergunta)\b",
    re.IGNORECASE,
)


class Framing:
    """Which sentences of `lines` belong to a text the person brought along."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._foreign_from: tuple[int, int] = (len(lines), 0)
        self._foreign_before: tuple[int, int] = (0, 0)
        self._foreign_lines: set[int] = set()
        self._read_labels(lines)
        self._read_frames(lines)

    def is_foreign(self, line: int, sentence: int) -> bool:
        place = (line, sentence)
        return line in self._foreign_lines or place >= self._foreign_from or place < self._foreign_before

    def _read_labels(self, lines: Sequence[Line]) -> None:
        """Lines that start with a speaker's name, and a whole message of them."""
        names: Counter[str] = Counter()
        for number, line in enumerate(lines):
            if line.bullet or not (name := _speaker(line)):
                continue
            names[name] += 1
            self._foreign_lines.add(number)
            if names.total() > 1 and (names[name] > 1 or any(_SPEAKERS.match(known) for known in names)):
                self._foreign_from = (0, 0)
                return
            if line.text.rstrip().endswith(":"):
                self._add_paragraph(lines, number + 1)

    def _add_paragraph(self, lines: Sequence[Line], number: int) -> None:
        while number < len(lines) and not lines[number].blank and lines[number].bullet == lines[number].inline:
            self._foreign_lines.add(number)
            number += 1

    def _read_frames(self, lines: Sequence[Line]) -> None:
        """What announces a text after itself, and what speaks of a text before itself."""
        begun = False
        for number, line in enumerate(lines):
            for index, sentence in enumerate(line.sentences):
                ends_line = index + 1 == len(line.sentences)
                if _announces(sentence.folded, sentence.ending, ends_line and number + 1 < len(lines)):
                    self._foreign_from = min(self._foreign_from, (number, index + 1))
                if _letter_begins(sentence.folded) or (begun and index == 0 and _greets(line)):
                    self._foreign_from = min(self._foreign_from, (number, index))
                begun = True
                if _letter_ends(line, lines[number + 1 : number + 2]):
                    self._foreign_before = max(self._foreign_before, (number, index))
                if any(language.compiled.points_back.search(sentence.folded) for language in LANGUAGES):
                    self._foreign_before = max(self._foreign_before, (number, index))


def _speaker(line: Line) -> str | None:
    """The name at the start of a line of a transcript: "Alice: ..."."""
    if not line.sentences:
        return None
    folded = line.sentences[0].folded
    label = _LABEL.match(folded)
    if not label:
        return None
    name = label["name"]
    known = _SPEAKERS.match(name) is not None
    if _OWN_LABEL.match(name) or not (known or name[0].isupper() or label.start("name") > 0):
        return None
    if len(name.split()) > 3:
        return None
    at = skip_openers(folded).end
    if at >= label.end("name"):
        return None
    for language in LANGUAGES:
        patterns = language.compiled
        if any(p.match(folded, at) for p in (patterns.remember, patterns.note, patterns.possessive)):
            return None
        if not known and patterns.subject.match(folded, at):
            return None
    return name.lower()


def _announces(folded: str, ending: str, goes_on: bool) -> bool:
    """Whether a sentence is followed by a text that is not the person's own."""
    if _FORWARDED.match(folded):
        return True
    opens_text = folded.endswith(":")
    at = skip_openers(folded).end
    for language in LANGUAGES:
        patterns = language.compiled
        if patterns.inventing.search(folded):
            return True
        if opens_text and patterns.reporting.search(folded):
            return True
        if patterns.working_on.search(folded) and (opens_text or patterns.points_forward.search(folded)):
            return True
        if goes_on and not ending and patterns.working_on.match(folded, at):
            return True
    return False


def _greets(line: Line) -> bool:
    """Whether a line is nothing but a greeting with a comma: below other text, that opens a letter."""
    folded = line.sentences[-1].folded
    return len(line.sentences) == 1 and folded.endswith(",") and skip_openers(folded).end >= len(folded)


def _letter_ends(line: Line, following: Sequence[Line]) -> bool:
    """Whether a line takes leave, with a name below it."""
    if len(line.sentences) != 1 or not any(0 < len(below.text.split()) <= 4 for below in following):
        return False
    return any(language.compiled.sign_off.match(line.sentences[0].folded) for language in LANGUAGES)


def _letter_begins(folded: str) -> bool:
    return any(language.compiled.salutation.match(folded) for language in LANGUAGES)
