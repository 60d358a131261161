"""A compared file between its preview and the person's word: signed, in the form itself, so that nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import signing

from memories.exchange.applying import Choice
from memories.exchange.comparing import Item
from memories.exchange.entries import packed, unpacked

MAX_CHARS = 2_000_000
"""Below Django's limit for the fields of a form."""

HOURS = 24


def carry(user: Any, items: Sequence[Item]) -> tuple[str, int]:
    """A form's value that holds the items, and how many of them had room in it."""
    count = len(items)
    while True:
        data = [[packed(item.entry), item.other.pk if item.other else None] for item in items[:count]]
        value = signing.dumps(data, salt=_salt(user), compress=True)
        if len(value) <= MAX_CHARS or count <= 1:
            return value, count
        count //= 2


def carried(user: Any, value: str) -> list[Choice]:
    """What `carry` was given for this person, each with the memory it could replace; raises signing.BadSignature."""
    data = signing.loads(value, salt=_salt(user), max_age=HOURS * 3600)
    return [Choice(unpacked(entry), other) for entry, other in data]


def _salt(user: Any) -> str:
    return f"memories.import.{user.pk}"
