"""`manage.py memories`: what is remembered of a person, for operators. Each look is noted where the person reads it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from memchat import wall
from memchat.management.people import person
from memchat.users.access_log import tidied
from memchat.users.models import AccessKind, AccessLogEntry, User
from memories import by_hand, writing
from memories.exchange import as_json, collecting
from memories.exchange.applying import Choice, apply
from memories.exchange.comparing import compare
from memories.exchange.entries import NotAnExport
from memories.exchange.large import LARGE
from memories.exchange.reading import MAX_BYTES, read
from memories.models import Category, Memory, Origin, Proposal
from memories.search import search

STAFF_NAME = "manage.py memories"


class Command(BaseCommand):
    help = (
        "List, search, add, forget, export or import what is remembered of one person. They see it in their access log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", default="", help="why; the person reads it in their access log")
        what = parser.add_subparsers(dest="what", required=True)
        listed = what.add_parser("list", help="what counts now, newest first")
        listed.add_argument("--all", action="store_true", help="also what was superseded, forgotten or has expired")
        what.add_parser("search", help="by words and meaning").add_argument("text")
        added = what.add_parser("add", help="have a statement remembered")
        added.add_argument("text")
        added.add_argument("--category", choices=Category.values)
        added.add_argument("--pin", action="store_true")
        what.add_parser("forget", help="the person can have it back").add_argument("id", type=int, nargs="+")
        exported = what.add_parser("export", help="all of it, with history, as JSON")
        exported.add_argument("--to", metavar="FILE", help="a file that must not exist yet; otherwise it is printed")
        imported = what.add_parser("import", help="a file that memchat has exported")
        imported.add_argument("file", type=Path)
        imported.add_argument("--replace", action="store_true", help="let it take the place of what it contradicts")

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["username"])
        self._reason = tidied(options["reason"])
        # The parser of a command within another one calls it `import`, which Python keeps for itself.
        work = getattr(self, f"_{options['what']}")
        with wall.person(user.pk):
            work(user, options)

    def _note(self, user: User, kind: AccessKind, what: str) -> None:
        AccessLogEntry.objects.create(user=user, staff_name=STAFF_NAME, kind=kind, what=what, reason=self._reason)

    # --- Looking --------------------------------------------------------------------------------------------

    def _list(self, user: User, options: dict[str, Any]) -> None:
        self._note(user, AccessKind.READ, "list of memories")
        rows = by_hand.of(user)
        self._print(
            rows.order_by("-created_at", "-pk") if options["all"] else rows.current().order_by("-created_at", "-pk")
        )

    def _search(self, user: User, options: dict[str, Any]) -> None:
        self._note(user, AccessKind.READ, "search in memories")
        found = search(user, options["text"])
        rows = by_hand.of(user).in_bulk([one.memory_id for one in found])
        self._print(rows[one.memory_id] for one in found if one.memory_id in rows)

    def _print(self, rows: Iterable[Memory]) -> None:
        for one in rows:
            marks = " ".join(mark for mark in (one.category, "pinned" if one.pinned else "", one.ending) if mark)
            self.stdout.write(
                f"{one.pk:>9}  {timezone.localdate(one.created_at)}  [{marks}]  {' '.join(one.text.split())}"
            )

    def _export(self, user: User, options: dict[str, Any]) -> None:
        self._note(user, AccessKind.EXPORTED, "list of memories")
        proposals = Proposal.objects.of(user).order_by("pk").iterator(chunk_size=500)
        pieces = as_json.write(collecting.everything(user), proposals, timezone.now())
        if options["to"] is None:
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        file = Path(options["to"])
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.writelines(pieces)
        except BaseException:
            with suppress(OSError):
                file.unlink()
            raise
        self.stdout.write(f"Written to {file} ({file.stat().st_size:,} bytes).")

    # --- Changing -------------------------------------------------------------------------------------------

    def _add(self, user: User, options: dict[str, Any]) -> None:
        # Brought by somebody else: what is sensitive waits for the person's word.
        outcome = writing.remember(
            user, options["text"], origin=Origin.IMPORTED, category=options["category"], pinned=options["pin"]
        )
        if outcome.kind == "refused":
            raise CommandError(f"Not remembered: {outcome.reason}")
        self._note(user, AccessKind.WROTE, "list of memories")
        match outcome.kind:
            case "proposed":
                self.stdout.write("It waits for the person's approval, because it is sensitive.")
            case "known":
                self.stdout.write("That was known already.")
            case _:
                assert outcome.memory is not None
                self.stdout.write(f"Remembered as memory {outcome.memory.pk}.")

    def _forget(self, user: User, options: dict[str, Any]) -> None:
        if not self._reason:
            raise CommandError("Say why, with --reason: the person reads it in their access log.")
        rows = list(by_hand.of(user).filter(pk__in=options["id"], ended_at=None))
        missing = {*options["id"]} - {one.pk for one in rows}
        if missing:
            raise CommandError(f"This person has no such memory: {', '.join(map(str, sorted(missing)))}.")
        with transaction.atomic():
            for one in rows:
                self._note(user, AccessKind.FORGOT, f"memory {one.pk}")
                writing.forget(one)
        self.stdout.write(f"Forgotten: {len(rows)}. The person can have it back.")

    def _import(self, user: User, options: dict[str, Any]) -> None:
        try:
            with sys.stdin.buffer if str(options["file"]) == "-" else options["file"].open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise CommandError("This file is too large.")
            entries = read(content)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        except NotAnExport as problem:
            raise CommandError(str(problem)) from None
        self._note(user, AccessKind.WROTE, "list of memories")
        counts: Counter[str] = Counter()
        for start in range(0, len(entries), LARGE):
            found = compare(user, entries[start : start + LARGE])
            # What the person has forgotten here stays forgotten.
            chosen = [Choice(one.entry) for one in found.new if not one.forgotten]
            if options["replace"]:
                chosen += [
                    Choice(one.entry, one.other.pk) for one in found.conflicts if one.other and not one.forgotten
                ]
            counts.update(apply(user, chosen))
            counts["known"] += len(found.same)
            counts["left out"] += len(found.refused) + len(found.new) + len(found.conflicts) - len(chosen)
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        self.stdout.write(f"Of {len(entries)}: {told or 'nothing'}.")
