"""What the role that the site runs as may do with tables that another role owns: work with rows, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import sql

_LACKS = """
    SELECT EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
          AND (relkind = 'r' AND NOT has_table_privilege(%(role)s, oid, 'INSERT')
               OR relkind = 'v' AND NOT has_table_privilege(%(role)s, oid, 'SELECT'))
    )
"""
_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
)


_LOCK = 7_146_353_202
"""Any number, but the same in every process: whoever holds this lock migrates."""


@contextmanager
def changing_tables(database: Any) -> Iterator[None]:
    """Work as the owner of the tables, in turns with whoever else does, and for as long as it takes."""
    with database.as_owner():
        with database.cursor() as cursor:
            # To change a large table takes longer than a statement of the site may.
            cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        # Both go with the connection.
        yield


def site_role(database: Any) -> str:
    """The role that the site runs as; empty where it is also the owner of its tables."""
    role = str(database.settings_dict.get("USER") or "")
    owner = (database.settings_dict.get("OWNER") or {}).get("USER")
    return role if owner and owner != role else ""


def let_in(database: Any) -> None:
    """Let the site's role work with every table there is. For a connection of the owner."""
    database.ensure_connection()
    role = site_role(database)
    if not role:
        return
    with database.cursor() as cursor:
        cursor.execute(_LACKS, {"role": role})
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT current_schema()")
        for statement in grants(cursor.fetchone()[0], role):
            cursor.execute(statement)


def grants(schema: str, role: str) -> list[sql.Composed]:
    """Statements of the owner that let a role work with everything there is in a schema."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    return [sql.SQL(statement).format(**names) for statement in _GRANTS]
