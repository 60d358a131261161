"""What programs change: putting a value under a key, and forgetting it.

The rules are those of every memory: what is put over another value supersedes it, what is deleted is forgotten, and
both can be undone. But a key is a program's name for one thing, so what says the same under two keys is kept twice.
A list of changes takes two messages to the database, however long it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from memchat import wall
from memchat.postgres.prepared import BinaryVector, PreparedStatement, fetch_together
from memories.categories import guess_category
from memories.embedding.base import Vector
from memories.embedding.registry import current_embedder
from memories.items.paths import texts_of
from memories.items.places import Place
from memories.items.reading import PERSON, is_on
from memories.items.values import Kept, WrongValue, checked, in_words, statement, strings
from memories.models import DEFAULT_NAMESPACE, NEW_KEY, Ending, Memory, MemoryQuerySet, MemoryVector, Origin
from memories.requests import looks_like_secret
from memories.safety.instructions import reads_like_instruction
from memories.signals import memories_changed, memories_removed
from memories.writing import checks
from memories.writing.outcome import Outcome
from memories.writing.rows import end, id_of, index, index_of, lasts_until, lock, lock_of, store

MOST_TERMS = 1_000
"""So many different words of a value are indexed."""


class Refused(ValueError):
    """Memory's rules do not let a value in; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class FieldVector:
    path: str
    number: int
    vector: Vector


@dataclass(slots=True)
class Put:
    """A value to be kept under a key, or with None the wish to forget what is there.

    `paths` are the fields that searches compare by meaning: None stands for the text, none at all for never. `vectors`
    are of these, by the embedder `indexed_by`; `own` is the site's, of the text.
    """

    place: Place
    key: str
    value: dict[str, Any] | None
    written: str = ""
    paths: tuple[str, ...] | None = None
    by_site: bool = False
    indexed_by: str = ""
    vectors: list[FieldVector] = field(default_factory=list)
    own: Vector | None = None
    own_embedder: str = ""
    ttl_minutes: float | None = None

    @classmethod
    def of_kept(cls, place: Place, key: str, kept: Kept) -> Put:
        """What a file brings."""
        return cls(place, key, kept.value, kept.written, kept.paths)

    @property
    def text(self) -> str:
        """What says in words what is in it."""
        assert self.value is not None
        return in_words(self.value, self.written)

    @property
    def is_recalled(self) -> bool:
        """As `models.IsRecalled`: whether chats recall it."""
        said = self.value is not None and statement(self.value) is not None
        return said and self.place.namespace == DEFAULT_NAMESPACE and self.paths != ()

    @property
    def has_own_vector(self) -> bool:
        return self.is_recalled or (self.value is not None and self.paths is None)


def why_refused(put: Put) -> str:
    """Why a value cannot be kept, as a sentence; empty when it can."""
    assert put.value is not None
    if put.is_recalled and put.text.strip() and (reason := checks.why_refused(put.text)):
        return reason
    for text in strings(put.value):
        if secret := looks_like_secret(text):
            return gettext("It looks like %(secret)s, which is better kept elsewhere.") % {"secret": gettext(secret)}
    return ""


# --- Statements ----------------------------------------------------------------------------------------------------


def _types(**names: str) -> dict[str, str]:
    return {name: kind for kind, listed in names.items() for name in listed.split()}


_LOCK = PreparedStatement("item_lock", "SELECT pg_advisory_xact_lock(%(key)s) IS NULL", {"key": "bigint"})
# One look into the index of keys for each: joined, it would be planned anew each time, which takes ten times as long.
_KNOWN = PreparedStatement(
    "item_known",
    """
    SELECT asked.at, found.id,
           found.value = asked.value AND found.paths IS NOT DISTINCT FROM asked.paths
           AND found.by_site = asked.by_site AND found.indexed_by = asked.indexed_by
           AND (found.expires_at IS NULL OR found.expires_at > now())
    FROM jsonb_to_recordset(%(asked)s::jsonb)
         AS asked (at int, namespace text, key text, value jsonb, paths text[], by_site bool, indexed_by text),
    LATERAL (
        SELECT id, value, paths, by_site, indexed_by, expires_at FROM memories_memory
        WHERE user_id = %(user)s AND namespace = asked.namespace AND key = asked.key AND ended_at IS NULL LIMIT 1
    ) AS found
    """,
    {"user": "bigint", "asked": "text"},
)
_ROOM = PreparedStatement(
    "item_room",
    "SELECT count(*) FROM "
    "(SELECT FROM memories_memory WHERE user_id = %(user)s AND ended_at IS NULL LIMIT %(most)s) mine",
    {"user": "bigint", "most": "bigint"},
)
_AGAIN = PreparedStatement(
    "item_again",
    "UPDATE memories_memory SET confirmed_at = %(now)s, ttl_minutes = %(ttl)s, expires_at = %(expires)s "
    "WHERE user_id = %(user)s AND id = %(id)s RETURNING id",
    {"user": "bigint", "id": "bigint", "now": "timestamptz", "ttl": "float", "expires": "timestamptz"},
)
# The new row is made of what the old one's ending gives back, so that it comes after it: one of both has the key.
_PUT = PreparedStatement(
    "item_put",
    f"""
    WITH older AS (
        UPDATE memories_memory SET ended_at = %(now)s, ending = '{Ending.SUPERSEDED}'
        WHERE user_id = %(user)s AND namespace = %(namespace)s AND key = %(key)s AND ended_at IS NULL
        RETURNING id, pinned,
                  CASE WHEN expires_at <= now() THEN NULL ELSE coalesce(first_at, created_at) END AS first_at
    ), newer AS (
        INSERT INTO memories_memory (
            user_id, namespace, key, value, category, origin, pinned, created_at, first_at, expires_at, ttl_minutes,
            paths, by_site, indexed_by, quoted, supersedes_id, ending, fingerprint, terms, word_count,
            embedder, dimensions, embedding)
        SELECT %(user)s, %(namespace)s, %(key)s, %(value)s::jsonb, %(category)s, '{Origin.API}',
               coalesce(older.pinned, false), %(now)s, older.first_at, %(expires)s, %(ttl)s,
               CASE WHEN %(paths)s IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(%(paths)s::jsonb)) END,
               %(by_site)s = 1,
               %(indexed_by)s, %(quoted)s = 1, older.id, '', %(fingerprint)s,
               coalesce(string_to_array(%(terms)s, ' '), '{{}}'), %(word_count)s,
               %(own_embedder)s, vector_dims(%(own)b::vector), %(own)b::vector
        FROM (SELECT) AS one LEFT JOIN older ON true
        RETURNING id
    ), compared AS (
        INSERT INTO memories_memoryvector (user_id, memory_id, path, number, embedder, dimensions, embedding)
        SELECT %(user)s, id, %(path)s, %(number)s, %(indexed_by)s, vector_dims(%(vector)b::vector), %(vector)b::vector
        FROM newer WHERE %(path)s IS NOT NULL
    )
    SELECT newer.id, older.id FROM newer LEFT JOIN older ON true
    """,
    _types(
        bigint="user",
        integer="by_site quoted word_count number",
        float="ttl",
        text="namespace key value category paths indexed_by fingerprint terms own_embedder path",
        timestamptz="now expires",
        vector="own vector",
    ),
)
_COMPARE = PreparedStatement(
    "item_compare",
    """
    INSERT INTO memories_memoryvector (user_id, memory_id, path, number, embedder, dimensions, embedding)
    SELECT %(user)s, id, %(path)s, %(number)s, %(embedder)s, vector_dims(%(vector)b::vector), %(vector)b::vector
    FROM memories_memory
    WHERE user_id = %(user)s AND namespace = %(namespace)s AND key = %(key)s AND ended_at IS NULL
    """,
    _types(bigint="user", integer="number", text="namespace key path embedder", vector="vector"),
)
_FORGET = PreparedStatement(
    "item_forget",
    f"UPDATE memories_memory SET ended_at = %(now)s, ending = '{Ending.FORGOTTEN}' "
    "WHERE user_id = %(user)s AND namespace = %(namespace)s AND key = %(key)s AND ended_at IS NULL RETURNING id",
    {"user": "bigint", "namespace": "text", "key": "text", "now": "timestamptz"},
)


# --- Changes -------------------------------------------------------------------------------------------------------


def write(user_id: int, puts: Iterable[Put]) -> None:
    """Carry out changes to one person's memories, all or none; of several under one key the last. Raises Refused."""
    last = {(put.place, put.key): put for put in puts}
    for put in last.values():
        if put.value is not None and (reason := why_refused(put)):
            raise Refused(reason)
    with wall.person(user_id), transaction.atomic(savepoint=False):
        _write(user_id, list(last.values()))


def _write(user_id: int, puts: Sequence[Put]) -> None:
    most = settings.MEMORIES_PER_PERSON
    kept = [(at, put) for at, put in enumerate(puts) if put.value is not None]
    person, _locked, known, [[count]] = fetch_together(
        (PERSON, {"user": user_id}),
        (_LOCK, {"key": lock_of(user_id)}),
        (_KNOWN, {"user": user_id, "asked": json.dumps([_asked(at, put) for at, put in kept])}),
        (_ROOM, {"user": user_id, "most": most if kept else 0}),
    )
    if not is_on(user_id, person) and kept:
        raise Refused(gettext("Your memory is switched off."))
    found = {at: (pk, is_same) for at, pk, is_same in known}
    if count + sum(at not in found for at, _ in kept) > most and len(found) < len(kept):
        raise Refused(checks.too_many())
    now = timezone.now()
    results = fetch_together(*_changes(puts, found, now))
    changed = [pk for rows in results for row in rows for pk in row if pk is not None]
    if changed:
        transaction.on_commit(partial(memories_changed.send, sender=Memory, user_id=user_id, memory_ids=changed))


def _asked(at: int, put: Put) -> dict[str, Any]:
    return {
        "at": at,
        "namespace": put.place.namespace,
        "key": put.key,
        "value": put.value,
        "paths": put.paths,
        "by_site": put.by_site,
        "indexed_by": put.indexed_by,
    }


def _changes(
    puts: Sequence[Put], found: dict[int, tuple[int, bool]], now: datetime
) -> Iterator[tuple[PreparedStatement, dict[str, Any]]]:
    for at, put in enumerate(puts):
        name = {"user": put.place.user_id, "namespace": put.place.namespace, "key": put.key}
        if put.value is None:
            yield _FORGET, {**name, "now": now}
            continue
        expires = None if put.ttl_minutes is None else now + timedelta(minutes=put.ttl_minutes)
        again = {"now": now, "ttl": put.ttl_minutes, "expires": expires}
        if at in found and found[at][1]:
            yield _AGAIN, {"user": put.place.user_id, "id": found[at][0], **again}
            continue
        yield _PUT, {**name, **again, **_row(put)}
        for one in put.vectors[1:]:
            vector = BinaryVector(one.vector)
            more = {"path": one.path, "number": one.number, "embedder": put.indexed_by, "vector": vector}
            yield _COMPARE, {**name, **more}


def _row(put: Put) -> dict[str, Any]:
    text = put.text
    found_by = index_of(put.place.user_id, text)
    first = put.vectors[0] if put.vectors else None
    return {
        "value": put.written,
        "category": str(guess_category(text[: settings.MEMORY_MAX_CHARS])),
        "paths": None if put.paths is None else json.dumps(put.paths),
        "by_site": int(put.by_site),
        "indexed_by": put.indexed_by,
        "quoted": int(reads_like_instruction(text)),
        "fingerprint": found_by.fingerprint,
        "terms": " ".join(found_by.terms[:MOST_TERMS]),
        "word_count": found_by.word_count,
        "own_embedder": put.own_embedder if put.own is not None else "",
        "own": None if put.own is None else BinaryVector(put.own),
        "path": first.path if first else None,
        "number": first.number if first else 0,
        "vector": BinaryVector(first.vector) if first else None,
    }


# --- On the person's own page ----------------------------------------------------------------------------------------


def rewrite(memory: Memory, text: str, origin: Origin | str) -> Outcome:
    """Let a person, or a program of theirs, correct what a program stored as data: it has to stay data."""
    try:
        value, written = checked(json.loads(text))
    except (WrongValue, ValueError, RecursionError):
        return Outcome("refused", reason=gettext("A program keeps this as data: it has to stay a JSON object."))
    changed = Put(Place(memory.user_id, memory.namespace), memory.key, value, written, _paths(memory))
    if reason := why_refused(changed):
        return Outcome("refused", reason=reason)
    newer = _copy(memory, value, changed.text, origin)
    with transaction.atomic():
        lock(memory.user_id)
        if json.dumps(value, sort_keys=True) == json.dumps(memory.value, sort_keys=True):
            # Nothing to put in its place, and it stays found by what its program gave for it.
            same = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).without_vectors().first()
            if same is not None:
                return Outcome("known", same)
        return _take_place(memory, newer)


def why_not_said(memory: Memory, text: str) -> str:
    """Why a text cannot take the place of what a memory says, as a sentence; empty when it can."""
    if memory.recalled:
        return checks.why_refused(text)
    try:
        value, written = checked({**memory.value, "data": text})
    except WrongValue:
        return gettext("What a program keeps here cannot be stored: it is too large, or no data.")
    return why_refused(Put(Place(memory.user_id, memory.namespace), memory.key, value, written, _paths(memory)))


def say_again(current: Memory, earlier: Memory) -> Outcome:
    """Let an earlier value take the place of the current one, with all that it is found by."""
    newer = _copy(earlier, earlier.value, earlier.text, earlier.origin)
    newer.key, newer.pinned = current.key, current.pinned
    newer.embedding, newer.embedder, newer.dimensions = earlier.embedding, earlier.embedder, earlier.dimensions
    newer.indexed_by = earlier.indexed_by
    outcome = _take_place(current, newer)
    if outcome.memory is newer:
        for vector in MemoryVector.objects.of(current.user_id).filter(memory=earlier):
            vector.pk, vector.memory = None, newer
            vector.save(force_insert=True)
    return outcome


def bring(
    user: Any,
    namespace: str,
    key: str,
    kept: Kept,
    *,
    category: str = "",
    pinned: bool = False,
    valid_from: date | None = None,
    expires_at: datetime | None = None,
    created_at: datetime | None = None,
    replaces: Memory | None = None,
) -> Outcome:
    """Store what a program kept elsewhere, with all that it is found by but the vectors, which a job adds."""
    put = Put.of_kept(Place(id_of(user), namespace), key, kept)
    if reason := why_refused(put):
        return Outcome("refused", reason=reason)
    newer = Memory(
        user_id=put.place.user_id,
        namespace=namespace,
        key=key,
        value=kept.value,
        category=category or guess_category(put.text[: settings.MEMORY_MAX_CHARS]),
        origin=Origin.IMPORTED,
        first_at=datetime.fromisoformat(kept.first_at) if kept.first_at else None,
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=min(created_at or timezone.now(), timezone.now()),
        paths=kept.listed_paths,
        by_site=kept.by_site,
        ttl_minutes=kept.ttl_minutes,
        quoted=reads_like_instruction(put.text),
    )
    index(newer, put.text)
    newer.terms = newer.terms[:MOST_TERMS]
    with transaction.atomic():
        lock(newer.user_id)
        mine = Memory.objects.of(newer.user_id).filter(ended_at=None)
        if replaces is not None:
            newer.namespace, newer.key, newer.pinned = replaces.namespace, replaces.key, replaces.pinned
            return _take_place(replaces, newer)
        if mine.filter(namespace=namespace, key=key).exists():
            return Outcome("refused", reason=checks.changed_meanwhile())
        if checks.current_count(newer.user_id) >= settings.MEMORIES_PER_PERSON:
            return Outcome("refused", reason=checks.too_many())
        newer.pinned = pinned and checks.pin_count(newer.user_id) < checks.PINS_PER_PERSON
        store(newer, supersedes=None)
    return Outcome("remembered", newer)


def is_item(memory: Memory) -> bool:
    """Whether it is more than a statement: a program's data, or a text that a program compares in its own way."""
    return memory.paths is not None or statement(memory.value) is None


def _paths(memory: Memory) -> tuple[str, ...] | None:
    return None if memory.paths is None else tuple(memory.paths)


def _copy(memory: Memory, value: dict[str, Any], text: str, origin: Origin | str) -> Memory:
    newer = Memory(
        user_id=memory.user_id,
        namespace=memory.namespace,
        key=memory.key,
        value=value,
        category=memory.category,
        origin=origin,
        pinned=memory.pinned,
        expires_at=lasts_until(memory),
        ttl_minutes=memory.ttl_minutes,
        paths=memory.paths,
        by_site=memory.by_site,
        quoted=reads_like_instruction(text),
    )
    index(newer, text)
    return newer


def _take_place(memory: Memory, newer: Memory) -> Outcome:
    current = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).without_vectors().first()
    if current is None:
        return Outcome("refused", reason=checks.changed_meanwhile())
    store(newer, supersedes=current)
    return Outcome("remembered", newer, replaced=current)


# --- Jobs ------------------------------------------------------------------------------------------------------------


def forget_expired(limit: int = 500) -> int:
    """Forget what a program stored for a time that is over; how many there were."""
    over = Memory.objects.filter(ended_at=None, ttl_minutes__isnull=False)
    found = over.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    rows = list(found.values_list("user_id", "pk")[:limit])
    for user_id in dict.fromkeys(owner for owner, _ in rows):
        ids = [pk for owner, pk in rows if owner == user_id]
        with transaction.atomic():
            lock(user_id)
            # What was used or replaced in the meantime is not over any more.
            still = over.filter(user=user_id, pk__in=ids, expires_at__lte=timezone.now())
            end(still.select_for_update(no_key=True).without_vectors(), Ending.FORGOTTEN)
    return len(rows)


def remove_old_versions(before: datetime, limit: int = 500) -> int:
    """Remove for good what programs put something else in the place of, before a time; how many rows that were."""
    old = Memory.objects.filter(ending=Ending.SUPERSEDED, origin=Origin.API, ended_at__lt=before)
    # What a person's own program has had remembered is history like all they say.
    old = old.exclude(namespace=DEFAULT_NAMESPACE, paths=None, key__regex=NEW_KEY)
    rows = list(old.order_by("ended_at").values_list("user_id", "pk")[:limit])
    for user_id in dict.fromkeys(owner for owner, _ in rows):
        ids = [pk for owner, pk in rows if owner == user_id]
        with transaction.atomic():
            lock(user_id)
            memories_removed.send(sender=Memory, user_id=user_id, memory_ids=ids)
            _take_out(Memory.objects.of(user_id), ids)
    return len(rows)


def _take_out(mine: MemoryQuerySet, ids: Sequence[int]) -> None:
    """Remove versions, and let what took their place follow upon what was there before them."""
    before = dict(mine.filter(pk__in=ids).values_list("pk", "supersedes"))
    after = dict(mine.filter(supersedes__in=ids).exclude(pk__in=ids).values_list("pk", "supersedes"))
    mine.filter(pk__in=ids).without_vectors().delete()
    for newer, older in after.items():
        while older in before:
            older = before[older]
        if older is not None:
            mine.filter(pk=newer).update(supersedes=older)


def compare_next(limit: int, after: int) -> tuple[int, int | None]:
    """Give fields that the site's embedder compares their vectors, for memories with an id above `after`.

    How many memories were given some, and the last id looked at, None at the end.
    """
    embedder = current_embedder()
    current = Memory.objects.filter(ended_at=None, by_site=True, pk__gt=after).exclude(indexed_by=embedder.name)
    rows = list(current.order_by("pk").only("pk", "user_id", "value", "paths")[:limit])
    fields = [(row, *one) for row in rows for one in texts_of(row.value, row.paths or ())]
    vectors = embedder.embed_each([text for *_, text in fields])
    with transaction.atomic():
        MemoryVector.objects.filter(memory__in=rows).delete()
        MemoryVector.objects.bulk_create(
            MemoryVector(
                user_id=row.user_id,
                memory=row,
                path=path,
                number=number,
                embedder=embedder.name,
                dimensions=embedder.dimensions,
                embedding=vector,
            )
            for (row, path, number, _), vector in zip(fields, vectors, strict=True)
            if vector is not None
        )
        Memory.objects.filter(pk__in=[row.pk for row in rows]).update(indexed_by=embedder.name)
    return len(rows), rows[-1].pk if len(rows) == limit else None
