"""Memories that a person brings from elsewhere: judged first, for them to choose from, and stored only by their choice.

Beside the memory page this is the only way to write memories that does not go through `memories.access`: no turn and no
tool has a part in it. While memory is switched off nothing comes in with conversations; a file of memories does, like
what is written on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _

from memories.exchange.applying import Choice, Kind, apply, remember
from memories.exchange.comparing import Known, compare
from memories.exchange.entries import Entry, packed, unpacked
from memories.writing import Outcome

Verdict = Literal["new", "doubtful", "same", "refused"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What importing a statement would do. `reason` says what speaks against it, or asks for a second look."""

    entry: Entry
    verdict: Verdict
    reason: str = ""


def takes_imports(user_id: int) -> bool:
    """Whether the person's memory is on."""
    return get_user_model().objects.filter(pk=user_id, memory_on=True).exists()


def statement(text: str, since: date | None = None) -> Entry:
    """A statement of which nothing else is known."""
    return Entry(text, valid_from=since if since is None or since <= timezone.localdate() else None)


def judge(user_id: int, entries: Sequence[Entry]) -> list[Judged]:
    """What each statement is to the person's memories; what can be stored comes first. Nothing is stored."""
    return list(_judged(user_id, entries))


def _judged(user_id: int, entries: Sequence[Entry]) -> Iterator[Judged]:
    found = compare(get_user_model().objects.get(pk=user_id), entries)
    for item in sorted(found.new, key=lambda one: bool(one.asks or one.forgotten)):
        reason = _("You have forgotten this here before.") if item.forgotten else item.asks
        yield Judged(item.entry, "doubtful" if reason else "new", reason)
    for item in found.conflicts:
        reason = " · ".join(filter(None, [item.asks, item.reason]))
        yield Judged(item.entry, "doubtful", reason)
    for item in found.same:
        yield Judged(item.entry, "same", item.reason)
    for item in found.refused:
        yield Judged(item.entry, "refused", item.reason)


class Judge:
    """Judges the entries of a file that memchat has exported, part by part."""

    def __init__(self, user_id: int) -> None:
        self._user = get_user_model().objects.get(pk=user_id)
        self._known = Known(self._user)

    def look_at(self, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
        """What each entry is, as plain data that `take_over` reads again. Nothing is stored."""
        found = compare(self._user, entries, self._known)
        for item in [*found.new, *found.conflicts, *found.same, *found.refused]:
            yield {
                "verdict": "forgotten" if item.kind == "new" and item.forgotten else item.kind,
                "text": item.entry.text,
                "reason": " · ".join(filter(None, [item.asks, item.reason])),
                "entry": packed(item.entry),
                "replaces": item.other.pk if item.other else None,
                "here": item.other.text if item.other else "",
                "state": "",
            }


def take_over(user_id: int, rows: Sequence[Mapping[str, Any]]) -> Counter[Kind]:
    """Store what `Judge` has looked at and its person has chosen; how many became what."""
    choices = [Choice(unpacked(row["entry"]), row["replaces"]) for row in rows]
    return apply(get_user_model().objects.get(pk=user_id), choices)


def remember_chosen(user_id: int, entry: Entry) -> Outcome:
    """Store a statement that its person has seen and chosen, which is their consent also to one of a sensitive kind."""
    if not takes_imports(user_id):
        return Outcome("refused", reason=_("Your memory is switched off."))
    return remember(get_user_model().objects.get(pk=user_id), entry)
