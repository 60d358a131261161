"""What people are told about their imports."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import Import, ImportState

MEMORIES = "memories"
"""The source of a file that holds nothing but memories, and all that memchat knows of them."""
MOST_THREADS = 20_000
MOST_MESSAGES = 200_000
MOST_MEMORIES = 2_000

PROBLEMS: dict[str, str | Promise] = {
    "not_an_export": gettext_lazy("This is neither a ZIP file nor a JSON file. Choose the file that you downloaded."),
    "nothing_found": gettext_lazy("There are no conversations and no memories in this file."),
    "damaged": gettext_lazy("This file is damaged: it cannot be read to its end. Download it again."),
    "encrypted": gettext_lazy("This ZIP file has a password. Unpack it and choose conversations.json instead."),
    "too_large": gettext_lazy("Unpacked, this file is too large."),
    "too_many_files": gettext_lazy("There are too many files in this ZIP. Unpack it and choose conversations.json."),
    "too_many_entries": gettext_lazy("There are too many entries in this file."),
    "too_many_threads": gettext_lazy("There are more than 20,000 conversations in this file."),
    "too_many_messages": gettext_lazy("There are more than 200,000 messages in this file."),
    "expired": gettext_lazy("It waited for more than a day, and the file was removed."),
    "internal": gettext_lazy("Something went wrong here. What had been imported is kept; try the same file again."),
}


def problem(kind: str) -> str:
    return str(PROBLEMS.get(kind, PROBLEMS["internal"]))


def progress(found: Import) -> str:
    """How far an import is, in a sentence."""
    if found.state == ImportState.CHECKING:
        if not found.total:
            return _("Waiting for its turn…")
        return _("Looking through the file: %(percent)d%%.") % {"percent": percent(found)}
    if found.state == ImportState.RUNNING:
        if not found.total:
            return _("Beginning…")
        counted = {"done": found.done, "total": found.total}
        if found.source == MEMORIES:
            return _("%(done)d of %(total)d memories.") % counted
        return _("%(done)d of %(total)d conversations.") % counted
    return str(ImportState(found.state).label)


def percent(found: Import) -> int:
    return min(100, 100 * found.done // found.total) if found.total else 0
