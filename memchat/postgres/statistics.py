"""PostgreSQL's planner keeps samples of what stands in the tables, also of rows that are gone, until it takes new."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import OperationalError, connection, transaction

logger = logging.getLogger(__name__)

_CHANGED = """
    SELECT relname FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND (n_mod_since_analyze > 0 OR n_live_tup = 0)
"""
# A function of the tables' owner: nobody else may. Of an empty table no new samples are taken, and the old ones stay
# unless they are cleared; servers older than 18 cannot, and keep them until the table has rows again.
_TAKE = "SELECT memchat_take_samples(%s)"


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
                cursor.execute(_TAKE, [table])
        except OperationalError:
            # Somebody changes the table itself, or it is very large. The next time, then.
            logger.warning("no new statistics could be taken of %s", table)
