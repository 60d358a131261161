"""Looks for a string in a whole database: every row of every table there is, and what the planner has kept of them."""

from __future__ import annotations

from typing import Any

_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""
# Under a name that no column has: that of a column would be it instead of the row. Bytes are hexadecimal digits there.
_SHOWS = "position(lower(%(text)s) IN lower(whole_row::text)) > 0 OR position(%(digits)s IN whole_row::text) > 0"


def places_of(cursor: Any, text: str) -> list[str]:
    """The tables in which `text` stands, in whatever column and case."""
    wanted = {"text": text, "digits": text.encode().hex()}
    cursor.execute(_TABLES)
    places = []
    for schema, table in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{schema}"."{table}" whole_row WHERE {_SHOWS}', wanted)
        if (count := cursor.fetchone()[0]) > 0:
            places.append(f"{table} ({count})")
    cursor.execute(f"SELECT DISTINCT tablename FROM pg_stats whole_row WHERE {_SHOWS}", wanted)
    places += [f"statistics of {table}" for (table,) in cursor.fetchall()]
    return places
