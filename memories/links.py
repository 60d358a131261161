"""Where a memory comes from, as a link."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from memories.models import Memory


def source_url(memory: Memory) -> str:
    """The message a memory came from, in its thread; empty when it came from none, or the site shows no threads."""
    if memory.source_thread is None:
        return ""
    try:
        # Named, not imported: what a thread is, is not known here.
        url = reverse("thread", args=[memory.source_thread])
    except NoReverseMatch:
        return ""
    return f"{url}#message-{memory.source_message}" if memory.source_message else url
