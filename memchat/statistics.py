"""PostgreSQL's planner keeps samples of what stands in the tables, also of rows that are gone, until it takes new."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db import OperationalError, connection, transaction

logger = logging.getLogger(__name__)

_CHANGED = """
    SELECT relname FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND (n_mod_since_analyze > 0 OR n_live_tup = 0)
"""
# Of an empty table no new samples are taken, and the old ones stay.
_CLEAR = """
    SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited)
    FROM (SELECT DISTINCT schemaname, tablename, attname, inherited FROM pg_stats
          WHERE schemaname = current_schema()
            AND (tablename = %(table)s
                 OR tablename IN (SELECT indexname FROM pg_indexes
                                  WHERE schemaname = current_schema() AND tablename = %(table)s))) sampled
"""
_CLEAR_SINCE = 180_000
"""Older servers cannot; they keep the samples of a table until it has rows again."""


def changed_tables() -> list[str]:
    """The tables in which something has changed since samples were taken."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        return [name for (name,) in cursor.fetchall()]


def take_anew(tables: Iterable[str]) -> None:
    """Take new samples of these tables, so that none shows what was removed."""
    for table in tables:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                _take_anew(cursor, table)
        except OperationalError:
            # Somebody changes the table itself, or it is very large. The next time, then.
            logger.warning("no new statistics could be taken of %s", table)


def _take_anew(cursor: Any, table: str) -> None:
    name = connection.ops.quote_name(table)
    cursor.execute(f"ANALYZE {name}")
    cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {name}), current_setting('server_version_num')::int")
    empty, version = cursor.fetchone()
    if empty and version >= _CLEAR_SINCE:
        cursor.execute(_CLEAR, {"table": table})
