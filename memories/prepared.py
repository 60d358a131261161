"""A statement that is asked so often that the way to the server counts: prepared once a connection, binary both ways.

Django's cursors put values into the text and prepare nothing. psycopg's prepare, but spend as long on a short statement
as the server does; where no transaction is open, and so nothing is to be begun, libpq is asked itself.
`benchmarks/recall.py` shows what it saves.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from struct import Struct
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from pgvector import Vector
from psycopg import errors, generators
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import Buffer, Dumper, Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus

from memchat import wall
from memchat.postgres.base import tell, telling

_PLACE = re.compile(r"%\((\w+)\)[sb]")
_int8 = Struct("!q").pack
_OIDS = {"bigint": 20, "text": 25, "vector": 0}
"""The extension's type has another number in every database: the statement has to cast it."""
_NOT_PREPARED, _COLUMNS_CHANGED = b"26000", b"0A000"

Row = tuple[Any, ...]


class BinaryVector:
    """A vector on its way into a statement in PostgreSQL's own format: no digits to write, none to parse."""

    __slots__ = ("data",)

    def __init__(self, vector: Vector | Sequence[float]) -> None:
        self.data: bytes = (vector if isinstance(vector, Vector) else Vector(list(vector))).to_binary()


class _BinaryVectorDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryVector) -> Buffer | None:
        return obj.data


class PreparedStatement:
    """A SELECT with %(names)s, and the type of each: bigint, text or vector."""

    def __init__(self, name: str, statement: str, types: dict[str, str]) -> None:
        self.statement = statement
        self._names = tuple(types)
        places = {one: f"${number}" for number, one in enumerate(types, 1)}
        self._numbered = _PLACE.sub(lambda match: places[match[1]], statement).encode()
        self._name = name.encode()
        self._oids = [_OIDS[one] for one in types.values()]
        self._formats = [Format.BINARY] * len(types)
        self._cursor_kept, self._loader_kept = f"{name}_cursor", f"{name}_loader"

    def fetch(self, parameters: dict[str, int | str | BinaryVector | None]) -> list[Row]:
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        raw = database.connection
        if not wall.whose():
            wall.require_somebody(self.statement)
        # Behind a pooler that hands every transaction another session, nothing may be prepared.
        prepares = not database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        with database.wrap_database_errors:
            if raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
                if prepares:
                    return self._straight(raw, [_encoded(parameters[name]) for name in self._names])
                with raw.transaction():
                    tell(raw)
                    return self._by_cursor(raw, parameters, prepares)
            tell(raw)
            return self._by_cursor(raw, parameters, prepares)

    def _straight(self, raw: Any, values: list[bytes | None]) -> list[Row]:
        loader: AnyTransformer | None = getattr(raw, self._loader_kept, None)
        if loader is None:
            loader = self._prepare(raw)
        result = self._execute(raw, values)
        code = b"" if result.status == ExecStatus.TUPLES_OK else result.error_field(DiagnosticField.SQLSTATE)
        if code in (_NOT_PREPARED, _COLUMNS_CHANGED):
            # Others may have deallocated whatever was prepared, or a migration has changed the type of a column.
            if code == _COLUMNS_CHANGED:
                _check(raw, raw.pgconn.exec_(b"DEALLOCATE " + self._name), ExecStatus.COMMAND_OK)
            loader = self._prepare(raw)
            result = self._execute(raw, values)
        _check(raw, result, ExecStatus.TUPLES_OK)
        loader.set_pgresult(result)
        rows: list[Row] = loader.load_rows(0, result.ntuples, tuple)
        loader.set_pgresult(None)  # It would keep people's texts in memory.
        return rows

    def _execute(self, raw: Any, values: list[bytes | None]) -> Any:
        words = telling(raw)
        if not words:
            return raw.pgconn.exec_prepared(self._name, values, self._formats, Format.BINARY)
        return _in_one_go(
            raw,
            partial(raw.pgconn.send_query_params, words.encode(), None),
            partial(raw.pgconn.send_query_prepared, self._name, values, self._formats, Format.BINARY),
        )

    def _prepare(self, raw: Any) -> AnyTransformer:
        _check(raw, raw.pgconn.prepare(self._name, self._numbered, self._oids), ExecStatus.COMMAND_OK)
        loader: AnyTransformer = Transformer(raw)
        setattr(raw, self._loader_kept, loader)
        return loader

    def _by_cursor(self, raw: Any, parameters: dict[str, Any], prepares: bool) -> list[Row]:
        # Making a cursor and teaching it vectors takes as long as a short query: each connection keeps one.
        cursor = getattr(raw, self._cursor_kept, None)
        if cursor is None:
            cursor = psycopg.Cursor(raw)
            cursor.format = Format.BINARY
            cursor.adapters.register_dumper(BinaryVector, _BinaryVectorDumper)
            setattr(raw, self._cursor_kept, cursor)
        before, raw.prepare_threshold = raw.prepare_threshold, 0 if prepares else None
        try:
            rows: list[Row] = cursor.execute(self.statement, parameters).fetchall()
            return rows
        finally:
            raw.prepare_threshold = before


def _in_one_go(raw: Any, *commands: Callable[[], None]) -> Any:
    """Send several statements as one message and one transaction; the result of what fails first, or of the last."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        waiting = deque([*commands, pgconn.pipeline_sync])
        found = [result for results in raw.wait(generators.pipeline_communicate(pgconn, waiting)) for result in results]
        while not found or found[-1].status != ExecStatus.PIPELINE_SYNC:
            found += raw.wait(generators.fetch_many(pgconn))
    finally:
        pgconn.exit_pipeline_mode()
    results = found[:-1]
    return next((one for one in results if one.status == ExecStatus.FATAL_ERROR), results[-1])


def _encoded(value: int | str | BinaryVector | None) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    return value.data if isinstance(value, BinaryVector) else _int8(value)


def _check(raw: Any, result: Any, wanted: ExecStatus) -> None:
    if result.status == wanted:
        return
    if raw.pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError(result.get_error_message())
    raise errors.error_from_result(result)
