"""What a file would change: said before anything is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext

from memories.exchange.entries import Entry
from memories.items.places import Place
from memories.models import Ending, Memory, Proposal, Sensitive
from memories.safety.sensitive import sensitive_kind
from memories.search import nearest_each
from memories.words import fingerprint
from memories.writing import why_refused
from memories.writing.items import Put
from memories.writing.items import why_refused as why_not_kept

NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a file beside what is known. A conflict names the memory it is at odds with: `other`."""

    entry: Entry
    kind: Literal["new", "same", "conflict", "refused"]
    reason: str = ""
    other: Memory | None = None
    asks: str = ""
    """Of which sensitive kind it is, as a word: it will wait for approval."""
    forgotten: bool = False
    """The person has forgotten it here before."""


@dataclass(frozen=True, slots=True)
class Comparison:
    new: list[Item]
    conflicts: list[Item]
    same: list[Item]
    refused: list[Item]


def compare(user: Any, entries: Sequence[Entry], known: Known | None = None) -> Comparison:
    """Sort the entries of a file by what they would do. Nothing is stored.

    With `known` a file is compared part by part: it remembers what came by already.
    """
    known = known or Known(user)
    known.wanted.clear()
    items = [known.item(entry, timezone.now()) for entry in entries]
    new = [item for item in items if item.kind == "new"]
    others = Memory.objects.of(user).without_vectors().in_bulk(known.wanted)
    conflicts = [
        Item(item.entry, "conflict", item.reason, others[known.key_of[_place(item.entry)]], item.asks)
        for item in items
        if item.kind == "conflict"
    ]
    same = [item for item in items if item.kind == "same"]
    same += [item for item in conflicts if _is_same(item)]
    conflicts = [item for item in conflicts if not _is_same(item)]
    # What a program keeps by a name is another thing than what is like it.
    really_new = [item for item in new if item.entry.is_named]
    new = [item for item in new if not item.entry.is_named]
    near = nearest_each(user, [item.entry.text for item in new])
    held = Memory.objects.of(user).without_vectors().in_bulk([one[0] for one in near if one and one[1] >= NEAR])
    for item, one in zip(new, near, strict=True):
        if one and one[1] >= NEAR and one[0] in held:
            reason = gettext("It is close to something that is remembered already.")
            conflicts.append(Item(item.entry, "conflict", reason, held[one[0]], item.asks, item.forgotten))
        else:
            really_new.append(item)
    return Comparison(
        new=really_new,
        conflicts=conflicts,
        same=same,
        refused=[item for item in items if item.kind == "refused"],
    )


class Known:
    """What a person's memories hold, as far as entries are compared with it; and which entries came by already."""

    def __init__(self, user: Any) -> None:
        mine = Memory.objects.of(user)
        held = mine.filter(ended_at=None).values_list("namespace", "key", "pk")
        self.key_of = {(namespace, key): pk for namespace, key, pk in held}
        # What has expired says nothing any more.
        self.said = set(mine.current().lasting().values_list("namespace", "fingerprint"))
        named = mine.current().values_list("namespace", "key", "fingerprint")
        self.named = {(namespace, key): print_ for namespace, key, print_ in named}
        forgotten = mine.filter(ending=Ending.FORGOTTEN)
        self.forgotten = set(forgotten.values_list("fingerprint", flat=True))
        self.forgotten_names = set(forgotten.values_list("namespace", "key"))
        self.waiting = set(Proposal.objects.of(user).values_list("fingerprint", flat=True))
        self.wanted: set[int] = set()

    def item(self, entry: Entry, now: datetime) -> Item:
        if reason := entry.wrong or ("" if entry.kept else why_refused(entry.text)):
            return Item(entry, "refused", reason)
        if entry.kept:
            return self._kept(entry, now)
        print_ = fingerprint(entry.text)
        if self.named.get(_place(entry)) == print_ if entry.is_named else (entry.namespace, print_) in self.said:
            return Item(entry, "same")
        if entry.expires_at and entry.expires_at <= now:
            return Item(entry, "refused", gettext("Its last day is over."))
        if print_ in self.waiting:
            return Item(entry, "same", gettext("It waits for your word already."))
        self.said.add((entry.namespace, print_))
        kind = sensitive_kind(entry.text)
        asks = str(Sensitive(kind).label) if kind else ""
        if entry.key and _place(entry) in self.key_of:
            self.wanted.add(self.key_of[_place(entry)])
            return Item(entry, "conflict", gettext("It is another version of something that is remembered."), asks=asks)
        return Item(entry, "new", asks=asks, forgotten=print_ in self.forgotten)

    def _kept(self, entry: Entry, now: datetime) -> Item:
        assert entry.kept is not None
        put = Put.of_kept(Place(0, entry.namespace), entry.key, entry.kept)
        if reason := why_not_kept(put):
            return Item(entry, "refused", reason)
        if entry.expires_at and entry.expires_at <= now:
            return Item(entry, "refused", gettext("Its last day is over."))
        kind = sensitive_kind(put.text) if put.is_recalled else None
        asks = str(Sensitive(kind).label) if kind else ""
        if entry.key and _place(entry) in self.key_of:
            self.wanted.add(self.key_of[_place(entry)])
            return Item(entry, "conflict", gettext("It is another version of something that is remembered."), asks=asks)
        return Item(entry, "new", asks=asks, forgotten=_place(entry) in self.forgotten_names)


def _is_same(item: Item) -> bool:
    kept, other = item.entry.kept, item.other
    if kept is None or other is None:
        return False
    return (other.value, other.paths) == (kept.value, kept.listed_paths)


def _place(entry: Entry) -> tuple[str, str]:
    return entry.namespace, entry.key
