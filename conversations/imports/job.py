"""Looking through a file, and importing from it: in short steps, so that nobody waits for much work.

A job that is begun again starts at the beginning of the file. Nothing is stored twice: threads and messages have ids
that follow from where they come from, and what was done is counted in the transaction that does it.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import override

from conversations.imports import storing
from conversations.imports.errors import ImportProblem
from conversations.imports.found import Found, FoundMemory, FoundThread, FoundVersion, Unreadable
from conversations.imports.gathered import Gathered
from conversations.imports.reading import Reading
from conversations.imports.upload import Gone, max_json_bytes, opened
from conversations.imports.wording import MOST_MESSAGES, MOST_THREADS
from conversations.models import OPEN_IMPORTS, Import, ImportPart, ImportState
from memories import imported
from memories.exchange.entries import Entry, packed, unpacked

logger = logging.getLogger(__name__)

STEP_SECONDS = 0.2
STEP_THREADS = 100
SHOWN_TITLES = 50
FINDABLE_AT_ONCE = 1_000
"""Messages of an import that the search knows from the start; a job brings in the others."""
KEPT_HOURS = 24
"""How long a file waits for its person."""
LISTED_DAYS = 30
"""How long an ended import is listed."""


class NotYet(Exception):
    """The database is away: the job is to be tried again. Its text says nothing of anybody."""


class Steps:
    """Work on one import that goes on as long as `step` says so."""

    state: ImportState

    def __init__(self, import_id: uuid.UUID, user_id: int, language: str = settings.LANGUAGE_CODE) -> None:
        self._id = import_id
        self._user_id = user_id
        self._language = language
        self._found: Iterator[Found] | None = None

    def step(self) -> bool:
        """Work for a moment; False when there is nothing left to do. Raises NotYet."""
        try:
            with override(self._language):
                return self._begun() and self._work()
        except (InterfaceError, OperationalError) as error:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            raise NotYet(type(error).__name__) from None
        except ImportProblem as problem:
            return self._fail(problem.kind)
        except Gone:
            return False
        except Exception as error:
            # Not the words of the exception, which may be somebody's.
            place = "".join(traceback.format_tb(error.__traceback__)[-3:])
            logger.error("an import failed: %s\n%s", type(error).__name__, place)
            return self._fail("internal")

    def _begun(self) -> bool:
        if self._found is None:
            owner = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state).first()
            if owner is None:
                return False
            reading = Reading(opened(owner), owner.size, max_bytes=max_json_bytes())
            self._found = reading
            self._start(owner, reading)
        return True

    def _start(self, owner: Import, reading: Reading) -> None:
        raise NotImplementedError

    def _work(self) -> bool:
        raise NotImplementedError

    def _fail(self, kind: str) -> bool:
        with transaction.atomic():
            owner = self._locked()
            if owner is not None:
                end(owner, ImportState.FAILED, kind)
        return False

    def _locked(self) -> Import | None:
        """The import, for as long as the transaction, unless it has been cancelled."""
        mine = Import.objects.of(self._user_id).select_for_update()
        locked: Import | None = mine.filter(pk=self._id, state=self.state).first()
        return locked


class Check(Steps):
    """Finds out what importing a file would do."""

    state = ImportState.CHECKING

    def _start(self, owner: Import, reading: Reading) -> None:
        self._reading = reading
        self._counts: dict[str, Any] = {"new": 0, "grown": 0, "known": 0, "empty": 0, "unreadable": 0, "messages": 0}
        self._titles: list[list[str]] = []
        self._memories = Gathered()
        self._source = ""
        self._first: datetime | None = None
        self._last: datetime | None = None

    def _work(self) -> bool:
        batch, more = self._taken()
        for found, standing in zip(batch, storing.compare(self._user_id, batch), strict=True):
            self._note(found, standing)
        if self._counts["new"] + self._counts["grown"] + self._counts["known"] > MOST_THREADS:
            raise ImportProblem("too_many_threads")
        if self._counts["messages"] > MOST_MESSAGES:
            raise ImportProblem("too_many_messages")
        with transaction.atomic():
            owner = self._locked()
            if owner is None:
                return False
            owner.done, owner.total = self._reading.done, self._reading.size
            owner.source, owner.found = self._source, self._summary()
            if not more:
                self._finish(owner)
            owner.save()
        return more

    def _taken(self) -> tuple[list[FoundThread], bool]:
        """The threads of the next moment; whether there is more."""
        assert self._found is not None
        until = time.monotonic() + STEP_SECONDS
        batch: list[FoundThread] = []
        for found in self._found:
            if isinstance(found, FoundThread):
                batch.append(found)
                self._memories.add(found.memories)
            elif isinstance(found, FoundMemory):
                self._memories.add([found])
            elif isinstance(found, FoundVersion):
                self._memories.add_version(found)
            elif isinstance(found, Unreadable):
                self._counts["unreadable"] += 1
            if time.monotonic() > until or len(batch) >= STEP_THREADS:
                return batch, True
        return batch, False

    def _note(self, found: FoundThread, standing: storing.Standing) -> None:
        self._counts[standing] += 1
        self._source = self._source or found.source
        if standing == "empty":
            return
        self._counts["messages"] += len(found.messages)
        times = [when for when in (found.created_at, found.active_at) if when]
        self._first = min([*times, *filter(None, [self._first])], default=None)
        self._last = max([*times, *filter(None, [self._last])], default=None)
        if len(self._titles) < SHOWN_TITLES:
            self._titles.append([str(storing.thread_id(self._user_id, found)), storing.title_of(found), standing])

    def _summary(self) -> dict[str, Any]:
        return {
            **self._counts,
            "first": self._first.isoformat() if self._first else "",
            "last": self._last.isoformat() if self._last else "",
            "titles": self._titles,
        }

    def _finish(self, owner: Import) -> None:
        stored = sum(self._counts[standing] for standing in ("new", "grown", "known"))
        if not stored and not self._memories:
            raise ImportProblem("nothing_found")
        owner.memories = [
            {
                "text": one.entry.text,
                "since": one.entry.since.isoformat() if one.entry.since else "",
                "entry": packed(one.entry, with_text=False),
                "verdict": one.verdict,
                "reason": one.reason,
                "state": "",
            }
            for one in imported.judge(self._user_id, self._memories.entries())
        ]
        owner.state, owner.done, owner.total = ImportState.READY, 0, 0


class Run(Steps):
    """Imports what its person has chosen."""

    state = ImportState.RUNNING

    def _start(self, owner: Import, reading: Reading) -> None:
        self._wants_threads = owner.wants_threads
        self._done = self._stored = 0
        total = sum(owner.found.get(standing, 0) for standing in ("new", "grown", "known"))
        mine = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state)
        mine.update(total=total if self._wants_threads else 0)
        self._memories = iter([at for at, memory in enumerate(owner.memories) if memory["state"] == "chosen"])

    def _work(self) -> bool:
        until = time.monotonic() + STEP_SECONDS
        while True:
            more = self._next_memory()
            if more is False:
                more = self._next_thread()
            if not more:
                return self._finish() if more is False else False
            if time.monotonic() > until:
                return True

    def _next_memory(self) -> bool | None:
        """Store a memory; False when there is none left, None when the import has ended."""
        at = next(self._memories, None)
        if at is None:
            return False
        with transaction.atomic():
            owner = self._locked()
            if owner is None:
                return None
            memory = owner.memories[at]
            outcome = imported.remember_chosen(self._user_id, _entry_of(memory))
            memory["state"], memory["reason"] = outcome.kind, outcome.reason
            owner.remembered += outcome.kind == "remembered"
            owner.save(update_fields=["memories", "remembered"])
        return True

    def _next_thread(self) -> bool | None:
        """Store a thread; False when there is none left, None when the import has ended."""
        assert self._found is not None
        if not self._wants_threads:
            return False
        found = next(self._found, None)
        if found is None:
            return False
        if not isinstance(found, FoundThread) or not found.messages:
            return True
        with transaction.atomic():
            if self._locked() is None:
                return None
            stored = storing.store(self._user_id, found, findable_at_once=self._stored < FINDABLE_AT_ONCE)
            self._stored += stored.messages
            self._done += 1
            Import.objects.of(self._user_id).filter(pk=self._id).update(
                done=Greatest(F("done"), self._done),
                added=F("added") + int(stored.standing == "new"),
                grown=F("grown") + int(stored.standing == "grown"),
                messages=F("messages") + stored.messages,
            )
        return True

    def _finish(self) -> bool:
        with transaction.atomic():
            owner = self._locked()
            if owner is not None:
                end(owner, ImportState.DONE)
        return False


def _entry_of(memory: dict[str, Any]) -> Entry:
    """What is to be stored of a memory that was chosen; what it carries is not held any longer than that."""
    return unpacked({**memory.pop("entry", {"valid_from": memory["since"]}), "text": memory["text"]})


def end(owner: Import, state: ImportState, error_kind: str = "") -> None:
    """Let an import be over, and let go of everything that stood in its file. In a transaction that has locked it."""
    ImportPart.objects.filter(of=owner).delete()
    # The threads can be told by their ids; titles and statements belong to the threads and memories alone.
    owner.found["titles"] = [[pk, "", standing] for pk, _title, standing in owner.found.get("titles", [])]
    owner.found["refused"] = sum(memory["state"] == "refused" for memory in owner.memories)
    owner.memories = []
    owner.state, owner.error_kind, owner.ended_at = state, error_kind, timezone.now()
    owner.save()


def remove_old(limit: int = 50) -> int:
    """End imports that nobody came back to, and forget those that ended long ago; how many there were."""
    now = timezone.now()
    left = Import.objects.filter(state__in=OPEN_IMPORTS, created_at__lt=now - timedelta(hours=KEPT_HOURS))
    count = 0
    for pk in list(left.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            owner = Import.objects.select_for_update().filter(pk=pk, state__in=OPEN_IMPORTS).first()
            if owner is not None:
                end(owner, ImportState.CANCELLED, "expired")
                count += 1
    old = Import.objects.exclude(state__in=OPEN_IMPORTS).filter(created_at__lt=now - timedelta(days=LISTED_DAYS))
    stale = list(old.values_list("pk", flat=True)[:limit])
    Import.objects.filter(pk__in=stale).delete()
    return count + len(stale)
