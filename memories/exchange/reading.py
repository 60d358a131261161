"""A file that somebody uploads, as entries."""

from __future__ import annotations

from django.utils.translation import gettext

from memories.exchange import as_json, as_markdown
from memories.exchange.entries import Entry, NotAnExport

MAX_BYTES = 16 * 1024 * 1024
MAX_ENTRIES = 20_000


def read(content: bytes) -> list[Entry]:
    """The current memories in a file that memchat has exported, JSON or Markdown; raises NotAnExport."""
    if len(content) > MAX_BYTES:
        raise NotAnExport(gettext("This file is too large."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAnExport(gettext("This is not a file of memories that memchat has exported.")) from None
    entries = as_json.read(text) if text.lstrip()[:1] in ("{", "[") else as_markdown.read(text)
    if not entries:
        raise NotAnExport(gettext("There are no memories in this file."))
    if len(entries) > MAX_ENTRIES:
        raise NotAnExport(gettext("There are more than %(max)s memories in this file.") % {"max": MAX_ENTRIES})
    return entries
