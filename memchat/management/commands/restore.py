"""`manage.py restore FILE`: make this site what it was when a backup was made."""

from __future__ import annotations

import io
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from memchat import data_directory, server
from memchat.backup import database, restoring
from memchat.backup.archive import SECRET_KEY, Reader
from memchat.backup.errors import BackupError
from memchat.checks import OF_SETTINGS


class Command(BaseCommand):
    help = (
        "Put a backup into the database, all of it or nothing. The server and all workers must have ended. Everything "
        "is then as it was, passwords and sessions too."
    )
    # Or a mistyped DATABASE_URL would mean the embedded database.
    requires_system_checks = [OF_SETTINGS]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `manage.py backup` has written")
        parser.add_argument("--replace", action="store_true", help="remove for good what is in the database now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            reader = Reader(options["file"])
            newer = restoring.check(reader.manifest)
            with data_directory.claim(settings.DATA_DIR):
                restoring.restore(
                    reader, database.of_site(), Path(settings.DATA_DIR), self._say, replace=options["replace"]
                )
                key = self._restore_key(reader)
        except BackupError as error:
            raise CommandError(f"{error} {error.hint}".strip()) from None
        except data_directory.DataDirectoryError as error:
            raise CommandError(str(error)) from None
        finally:
            server.let_go_of_database()
        manifest = reader.manifest
        self._say(f"Restored as of {manifest.made_at}: {len(manifest.tables)} tables, {manifest.rows:,} rows.")
        self._say(key)
        if newer:
            self._say(f"It is of an older version; {len(newer)} migrations follow at the next start.")

    def _restore_key(self, reader: Reader) -> str:
        if not reader.manifest.has_secret_key:
            return "It holds no secret key: unless this is the site it was made on, everybody signs in again."
        if os.environ.get("MEMCHAT_SECRET_KEY", "").strip():
            return "Its secret key was left alone, as MEMCHAT_SECRET_KEY is set."
        held = io.BytesIO()
        reader.extract(SECRET_KEY, held)
        file = Path(settings.DATA_DIR) / "secret_key"
        fresh = file.with_name("secret_key.restored")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(held.getvalue())
        fresh.replace(file)
        return "Its secret key is in place."

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
