"""`manage.py backup FILE`: everything of the site in one new file, while it is running."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from memchat import server
from memchat.backup import database, making
from memchat.backup.errors import BackupError
from memchat.checks import OF_SETTINGS


class Command(BaseCommand):
    help = (
        "Write everything of the site into a new file that only you can read, while it is running. The file holds what "
        "people wrote in the clear: encrypt it, and keep it as you keep the database."
    )
    # Or a mistyped DATABASE_URL would mean the embedded database.
    requires_system_checks = [OF_SETTINGS]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not exist yet")
        parser.add_argument(
            "--with-secret-key",
            action="store_true",
            help="put the secret key in as well: sessions stay good after restoring elsewhere, and whoever has the "
            "file can make links that open any account",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        key = settings.SECRET_KEY if options["with_secret_key"] else ""
        try:
            manifest = making.make(file, database.of_site(), self._say, key)
        except BackupError as error:
            raise CommandError(f"{error} {error.hint}".strip()) from None
        finally:
            server.let_go_of_database()
        size = file.stat().st_size / 1024**2
        self._say(f"Written to {file}: {len(manifest.tables)} tables, {manifest.rows:,} rows, {size:,.1f} MB.")
        if key:
            self._say("It holds the secret key: whoever has the file can make links that open any account.")
        else:
            self._say("It does not hold the secret key: restored elsewhere, everybody signs in again.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
