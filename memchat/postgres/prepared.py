"""Statements that are asked so often that the way to the server counts: prepared once a connection, several on one way.

Django's cursors put values into the text, prepare nothing, and wait for each statement by itself. psycopg's prepare,
but spend as long on a short statement as the server does. Here libpq is asked itself: one statement with one message,
and several that do not depend on each other (with what begins a transaction, and whose work it is) in a pipeline.
`benchmarks/recall.py` and `benchmarks/streaming.py` show what it saves.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from struct import Struct
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from pgvector import Vector
from psycopg import errors, generators
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus

from memchat import wall
from memchat.postgres.base import telling

_PLACE = re.compile(r"%\((\w+)\)[sb]")


def _array(values: Sequence[Any]) -> bytes:
    return f"{{{','.join(map(_element, values))}}}".encode()


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_TYPES: dict[str, tuple[int, Format, Callable[[Any], bytes]]] = {
    "bigint": (20, Format.BINARY, Struct("!q").pack),
    "bigint[]": (1016, Format.TEXT, _array),
    "boolean": (16, Format.TEXT, lambda yes: b"t" if yes else b"f"),
    "date": (1082, Format.TEXT, lambda day: day.isoformat().encode()),
    "integer": (23, Format.TEXT, lambda number: str(number).encode()),
    "integer[]": (1007, Format.TEXT, _array),
    "float": (701, Format.TEXT, lambda number: repr(number).encode()),
    "float[]": (1022, Format.TEXT, _array),
    "numeric": (1700, Format.TEXT, lambda number: str(number).encode()),
    "text": (25, Format.TEXT, str.encode),
    "text[]": (1009, Format.TEXT, _array),
    "timestamptz": (1184, Format.TEXT, lambda moment: moment.isoformat().encode()),
    "timestamptz[]": (1185, Format.TEXT, _array),
    "uuid": (2950, Format.TEXT, lambda one: str(one).encode()),
    "uuid[]": (2951, Format.TEXT, _array),
    # The extension's type has another number in every database: the statement has to cast it.
    "vector": (0, Format.BINARY, lambda vector: vector.data),
}
_OUTDATED = frozenset({b"26000", b"0A000"})
"""Somebody has deallocated what was prepared, or a migration has changed the type of a column."""
_GOOD = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_KEPT, _LOADER = "memchat_prepared", "memchat_loader"

Row = tuple[Any, ...]
Values = Mapping[str, Any]
M = TypeVar("M", bound=models.Model)
Encoded = list[bytes | None]
Command = Callable[[], Any]


class BinaryVector:
    """A vector on its way into a statement in PostgreSQL's own format: no digits to write, none to parse."""

    __slots__ = ("data",)

    def __init__(self, vector: Vector | Sequence[float]) -> None:
        self.data: bytes = (vector if isinstance(vector, Vector) else Vector(list(vector))).to_binary()


class PreparedStatement:
    """A statement with %(names)s, and the type of each: one of `_TYPES`. No two statements have the same name."""

    def __init__(self, name: str, statement: str, types: Mapping[str, str]) -> None:
        self.name = name
        self.statement = statement
        self._encoders = [(one, _TYPES[kind][2]) for one, kind in types.items()]
        places = {one: f"${number}" for number, one in enumerate(types, 1)}
        self.numbered = _PLACE.sub(lambda match: places[match[1]], statement).encode()
        self.oids = [_TYPES[kind][0] for kind in types.values()]
        self.formats = [_TYPES[kind][1] for kind in types.values()]

    def encoded(self, values: Values) -> Encoded:
        return [None if values[one] is None else encode(values[one]) for one, encode in self._encoders]

    def fetch(self, values: Values) -> list[Row]:
        """Its rows. Raises what a cursor would raise."""
        return fetch_together((self, values))[0]


BoundStatement = tuple[PreparedStatement, Values]
"""A statement, and what is to be put into it."""


def columns_of(model: type[models.Model], table: str = "") -> str:
    """All columns of a model, for a statement that gives them; `made_of` takes the row."""
    prefix = f"{table}." if table else ""
    return ", ".join(f"{prefix}{field.column}" for field in model._meta.concrete_fields)


def made_of(model: type[M], row: Row) -> M:
    """What a row of a model's columns stands for, as if a manager had read it."""
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in model._meta.concrete_fields], row)


def fetch_together(*asked: BoundStatement) -> list[list[Row]]:
    """The rows of each of several statements, asked one after the other on one way to the server.

    In the transaction that is open, or else in one of their own. Raises what a cursor would raise.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.validate_no_broken_transaction()
    database.ensure_connection()
    raw = database.connection
    if not wall.whose():
        for statement, _values in asked:
            wall.require_somebody(statement.statement)
    # Behind a pooler that hands every transaction another session, nothing may be prepared.
    prepares = not database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    encoded = [(statement, statement.encoded(values)) for statement, values in asked]
    begun = time.monotonic()
    with database.wrap_database_errors:
        alone = raw.pgconn.transaction_status == TransactionStatus.IDLE
        results = _ask(raw, encoded, prepares)
        if alone and _failure(results) in _OUTDATED:
            # Nothing but this has happened in the transaction, so all of it is done again.
            if raw.pgconn.transaction_status == TransactionStatus.INERROR:
                raw.pgconn.exec_(b"ROLLBACK")
            results = _ask(raw, encoded, prepares)
        if database.queries_logged:
            took = f"{time.monotonic() - begun:.3f}"
            database.queries_log.extend({"sql": statement.statement, "time": took} for statement, _values in asked)
        _check(raw, results)
        return [_rows(raw, result) for result in results[-len(asked) :]]


class _Names(dict[str, bytes]):
    """What the statements that are prepared on a connection are called there: by names that are never used twice."""

    _count = 0

    def add(self, statement: PreparedStatement) -> bytes:
        self._count += 1
        name = self[statement.name] = f"{statement.name}_{self._count}".encode()
        return name


_WHOSE = PreparedStatement("whose", f"SELECT set_config('{wall.VARIABLE}', %(whose)s, true)", {"whose": "text"})


def _ask(raw: Any, asked: Sequence[tuple[PreparedStatement, Encoded]], prepares: bool) -> list[Any]:
    """The results of everything that has to be said: those of the statements are the last ones."""
    pgconn = raw.pgconn
    kept: _Names | None = getattr(raw, _KEPT, None)
    if kept is None:
        kept = _Names()
        setattr(raw, _KEPT, kept)
    tells = bool(telling(raw))
    if tells:
        asked = [(_WHOSE, _WHOSE.encoded({"whose": wall.whose()})), *asked]
    commands = _beginning(raw)
    fresh: dict[str, int] = {}
    for statement, _values in asked:
        if prepares and statement.name not in kept:
            fresh[statement.name] = len(commands)
            commands.append(partial(pgconn.send_prepare, kept.add(statement), statement.numbered, statement.oids))
    if prepares and not commands and len(asked) == 1:
        [(statement, values)] = asked
        results = [pgconn.exec_prepared(kept[statement.name], values, statement.formats, Format.BINARY)]
    else:
        results = _in_one_go(raw, [*commands, *(_sending(pgconn, one, values, kept) for one, values in asked)])
    failure = _failure(results)
    if failure in _OUTDATED:
        kept.clear()
    for name, at in fresh.items() if failure is not None else ():
        if results[at].status != ExecStatus.COMMAND_OK:
            kept.pop(name, None)
    if tells and failure is None and pgconn.transaction_status == TransactionStatus.INTRANS:
        raw.told = wall.whose()
    return results


def _beginning(raw: Any) -> list[Command]:
    """What begins the transaction, where that is still to be done."""
    if raw.autocommit or raw.pgconn.transaction_status != TransactionStatus.IDLE:
        return []
    return [partial(raw.pgconn.send_query_params, raw._get_tx_start_command(), None)]


def _sending(pgconn: Any, statement: PreparedStatement, values: Encoded, kept: _Names) -> Command:
    if name := kept.get(statement.name):
        return partial(pgconn.send_query_prepared, name, values, statement.formats, Format.BINARY)
    return partial(
        pgconn.send_query_params, statement.numbered, values, statement.oids, statement.formats, Format.BINARY
    )


def _in_one_go(raw: Any, commands: Sequence[Command]) -> list[Any]:
    """Say several things in one message; the result of each."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        waiting = deque([*commands, pgconn.pipeline_sync])
        found = [result for results in raw.wait(generators.pipeline_communicate(pgconn, waiting)) for result in results]
        # It ends when everything has been handed over, of which the way may not have taken all: texts are long.
        raw.wait(generators.send(pgconn))
        while not found or found[-1].status != ExecStatus.PIPELINE_SYNC:
            found += raw.wait(generators.fetch_many(pgconn))
    finally:
        if pgconn.status == ConnStatus.OK:
            pgconn.exit_pipeline_mode()
    return found[:-1]


def _failure(results: Sequence[Any]) -> bytes | None:
    """PostgreSQL's code of what went wrong first, None when nothing did."""
    for result in results:
        if result.status not in _GOOD:
            return result.error_field(DiagnosticField.SQLSTATE) or b""
    return None


def _check(raw: Any, results: Sequence[Any]) -> None:
    for result in results:
        if result.status in _GOOD:
            continue
        if raw.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError(result.get_error_message())
        raise errors.error_from_result(result)


def _rows(raw: Any, result: Any) -> list[Row]:
    if not result.nfields:
        return []
    loader: Any = getattr(raw, _LOADER, None)
    if loader is None:
        loader = Transformer(raw)
        setattr(raw, _LOADER, loader)
    loader.set_pgresult(result)
    rows: list[Row] = loader.load_rows(0, result.ntuples, tuple)
    loader.set_pgresult(None)  # It would keep people's texts in memory.
    return rows
