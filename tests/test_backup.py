"""A backup is one private file; what cannot be restored is refused before anything is changed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql
from pytest_django import Settings

from memchat import data_directory, server
from memchat.backup import archive, database, making, restoring
from memchat.backup.archive import DUMP, Reader
from memchat.backup.database import Database
from memchat.backup.errors import BackupError

# Not for what it does to each test: without any such test there is no database of the tests.
pytestmark = pytest.mark.django_db


def silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Database:
    """The database of the tests, with what migrations have put into it."""
    return database.of_site()


@pytest.fixture(scope="module")
def scratch(site: Database) -> Iterator[Database]:
    """An empty database beside it."""
    name = sql.Identifier(f"{site.parameters['dbname']}_scratch")
    with psycopg.connect(**{**site.parameters, "dbname": "postgres"}, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(site.owner)))
        yield Database({**site.parameters, "dbname": f"{site.parameters['dbname']}_scratch"}, owner=site.owner)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def backup(site: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "site.memchat"
    making.make(file, site, silent)
    return file


def changed(backup: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The backup with another manifest."""
    with zipfile.ZipFile(backup) as old:
        manifest = json.loads(old.read(archive.MANIFEST))
        change(manifest)
        file = folder / "changed.memchat"
        with zipfile.ZipFile(file, "w") as new:
            new.writestr(DUMP, old.read(DUMP))
            new.writestr(archive.MANIFEST, json.dumps(manifest))
    return file


def applied_in(target: Database) -> list[Any]:
    with target.connected() as opened:
        return opened.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()


def is_empty(target: Database) -> bool:
    with target.connected() as opened:
        return not database.tables(opened)


def test_a_backup_is_private_overwrites_nothing_and_has_no_key_unasked(backup: Path, site: Database) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    manifest = Reader(backup).manifest
    assert not manifest.has_secret_key and manifest.migrations == applied_in(site)
    assert manifest.tables["django_migrations"][0] == len(manifest.migrations)
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        making.make(backup, site, silent)
    assert backup.read_bytes() == before


def test_a_backup_that_fails_leaves_no_file(scratch: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        making.make(tmp_path / "none.memchat", scratch, silent)
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_differs_undoes_the_whole_restoring(backup: Path, scratch: Database, tmp_path: Path) -> None:
    def lose_a_row(manifest: dict[str, Any]) -> None:
        rows, total = manifest["tables"]["users_user"]
        manifest["tables"]["users_user"] = [rows + 1, total]

    with pytest.raises(BackupError, match="users_user differs from the backup"):
        restoring.restore(Reader(changed(backup, tmp_path, lose_a_row)), scratch, tmp_path, silent)
    assert is_empty(scratch)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"memchat": "99.0.0"}, "newer version"),
        ({"migrations": [["users", "9999_later"]]}, "newer version"),
        ({"format": 99}, "newer version"),
        ({"postgresql": 99}, "of PostgreSQL 99"),
        ({"pg_dump": 99}, "version 99 or newer"),
        ({"files": {DUMP: "0" * 64}}, "damaged"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: dict[str, Any], reason: str, backup: Path, scratch: Database, tmp_path: Path
) -> None:
    file = changed(backup, tmp_path, lambda manifest: manifest.update(change))
    with pytest.raises(BackupError, match=reason):
        restoring.restore(Reader(file), scratch, tmp_path, silent)
    assert is_empty(scratch)


def test_where_a_backup_cannot_be_unpacked_the_reason_is_told_and_nothing_changed(
    backup: Path, scratch: Database, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match=r"cannot be unpacked in .*/gone"):
        restoring.restore(Reader(backup), scratch, tmp_path / "gone", silent)
    assert is_empty(scratch)


def test_a_database_in_use_is_refused(
    backup: Path, scratch: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "LEAVING_SECONDS", 0)
    with scratch.connected(), pytest.raises(BackupError, match="in use"):
        restoring.restore(Reader(backup), scratch, tmp_path, silent)


def test_a_database_with_something_in_it_is_only_replaced_when_that_is_asked_for(
    backup: Path, site: Database, scratch: Database, tmp_path: Path
) -> None:
    with scratch.connected() as opened:
        opened.execute("CREATE TYPE mood AS ENUM ('good')")
        opened.execute("CREATE TABLE of_a_later_version (id int GENERATED ALWAYS AS IDENTITY, mood mood)")
    with pytest.raises(BackupError, match="not empty"):
        restoring.restore(Reader(backup), scratch, tmp_path, silent)
    for _time in range(2):
        restoring.restore(Reader(backup), scratch, tmp_path, silent, replace=True)
        assert applied_in(scratch) == applied_in(site)
    with scratch.connected() as opened:
        assert "of_a_later_version" not in database.tables(opened)
        owners = opened.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [(scratch.owner,)]
    assert list(tmp_path.iterdir()) == [], "nothing is left beside it"


@pytest.fixture
def another_role(scratch: Database) -> Iterator[str]:
    """A role that no backup knows of."""
    name = f"{scratch.parameters['dbname']}_role"
    with psycopg.connect(**scratch.parameters) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    yield name
    with psycopg.connect(**scratch.parameters) as admin:
        admin.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def test_a_site_whose_role_has_another_name_reads_what_is_restored(
    backup: Path, site: Database, scratch: Database, another_role: str, tmp_path: Path
) -> None:
    restoring.restore(Reader(backup), replace(scratch, site_role=another_role), tmp_path, silent, replace=True)
    with psycopg.connect(**{**scratch.parameters, "user": another_role}) as opened:
        [(migrations,)] = opened.execute("SELECT count(*) FROM django_migrations")
        opened.execute("SELECT nextval('users_user_id_seq')")
        may_read = "SELECT rolname FROM pg_roles WHERE has_table_privilege(oid, 'users_user', 'SELECT')"
        readers = {name for (name,) in opened.execute(may_read)}
    assert migrations == len(applied_in(site))
    assert {scratch.owner, another_role} <= readers
    assert site.site_role not in readers, "that of the site which the backup is of"


def test_servers_before_17_are_spared_a_setting_that_they_do_not_know() -> None:
    header = [b"SET lock_timeout = 0;\n", b"SET transaction_timeout = 0;\n", b"SET row_security = off;\n"]
    rows = [b"COPY public.said (text) FROM stdin;\n", b"SET transaction_timeout = 0;\n", b"\\.\n"]
    spared = b"".join(restoring.for_older_servers(io.BytesIO(b"".join(header + rows))))
    assert spared == header[0] + header[2] + b"".join(rows)
    assert b"".join(restoring.for_older_servers(io.BytesIO(b"".join(rows)))) == b"".join(rows), "what a person wrote"


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "something"
    with pytest.raises(BackupError, match="cannot be read"):
        Reader(file)
    for content in (b"", b"PGDMP", b"PK\x05\x06" + bytes(18)):
        file.write_bytes(content)
        with pytest.raises(BackupError, match="not a backup"):
            Reader(file)


def test_a_running_server_is_not_restored_under(
    backup: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "let_go_of_database", lambda: None)
    settings.DATA_DIR = tmp_path
    with data_directory.claim(tmp_path), pytest.raises(CommandError, match="already running"):
        call_command("restore", str(backup), "--replace")


def test_programs_that_are_too_old_are_named_with_what_to_install() -> None:
    with pytest.raises(BackupError, match="version 99 or newer") as refused:
        database.programs(99, "A database of PostgreSQL 99")
    assert "postgresql-client-99" in refused.value.hint
    found = database.programs(1, "")
    assert all(Path(found[name]).is_file() for name in ("pg_dump", "pg_restore", "psql"))


def test_the_password_of_a_database_is_not_among_the_arguments_that_others_can_see() -> None:
    target = Database({"host": "127.0.0.1", "user": "memchat", "password": "hunter2", "dbname": "memchat"})
    assert "hunter2" not in target.conninfo
    assert target.environment()["PGPASSWORD"] == "hunter2"
