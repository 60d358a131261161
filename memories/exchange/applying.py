"""Takes over from a file what the person has chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from memories import writing
from memories.embedding.base import EmbedderError, Vector
from memories.embedding.registry import current_embedder
from memories.exchange.entries import Entry
from memories.items.places import Place
from memories.models import Memory, Origin, new_key
from memories.writing import Outcome
from memories.writing.checks import must_ask
from memories.writing.items import Put


class Choice(NamedTuple):
    """What is to become of one entry: stored beside what there is, or in the place of a memory."""

    entry: Entry
    replaces: int | None = None


Kind = Literal["remembered", "replaced", "known", "proposed", "refused"]


def apply(user: Any, choices: Sequence[Choice]) -> Counter[Kind]:
    """Store what was chosen, all in one transaction; how many became what."""
    vectors = _vectors([choice.entry.text for choice in choices])
    counts: Counter[Kind] = Counter()
    with transaction.atomic():
        taken = _taken_keys(user, choices)
        for choice, vector in zip(choices, vectors, strict=True):
            kind: Kind
            if _is_over(choice.entry):
                kind = "refused"
            elif choice.replaces is not None:
                kind = _replace(user, choice.entry, choice.replaces)
            else:
                kind = _add(user, choice.entry, vector, taken)
            counts[kind] += 1
    return counts


def remember(user: Any, entry: Entry) -> Outcome:
    """Store one statement that its person has chosen by itself, which is their consent to whatever it speaks of."""
    if _is_over(entry):
        return Outcome("refused", reason=gettext("Its last day is over."))
    with transaction.atomic():
        return _remember(user, entry, None, _taken_keys(user, [Choice(entry)]), approved=True)


def _is_over(entry: Entry) -> bool:
    """Whether its last day, which was to come when the file was looked at, has come."""
    return bool(entry.expires_at and entry.expires_at <= timezone.now())


def _add(user: Any, entry: Entry, vector: Vector | None, taken: set[tuple[str, str]]) -> Kind:
    is_free = bool(entry.key) and (entry.namespace, entry.key) not in taken
    if entry.kept is not None and not _asks(entry):
        return _bring(user, entry, is_free)
    return _remember(user, entry, vector, taken).kind


def _remember(
    user: Any, entry: Entry, vector: Vector | None, taken: set[tuple[str, str]], *, approved: bool = False
) -> Outcome:
    is_free = bool(entry.key) and (entry.namespace, entry.key) not in taken
    outcome = writing.remember(
        user,
        entry.text,
        origin=Origin.IMPORTED,
        category=entry.category or None,
        namespace=entry.namespace,
        key=entry.key if is_free else None,
        pinned=entry.pinned,
        valid_from=entry.valid_from,
        expires_at=entry.expires_at,
        created_at=entry.created_at,
        approved=approved,
        vector=vector,
    )
    if outcome.kind == "remembered" and outcome.memory is not None:
        taken.add((outcome.memory.namespace, outcome.memory.key))
        if entry.history:
            writing.add_history(outcome.memory, entry.history)
    return outcome


def _asks(entry: Entry) -> bool:
    """Whether it waits for approval like any statement, which keeps nothing but its words. Data recalls nobody."""
    assert entry.kept is not None
    put = Put.of_kept(Place(0, entry.namespace), entry.key, entry.kept)
    return put.is_recalled and bool(must_ask(entry.text, Origin.IMPORTED))


def _bring(user: Any, entry: Entry, is_free: bool, replaces: Memory | None = None) -> Kind:
    assert entry.kept is not None
    key = entry.key
    if not is_free and (not key or Memory.objects.of(user).filter(namespace=entry.namespace, key=key, ended_at=None)):
        key = new_key()
    outcome = writing.bring(
        user,
        entry.namespace,
        key,
        entry.kept,
        category=entry.category,
        pinned=entry.pinned,
        valid_from=entry.valid_from,
        expires_at=entry.expires_at,
        created_at=entry.created_at,
        replaces=replaces,
    )
    if outcome.kind == "remembered" and outcome.memory is not None and entry.history and replaces is None:
        writing.add_history(outcome.memory, entry.history)
    return "replaced" if outcome.kind == "remembered" and replaces else outcome.kind


def _replace(user: Any, entry: Entry, replaces: int) -> Kind:
    other = Memory.objects.of(user).filter(pk=replaces, ended_at=None).first()
    if other is None:
        return "refused"
    if entry.kept is not None and not _asks(entry):
        return _bring(user, entry, is_free=True, replaces=other)
    is_newer = bool(entry.valid_from and entry.valid_from > (other.valid_from or other.created_at.date()))
    outcome = writing.correct(
        other,
        entry.text,
        origin=Origin.IMPORTED,
        category=entry.category or None,
        valid_from=entry.valid_from,
        is_newer_fact=is_newer,
    )
    if outcome.kind != "remembered" or outcome.memory is None:
        return outcome.kind
    if entry.expires_at:
        writing.adjust(outcome.memory, expires_at=entry.expires_at)
    return "replaced"


def _taken_keys(user: Any, choices: Iterable[Choice]) -> set[tuple[str, str]]:
    """A key that anything here has, or has had, stands for another story."""
    keys = [choice.entry.key for choice in choices if choice.entry.key]
    return set(Memory.objects.of(user).filter(key__in=keys).values_list("namespace", "key"))


def _vectors(texts: list[str]) -> list[Vector | None]:
    """The meaning of the texts, asked for before the transaction and in batches: a remote embedder takes its time."""
    try:
        return current_embedder().embed_each(texts)
    except EmbedderError:
        return [None] * len(texts)
