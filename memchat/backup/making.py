"""Making a backup: everything as it stood at one moment, while the site goes on."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from memchat import __version__
from memchat.backup import archive, database
from memchat.backup.archive import DUMP, SECRET_KEY, Manifest
from memchat.backup.database import Database, Programs
from memchat.backup.errors import BackupError

Say = Callable[[str], None]

PROGRESS_SECONDS = 1.0
_DUMPING = re.compile(r"dumping contents of table \S+")
_LAST_LINES = 5


def make(path: Path, site: Database, say: Say, secret_key: str = "") -> Manifest:
    """Write a backup into a new file; with the secret key where one is given. Raises BackupError."""
    tools = database.programs(site.major, f"A database of PostgreSQL {site.major}")
    with archive.created(path) as file, site.connected() as opened:
        # What this transaction sees is what the dump has: it begins where this one has begun.
        opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        opened.read_only = True
        (snapshot,) = opened.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        (schema,) = opened.execute("SELECT current_schema()").fetchone() or ("public",)
        names = database.tables(opened)
        if "django_migrations" not in names:
            raise BackupError("There is nothing to back up: the database has no tables of memchat.")
        manifest = Manifest(
            memchat=__version__,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            postgresql=site.major,
            pg_dump=tools.major,
            migrations=opened.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall(),
            tables={},
        )
        writer = archive.Writer(file)
        writer.add(DUMP, *_dump(tools, site, snapshot, schema, len(names), say))
        say("Adding up the rows …")
        manifest.tables = {name: database.sums(opened, name) for name in names}
        if secret_key:
            writer.add(SECRET_KEY, iter([secret_key.encode()]))
        writer.finish(manifest)
    return manifest


def _dump(
    tools: Programs, site: Database, snapshot: str, schema: str, tables: int, say: Say
) -> tuple[Iterator[bytes], Callable[[int], None]]:
    """The dump in chunks, and what to call with its size so far."""
    progress = Progress(tables, say)
    arguments = ["--format=custom", "--verbose", f"--schema={schema}", f"--snapshot={snapshot}", "--no-password"]
    running = subprocess.Popen(
        [tools["pg_dump"], *arguments, f"--dbname={site.conninfo}"],
        env=site.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    def chunks() -> Iterator[bytes]:
        assert running.stdout is not None
        with progress.followed(running, _DUMPING):
            while chunk := running.stdout.read(archive.CHUNK):
                yield chunk
        if running.returncode:
            raise BackupError(f"pg_dump failed: {progress.complaint()}")

    return chunks(), progress.wrote


class Progress:
    """Tells how far PostgreSQL's programs are, by what they say themselves; at most once a second."""

    def __init__(self, tables: int, say: Say) -> None:
        self._tables = tables
        self._say = say
        self._done = 0
        self._size = 0
        self._told_at = time.monotonic()
        self._last: list[str] = []

    @contextmanager
    def followed(self, running: subprocess.Popen[bytes], begins_a_table: re.Pattern[str]) -> Iterator[None]:
        """Listen to a program until it has ended, which the block waits for; what goes wrong in it ends the program."""
        listener = threading.Thread(target=self.listen, args=(running.stderr, begins_a_table), daemon=True)
        listener.start()
        try:
            yield
        except BaseException:
            running.kill()
            raise
        finally:
            running.wait()
            listener.join()

    def listen(self, told: Any, begins_a_table: re.Pattern[str]) -> None:
        """Read what a program says until it ends."""
        for raw in told:
            line = raw.decode(errors="replace").strip()
            if begins_a_table.search(line):
                self._done += 1
                self._tell()
            elif line:
                self._last = [*self._last[-_LAST_LINES + 1 :], line]

    def wrote(self, size: int) -> None:
        self._size = size
        self._tell()

    def complaint(self) -> str:
        """What the program said of why it failed."""
        errors = [line for line in self._last if "error" in line.lower()]
        return (errors or self._last or ["it did not say why"])[0]

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_SECONDS:
            self._told_at = now
            size = f", {self._size / 1024**2:,.0f} MB" if self._size else ""
            self._say(f"  {self._done} of {self._tables} tables{size}")
