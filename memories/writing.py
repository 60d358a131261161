"""Everything that changes what is remembered of a person.

Each function is one transaction. A text is never overwritten: what is corrected or forgotten ends, stays as
history and can be had back. Synchronous, and a remote embedder may take its timeout: call it in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext

from memchat.text import storable
from memories.categories import guess_category
from memories.embedding.base import EmbedderError, Vector
from memories.embedding.registry import current_embedder
from memories.forgetting import clear_matches
from memories.models import DEFAULT_NAMESPACE, Category, Ending, Memory, Origin, Proposal, Sensitive, new_key
from memories.removal import remove
from memories.requests import looks_like_secret
from memories.safety.instructions import reads_like_instruction
from memories.safety.sensitive import sensitive_kind
from memories.signals import memories_changed, proposal_settled
from memories.slots import MOST_TERMS, Relation, slot_of
from memories.topics import topics_of
from memories.words import fingerprint, owned, terms_of

logger = logging.getLogger(__name__)

MEMORIES_PER_PERSON = 10_000
PINS_PER_PERSON = 20
PROPOSAL_DAYS = 30
"""How long a proposal waits for its person's word, if forgotten memories are not kept for longer."""
MOST_LOWERED = 1_000

# Names this module's lock, so that it shares none with others on the same number.
_LOCK = 0x6D656D << 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish. `memory` is the one that now says it, None when refused; `reason` is a sentence.

    `replaced` is the memory whose place it took; `proposal` waits for the person's word.
    """

    kind: Literal["remembered", "known", "refused", "proposed"]
    memory: Memory | None = None
    reason: str = ""
    replaced: Memory | None = None
    proposal: Proposal | None = None


def remember(
    user: Any,
    text: str,
    *,
    origin: Origin | str,
    category: Category | str | None = None,
    source_thread: UUID | None = None,
    source_message: UUID | None = None,
    key: str | None = None,
    namespace: str = DEFAULT_NAMESPACE,
    pinned: bool = False,
    valid_from: date | None = None,
    expires_at: datetime | None = None,
    approved: bool = False,
    created_at: datetime | None = None,
    said_at: datetime | None = None,
    vector: Vector | None = None,
) -> Outcome:
    """Store one statement, unless the person's memories say the same already.

    A `key` that is in use supersedes what it held. So does what the person says of something that has one value at
    a time, such as where they live, unless they have said otherwise since `said_at`. Without a category one is
    guessed. A statement of a sensitive kind that the person did not ask to be remembered is only proposed to them,
    unless `approved`. `vector`, where the caller has it already, is the current embedder's for this text.
    """
    text = _tidied(text)
    refusal = _refusal(text)
    if refusal:
        return Outcome("refused", reason=refusal)
    if not approved and (kind := _must_ask(text, origin)):
        return _propose(user, text, kind, None, category, origin, source_thread, source_message, valid_from)
    memory = Memory(
        user_id=_id(user),
        namespace=namespace,
        key=key or new_key(),
        category=category or guess_category(text),
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=min(created_at or timezone.now(), timezone.now()),
    )
    _say(memory, text, vector)
    with transaction.atomic():
        _lock(memory.user_id)
        known = _saying(memory)
        if known and key == known.key:
            _confirm(known)
            return Outcome("known", known)
        older = None
        if key:
            older = Memory.objects.of(memory.user_id).filter(namespace=namespace, key=key, ended_at=None).first()
        else:
            held = _held(memory)
            if settled := _settled(memory, known, held, said_at):
                return settled
            if held is not None:
                older = _take_place(memory, held, category)
        if older is None and _current_count(memory.user_id) >= MEMORIES_PER_PERSON:
            return Outcome("refused", reason=_too_many())
        if pinned and _pin_count(memory.user_id) < PINS_PER_PERSON:
            memory.pinned = True
        _store(memory, supersedes=older)
    return Outcome("remembered", memory, replaced=older)


def correct(
    memory: Memory,
    text: str,
    *,
    origin: Origin | str = Origin.WRITTEN,
    category: Category | str | None = None,
    source_thread: UUID | None = None,
    source_message: UUID | None = None,
    valid_from: date | None = None,
    is_newer_fact: bool = False,
    approved: bool = False,
) -> Outcome:
    """Replace a memory by a new statement under the same key; the old one stays as its history.

    With `is_newer_fact` the old one was true until then, and says so; otherwise it was only said badly.
    """
    text = _tidied(text)
    refusal = _refusal(text)
    if refusal:
        return Outcome("refused", reason=refusal)
    if not approved and (kind := _must_ask(text, origin)):
        return _propose(memory.user_id, text, kind, memory, category, origin, source_thread, source_message, valid_from)
    newer = Memory(
        user_id=memory.user_id,
        namespace=memory.namespace,
        key=memory.key,
        value=dict(memory.value),
        category=category or memory.category,
        origin=origin,
        source_thread=source_thread,
        source_message=source_message,
        pinned=memory.pinned,
        valid_from=valid_from,
        expires_at=memory.expires_at,
    )
    _say(newer, text)
    with transaction.atomic():
        _lock(memory.user_id)
        older = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).first()
        if older is None:
            current = Memory.objects.of(memory.user_id).current().without_vectors()
            said = current.filter(supersedes=memory.pk, fingerprint=newer.fingerprint).first()
            return Outcome("known", said) if said else Outcome("refused", reason=_changed())
        if older.text == text:
            _confirm(older)
            return Outcome("known", older)
        if is_newer_fact:
            _note_until(older, valid_from)
        known = _saying(newer, besides=older)
        if known:
            _end([older], Ending.SUPERSEDED)
            return Outcome("known", known, replaced=older)
        _store(newer, supersedes=older)
    return Outcome("remembered", newer, replaced=older)


def confirm(memory: Memory) -> None:
    """Note that the person has said the same again."""
    with transaction.atomic():
        _lock(memory.user_id)
        _confirm(memory)


def give_way(older: Memory, newer: Memory) -> bool:
    """Let a current memory take the place of another current one that it contradicts; False when either has ended."""
    with transaction.atomic():
        _lock(older.user_id)
        rows = Memory.objects.of(older.user_id).filter(ended_at=None).without_vectors().in_bulk([older.pk, newer.pk])
        if len(rows) < 2 or rows[newer.pk].supersedes_id or older.namespace != newer.namespace:
            return False
        old, new = rows[older.pk], rows[newer.pk]
        _note_until(old, new.valid_from)
        _end([old], Ending.SUPERSEDED)
        # One history: the newer goes on under the key of the older.
        Memory.objects.filter(pk=new.pk).update(supersedes=old, key=old.key, pinned=new.pinned or old.pinned)
    return True


def approve(proposal: Proposal, text: str = "") -> Outcome:
    """Store what waited for the person's word, in other words if they gave some."""
    with transaction.atomic():
        _lock(proposal.user_id)
        waiting = Proposal.objects.of(proposal.user_id).select_related("replaces").filter(pk=proposal.pk).first()
        if waiting is None:
            return Outcome("refused", reason=_changed())
        source: dict[str, Any] = {
            "origin": waiting.origin,
            "category": waiting.category,
            "source_thread": waiting.source_thread,
            "source_message": waiting.source_message,
            "valid_from": waiting.valid_from,
            "approved": True,
        }
        older = waiting.replaces
        if older is not None and older.ended_at is None:
            outcome = correct(older, text or waiting.text, is_newer_fact=True, **source)
        else:
            outcome = remember(waiting.user_id, text or waiting.text, **source)
        if outcome.memory is not None:
            proposal_settled.send(sender=Proposal, proposal=waiting, memory=outcome.memory)
            waiting.delete()
    return outcome


def reject(proposal: Proposal) -> None:
    """Remove, for good, what the person does not want to be remembered."""
    with transaction.atomic():
        waiting = Proposal.objects.of(proposal.user_id).select_for_update().filter(pk=proposal.pk).first()
        if waiting is not None:
            proposal_settled.send(sender=Proposal, proposal=waiting, memory=None)
            waiting.delete()


def remove_forgotten(before: datetime, limit: int = 200) -> int:
    """Remove for good what was forgotten before a time, and proposals without an answer; how many rows there were.

    What was superseded lives as long as what took its place. Where that is another memory, under another key, it
    goes when it has ended for as long.
    """
    ended = Memory.objects.filter(ended_at__lt=before, superseded_by=None)
    forgotten = ended.filter(ending=Ending.FORGOTTEN).order_by("ended_at")
    found = list(forgotten.values_list("user_id", "pk")[:limit])
    if len(found) < limit:
        same_key = Memory.objects.filter(
            user=OuterRef("user"), namespace=OuterRef("namespace"), key=OuterRef("key"), ended_at=None
        )
        left = ended.filter(~Exists(same_key), ending=Ending.SUPERSEDED)
        found += left.values_list("user_id", "pk")[: limit - len(found)]
    removed = 0
    for user_id in dict.fromkeys(owner for owner, _ in found):
        with transaction.atomic():
            _lock(user_id)
            removed += remove(user_id, [pk for owner, pk in found if owner == user_id])
    unanswered = min(before, timezone.now() - timedelta(days=PROPOSAL_DAYS))
    for proposal in Proposal.objects.filter(created_at__lt=unanswered).order_by("pk")[:limit]:
        reject(proposal)
        removed += 1
    return removed


def forget(memory: Memory) -> bool:
    """End a memory; False when it had ended before."""
    with transaction.atomic():
        _lock(memory.user_id)
        ended = _end(Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None), Ending.FORGOTTEN)
    if ended:
        memory.refresh_from_db(fields=["ended_at", "ending"])
    return bool(ended)


def forget_matching(user: Any, query: str) -> list[Memory]:
    """Forget what a request such as "my address" clearly means, and return it; nothing is better than the wrong one."""
    with transaction.atomic():
        _lock(_id(user))
        return _end(clear_matches(_id(user), storable(query)), Ending.FORGOTTEN)


def forget_all(user: Any) -> list[Memory]:
    """Forget everything that is remembered of a person, and return it."""
    with transaction.atomic():
        _lock(_id(user))
        return _end(Memory.objects.of(user).filter(ended_at=None).without_vectors(), Ending.FORGOTTEN)


def undo_forget(memory: Memory) -> Outcome:
    """Have a forgotten memory back as it was, or the one that says the same by now."""
    with transaction.atomic():
        _lock(memory.user_id)
        forgotten = Memory.objects.of(memory.user_id).filter(pk=memory.pk).first()
        if forgotten is None or forgotten.ending == Ending.SUPERSEDED:
            return Outcome("refused", reason=_changed())
        known = forgotten if forgotten.ended_at is None else _saying(forgotten)
        if known:
            return Outcome("known", known)
        if (
            Memory.objects.of(memory.user_id)
            .filter(namespace=forgotten.namespace, key=forgotten.key, ended_at=None)
            .exists()
        ):
            return Outcome("refused", reason=_changed())
        if _current_count(memory.user_id) >= MEMORIES_PER_PERSON:
            return Outcome("refused", reason=_too_many())
        if forgotten.pinned and _pin_count(memory.user_id) >= PINS_PER_PERSON:
            forgotten.pinned = False
        if forgotten.expires_at and forgotten.expires_at <= timezone.now():
            forgotten.expires_at = None
        forgotten.ended_at, forgotten.ending = None, ""
        forgotten.save(update_fields=["ended_at", "ending", "pinned", "expires_at"])
        _tell([forgotten])
    return Outcome("remembered", forgotten)


def undo_forget_many(user: Any, forgotten: Iterable[int]) -> int:
    """Have many back at once, as far as nothing took their place and there is room; how many came back."""
    user_id = _id(user)
    with transaction.atomic():
        _lock(user_id)
        mine = Memory.objects.of(user_id)
        held = list(mine.filter(ended_at=None).values_list("namespace", "key", "fingerprint", "pinned"))
        keys, said = {row[:2] for row in held}, {(row[0], row[2]) for row in held}
        room, pins = MEMORIES_PER_PERSON - len(held), PINS_PER_PERSON - sum(row[3] for row in held)
        back: list[int] = []
        unpinned: list[int] = []
        rows = mine.filter(pk__in=list(forgotten), ending=Ending.FORGOTTEN).order_by("-pinned", "-created_at", "-pk")
        for pk, namespace, key, print_, pinned in rows.values_list("pk", "namespace", "key", "fingerprint", "pinned"):
            if len(back) >= room or (namespace, key) in keys or (namespace, print_) in said:
                continue
            back.append(pk)
            keys.add((namespace, key))
            said.add((namespace, print_))
            pins -= pinned
            if pinned and pins < 0:
                unpinned.append(pk)
        mine.filter(pk__in=unpinned).update(pinned=False)
        mine.filter(pk__in=back, expires_at__lte=timezone.now()).update(expires_at=None)
        mine.filter(pk__in=back).update(ended_at=None, ending="")
        _tell(mine.filter(pk__in=back).without_vectors())
    return len(back)


def restore(memory: Memory) -> Outcome:
    """Make an earlier version of a memory the current one again, as a new row at the end of its history."""
    with transaction.atomic():
        _lock(memory.user_id)
        versions = Memory.objects.of(memory.user_id).filter(namespace=memory.namespace, key=memory.key)
        current = versions.filter(ended_at=None).first()
        if current is not None:
            return _say_again(current, memory)
        latest = versions.filter(superseded_by=None).order_by("-created_at", "-pk").first()
        if latest is None:
            return Outcome("refused", reason=_changed())
        outcome = undo_forget(latest)
        if latest.pk == memory.pk or outcome.memory is None or outcome.memory.pk != latest.pk:
            return outcome
        return _say_again(outcome.memory, memory)


def _say_again(current: Memory, earlier: Memory) -> Outcome:
    """Let an earlier version take the place of the current one. Where it came from, it still comes from."""
    return correct(
        current,
        earlier.text,
        origin=earlier.origin,
        category=earlier.category,
        source_thread=earlier.source_thread,
        source_message=earlier.source_message,
        valid_from=earlier.valid_from,
        approved=True,
    )


def take_back(memory: Memory) -> Outcome | None:
    """Undo that something was remembered: what it replaced comes back, or else it is just gone (None)."""
    if memory.supersedes is not None:
        return restore(memory.supersedes)
    forget(memory)
    return None


def adjust(memory: Memory, *, category: str, pinned: bool, expires_at: datetime | None) -> Outcome:
    """Change what is not the statement itself."""
    with transaction.atomic():
        _lock(memory.user_id)
        current = Memory.objects.of(memory.user_id).filter(pk=memory.pk, ended_at=None).without_vectors().first()
        if current is None:
            return Outcome("refused", reason=_changed())
        if pinned and not current.pinned and _pin_count(memory.user_id) >= PINS_PER_PERSON:
            return Outcome("refused", reason=_too_many_pins())
        current.category, current.pinned, current.expires_at = category, pinned, expires_at
        current.save(update_fields=["category", "pinned", "expires_at"])
    return Outcome("remembered", current)


def lower(memory: Memory) -> None:
    """Note that the person called a memory not relevant to a reply: it ranks lower from now on."""
    _lower_by(memory, 1)


def raise_again(memory: Memory) -> None:
    """Take back one `lower`."""
    _lower_by(memory, -1)


def erase(memory: Memory) -> int:
    """Remove a forgotten memory for good, with all versions of it; how many rows that were. There is no way back."""
    with transaction.atomic():
        _lock(memory.user_id)
        return remove(memory.user_id, [memory.pk])


def erase_forgotten(user: Any) -> int:
    """Remove for good everything that a person has forgotten, with all versions of it; how many rows that were."""
    user_id = _id(user)
    with transaction.atomic():
        _lock(user_id)
        forgotten = Memory.objects.of(user_id).filter(ending=Ending.FORGOTTEN)
        return remove(user_id, list(forgotten.values_list("pk", flat=True)))


@dataclass(frozen=True, slots=True)
class Version:
    """What a memory said before, as it stands in a file."""

    text: str
    created_at: datetime
    ended_at: datetime
    category: str = Category.FACT
    valid_from: date | None = None
    valid_until: date | None = None


def add_history(memory: Memory, versions: Iterable[Version]) -> int:
    """Put what a memory said before, oldest first, behind one that has no history yet; how many were stored."""
    with transaction.atomic():
        _lock(memory.user_id)
        mine = Memory.objects.of(memory.user_id)
        if mine.filter(namespace=memory.namespace, key=memory.key).exclude(pk=memory.pk).exists():
            return 0
        before: Memory | None = None
        count = 0
        for version in versions:
            text = _tidied(version.text)
            # What would not be stored today, or not without asking, is not let in by this door either.
            if _refusal(text) or _must_ask(text, Origin.IMPORTED):
                continue
            row = Memory(
                user_id=memory.user_id,
                namespace=memory.namespace,
                key=memory.key,
                value={"data": text},
                category=version.category,
                origin=Origin.IMPORTED,
                valid_from=version.valid_from,
                valid_until=version.valid_until,
                created_at=min(version.created_at, memory.created_at),
                ended_at=version.ended_at,
                ending=Ending.SUPERSEDED,
                quoted=reads_like_instruction(text),
                supersedes=before,
            )
            # Nothing recalls it, so it needs no vector.
            _index(row, text)
            row.save(force_insert=True)
            before, count = row, count + 1
        if before is not None:
            mine.filter(pk=memory.pk).update(supersedes=before)
    return count


def why_refused(text: str) -> str:
    """Why nobody could have `text` remembered, as a sentence; empty when they could."""
    return _refusal(_tidied(text))


def cut_off_from(user: Any, thread_id: UUID) -> None:
    """Forget that memories came from a thread, which is no more."""
    nothing: dict[str, None] = {"source_thread": None, "source_message": None}
    with transaction.atomic():
        Memory.objects.of(user).filter(source_thread=thread_id).update(**nothing)
        Proposal.objects.of(user).filter(source_thread=thread_id).update(**nothing)


def embed_missing(limit: int = 500) -> int:
    """Give some of the memories that have no vector, or another embedder's, one of the current; how many were given it.

    Raises EmbedderUnavailable when the embedder is out of reach.
    """
    return embed_next(limit, after=0)[0]


def embed_next(limit: int, after: int) -> tuple[int, int | None]:
    """Like `embed_missing`, for memories with an id above `after`; also the last id looked at, None at the end."""
    embedder = current_embedder()
    rows = list(
        Memory.objects.filter(
            Q(embedder__lt=embedder.name) | Q(embedder__gt=embedder.name), ended_at=None, pk__gt=after
        )
        .order_by("pk")
        .values_list("pk", "text")[:limit]
    )
    vectors = embedder.embed_each([text for _, text in rows])
    done = 0
    with transaction.atomic():
        for (pk, _), vector in zip(rows, vectors, strict=True):
            if vector is not None:
                # A text never changes, so this is right whatever happened to its memory meanwhile.
                done += Memory.objects.filter(pk=pk).update(
                    embedding=vector, embedder=embedder.name, dimensions=embedder.dimensions
                )
    return done, rows[-1][0] if len(rows) == limit else None


def index_words(limit: int = 500, after: int = 0) -> tuple[int, int | None]:
    """Work the terms and the fingerprint of memories out again, after the rules in `words` have changed."""
    rows = list(Memory.objects.filter(pk__gt=after).order_by("pk").only("pk", "user_id", "text")[:limit])
    for row in rows:
        _index(row, row.text)
    Memory.objects.bulk_update(rows, ["terms", "word_count", "fingerprint"])
    return len(rows), rows[-1].pk if len(rows) == limit else None


# --- Steps ---------------------------------------------------------------------------------------------------------


def _id(user: Any) -> int:
    return int(getattr(user, "pk", user))


def _tidied(text: str) -> str:
    return storable(text).strip()


def _refusal(text: str) -> str:
    if not text:
        return gettext("There is nothing to remember in it.")
    if len(text) > settings.MEMORY_MAX_CHARS:
        return gettext("It is longer than %(max)s characters.") % {"max": intcomma(settings.MEMORY_MAX_CHARS)}
    if secret := looks_like_secret(text):
        return gettext("It looks like %(secret)s, which is better kept elsewhere.") % {"secret": secret}
    return ""


_ASKED_FOR = {Origin.SAID, Origin.WRITTEN, Origin.API}
"""The person named the statement themselves, which is their consent."""


def _must_ask(text: str, origin: Origin | str) -> Sensitive | None:
    return None if origin in _ASKED_FOR else sensitive_kind(text)


def _propose(
    user: Any,
    text: str,
    kind: Sensitive,
    replaces: Memory | None,
    category: Category | str | None,
    origin: Origin | str,
    source_thread: UUID | None,
    source_message: UUID | None,
    valid_from: date | None,
) -> Outcome:
    """Keep a statement until its person has said whether it may be remembered."""
    user_id, print_ = _id(user), fingerprint(text)
    with transaction.atomic():
        _lock(user_id)
        known = Memory.objects.of(user_id).current().without_vectors().filter(fingerprint=print_).first()
        if known:
            _confirm(known)
            return Outcome("known", known)
        proposal, _created = Proposal.objects.get_or_create(
            user_id=user_id,
            fingerprint=print_,
            defaults={
                "text": text,
                "sensitive": kind,
                "replaces": replaces,
                "category": category or guess_category(text),
                "origin": origin,
                "source_thread": source_thread,
                "source_message": source_message,
                "valid_from": valid_from,
            },
        )
    return Outcome("proposed", proposal=proposal)


_SPEAKS_FOR_NOW = {Origin.SAID, Origin.WRITTEN, Origin.LEARNED}
"""What comes from these is how things stand; what is imported or sent by a program may be of any age."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The newest memory about the slot that a new statement fills too, and how that one stands to it."""

    memory: Memory
    relation: Relation


def _held(memory: Memory) -> _Held | None:
    """What is remembered already of something that has one value at a time, if that is what `memory` is about."""
    if memory.origin not in _SPEAKS_FOR_NOW or memory.namespace != DEFAULT_NAMESPACE:
        return None
    if (slot := slot_of(memory.value["data"])) is None:
        return None
    rows = Memory.objects.of(memory.user_id).current().filter(namespace=memory.namespace)
    if memory.source_message is not None:
        # Two things said in one breath are both meant.
        rows = rows.exclude(source_message=memory.source_message)
    if memory.valid_from is not None:
        rows = rows.exclude(valid_from__gt=memory.valid_from)
    anchors = [owned(memory.user_id, term) for term in slot.anchors()]
    rows = rows.filter(terms__overlap=anchors, word_count__lte=MOST_TERMS).order_by("-created_at", "-pk")
    for pk, text in rows.values_list("pk", "text"):
        other = slot_of(text, like=slot)
        if other is not None and other.name == slot.name:
            return _Held(rows.without_vectors().get(pk=pk), slot.relation(other))
    return None


def _settled(memory: Memory, known: Memory | None, held: _Held | None, said_at: datetime | None) -> Outcome | None:
    """What to answer when nothing needs to be stored: it is known, in these words or others, or out of date."""
    contradicted = held is not None and held.relation == "other"
    if held is not None and contradicted and said_at is not None and held.memory.created_at > said_at:
        return Outcome("known", held.memory)
    if known is not None:
        _confirm(known)
        gave_way = held is not None and contradicted and held.memory.pk != known.pk and give_way(held.memory, known)
        return Outcome("known", known, replaced=held.memory if held is not None and gave_way else None)
    if held is not None and held.relation in {"same", "coarser"}:
        _confirm(held.memory)
        return Outcome("known", held.memory)
    return None


def _take_place(memory: Memory, held: _Held, category: Category | str | None) -> Memory:
    """Let `memory` go on where an older one of its slot ends."""
    older = held.memory
    memory.key, memory.pinned = older.key, older.pinned
    memory.category = category or older.category
    memory.value = {**older.value, **memory.value}
    if held.relation == "other":
        _note_until(older, memory.valid_from)
    return older


def _confirm(memory: Memory) -> None:
    Memory.objects.filter(pk=memory.pk).update(confirmed_at=timezone.now())


def _note_until(older: Memory, newer_since: date | None) -> None:
    until = newer_since or timezone.localdate()
    older.valid_until = max(until, older.valid_from) if older.valid_from else until
    Memory.objects.filter(pk=older.pk).update(valid_until=older.valid_until)


def _changed() -> str:
    return gettext("It has been changed or forgotten in the meantime.")


def _too_many() -> str:
    return gettext("There is room for %(max)s memories, and all of it is taken.") % {
        "max": intcomma(MEMORIES_PER_PERSON)
    }


def _too_many_pins() -> str:
    return gettext("At most %(max)s memories can be pinned.") % {"max": PINS_PER_PERSON}


def _say(memory: Memory, text: str, vector: Vector | None = None) -> None:
    """Give a new row its text and everything that is worked out from it."""
    memory.value = {**(memory.value or {}), "data": text}
    memory.quoted = reads_like_instruction(text)
    _index(memory, text)
    embedder = current_embedder()
    try:
        vector = vector or embedder.embed([text])[0]
    except EmbedderError as error:
        # It is found by its words, and `embed_missing` comes back to it.
        logger.warning("a memory is stored without a vector: %s", error)
        return
    memory.embedding, memory.embedder, memory.dimensions = vector, embedder.name, embedder.dimensions


def _index(memory: Memory, text: str) -> None:
    terms = terms_of(text)
    memory.terms = sorted({owned(memory.user_id, term) for term in [*terms, *topics_of(text, terms)]})
    memory.word_count = len(terms)
    memory.fingerprint = fingerprint(text)


def _lock(user_id: int) -> None:
    """Let one writer at a time at a person's memories, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK ^ user_id])


def _saying(memory: Memory, besides: Memory | None = None) -> Memory | None:
    """The current memory that says the same."""
    same = Memory.objects.of(memory.user_id).current().without_vectors()
    same = same.filter(fingerprint=memory.fingerprint, namespace=memory.namespace)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    return same.order_by("pk").first()


def _lower_by(memory: Memory, step: int) -> None:
    with transaction.atomic():
        lowered = Least(Greatest(F("lowered") + step, 0), MOST_LOWERED)
        Memory.objects.of(memory.user_id).filter(pk=memory.pk).update(lowered=lowered)
        _tell([memory])


def _tell(memories: Iterable[Memory]) -> None:
    """Let whoever shows these memories know, once the transaction is through."""
    ids: dict[int, list[int]] = {}
    for memory in memories:
        ids.setdefault(memory.user_id, []).append(memory.pk)
    for user_id, memory_ids in ids.items():
        transaction.on_commit(partial(memories_changed.send, sender=Memory, user_id=user_id, memory_ids=memory_ids))


def _current_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None).count()


def _pin_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None, pinned=True).count()


def _store(memory: Memory, supersedes: Memory | None) -> None:
    if supersedes is not None:
        _end([supersedes], Ending.SUPERSEDED)
        memory.supersedes = supersedes
    memory.save(force_insert=True)


def _end(memories: Iterable[Memory], ending: Ending) -> list[Memory]:
    ended = list(memories)
    now = timezone.now()
    for memory in ended:
        memory.ended_at, memory.ending = now, ending
    Memory.objects.filter(pk__in=[memory.pk for memory in ended]).update(ended_at=now, ending=ending)
    _tell(ended)
    return ended
