"""What in a message is the person's own: no code, no comments, no `>` quotes, no quotation that carries a request."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from memories.requests.clauses import Budget, holds_request
from memories.requests.languages import Language, languages_of
from memories.requests.reading import REMOVED, fold, normalise

MOST_PLACES_IN_QUOTATIONS = 200
SHORTEST_REQUEST = 3

_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,2}[.)])\s+)?(`{3,}|~{3,})(.*)")
_QUOTED_LINE = re.compile(r"\s*(?:(?:[-*+]|\d{1,2}[.)])\s+)?[>＞]")
_INDENTED = re.compile(r" {4}|\t| {1,3}\t")
_LISTED = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s")
_BACKTICKS = re.compile("`+")
_FOREIGN_TAG = re.compile(r"<(/?)(pre|code|blockquote|q|cite|script|style)\b[^<>\n]{0,200}>", re.IGNORECASE)
_HIDING_TAG = re.compile(r"<([a-z][a-z0-9-]*)\b(?=[^<>\n]{0,200}?\b(?:hidden|style)\b)[^<>\n]{0,400}>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--|-->")
_LINK_TO_NOWHERE = re.compile(r"^ {0,3}\[[^\]\n]{1,40}\]:[ \t]*(?:#|<>).*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n")

_QUOTATION_MARK = re.compile(r"""[“”„‟«»「『《]|(?<!\w)(?:"(?=\S)|['‘](?=\w))""")
_CLOSING = {"“": "”", "”": "”", "„": "“”", "‟": "”", "«": "»", "»": "«", "「": "」", "『": "』", "《": "》"}
_SPEAKS = re.compile(
    r"\b(?:i|we|my|our|me|us|ich|wir|mein\w*|unser\w*|mir|mich|uns|je|nous|mon|ma|mes|notre|nos|yo|mi|mis|nuestr\w+|eu|nós"
    r"|meus?|minhas?|noss[ao]s?|vivo|trabajo|tengo|soy|estoy|moro|trabalho|tenho|sou|estou)\b(?=\W+\w)|\bj'\w|[我私僕俺]",
    re.IGNORECASE,
)
_CLOSING_STRAIGHT = re.compile(r'(?<=[^\s(\["])"(?!\w)')
_CLOSING_SINGLE = re.compile(r"(?<=[^\s(\['])['’](?!\w)")


def own_words(text: str) -> str:
    """`text` without fenced and inline code, quoted lines and quotations that contain a request."""
    return mask(normalise(text)).replace(REMOVED, " ").strip()


def mask(text: str) -> str:
    """Normalised `text` with a mark in the place of everything that is not the person's own."""
    text = _mask_lines(text)
    if "<!--" in text:
        text = _mask_spans(text, _comments(text))
    if "]:" in text:
        text = _mask_spans(text, (link.span() for link in _LINK_TO_NOWHERE.finditer(text)))
    if "<" in text:
        text = _mask_spans(text, _tagged(text))
        text = _mask_spans(text, _styled(text))
    if "`" in text:
        text = _mask_spans(text, _inline_code(text))
    if not (languages := languages_of(text)):
        return text
    budget = Budget(MOST_PLACES_IN_QUOTATIONS)
    asking = (span for span in _quotations(text) if _asks(text[span[0] + 1 : span[1]], languages, budget))
    return _mask_spans(text, asking)


def without_speech(text: str) -> str:
    """Masked text without quotations in which somebody speaks of themselves: whoever that is, they are only quoted."""
    speaking = (span for span in _quotations(text) if _SPEAKS.search(text, *span))
    return _mask_spans(text, speaking)


def _asks(quotation: str, languages: Sequence[Language], budget: Budget) -> bool:
    """Whether a quotation contains a request; yes for every one of too many."""
    if len(quotation) < SHORTEST_REQUEST:
        return False
    return not budget.spend() or (bool(languages_of(quotation)) and holds_request(fold(quotation), languages, budget))


def _mask_lines(text: str) -> str:
    """Blank out fenced blocks, quoted lines and indented code."""
    kept: list[str] = []
    fence = ""
    after_blank = indented = False
    for line in text.split("\n"):
        opening = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2].strip():
                fence = ""
            kept.append(REMOVED)
        elif opening and not (opening[1][0] == "`" and "`" in opening[2]):
            fence = opening[1]
            kept.append(REMOVED)
        elif _QUOTED_LINE.match(line):
            kept.append(REMOVED)
        elif not line.strip():
            after_blank = after_blank or bool(kept)
            kept.append(line)
            continue
        elif (after_blank or indented) and _INDENTED.match(line) and not _LISTED.match(line):
            indented = True
            kept.append(REMOVED)
        else:
            indented = False
            kept.append(line)
        after_blank = False
    return "\n".join(kept)


def _mask_spans(text: str, spans: Iterator[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += text[done:start], REMOVED
        done = end
    return "".join(parts) + text[done:] if parts else text


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Comments of HTML, which nobody sees who reads the page; one left open reaches to the end."""
    start: int | None = None
    for mark in _COMMENT.finditer(text):
        if start is None and mark[0] == "<!--":
            start = mark.start()
        elif start is not None and mark[0] == "-->":
            yield start, mark.end()
            start = None
    if start is not None:
        yield start, len(text)


def _tagged(text: str) -> Iterator[tuple[int, int]]:
    """HTML elements that hold code or someone else's words; one left open reaches to the end."""
    depth = start = 0
    for tag in _FOREIGN_TAG.finditer(text):
        if not tag[1]:
            start = tag.start() if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield start, tag.end()
    if depth:
        yield start, len(text)


def _styled(text: str) -> Iterator[tuple[int, int]]:
    """HTML elements that are hidden or styled, which nobody writes by hand; one left open reaches to the end."""
    lowered = text.lower()
    at = 0
    while opening := _HIDING_TAG.search(text, at):
        closing = f"</{opening[1].lower()}"
        end = lowered.find(closing, opening.end())
        at = len(text) if end < 0 else end + len(closing)
        yield opening.start(), at


def _inline_code(text: str) -> Iterator[tuple[int, int]]:
    """Code spans: from a run of backticks to the next run of the same length in the same paragraph."""
    runs = [(run.start(), run.end()) for run in _BACKTICKS.finditer(text)]
    paragraphs = [gap.start() for gap in _BLANK_LINES.finditer(text)]
    following: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        following[index] = latest.get(length)
        latest[length] = index
    index = 0
    while index < len(runs):
        closing = following[index]
        if closing is not None and _same_paragraph(paragraphs, runs[index][0], runs[closing][0]):
            yield runs[index][0], runs[closing][1]
            index = closing
        index += 1


def _same_paragraph(gaps: list[int], start: int, end: int) -> bool:
    return bisect_left(gaps, start) == bisect_left(gaps, end)


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """Quotations in any of the usual marks; one left open reaches to the end of its paragraph."""
    seek = _Seek(text)
    at = 0
    while mark := _QUOTATION_MARK.search(text, at):
        start, at = mark.start(), mark.end()
        end = _end_of_quotation(seek, mark[0], start)
        if end is not None:
            yield start, end
            at = end


def _end_of_quotation(seek: _Seek, mark: str, start: int) -> int | None:
    text = seek.text
    if mark in "'‘":
        end = seek.pattern(_CLOSING_SINGLE, start + 1)
        line_end = seek.string("\n", start)
        return end + 1 if end < line_end else None
    paragraph_end = seek.pattern(_BLANK_LINES, start)
    if mark == '"':
        return min(seek.pattern(_CLOSING_STRAIGHT, start + 1) + 1, paragraph_end)
    end = min(seek.string(closing, start + 1) for closing in _CLOSING[mark])
    return end + 1 if end < len(text) else paragraph_end


class _Seek:
    """Finds the next of something after a place, remembering it, so that many questions stay linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[object, int] = {}

    def string(self, wanted: str, start: int) -> int:
        if self._found.get(wanted, -1) < start:
            at = self.text.find(wanted, start)
            self._found[wanted] = len(self.text) if at < 0 else at
        return self._found[wanted]

    def pattern(self, wanted: re.Pattern[str], start: int) -> int:
        if self._found.get(wanted, -1) < start:
            match = wanted.search(self.text, start)
            self._found[wanted] = match.start() if match else len(self.text)
        return self._found[wanted]
