"""A thread's title out of its first message."""

import re

from conversations.models import TITLE_MAX_CHARS

_WANTED_CHARS = 60


def title_from(text: str) -> str:
    """The first line that says something, without Markdown signs, cut at a word to about 60 characters."""
    for line in text.splitlines():
        plain = " ".join(re.sub(r"[`*_#>|~\[\]]+", " ", line).split())
        if plain:
            break
    else:
        plain = " ".join(text.split())
    if len(plain) <= _WANTED_CHARS:
        return plain[:TITLE_MAX_CHARS]
    head = plain[:_WANTED_CHARS]
    cut = head.rfind(" ")
    return (head[:cut] if cut > _WANTED_CHARS // 2 else head).rstrip(" ,;:-") + "…"
