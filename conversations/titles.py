"""A thread's title out of its first message."""

import re
import unicodedata

from conversations.models import TITLE_MAX_CHARS

_WANTED_CHARS = 60


def _shows(text: str) -> bool:
    """Whether anything of it is seen: what is pasted may have lines of nothing but zero-width characters."""
    return any(unicodedata.category(char)[0] not in "CZ" for char in text)


def title_from(text: str) -> str:
    """The first line that says something, without Markdown signs, cut at a word to about 60 characters."""
    for line in text.splitlines():
        plain = " ".join(re.sub(r"[`*_#>|~\[\]]+", " ", line).split())
        if _shows(plain):
            break
    else:
        plain = " ".join(text.split())
        if not _shows(plain):
            return ""
    if len(plain) <= _WANTED_CHARS:
        return plain[:TITLE_MAX_CHARS]
    head = plain[:_WANTED_CHARS]
    cut = head.rfind(" ")
    return (head[:cut] if cut > _WANTED_CHARS // 2 else head).rstrip(" ,;:-") + "…"
