"""A reply's Markdown as safe HTML."""

from __future__ import annotations

from conversations.markup.blocks import rendered
from conversations.markup.sanitising import plain
from conversations.markup.streaming import so_far

__all__ = ["VERSION", "blocks", "plain", "render", "so_far"]

VERSION = 5
"""Kept with each rendering; a change of the rules renders stored replies anew when they are shown."""


def blocks(markdown: str) -> list[str]:
    """Each block of a text as sanitised HTML, one element each. What would cost too much is shown as plain text."""
    return rendered(markdown)


def render(markdown: str) -> str:
    """Render `markdown` to sanitised HTML."""
    return "".join(blocks(markdown))
