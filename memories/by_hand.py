"""What people do to their memories themselves, on the page or through a program of theirs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone

from memchat.text import storable
from memories import writing
from memories.forms import MemoryForm, SettingsForm
from memories.models import Ending, Memory, MemoryQuerySet, Origin
from memories.writing import Outcome
from memories.writing.checks import changed_meanwhile


class Change(TypedDict, total=False):
    """What becomes of a memory."""

    text: str
    category: str
    pinned: bool
    expires_at: datetime | None


def of(user: Any) -> MemoryQuerySet:
    return Memory.objects.of(user).without_vectors()


def add(user: Any, form: MemoryForm, origin: Origin = Origin.WRITTEN) -> Outcome:
    """Remember what a valid form says."""
    return writing.remember(
        user,
        form.cleaned_data["text"],
        origin=origin,
        category=form.cleaned_data["category"] or None,
        pinned=form.cleaned_data["pinned"],
        expires_at=form.expires_at,
    )


def save(memory: Memory, form: MemoryForm) -> Outcome:
    """Carry out what a valid form says about a memory, all of it or nothing."""
    keeps_its_end = form.cleaned_data["expires_on"] == memory.last_day
    change: Change = {"pinned": form.cleaned_data["pinned"]}
    if form.cleaned_data["text"] != memory.text.strip():
        change["text"] = form.cleaned_data["text"]
    if form.cleaned_data["category"]:
        change["category"] = form.cleaned_data["category"]
    if not keeps_its_end:
        change["expires_at"] = form.expires_at
    return carry_out(memory, change)


def carry_out(memory: Memory, change: Change, origin: Origin = Origin.WRITTEN) -> Outcome:
    """Change what is named of a memory, all of it or nothing: the rest stays as it is.

    Where another memory says the new text already, that one stays as it is: it is not the one that was changed.
    """
    with transaction.atomic():
        outcome = Outcome("known", memory)
        if "text" in change:
            outcome = writing.correct(memory, change["text"], origin=origin)
        now = outcome.memory
        if now is not None and memory.pk in {now.pk, now.supersedes_id}:
            adjusted = writing.adjust(
                now,
                category=change.get("category", ""),
                pinned=change.get("pinned"),
                expires_at=change.get("expires_at", "as it is"),
            )
            outcome = replace(adjusted, replaced=outcome.replaced)
        if outcome.kind == "refused":
            transaction.set_rollback(True)
    return outcome


def take_back(user: Any, memory: Memory) -> Outcome | None:
    """Undo that something was remembered: asked twice it is done once. None where it is just gone."""
    if memory.ending == Ending.SUPERSEDED:
        newer = of(user).filter(supersedes=memory).first()
        if newer is None or memory.supersedes is None or newer.text != memory.supersedes.text:
            return Outcome("refused", reason=changed_meanwhile())
        return Outcome("known", newer)
    return writing.take_back(memory)


def forget_some(user: Any, ids: Collection[int]) -> list[int]:
    """Forget several at once; which of them were there to be forgotten."""
    rows = list(of(user).filter(pk__in=ids, ended_at=None))
    with transaction.atomic():
        return [memory.pk for memory in rows if writing.forget(memory)]


def all_forgotten(user: Any) -> list[int]:
    return list(of(user).filter(ending=Ending.FORGOTTEN).values_list("pk", flat=True))


def save_settings(person: Any, form: SettingsForm) -> None:
    person.memory_on = form.cleaned_data["memory_on"]
    person.custom_instructions = storable(form.cleaned_data["custom_instructions"])
    person.save(update_fields=["memory_on", "custom_instructions"])


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which memories of somebody a list is of."""

    state: str = ""
    category: str = ""
    origin: str = ""
    pinned: bool = False
    since: Any = None
    until: Any = None

    def among(self, rows: MemoryQuerySet) -> MemoryQuerySet:
        match self.state:
            case "superseded" | "forgotten":
                rows = rows.filter(ending=self.state)
            case "expired":
                rows = rows.filter(ended_at=None, expires_at__lte=timezone.now())
            case _:
                rows = rows.current()
        if self.category:
            rows = rows.filter(category=self.category)
        if self.origin:
            rows = rows.filter(origin=self.origin)
        if self.pinned:
            rows = rows.filter(pinned=True)
        if self.since:
            rows = rows.filter(created_at__gte=datetime.combine(self.since, time(), tzinfo=UTC))
        if self.until:
            # Compared by its end, which the very last day of the calendar does not have.
            rows = rows.filter(created_at__lte=datetime.combine(self.until, time.max, tzinfo=UTC))
        return rows
