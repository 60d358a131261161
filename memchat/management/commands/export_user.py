"""`manage.py export_user`: everything of one person as a ZIP file, for operators who are asked for it."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from memchat import takeout, wall
from memchat.management.people import person
from memchat.users.models import AccessKind, AccessLogEntry


class Command(BaseCommand):
    help = "Write everything of one person into a ZIP file that only you can read. They see it in their access log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--to", metavar="FILE", help="the file to write; it must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["username"])
        file = Path(options["to"] or f"{user.get_username()}-{takeout.file_name(timezone.now())}")
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            with os.fdopen(descriptor, "wb") as opened, wall.person(user.pk):
                AccessLogEntry.objects.create(
                    user=user, staff_name="manage.py export_user", kind=AccessKind.EXPORTED, what="everything"
                )
                takeout.write(user, opened)
        except BaseException:
            with suppress(OSError):
                file.unlink()
            raise
        self.stdout.write(f"Written to {file} ({file.stat().st_size:,} bytes).")
