"""Large files of memories that a memchat has exported: looked through and imported by a job, with all that they say.

A step is a transaction that counts what it has done, so that a job which is begun again goes on from there.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import get_language, gettext

from conversations.imports import upload
from conversations.imports.errors import ImportProblem
from conversations.imports.job import Check, Run, Steps, end
from conversations.imports.wording import MEMORIES
from conversations.models import Import, ImportState
from memchat.jobs import enqueue
from memories import imported
from memories.exchange.entries import NotAnExport
from memories.exchange.large import CannotBegin
from memories.exchange.reading import read

AT_ONCE = 50
SHOWN = 200
"""So many of each kind can be looked at before they are stored."""

GROUPS = ("new", "forgotten", "conflict")
"""What the person decides about: what is forgotten here, or at odds with what is known, is not simply new."""


def begin(user: Any, content: bytes) -> str:
    """Take in a file; where its person sees what becomes of it. Raises CannotBegin."""
    try:
        with transaction.atomic():
            owner = Import.objects.create(user=user, size=len(content), source=MEMORIES)
            upload.store(owner, SimpleUploadedFile("memories", content))
            enqueue("conversations.check_import", owner=str(owner.pk), user=user.pk, language=get_language())
    except IntegrityError:
        text = gettext("One file at a time: finish or cancel the import that has begun.")
        raise CannotBegin(text) from None
    return reverse("import", args=[owner.pk])


class MemoryCheck(Steps):
    """Finds out what importing the memories of a file would do."""

    state = ImportState.CHECKING

    _judge: imported.Judge | None = None

    def _begun(self) -> bool:
        if self._judge is None:
            owner = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state).first()
            if owner is None:
                return False
            try:
                self._entries = read(upload.opened(owner).read())
            except NotAnExport:
                raise ImportProblem("damaged") from None
            self._judge = imported.Judge(self._user_id)
            self._rows: list[dict[str, Any]] = []
            self._counts: Counter[str] = Counter()
            self._done = 0
        return True

    def _work(self) -> bool:
        assert self._judge is not None
        for row in self._judge.look_at(self._entries[self._done : self._done + AT_ONCE]):
            self._counts[row["verdict"]] += 1
            if row["verdict"] in GROUPS:
                self._rows.append(row)
        self._done += AT_ONCE
        more = self._done < len(self._entries)
        with transaction.atomic():
            mine = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state)
            if more:
                return bool(mine.update(done=self._done, total=len(self._entries)))
            owner = self._locked()
            if owner is not None:
                owner.memories, owner.found = self._rows, dict(self._counts)
                owner.state, owner.done, owner.total = ImportState.READY, 0, 0
                owner.save()
        return False


def chosen(owner: Import, answers: dict[str, str]) -> list[dict[str, Any]]:
    """What to store: of each group nothing, all of it (`add`), or all in the place of what it is at odds with."""
    rows = []
    for row in owner.memories:
        answer = answers.get(row["verdict"], "")
        if answer == "add" or (answer == "replace" and row["verdict"] == "conflict"):
            rows.append({**row, "replaces": row["replaces"] if answer == "replace" else None, "state": "chosen"})
    return rows


class MemoryRun(Steps):
    """Stores the memories that a person has chosen, in order; `done` tells how many."""

    state = ImportState.RUNNING

    _rows: list[dict[str, Any]] | None = None

    def _begun(self) -> bool:
        if self._rows is None:
            mine = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state)
            self._rows = mine.values_list("memories", flat=True).first()
        return self._rows is not None

    def _work(self) -> bool:
        assert self._rows is not None
        with transaction.atomic():
            mine = Import.objects.of(self._user_id).filter(pk=self._id, state=self.state)
            found = mine.select_for_update().values_list("done", "found").first()
            if found is None:
                return False
            done, counts = found
            rows = self._rows[done : done + AT_ONCE]
            if rows:
                became = Counter(imported.take_over(self._user_id, rows))
                stored = became["remembered"] + became["replaced"]
                for kind in ("known", "proposed", "refused"):
                    counts[f"became_{kind}"] = counts.get(f"became_{kind}", 0) + became[kind]
                mine.update(done=F("done") + len(rows), remembered=F("remembered") + stored, found=counts)
                return True
            owner = self._locked()
            if owner is not None:
                end(owner, ImportState.DONE)
        return False


def check_of(import_id: UUID, user_id: int, language: str = settings.LANGUAGE_CODE) -> Steps:
    """Looking through a file, whichever kind it is of; what speaks against a memory is said in a language."""
    return (MemoryCheck if _is_of_memories(import_id, user_id) else Check)(import_id, user_id, language)


def run_of(import_id: UUID, user_id: int) -> Steps:
    """Importing from a file, whichever kind it is of."""
    return (MemoryRun if _is_of_memories(import_id, user_id) else Run)(import_id, user_id)


def _is_of_memories(import_id: UUID, user_id: int) -> bool:
    return Import.objects.of(user_id).filter(pk=import_id, source=MEMORIES).exists()
