"""Files with more memories than are looked through, and stored, while somebody waits for a page.

A job does both. Jobs that people watch and can cancel belong to the room above this one, which says here how to begin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext

LARGE = 200
"""So many memories, without their history, are still dealt with at once."""

LARGE_BYTES = 1_000_000
"""Of a file, with their history: no more has room in the form of a preview."""

Begin = Callable[[Any, bytes], str]
"""Has a person's file looked through, and gives the address where they see how far that is. Raises CannotBegin."""

_begin: list[Begin] = []


class CannotBegin(Exception):
    """The file cannot be taken in right now; the message is a sentence for the person."""


def carry_out_by(begin: Begin) -> None:
    _begin[:] = [begin]


def begin_job(user: Any, content: bytes) -> str:
    if not _begin:
        raise CannotBegin(gettext("There are too many memories in this file for this site."))
    return _begin[0](user, content)
