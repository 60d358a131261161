"""Restoring a backup: in one transaction, so that a site has all of it or keeps what it had."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from memchat import __version__
from memchat.backup import database
from memchat.backup.archive import CHUNK, DUMP, Manifest, Reader, version
from memchat.backup.database import SETTINGS, Database, Programs
from memchat.backup.errors import BackupError
from memchat.backup.making import Progress, Say
from memchat.postgres import roles
from memchat.postgres.pending import pending

LEAVING_SECONDS = 2.0
"""A connection that was closed is there for a moment longer."""
_RESTORING = re.compile(r"processing data for table")
# Both are there before anything is restored; only a superuser could make them.
_NOT_OURS = re.compile(r"^\d+; \d+ \d+ (EXTENSION|SCHEMA|COMMENT - (EXTENSION|SCHEMA)|ACL - SCHEMA) ")
# The first PostgreSQL that has the setting, and how pg_restore from that one on begins, whatever server is written for.
_KNOWS_TIMEOUT = 17
_TIMEOUT = b"SET transaction_timeout = 0;\n"

# Everything of the schema that no extension brings along. Listed before the first one goes: some go along with others.
_CLEAR = """
DO $$
DECLARE
    here oid := current_schema()::regnamespace;
    one text;
    found text[] := (
        SELECT array_agg(format('%s IF EXISTS %s', kind, name) ORDER BY place)
        FROM (
            SELECT 1, tableoid, oid, CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
                   oid::regclass::text
            FROM pg_class WHERE relnamespace = here AND relkind IN ('r', 'p', 'v', 'S')
            UNION ALL
            SELECT 2, tableoid, oid, 'ROUTINE', oid::regprocedure::text FROM pg_proc WHERE pronamespace = here
            UNION ALL
            SELECT 3, tableoid, oid, 'TYPE', oid::regtype::text FROM pg_type
            WHERE typnamespace = here AND (
                typtype IN ('e', 'd') OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c')
            )
        ) AS known (place, class, oid, kind, name)
        WHERE NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = known.class AND objid = known.oid AND deptype IN ('e', 'i')
        )
    );
BEGIN
    FOREACH one IN ARRAY coalesce(found, '{}') LOOP
        EXECUTE format('DROP %s CASCADE', one);
    END LOOP;
END $$;
"""


def check(manifest: Manifest) -> list[str]:
    """The migrations that this version has beyond the backup. Raises BackupError for a backup of a newer one."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations.keys()
    made = set(manifest.migrations)
    if version(manifest.memchat) > version(__version__) or made - known:
        raise BackupError(
            f"The backup was made by a newer version of memchat ({manifest.memchat}; this is {__version__}).",
            "Install that version, and restore with it.",
        )
    return sorted(f"{app}.{name}" for app, name in pending(made))


def restore(reader: Reader, site: Database, workspace: Path, say: Say, *, replace: bool = False) -> None:
    """Put the backup's database into that of the site. Raises BackupError, and has then changed nothing.

    `workspace` is a directory with room for the dump.
    """
    manifest = reader.manifest
    check(manifest)
    if site.major < manifest.postgresql:
        raise BackupError(
            f"The backup is of PostgreSQL {manifest.postgresql}, and the database here of {site.major}.",
            f"Restore it into PostgreSQL {manifest.postgresql} or newer.",
        )
    tools = database.programs(max(manifest.pg_dump, site.major), "This backup")
    with site.connected() as opened:
        _require_nobody(opened)
        if not replace and database.tables(opened):
            raise BackupError(
                "The database is not empty.",
                "Restore into an empty data directory, or add --replace: everything in this one is then removed.",
            )
        (schema,) = opened.execute("SELECT current_schema()").fetchone() or ("public",)
    try:
        with tempfile.NamedTemporaryFile(prefix="restoring-", dir=workspace) as dump:
            say("Checking the backup …")
            reader.extract(DUMP, dump)
            with tempfile.NamedTemporaryFile("w", prefix="restoring-", dir=workspace) as contents:
                contents.writelines(_contents(tools, dump.name))
                contents.flush()
                _load(tools, site, dump.name, contents.name, manifest, schema, say)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be unpacked in {workspace}: {error.strerror}.", "It needs as much room there as it has."
        ) from error


def _require_nobody(opened: psycopg.Connection[Any]) -> None:
    end = time.monotonic() + LEAVING_SECONDS
    while (others := database.used_by_others(opened)) and time.monotonic() < end:
        opened.rollback()
        time.sleep(0.1)
    if others:
        raise BackupError(
            f"The database is in use: other programs have {others} connections to it.",
            "End the server and all workers first, and a pooler, which keeps its connections.",
        )


def _contents(tools: Programs, dump: str) -> Iterator[str]:
    """What there is in the dump, without what the database has already."""
    listed = subprocess.run(
        [tools["pg_restore"], "--list", dump], capture_output=True, text=True, check=False, env={"LC_ALL": "C"}
    )
    if listed.returncode:
        raise BackupError(f"pg_restore cannot read the dump: {listed.stderr.strip()[:200]}")
    for line in listed.stdout.splitlines(keepends=True):
        if not _NOT_OURS.match(line):
            yield line


def _load(tools: Programs, site: Database, dump: str, contents: str, manifest: Manifest, schema: str, say: Say) -> None:
    progress = Progress(len(manifest.tables), say)
    with tempfile.TemporaryFile() as complaints:
        psql = subprocess.Popen(
            [tools["psql"], "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1",
             "--set=VERBOSITY=terse", "--output=/dev/null", f"--dbname={site.conninfo}"],
            env=site.environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints,
        )  # fmt: skip
        assert psql.stdin is not None
        try:
            with suppress(BrokenPipeError):
                _feed(psql.stdin, tools, site, dump, contents, manifest, schema, progress, say)
        except BaseException as error:
            # Without its last line, which commits, nothing has happened. When it has ended by itself, it knows why.
            if not (isinstance(error, BackupError) and _has_ended(psql)):
                psql.kill()
                psql.wait()
                raise
        if psql.wait():
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").strip().splitlines() or ["it did not say why"]
            raise BackupError(f"The backup could not be restored, and nothing was changed: {lines[0]}")


def _has_ended(program: subprocess.Popen[bytes]) -> bool:
    try:
        return program.wait(timeout=1) != 0
    except subprocess.TimeoutExpired:
        return False


def _feed(
    script: IO[bytes], tools: Programs, site: Database, dump: str, contents: str,
    manifest: Manifest, schema: str, progress: Progress, say: Say,
) -> None:  # fmt: skip
    with script:
        script.write(_before(site, schema).encode())
        script.flush()
        say("Restoring …")
        if _write_out(script, tools, site, dump, contents, progress):
            raise BackupError(f"pg_restore failed, and nothing was changed: {progress.complaint()}")
        say("Comparing every row with the backup …")
        script.write(_after(site, manifest, schema).encode())


def _write_out(script: IO[bytes], tools: Programs, site: Database, dump: str, contents: str, progress: Progress) -> int:
    """Have pg_restore write what is in the dump; returns how it ended."""
    # Owners and rights are those of the roles here: who has them in the dump may not even exist.
    arguments = ["--file=-", "--verbose", "--no-owner", "--no-privileges", f"--use-list={contents}", dump]
    knows_all = site.major >= _KNOWS_TIMEOUT
    running = subprocess.Popen(
        [tools["pg_restore"], *arguments],
        env={"LC_ALL": "C"},
        stdout=script if knows_all else subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with progress.followed(running, _RESTORING):
        if running.stdout is not None:
            script.writelines(for_older_servers(running.stdout))
    return running.returncode


def for_older_servers(written: IO[bytes]) -> Iterator[bytes]:
    """What pg_restore writes, without the setting that servers before 17 do not know. Rows are left alone."""
    for line in written:
        if line == _TIMEOUT:
            break
        yield line
        if line.startswith(b"COPY "):
            break
    while chunk := written.read(CHUNK):
        yield chunk


def _before(site: Database, schema: str) -> str:
    return "\n".join(["BEGIN;", *_settings(schema), _CLEAR, *_as_owner(site), ""])


def _as_owner(site: Database) -> list[str]:
    return [f"SET LOCAL ROLE {sql.Identifier(site.owner).as_string(None)};"] if site.owner else []


def _after(site: Database, manifest: Manifest, schema: str) -> str:
    """Compare with what was added up when the backup was made, and keep it all only if nothing differs."""
    lines = ["", "RESET ROLE;", *_settings(schema)]
    for table, (rows, total) in manifest.tables.items():
        found = database.sum_of(table).as_string(None)
        differs = sql.SQL("RAISE EXCEPTION {}").format(sql.Literal(f"{table} differs from the backup")).as_string(None)
        lines.append(
            f"DO $memchat$ BEGIN IF ROW({rows}::bigint, '{int(total)}'::text) <> ({found})"
            f" THEN {differs}; END IF; END $memchat$;"
        )
    if site.site_role:
        # That somebody else's functions are not the owner's to grant need not be said: everybody may call them.
        lines += [*_as_owner(site), "SET LOCAL client_min_messages = error;"]
        lines += [f"{statement.as_string(None)};" for statement in roles.grants(schema, site.site_role)]
    return "\n".join([*lines, "COMMIT;", "ANALYZE;", ""])


def _settings(schema: str) -> list[str]:
    path = {**SETTINGS, "search_path": f'"{schema}", public'}
    return [
        sql.SQL("SELECT set_config({}, {}, true);").format(name, value).as_string(None) for name, value in path.items()
    ]
