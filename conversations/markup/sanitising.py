"""The one list of what may stand in a reply's HTML. Everything else that renders passes through it last."""

from __future__ import annotations

import html

import nh3

from conversations.markup import mathml

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
    "table": {"tabindex"},
    "td": {"align"},
    "th": {"align"},
}

# No images, so that a reply cannot make the browser call anyone; links go to http and https alone.
_cleaner = nh3.Cleaner(
    tags=_TAGS | mathml.TAGS,
    attributes={**_ATTRIBUTES, **mathml.ATTRIBUTES},
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
sanitised = _cleaner.clean


def plain(text: str) -> str:
    """Text as it stands, safe to show."""
    return f'<div class="plain" dir="auto">{sanitised_text(text)}</div>\n'


def sanitised_text(text: str) -> str:
    return sanitised(html.escape(text, quote=False))
