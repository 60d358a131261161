"""What is done with a whole thread: its name, its place in the list, its memory, and its end. For pages and programs.

Each function is told whose thread it is, tells their open tabs, and raises TurnError(not_found) for what is not theirs.
Synchronous, from any thread.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conversations import temporary
from conversations.errors import TurnError
from conversations.models import PINNED_THREADS, TAG_MAX_CHARS, TAGS_PER_THREAD, TITLE_MAX_CHARS, MemoryUse, Thread
from conversations.tags import tags_of
from conversations.turns import accepting, announce, claims
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat.text import storable
from memchat.users import limits
from memories import writing
from memories.access import MemoryMode
from memories.models import Ending, Memory, MemoryQuerySet, Proposal, ProposalQuerySet


class NotDone(Exception):
    """What was asked cannot be done; the words are for the thread's person."""

    @property
    def text(self) -> str:
        return str(self)


def begin(user_id: int, *, title: str = "", memory_mode: str = "", is_temporary: bool = False) -> Thread:
    """A thread with nothing in it yet. Counts like a message. Raises NotDone, TurnError(limited)."""
    thread = Thread(user_id=user_id)
    if title:
        thread.title, thread.titled_by_hand = tidy_title(title), True
    if is_temporary:
        temporary.make_temporary(thread)
    elif memory_mode:
        thread.memory_mode = memory_mode
    with transaction.atomic():
        accepting.check_limits(limits.count_message(user_id), 0)
        thread.save(force_insert=True)
    return _told(thread)


def _told(thread: Thread) -> Thread:
    """The thread, of which the tabs are told once what was done is stored: several things may be done in one go."""
    transaction.on_commit(partial(announce.thread_changed, thread))
    return thread


# --- Its name and its place ----------------------------------------------------------------------------------------


def tidy_title(title: str) -> str:
    title = " ".join(storable(title).split())
    if not title or len(title) > TITLE_MAX_CHARS:
        raise NotDone(_("A title has between 1 and %(max)d characters.") % {"max": TITLE_MAX_CHARS})
    return title


def rename(user_id: int, thread_id: uuid.UUID, title: str) -> Thread:
    """Raises NotDone."""
    title = tidy_title(title)
    with transaction.atomic():
        thread = claims.lock_thread(user_id, thread_id)
        thread.title, thread.titled_by_hand = title, True
        thread.save(update_fields=["title", "titled_by_hand"])
    return _told(thread)


def switch(user_id: int, thread_id: uuid.UUID, name: str, value: bool) -> Thread:
    """Put a thread above the others (`pinned`), or away (`archived`), or back among them. Raises NotDone."""
    with transaction.atomic():
        thread = _listed(user_id, thread_id)
        if name == "pinned" and value and not thread.pinned:
            _require_room_for_pin(user_id)
        # What is pinned is not put away, and the other way round.
        if value:
            thread.pinned = thread.archived = False
        setattr(thread, name, value)
        thread.save(update_fields=["pinned", "archived"])
    return _told(thread)


def _require_room_for_pin(user_id: int) -> None:
    """All that is pinned stands in the list at once. Two at the same moment may be one too many, which harms nobody."""
    if Thread.objects.of(user_id).filter(pinned=True).count() >= PINNED_THREADS:
        raise NotDone(_("At most %(max)d threads can be pinned.") % {"max": PINNED_THREADS})


def add_tag(user_id: int, thread_id: uuid.UUID, name: str) -> Thread:
    """Raises NotDone."""
    with transaction.atomic():
        thread = _listed(user_id, thread_id)
        thread.tags = _tagged(thread, thread.tags, name)
        thread.save(update_fields=["tags"])
    return _told(thread)


def remove_tag(user_id: int, thread_id: uuid.UUID, name: str) -> Thread:
    removed = _tidied(name).casefold()
    with transaction.atomic():
        thread = _listed(user_id, thread_id)
        thread.tags = [one for one in thread.tags if one.casefold() != removed]
        thread.save(update_fields=["tags"])
    return _told(thread)


def set_tags(user_id: int, thread_id: uuid.UUID, names: Sequence[str]) -> Thread:
    """Give a thread these tags and no others. Raises NotDone."""
    with transaction.atomic():
        thread = _listed(user_id, thread_id)
        tags: list[str] = []
        for name in names:
            tags = _tagged(thread, tags, name)
        thread.tags = tags
        thread.save(update_fields=["tags"])
    return _told(thread)


def is_tag(name: str) -> bool:
    """Whether there is anything in it."""
    return bool(_tidied(name))


def _tagged(thread: Thread, tags: list[str], name: str) -> list[str]:
    added = _tidied(name)
    if not added or len(added) > TAG_MAX_CHARS:
        raise NotDone(_("A tag has between 1 and %(max)d characters.") % {"max": TAG_MAX_CHARS})
    if len(tags) >= TAGS_PER_THREAD:
        raise NotDone(_("A thread has %(max)d tags at the most.") % {"max": TAGS_PER_THREAD})
    if added.casefold() in {one.casefold() for one in tags}:
        return tags
    # One that is there already is spelt as it is spelt there.
    known = {one.casefold(): one for one in tags_of(thread.user_id)}
    return [*tags, known.get(added.casefold(), added)]


def _tidied(name: str) -> str:
    return " ".join(storable(name).split())


def _listed(user_id: int, thread_id: uuid.UUID) -> Thread:
    """The thread, locked. A temporary one is in no list, so there is nothing to keep in order."""
    thread = claims.lock_thread(user_id, thread_id)
    if thread.temporary:
        raise TurnError("not_found")
    return thread


# --- Its memory ----------------------------------------------------------------------------------------------------


def set_memory_mode(user_id: int, thread_id: uuid.UUID, mode: str) -> Thread:
    """Switch what a thread may do with its person's memories. Raises NotDone."""
    thread: Thread | None = Thread.objects.of(user_id).filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    if mode not in MemoryMode.values:
        raise NotDone(_("Choose one of: on, read only, off."))
    if not Thread.objects.of(user_id).filter(pk=thread_id, temporary=False).update(memory_mode=mode):
        raise NotDone(_("A temporary thread has no memory."))
    thread.memory_mode = mode
    return _told(thread)


def keep(user_id: int, thread_id: uuid.UUID) -> Thread:
    """Make a temporary thread one that stays."""
    with transaction.atomic():
        thread = claims.lock_thread(user_id, thread_id)
        temporary.keep(thread)
    return _told(thread)


def mark_not_relevant(user_id: int, reply_id: uuid.UUID, memory_id: int, says_so: bool) -> None:
    """Note that a memory did not belong into the prompt of a reply, or take that back."""
    with transaction.atomic():
        uses = MemoryUse.objects.of(user_id).filter(reply=reply_id, memory=memory_id)
        use = uses.select_for_update(of=("self",)).select_related("memory").first()
        if use is None:
            raise TurnError("not_found")
        if use.not_relevant != says_so:
            use.not_relevant = says_so
            use.save(update_fields=["not_relevant"])
            if says_so:
                writing.lower(use.memory)
            else:
                writing.raise_again(use.memory)


# --- Its end -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a thread: memories, each in its newest version, and what waits for its person's word."""

    memories: MemoryQuerySet
    proposals: ProposalQuerySet


def learned_from(user: Any, thread_id: uuid.UUID) -> Learned:
    # Of each memory its newest version; what was forgotten before can still be removed for good.
    memories = Memory.objects.of(user).filter(source_thread=thread_id, superseded_by=None).without_vectors()
    memories = memories.exclude(ending=Ending.SUPERSEDED).order_by("created_at", "pk")
    return Learned(memories, Proposal.objects.of(user).filter(source_thread=thread_id))


def forget_learned(
    learned: Learned,
    memories: Collection[str] | None = None,
    proposals: Collection[str] | None = None,
    *,
    erases: bool = False,
) -> None:
    """Forget what came of a thread: all of it, or what these ids name; with `erases` for good."""
    for memory in learned.memories:
        if memories is None or str(memory.pk) in memories:
            writing.forget(memory)
            if erases:
                writing.erase(memory)
    for proposal in learned.proposals:
        if proposals is None or str(proposal.pk) in proposals:
            writing.reject(proposal)


def delete(user: Any, thread_id: uuid.UUID) -> None:
    """Delete a thread with everything in it."""
    with transaction.atomic():
        # In the order in which accepting and finishing take their locks.
        thread = claims.lock_thread(user.pk, thread_id)
        running = list(thread.runs.values_list("reply_id", flat=True))
        thread.delete()
    # What is kept no longer leads to a page that is not there.
    writing.cut_off_from(user, thread_id)
    for reply_id in running:
        hub.call_soon(runner.stop_run, reply_id)
    announce.gone(user.pk, thread_id)
