"""A new site makes its tables in one step, an older one in several: both have the same in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from memchat.postgres.pending import pending, wanted

OURS = {"users", "memories", "conversations"}

# Columns stand in another order where they were added later, which means nothing.
_SCHEMA = {
    "columns": """
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attgenerated, attidentity,
               pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
             LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v')
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass::text, conname, condeferrable, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "guarded": """
        SELECT relname, relrowsecurity, policyname, cmd, qual, with_check
        FROM pg_class LEFT JOIN pg_policies ON tablename = relname
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    """,
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'memchat%%'",
}

Schema = dict[str, set[tuple[Any, ...]]]


@pytest.fixture
def migrated(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[bool], tuple[Schema, set[Any]]]]:
    """Fills a database of its own, in one step or in all of them; what it has then, and what was applied."""
    made = f"{connection.settings_dict['NAME']}_migrated"
    alias = "migrated"
    main: Any = connection

    def fill(in_one_step: bool) -> tuple[Schema, set[Any]]:
        with main.as_owner(), main.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{made}"')
            cursor.execute(f'CREATE DATABASE "{made}"')
        settings = {**main.settings_dict, "NAME": made}
        settings["OPTIONS"] = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
        connections.databases[alias] = settings
        other: Any = connections[alias]
        try:
            with other.as_owner():
                executor = MigrationExecutor(other)
                if not in_one_step:
                    executor.loader.replace_migrations = False
                    executor.loader.build_graph()
                leaves = executor.loader.graph.leaf_nodes()
                steps = [one for one in leaves if in_one_step or one[0] not in OURS or "squashed" not in one[1]]
                executor.migrate(steps)
                with other.cursor() as cursor:
                    found = {}
                    for name, query in _SCHEMA.items():
                        cursor.execute(query)
                        found[name] = set(cursor.fetchall())
                    cursor.execute("SELECT app, name FROM django_migrations")
                    return found, set(cursor.fetchall())
        finally:
            other.close()
            del connections[alias], connections.databases[alias]

    with django_db_blocker.unblock():
        yield fill
        with main.as_owner(), main.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{made}"')


def test_tables_made_in_one_step_are_those_that_many_steps_have_led_to(
    migrated: Callable[[bool], tuple[Schema, set[Any]]],
) -> None:
    at_once, _ = migrated(True)
    by_and_by, applied = migrated(False)
    assert len(at_once["columns"]) > 300
    for what in _SCHEMA:
        assert at_once[what] == by_and_by[what]
    assert not pending(applied), "what was done step by step needs no step that stands for them"


def test_what_an_older_site_still_lacks_is_told_step_by_step() -> None:
    [(name, replaced)] = [(name, steps) for name, steps in wanted().items() if name[0] == "memories" and steps]
    everything = {one for steps in wanted().values() for one in steps} | set(wanted())
    assert not pending(everything)
    assert not pending(everything - {name})
    assert pending(everything - {name, replaced[-1]}) == [replaced[-1]]
    assert pending(everything - {name, *replaced}) == [name]


@pytest.mark.django_db(transaction=True)
def test_migrating_by_hand_takes_the_time_it_needs_and_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at a start: a statement of the site is given up after a minute, and two at once get in each other's way."""
    found: list[Any] = []

    def look(*_args: Any, **_options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
            )
            found.append(cursor.fetchone())

    monkeypatch.setattr(migrate.Command, "handle", look)
    call_command("migrate", verbosity=0)
    assert found == [("memchat", "0", "0", 1)]
