"""Django's PostgreSQL backend, which starts the embedded server when it is needed first, and says whose work it does.

With DATABASE_URL set this is Django's own backend. Without it the settings carry EMBEDDED (the directory of
the embedded server) and the first connection of a process starts it, whichever command that process
runs, so that importing the settings costs nothing.

The site runs as a role that owns no table, and so obeys row-level security. Whose rows a statement may reach goes with
it in the same message to the server, and holds until its transaction ends: no way of its own, nothing that a connection
keeps, nothing that a pooler in transaction mode could mix up. Tables are made and changed `as_owner`.
"""

# django-stubs know Django's backend for psycopg 2 only.
# mypy: disable-error-code="attr-defined,misc,call-arg,assignment"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus

from memchat import wall
from memchat.postgres import embedded


class Connection(psycopg.Connection[Any]):
    """Knows whom the transaction that is open was told to be for; None when that is not certain."""

    told: str | None = wall.NOBODY

    def _get_tx_start_command(self) -> bytes:
        self.told = wall.NOBODY
        return super()._get_tx_start_command()


def telling(raw: Any) -> str:
    """What to say before the next statement on a connection, which is empty when nothing needs to be said."""
    now = wall.whose()
    if raw.pgconn.transaction_status == TransactionStatus.INTRANS:
        if raw.told == now:
            return ""
    elif not now:
        return ""
    return f"SET LOCAL {wall.VARIABLE} = '{now}'"


class Cursor(base.Cursor):
    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        raw: Any = self.connection
        now = wall.whose()
        if not now:
            wall.require_somebody(query)
        words = telling(raw)
        if not words or raw.pgconn.transaction_status == TransactionStatus.INERROR:
            return super().execute(query, params, **how)
        if not isinstance(query, str):
            query = query.decode() if isinstance(query, bytes) else query.as_string(raw)
        super().execute(f"{words};{query}", params, **how)
        # That of SET comes first.
        self.nextset()
        if raw.pgconn.transaction_status == TransactionStatus.INTRANS:
            raw.told = now
        return self

    def executemany(self, query: Any, params_seq: Any, **how: Any) -> None:
        with _told_transaction(self.connection):
            super().executemany(query, params_seq, **how)


class ServerSideCursor(base.ServerSideCursor):
    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        if not wall.whose():
            wall.require_somebody(query)
        # Without a transaction the cursor reads to its end at once, and holds what it has read.
        with _told_transaction(self.connection):
            return super().execute(query, params, **how)


@contextmanager
def _told_transaction(raw: Any) -> Iterator[None]:
    """A transaction, the one that is open or one of its own, that knows whose work it does."""
    if raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        with raw.transaction():
            tell(raw)
            yield
    else:
        tell(raw)
        yield


def tell(raw: Any) -> None:
    """Say whose work it is, as a statement of its own; in a transaction."""
    if words := telling(raw):
        psycopg.ClientCursor(raw).execute(words)
        raw.told = wall.whose()


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Any) -> None:
        """Emptying whole tables, as tests and `manage.py flush` do, is their owner's business."""
        with self.connection.as_owner():
            super().execute_sql_flush(sql_list)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _is_owner = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pool = self.settings_dict["OPTIONS"].get("pool")
        if pool:
            pool["connection_class"] = Connection

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Work as the role that owns the tables, on a connection of its own, outside of every wall."""
        if self._is_owner:
            yield
            return
        if self.in_atomic_block:
            raise ImproperlyConfigured("what the owner of the tables does cannot be part of a transaction of the site")
        self.close()
        self._is_owner = True
        try:
            yield
        finally:
            self.close()
            self._is_owner = False

    @property
    def is_owner(self) -> bool:
        """Whether it connects as the role that owns the tables; the one that makes databases does too."""
        return self._is_owner or self.alias == NO_DB_ALIAS

    @property
    def pool(self) -> Any:
        return None if self.is_owner else super().pool

    def get_connection_params(self) -> dict[str, Any]:
        directory = self.settings_dict.get("EMBEDDED")
        if directory:
            self.settings_dict.update(embedded.ensure_running(Path(directory)))
        if not self.is_owner:
            return super().get_connection_params()
        site = self.settings_dict
        # An address of its own is taken as it stands: what it leaves out is not what the other one says.
        self.settings_dict = {**site, **site.get("OWNER", {})}
        try:
            params = super().get_connection_params()
        finally:
            self.settings_dict = site
        params.pop("connection_class", None)
        return params

    def _configure_connection(self, connection: Any) -> bool:
        if isinstance(connection, Connection):
            connection.cursor_factory = Cursor
        return super()._configure_connection(connection)

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None or not isinstance(self.connection, Connection):
            return super().create_cursor(name)
        cursor: Any = ServerSideCursor(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )
        loader: Any = self.connection.adapters.get_loader(base.TIMESTAMPTZ_OID, base.Format.TEXT)
        if self.timezone != loader.timezone:
            base.register_tzloader(self.timezone, cursor)
        return cursor

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        if isinstance(self.connection, Connection):
            # What was said within it does not hold any more.
            self.connection.told = None

    @classmethod
    def close_pools(cls) -> None:
        """Close what connections are kept open, without opening a pool only to close it."""
        pools: dict[str, Any] = cls._connection_pools
        while pools:
            _, pool = pools.popitem()
            pool.close()
