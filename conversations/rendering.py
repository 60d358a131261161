"""A reply's Markdown as safe HTML.

Sanitised last: whatever markdown-it and Pygments produce passes an own list of elements. No images, so that
a reply cannot make the browser call anyone; links go to http and https alone.
"""

from __future__ import annotations

import html
from functools import cache

import nh3
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

VERSION = 1
"""Kept with each rendering; a change here renders stored replies anew when they are shown."""

MAX_RENDERED_CHARS = 100_000
MAX_HIGHLIGHTED_CHARS = 10_000
MAX_HIGHLIGHTED_LINES = 400
"""Some of Pygments' lexers take quadratic time for runs of empty lines."""
MAX_HIGHLIGHTED_IN_ALL = 30_000
MAX_BARS = 6_000
"""A table's cells cost ten times what plain text does."""
MAX_BRACKETS = 2_000
"""markdown-it needs quadratic time for unmatched brackets: 40,000 of them cost 3.8 s."""

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"align"},
    "th": {"align"},
}


def render(markdown: str) -> str:
    """Render `markdown` to sanitised HTML. What would cost too much is shown as plain text instead."""
    too_dear = (
        len(markdown) > MAX_RENDERED_CHARS or markdown.count("[") > MAX_BRACKETS or markdown.count("|") > MAX_BARS
    )
    if too_dear:
        return plain(markdown)
    return nh3.clean(
        _parser().render(markdown, {"left": MAX_HIGHLIGHTED_IN_ALL}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def plain(text: str) -> str:
    """Text as it stands, safe to show."""
    return f'<div class="plain" dir="auto">{html.escape(text)}</div>'


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    parser.core.ruler.push("blocks", _adapt_blocks)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    return parser


def _adapt_blocks(state) -> None:  # type: ignore[no-untyped-def]
    """Let each block find its own writing direction, start headings at level two, and make wide blocks scrollable."""
    for token in state.tokens:
        if token.type in {"paragraph_open", "heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open"}:
            token.attrSet("dir", "auto")
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        if token.type in {"td_open", "th_open"}:
            # markdown-it writes a style attribute, which the site's policy forbids.
            alignment = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if alignment in {"center", "right"}:
                token.attrSet("align", alignment)


def _fence(renderer, tokens, index, options, env) -> str:  # type: ignore[no-untyped-def]
    """A code block; it scrolls inside itself, so the keyboard must be able to reach it."""
    token = tokens[index]
    language = token.info.split(maxsplit=1)[0][:40] if token.info.strip() else ""
    marked = f' class="language-{html.escape(language)}"' if language else ""
    return f'<pre tabindex="0"><code{marked}>{_highlighted(token.content, language, env)}</code></pre>\n'


def _highlighted(code: str, language: str, env: dict[str, int]) -> str:
    """A code block of a known language, marked up; anything else, and what is too much for one reply, stays plain."""
    unmarked = html.escape(code)
    env["left"] = env.get("left", 0) - len(code)
    if not language or len(code) > MAX_HIGHLIGHTED_CHARS or code.count("\n") > MAX_HIGHLIGHTED_LINES or env["left"] < 0:
        return unmarked
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return unmarked
    return highlight(code, lexer, HtmlFormatter(nowrap=True))
