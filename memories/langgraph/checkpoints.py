"""Threads of LangGraph programs: LangGraph's own checkpointer for PostgreSQL, on the site's database.

Its tables stand in a schema of their own. `manage.py langgraph_tables` makes them, as the role that owns tables;
programs run as the role of the site, which may work with their rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from django.db import connection
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from memchat.postgres.roles import site_role

SCHEMA = "langgraph"
MOST_CONNECTIONS = 8

# What only Django's own connections take.
_OF_DJANGO = {"context", "cursor_factory", "connection_class", "prepare_threshold", "pool", "server_side_binding"}


def make_tables() -> None:
    """Make the tables of checkpoints, or bring them up to date. Safe to repeat."""
    database: Any = connection
    with database.as_owner():
        settings = _settings(database)
    with psycopg.Connection[Any].connect(**settings) as raw:
        raw.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        PostgresSaver(raw).setup()
        if role := site_role(database):
            names = {"schema": sql.Identifier(SCHEMA), "role": sql.Identifier(role)}
            raw.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
            raw.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}").format(
                    **names
                )
            )


@contextmanager
def checkpointer() -> Iterator[PostgresSaver]:
    """What remembers threads between runs, for `compile(checkpointer=…)`; on connections of its own."""
    with ConnectionPool(kwargs=_settings(connection), min_size=1, max_size=MOST_CONNECTIONS, open=True) as pool:
        yield PostgresSaver(pool)  # type: ignore[arg-type]


@asynccontextmanager
async def async_checkpointer() -> AsyncIterator[AsyncPostgresSaver]:
    """The same for programs that run in an event loop."""
    settings = _settings(connection)
    async with AsyncConnectionPool(kwargs=settings, min_size=1, max_size=MOST_CONNECTIONS, open=False) as pool:
        yield AsyncPostgresSaver(pool)  # type: ignore[arg-type]


def _settings(database: Any) -> dict[str, Any]:
    params = {name: value for name, value in database.get_connection_params().items() if name not in _OF_DJANGO}
    options = f"{params.pop('options', '')} -c search_path={SCHEMA}".strip()
    return {**params, "options": options, "autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
