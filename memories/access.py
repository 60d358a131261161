"""Whether a turn may read and write someone's memories: decided in one place, and the one door it goes through.

Whoever writes a reply, learns from a message or carries out a model's tool has no other way to anybody's memories: it
is given an `Access` and calls its methods, and the import contract keeps it from reaching past them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector import Vector

from memchat.monitoring import metrics
from memories import recall as recalling
from memories import writing
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import Memory
from memories.recall import Recalled
from memories.writing import Outcome as Outcome

logger = logging.getLogger(__name__)


class MemoryMode(models.TextChoices):
    OFF = "off", _("Off")
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")


class MemoryClosed(Exception):
    """A turn tried to read or to write memories that are closed to it: a mistake in the code that tried."""


@dataclass(frozen=True, slots=True)
class Access:
    """What may be done with the memories of one person in one turn.

    `may_read`: they may be found and put into what a provider is sent. `may_write`: what the person says may change
    them. `why_not_read` and `why_not_write` are sentences for the person, empty where it is allowed.
    """

    user_id: int
    may_read: bool
    may_write: bool
    why_not_read: str = ""
    why_not_write: str = ""

    # --- Reading --------------------------------------------------------------------------------------------

    def recall(self, text: str, *, count: int, token_budget: int) -> tuple[list[Recalled], str]:
        """The memories that a prompt about `text` should carry, best first, and the notice "embedder_down" or ""."""
        self._must_read()
        with metrics.recall_seconds.time():
            vector, name, notice = _embedded(text)
            found = recalling.recall(self.user_id, text, vector, name, count=count)
            chosen = recalling.select_for_prompt(found, token_budget=token_budget)
        if notice:
            metrics.embedder_failures.inc()
        return chosen, notice

    def list_all(self, *, limit: int, token_budget: int) -> list[Recalled]:
        """The person's memories, pinned and newest first, as many as the budget holds."""
        self._must_read()
        rows = Memory.objects.of(self.user_id).current().recalled().without_vectors()
        rows = rows.order_by("-pinned", "-created_at", "-pk")
        listed = [
            recalling.Recalled(row.pk, row.text, _since(row), 0.0, None, ("listed",), row.quoted)
            for row in rows[:limit]
        ]
        return recalling.select_for_prompt(listed, token_budget=token_budget, floor=None)

    def count(self) -> int:
        """How many there are to be listed."""
        self._must_read()
        return Memory.objects.of(self.user_id).current().recalled().count()

    def current(self, ids: Iterable[int]) -> dict[int, Memory]:
        """Those of these memories that count now and are the person's."""
        self._must_read()
        return Memory.objects.of(self.user_id).current().without_vectors().in_bulk(list(ids))

    # --- Writing --------------------------------------------------------------------------------------------

    def remember(self, text: str, **how: Any) -> Outcome:
        """As `writing.remember`."""
        self._must_write()
        return writing.remember(self.user_id, text, **how)

    def correct(self, memory: Memory, text: str, **how: Any) -> Outcome:
        """As `writing.correct`."""
        self._must_write(memory)
        return writing.correct(memory, text, **how)

    def confirm(self, memory: Memory) -> None:
        """As `writing.confirm`."""
        self._must_write(memory)
        writing.confirm(memory)

    def give_way(self, older: Memory, newer: Memory) -> bool:
        """As `writing.give_way`."""
        self._must_write(older)
        self._must_write(newer)
        return writing.give_way(older, newer)

    def taken_back_since(self, text: str, said_at: datetime, stored: Collection[int] = ()) -> bool:
        """As `writing.taken_back_since`."""
        self._must_write()
        return writing.taken_back_since(self.user_id, text, said_at, stored)

    def all_taken_back_since(self, said_at: datetime) -> bool:
        """As `writing.all_taken_back_since`."""
        self._must_write()
        return writing.all_taken_back_since(self.user_id, said_at)

    def forget(self, memory: Memory) -> bool:
        """As `writing.forget`."""
        self._must_write(memory)
        return writing.forget(memory)

    def forget_matching(self, query: str, besides: Collection[int] = ()) -> list[Memory]:
        """As `writing.forget_matching`."""
        self._must_write()
        return writing.forget_matching(self.user_id, query, besides)

    def forget_all(self) -> list[Memory]:
        """As `writing.forget_all`."""
        self._must_write()
        return writing.forget_all(self.user_id)

    # --- Steps ----------------------------------------------------------------------------------------------

    def _must_read(self) -> None:
        if not self.may_read:
            raise MemoryClosed("memories may not be read here")

    def _must_write(self, memory: Memory | None = None) -> None:
        if not self.may_write or (memory is not None and memory.user_id != self.user_id):
            raise MemoryClosed("memories may not be written here")


def decide(user_id: int, *, memory_on: bool, mode: str, temporary: bool, sends_memories: bool) -> Access:
    """The one rule: a person's switch, a thread's mode, whether it is temporary, and whether its provider may have any.

    What a provider must not be sent may still be stored: forgetting something needs nobody's model.
    """
    if temporary:
        return _closed(user_id, str(_("This is a temporary thread: it neither reads nor adds to your memories.")))
    if not memory_on:
        return _closed(user_id, str(_("Your memory is switched off.")))
    if mode not in {MemoryMode.READ, MemoryMode.WRITE}:
        return _closed(user_id, str(_("Memory is off in this thread.")))
    writes = mode == MemoryMode.WRITE
    return Access(
        user_id,
        may_read=sends_memories,
        may_write=writes,
        why_not_read="" if sends_memories else str(_("This model is never given memories.")),
        why_not_write="" if writes else str(_("This thread only reads your memories.")),
    )


def _closed(user_id: int, why: str) -> Access:
    return Access(user_id, may_read=False, may_write=False, why_not_read=why, why_not_write=why)


def _since(memory: Memory) -> date:
    return memory.valid_from or timezone.localdate(memory.created_at)


def _embedded(text: str) -> tuple[Vector | None, str, str]:
    """The vector of a text, the name of what made it, and the notice "embedder_down" when nothing could."""
    embedder = current_embedder()
    if not text.strip():
        # A message of nothing but files: it means nothing by itself, and nothing is wrong.
        return None, embedder.name, ""
    try:
        return embedder.embed([text])[0], embedder.name, ""
    except EmbedderError as error:
        logger.warning("the embedder %s cannot be used, recalling by words: %s", embedder.name, error)
        return None, embedder.name, "embedder_down"
