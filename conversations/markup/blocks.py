"""A text's top-level blocks, and each of them as HTML. Every block renders to exactly one element."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore, text_join
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from conversations.markup import rules
from conversations.markup.sanitising import plain, sanitised

MAX_RENDERED_CHARS = 100_000
"""What follows the last line that ends before this is plain text."""
MAX_HIGHLIGHTED_CHARS = 10_000
MAX_HIGHLIGHTED_LINES = 400
"""Some of Pygments' lexers take quadratic time for runs of empty lines."""
MAX_HIGHLIGHTED_IN_ALL = 30_000
MAX_BARS = 6_000
"""In one block. A table's cells cost ten times what plain text does."""
MAX_BRACKETS = 2_000
"""In one block. markdown-it needs quadratic time for unmatched brackets: 40,000 of them cost 3.8 s."""

_NEWLINES = re.compile(r"\r\n?")
_CLOSING_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})[ \t]*\Z")

_CELLS = {"td_open", "th_open"}

References = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block: its tokens, and its lines."""

    tokens: list[Token]
    begin: int
    end: int

    @property
    def kind(self) -> str:
        return self.tokens[0].type


def normalised(text: str) -> str:
    """One kind of line ending, and nothing that HTML cannot hold."""
    return _NEWLINES.sub("\n", text).replace("\0", "\ufffd")


def structure(text: str, references: References) -> list[Block]:
    """Where blocks begin and end. Link definitions are added to `references`; nothing within lines is looked at."""
    tokens: list[Token] = []
    parser().block.parse(text, parser(), {"references": references}, tokens)
    blocks, first, depth = [], 0, 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            begin, end = tokens[first].map or (0, 0)
            blocks.append(Block(tokens[first : at + 1], begin, end))
            first = at + 1
    return blocks


def rendered(text: str) -> list[str]:
    """All blocks of a whole text, each sanitised."""
    text = normalised(text)
    head, rest = divided(text)
    renderer = Renderer()
    lines = head.split("\n")
    found = structure(head, renderer.references)
    blocks = [renderer.render(block.tokens, "\n".join(lines[block.begin : block.end])) for block in found]
    return [*blocks, plain(rest)] if rest else blocks


def divided(text: str) -> tuple[str, str]:
    """What is rendered of a text, and what is too much."""
    if len(text) <= MAX_RENDERED_CHARS:
        return text, ""
    at = text.rfind("\n", 0, MAX_RENDERED_CHARS) + 1
    return text[:at], text[at:]


def is_too_dear(source: str) -> bool:
    """Whether a block's cost would be out of proportion."""
    return source.count("[") > MAX_BRACKETS or source.count("|") > MAX_BARS


class Renderer:
    """Renders the blocks of one text in their order, and remembers what it has worked out for one that still grows."""

    def __init__(self) -> None:
        self.references: References = {}
        self._left = MAX_HIGHLIGHTED_IN_ALL
        self._inlines: dict[tuple[str, rules.Place], str] = {}
        self._codes: dict[tuple[str, str], str] = {}

    def render(self, tokens: list[Token], source: str) -> str:
        """A block that is complete."""
        if is_too_dear(source):
            return plain(source)
        env = self._env()
        written = self._written(tokens, env, {})
        self._left = env["left"]
        return sanitised(written)

    def preview(self, tokens: list[Token], growing: Token | None) -> str:
        """A block that still grows, at the end of the inline or code token `growing`. Spends none of the budget."""
        return sanitised(self._written(tokens, {**self._env(), "growing": growing}, self._inlines, growing))

    def forget(self) -> None:
        """What was kept for previews is of no more use."""
        self._inlines.clear()
        self._codes.clear()

    def _env(self) -> dict[str, Any]:
        return {"references": self.references, "left": self._left, "codes": self._codes}

    def _written(
        self,
        tokens: list[Token],
        env: dict[str, Any],
        known: dict[tuple[str, rules.Place], str],
        growing: Token | None = None,
    ) -> str:
        _adapt(tokens)
        renderer, options = _renderer(), parser().options
        out: list[str] = []
        for at, token in enumerate(tokens):
            if token.type == "inline":
                env["place"] = place = _place(tokens, at)
                written = known.get((token.content, place))
                if written is None:
                    written = _inline(token, env)
                    if token is not growing:
                        known[token.content, place] = written
                out.append(written)
            elif token.type in renderer.rules:
                out.append(renderer.rules[token.type](tokens, at, options, env))
            else:
                out.append(renderer.renderToken(tokens, at, options, env))
        return "".join(out)


def _place(tokens: list[Token], at: int) -> rules.Place:
    """Where the text of a token stands, as far as it changes what is read from it."""
    if at > 0 and tokens[at - 1].type in _CELLS:
        return "cell"
    begins_item = at > 1 and (tokens[at - 2].type, tokens[at - 1].type) == ("list_item_open", "paragraph_open")
    return "item" if begins_item else ""


def _inline(token: Token, env: dict[str, Any]) -> str:
    md = parser()
    token.children = []
    md.inline.parse(token.content, md, env, token.children)
    text_join(StateCore("", md, env, [token]))
    return _renderer().renderInline(token.children, md.options, env)


def _renderer() -> RendererHTML:
    renderer = parser().renderer
    assert isinstance(renderer, RendererHTML)
    return renderer


@cache
def parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    rules.add_to(parser)
    parser.add_render_rule("fence", _show_code)
    parser.add_render_rule("code_block", _show_code)
    return parser


def _adapt(tokens: Iterable[Token]) -> None:
    """Let each block find its own writing direction, start headings at level two, and make wide blocks scrollable."""
    for token in tokens:
        if token.type in {"paragraph_open", "heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open"}:
            token.attrSet("dir", "auto")
        if token.type in {"heading_open", "heading_close"} and not token.meta.get("adapted"):
            token.tag, token.meta["adapted"] = f"h{min(6, int(token.tag[1]) + 1)}", True
        if token.type == "table_open" and token.level == 0:
            # It scrolls inside itself, so the keyboard must be able to reach it.
            token.attrSet("tabindex", "0")
        if token.type in _CELLS:
            # markdown-it writes a style attribute, which the site's policy forbids.
            alignment = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if alignment in {"center", "right"}:
                token.attrSet("align", alignment)


def _show_code(renderer, tokens, index, options, env) -> str:  # type: ignore[no-untyped-def]
    """A code block; it scrolls inside itself, so the keyboard must be able to reach it."""
    token = tokens[index]
    language = token.info.split(maxsplit=1)[0][:40] if token.info.strip() else ""
    code = html.escape(token.content, quote=False)
    if token is not env.get("growing"):
        code = _highlighted(token.content, language, env) or code
    return f"{code_begins(language)}{code}{CODE_ENDS}"


CODE_ENDS = "</code></pre>\n"


def code_begins(language: str) -> str:
    marked = f' class="language-{html.escape(language)}"' if language else ""
    return f'<pre tabindex="0"><code{marked}>'


def _highlighted(code: str, language: str, env: dict[str, Any]) -> str:
    """A code block of a known language, marked up. Empty for anything else, and for what is too much for one reply."""
    env["left"] -= len(code)
    if not language or len(code) > MAX_HIGHLIGHTED_CHARS or code.count("\n") > MAX_HIGHLIGHTED_LINES or env["left"] < 0:
        return ""
    known: dict[tuple[str, str], str] = env["codes"]
    if (language, code) not in known:
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            return ""
        known[language, code] = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return known[language, code]


def is_closed(fence: Token, lines: list[str]) -> bool:
    """Whether a code fence has its closing line, `lines` being those of its block."""
    begin, end = fence.map or (0, 0)
    found = _CLOSING_FENCE.match(lines[end - 1]) if end - begin > 1 and end <= len(lines) else None
    return found is not None and found[1].startswith(fence.markup)
