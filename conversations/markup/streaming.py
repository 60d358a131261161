"""A text rendered while it is written.

Whole blocks are settled once a complete line after them proves that nothing can change them any more; they are
rendered once. What is open is previewed: with unfinished markup held back, less often the longer it is, and as plain
text when it is very long. So the cost is linear in the length of the text. At the end the whole text is rendered, and
that counts.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from markdown_it.token import Token

from conversations.markup.blocks import (
    CODE_ENDS,
    MAX_RENDERED_CHARS,
    Block,
    Renderer,
    code_begins,
    is_closed,
    is_too_dear,
    normalised,
    structure,
)
from conversations.markup.sanitising import plain, sanitised, sanitised_text
from conversations.markup.unfinished import settled_inline, settled_lines

PATIENCE = 20
"""The open part is rendered again when it has grown by this fraction: each character is rendered so often at most."""
ALLOWED_SECONDS, ALLOWED_SECONDS_PER_CHAR = 0.02, 8e-6
"""How much CPU a text may have cost so far, for its open part to be rendered again. A few texts are all markup."""
MAX_PREVIEWED = 8_000
"""In the weight of `_weight`. What is open and heavier shows as plain text until it is complete."""

_GROWS_OVER_BLANK_LINES = {"bullet_list_open", "ordered_list_open", "code_block"}
_PLAIN_BEGINS, _PLAIN_ENDS = plain("").split("</div>")[0], "</div>\n"


@dataclass(slots=True)
class _Code:
    """An open code fence at the top level: what comes is text until its closing line."""

    mark: str
    closing: re.Pattern[str]
    partly: re.Pattern[str]
    shown: int
    """How much of the source is in the preview."""


class StreamedMarkup:
    """Feed it text; `blocks` are settled, `tail` is how the rest looks now. Both are sanitised HTML."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.tail = ""
        self._renderer = Renderer()
        self._held = ""
        """A carriage return, whose line feed may follow."""
        self._taken = 0
        self._source = ""
        """What is not settled, and where in it the last item of an open list begins."""
        self._from = 0
        self._items = ""
        self._list_begins = ""
        self._loose = False
        self._fresh = 0
        self._spent = 0.0
        self._code: _Code | None = None
        self._overflows = False

    def weight_with(self, text: str) -> int:
        """About how many characters `feed` would have to look at. Blocks end, if they do, at the end of a line."""
        weight = self._fresh + len(text)
        if self._overflows:
            return weight
        if self._code is not None:
            return weight + (len(self._source) if self._code.mark in text else 0)
        return weight + _weight(self._source[0 if "\n" in text else self._from :])

    @property
    def behind(self) -> bool:
        """Whether there is text that the tail does not show yet and a call of `catch_up` would."""
        return self._fresh > 0

    def feed(self, text: str) -> None:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        text = normalised(text.removesuffix("\r"))
        if not self._overflows and self._taken + len(text) > MAX_RENDERED_CHARS:
            text = self._overflow_with(text)
        self._add(text)
        if self._overflows:
            self._append_plain()
        elif self._code is not None:
            self._append_code()
        elif self._is_due():
            self.catch_up()

    def catch_up(self) -> None:
        """Show everything that may be shown."""
        if not self._overflows and self._code is None and self._fresh:
            begun = time.thread_time()
            self._fresh = 0
            self._settle(self._source[: self._source.rfind("\n") + 1])
            self._preview()
            self._spent += time.thread_time() - begun

    def _is_due(self) -> bool:
        if self._spent > ALLOWED_SECONDS + ALLOWED_SECONDS_PER_CHAR * self._taken:
            return False
        enough = self._fresh * PATIENCE
        return enough >= len(self._source) - self._from and enough >= _weight(self._source[self._from :])

    def _add(self, text: str) -> None:
        self._source += text
        self._taken += len(text)
        self._fresh += len(text)

    # --- Settling -------------------------------------------------------------------------------------------

    def _settle(self, complete: str) -> None:
        """Settle what the complete lines of the source allow."""
        if len(complete) <= self._from:
            return
        references = dict(self._renderer.references)
        found = structure(complete[self._from :], references)
        if self._from and not _is_list(found):
            # By itself the item would be something else, such as a table: "- a | b".
            self._from, self._items = 0, ""
            found = structure(complete, references)
        last = complete.count("\n", self._from)
        closed = found[:-1]
        if found and found[-1].end < last and found[-1].kind not in _GROWS_OVER_BLANK_LINES:
            closed = found
        if closed:
            self._commit(complete, closed)
        elif not found and not complete[:-1].rpartition("\n")[2].strip():
            # Nothing but link definitions and blank lines.
            self._renderer.references = references
            self._drop(len(complete))
        elif _is_list(found[-1:]):
            self._settle_items(complete, found[-1])

    def _commit(self, complete: str, closed: list[Block]) -> None:
        lines = complete[self._from :].split("\n")
        end = self._from + len("\n".join(lines[: closed[-1].end])) + 1
        references = dict(self._renderer.references)
        if self._from:
            # The list's earlier items were left out so far.
            closed = structure(complete[:end], references)
            lines = complete.split("\n")
        else:
            # Only what stands in these lines is certain.
            structure(complete[:end], references)
        self._renderer.references = references
        self._renderer.forget()
        for block in closed:
            self.blocks.append(self._renderer.render(block.tokens, "\n".join(lines[block.begin : block.end])))
        self._drop(end)
        self._settle(self._source[: self._source.rfind("\n") + 1])

    def _drop(self, end: int) -> None:
        self._source = self._source[end:]
        self._from, self._items, self._loose = 0, "", False

    def _settle_items(self, complete: str, block: Block) -> None:
        """Of an open list only the last item still grows, unless the list turns out to be a loose one."""
        loose = _is_loose(block)
        if self._items and loose and not self._loose:
            self._from, self._items = 0, ""
            self._settle_items(complete, structure(complete, dict(self._renderer.references))[0])
            return
        self._loose = self._loose or loose
        begins = [at for at, token in enumerate(block.tokens) if token.type == "list_item_open" and token.level == 1]
        if not self._from:
            self._list_begins = self._renderer.preview(block.tokens[:1], None).rpartition("</")[0]
        if len(begins) < 2:
            return
        begin = (block.tokens[begins[-1]].map or [0])[0]
        lines = complete[self._from :].split("\n")
        if not _is_list(structure("\n".join(lines[begin:]), {})):
            return
        items = block.tokens[begins[0] : begins[-1]]
        _loosen(items, self._loose)
        self._items += self._renderer.preview(items, None)
        self._from += len("\n".join(lines[:begin])) + 1

    # --- Previewing -----------------------------------------------------------------------------------------

    def _preview(self) -> None:
        source = self._source[self._from :]
        if _weight(source) > MAX_PREVIEWED or is_too_dear(source):
            self.tail = self._list(self._items) + plain(source)
            return
        text = settled_lines(source)
        found = structure(text, dict(self._renderer.references))
        if found and not self._from and found[-1].kind == "fence" and len(found) == 1 and self._begin_code(found[0]):
            return
        growing = _growing(found, text)
        if growing is not None and growing.type == "inline":
            growing.content = settled_inline(growing.content).rstrip()
        shown = [self._shown(block, growing, first=not at) for at, block in enumerate(found)]
        self.tail = "".join(shown) or self._list(self._items)

    def _shown(self, block: Block, growing: Token | None, *, first: bool) -> str:
        tokens = block.tokens
        if growing is not None and growing in tokens and not growing.content and len(tokens) <= 3:
            return ""
        if not (first and self._items):
            return self._renderer.preview(tokens, growing)
        _loosen(tokens, self._loose)
        return self._list(self._items + self._renderer.preview(tokens[1:-1], growing))

    def _list(self, items: str) -> str:
        """Items as the list they belong to."""
        if not items:
            return ""
        name = "ul" if self._list_begins.startswith("<ul") else "ol"
        return f"{self._list_begins}{items}</{name}>\n"

    # --- What only grows ------------------------------------------------------------------------------------

    def _begin_code(self, block: Block) -> bool:
        """From an open fence on, text is appended until it closes. Not when its lines lose an indent."""
        token, lines = block.tokens[0], self._source.split("\n")
        first = lines[block.begin]
        if is_closed(token, lines) or first[:1] == " " or len(lines) - block.begin < 2:
            return False
        mark = re.escape(token.markup[0])
        self._code = _Code(
            token.markup[0],
            re.compile(rf"^ {{0,3}}{mark}{{{len(token.markup)},}}[ \t]*$", re.M),
            re.compile(rf" {{0,3}}{mark}*[ \t]*\Z"),
            len("\n".join(lines[: block.begin + 1])) + 1,
        )
        language = token.info.split(maxsplit=1)[0][:40] if token.info.strip() else ""
        self.tail = sanitised(code_begins(language) + CODE_ENDS)
        self._append_code()
        return True

    def _append_code(self) -> None:
        code = self._code
        assert code is not None
        self._fresh = 0
        line = self._source.rfind("\n") + 1
        if line > code.shown - 1 and code.closing.search(self._source, code.shown, line):
            # It has closed, and is highlighted from now on.
            self._code = None
            self._fresh = 1
            self.catch_up()
            return
        upto = line if code.partly.match(self._source, line) else len(self._source)
        if upto > code.shown:
            fresh = sanitised_text(self._source[code.shown : upto])
            self.tail = f"{self.tail.removesuffix(CODE_ENDS)}{fresh}{CODE_ENDS}"
            code.shown = upto

    def _overflow_with(self, text: str) -> str:
        """Take in what still is rendered; the rest, which is returned, is plain."""
        known = len(self._source)
        self._add(text)
        upto = known + len(text) - (self._taken - MAX_RENDERED_CHARS)
        at = self._source.rfind("\n", 0, max(0, upto)) + 1
        rest = self._source[at:]
        self._source = self._source[:at]
        self._code = None
        if self._source:
            self._finish_head()
        self._source, self._taken, self._fresh = "", self._taken - len(rest), 0
        self._overflows = True
        self.tail = _PLAIN_BEGINS + _PLAIN_ENDS
        return rest

    def _finish_head(self) -> None:
        found = structure(self._source, self._renderer.references)
        lines = self._source.split("\n")
        for block in found:
            self.blocks.append(self._renderer.render(block.tokens, "\n".join(lines[block.begin : block.end])))
        self._drop(len(self._source))

    def _append_plain(self) -> None:
        self._fresh = 0
        self.tail = f"{self.tail.removesuffix(_PLAIN_ENDS)}{sanitised_text(self._source)}{_PLAIN_ENDS}"
        self._source = ""


def so_far(text: str) -> StreamedMarkup:
    """How a text looks that is still being written."""
    markup = StreamedMarkup()
    markup.feed(text)
    markup.catch_up()
    return markup


def _weight(source: str) -> int:
    """About how much work a text is, in characters."""
    return len(source) + 8 * (source.count("|") + source.count("["))


def _is_list(found: list[Block]) -> bool:
    return bool(found) and found[0].kind in {"bullet_list_open", "ordered_list_open"}


def _is_loose(block: Block) -> bool:
    return any(token.type == "paragraph_open" and token.level == 2 and not token.hidden for token in block.tokens)


def _loosen(tokens: list[Token], loose: bool) -> None:
    """An item looks as in a loose list although those around it here would make a tight one."""
    for token in tokens if loose else ():
        if token.level == 2 and token.type in {"paragraph_open", "paragraph_close"}:
            token.hidden = False


def _growing(found: list[Block], text: str) -> Token | None:
    """The token whose inside more text would make longer, if any."""
    if not found or text.endswith("\n\n"):
        return None
    last = next((token for token in reversed(found[-1].tokens) if token.type in {"inline", "fence", "hr"}), None)
    if last is None or last.type == "hr":
        return None
    if last.type == "fence":
        return None if is_closed(last, text.split("\n")) else last
    return last
