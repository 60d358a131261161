"""What of a text that is still being written is held back: markup that has begun and not ended.

Shown at once it would flash: two asterisks that turn into bold, a bracket that turns into a link. It only decides what
is shown a moment later; the finished text is rendered without it.
"""

from __future__ import annotations

import re

from conversations.markup.rules import formula_at, is_unspaced, opens_dollars

LONGEST = 400
"""An opening that has not been closed after so many characters is shown as it is."""
LONGEST_FORMULA = 1_500
LONGEST_LINK = 1_400
MOST_LOOKED_AT = 2_000
MOST_OPENINGS = 50

_CONTAINERS = re.compile(r"(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_UNDECIDED_LINE = re.compile(
    r"""
    [-+*_=][-+*_= \t]* | \#{1,6}[ \t]* | \d{1,9}[.)]? | `{1,2} | (?:```|~~~).* | ~{1,2}   # lists, headings, rules, code
    | \|.*                                            # a table is shown row by row
    | \[[^\]\n]{0,200}(?:\](?::.*)?)?                 # "[name]: https://…"
    | \$\$? | \\\[?
    """,
    re.VERBOSE,
)
_DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-[-:| \t]*\Z")
_DELIMITER_BEGINS = re.compile(r"[ \t|:-]*\Z")
_MARKS = re.compile(r"\\.|\\\Z|`+|\*+|_+|~~?|!?\[|\]|<|&|\$\$?", re.S)
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.:/?#@%&=_~-]{0,400}|br[ \t]*/?)\Z", re.I)
_ENTITY = re.compile(r"&#?[A-Za-z0-9]{0,31}\Z")
_LINK_TAIL = re.compile(r"\((?:[^()\n\\]|\\.|\([^()\n]*\)){0,1000}\Z|\[[^\]\n]{0,200}\Z")
_TABLE_LINE = re.compile(r"[ \t]*\|")


def settled_lines(text: str) -> str:
    """`text` without that part of its last line, or of a table's head, whose kind of block is not clear yet."""
    at = text.rfind("\n") + 1
    line = text[at:]
    rest = line[_containers_end(line) :]
    if line and (not rest.strip() or _UNDECIDED_LINE.fullmatch(rest)):
        # Behind a marker nothing has come yet, or not enough.
        text = text[:at]
    return _without_table_head(text, line)


def _containers_end(line: str) -> int:
    found = _CONTAINERS.match(line)
    return found.end() if found else 0


def _without_table_head(text: str, line: str) -> str:
    """A table's head looks like a paragraph until the row of dashes has come."""
    whole = text[:-1] if text.endswith("\n") else text
    at = whole.rfind("\n") + 1
    head = whole[at:]
    before = whole[:at].rstrip("\n").rpartition("\n")[2] if not whole[:at].endswith("\n\n") else ""
    if not _TABLE_LINE.match(head) or _TABLE_LINE.match(before) or _DELIMITER_ROW.match(head):
        return text
    pending = line if text.endswith("\n") or not text else ""
    return text[:at] if _DELIMITER_BEGINS.match(pending) and (text.endswith("\n") or line) else text


def settled_inline(text: str) -> str:
    """`text`, the inside of a paragraph that goes on, up to the first markup that may still be closed."""
    skipped = max(0, len(text) - MOST_LOOKED_AT)
    openings: list[tuple[str, int]] = []
    at, ends = skipped, len(text)
    while found := _MARKS.search(text, at):
        next_at = _step(text, found.group(), found.start(), openings)
        if next_at is None:
            ends = found.start()
            break
        at = next_at
        del openings[:-MOST_OPENINGS]
    longest = {"held": LONGEST_LINK}
    first = next((start for mark, start in openings if len(text) - start <= longest.get(mark, LONGEST)), ends)
    return text[:first]


def _step(text: str, mark: str, start: int, openings: list[tuple[str, int]]) -> int | None:
    """Take in one mark. Returns where to go on, or None when everything from here on has to wait."""
    end = start + len(mark)
    near = len(text) - start <= LONGEST
    kind = mark[0]
    if kind in "$\\":
        return _formula(text, mark, start)
    if kind == "`":
        closing = _closing_ticks(text, len(mark), end)
        return closing if closing else (None if near else end)
    if kind in "<&":
        waits = (_AUTOLINK if kind == "<" else _ENTITY).match(text, start) or end == len(text)
        return None if waits else end
    if mark == "~":
        return None if end == len(text) else end
    if kind in "*_~":
        _emphasis(text, mark, start, openings)
        return end
    return _bracket(text, mark, start, openings)


def _formula(text: str, mark: str, start: int) -> int | None:
    end = start + len(mark)
    found = formula_at(text, start, len(text))
    if found:
        return found[1]
    if mark[0] == "\\":
        opens = mark in (r"\(", r"\[") and len(text) - start <= LONGEST_FORMULA
        return None if mark == "\\" or (opens and ("\\)" if mark == r"\(" else "\\]") not in text[end:]) else end
    if mark == "$$":
        return None if len(text) - start <= LONGEST_FORMULA and "$$" not in text[end:] else end
    if end == len(text):
        return None
    inside = text[end:]
    opens = opens_dollars(inside[:1]) and not inside[0].isdigit() and not text[start - 1 : start].isalnum()
    return None if opens and len(inside) <= 80 and "$" not in inside and "\n" not in inside else end


def _closing_ticks(text: str, count: int, at: int) -> int:
    for found in re.finditer("`+", text[at:]):
        if len(found.group()) == count:
            return at + found.end()
    return 0


def _emphasis(text: str, mark: str, start: int, openings: list[tuple[str, int]]) -> None:
    end = start + len(mark)
    before, after = text[start - 1 : start], text[end : end + 1]
    closes = bool(before) and not before.isspace()
    # Within a word, as in 2*3 and in snake_case, it is rather no markup. Where no spaces are written nobody knows.
    in_word = before.isalnum() and (mark[0] == "_" or not is_unspaced(before))
    opens = not after or not (after.isspace() or in_word)
    if mark[0] == "_" and after.isalnum():
        closes = False
    left = len(mark)
    while closes and left:
        at = next((i for i in range(len(openings) - 1, -1, -1) if openings[i][0][0] == mark[0]), None)
        if at is None:
            break
        opening, where = openings[at]
        del openings[at:]
        taken = min(left, len(opening))
        left -= taken
        if len(opening) > taken:
            openings.append((opening[:-taken], where))
    if left and opens:
        openings.append((mark[:left], start))


def _bracket(text: str, mark: str, start: int, openings: list[tuple[str, int]]) -> int | None:
    end = start + len(mark)
    if mark != "]":
        openings.append(("[", start))
        return end
    at = next((i for i in range(len(openings) - 1, -1, -1) if openings[i][0] == "["), None)
    if at is None:
        return end
    where = openings[at][1]
    if end == len(text) or (_LINK_TAIL.match(text, end) and len(text) - where <= LONGEST_LINK):
        # What it is shows in what follows.
        openings[at] = ("held", where)
        return len(text)
    del openings[at:]
    return end
