"""A statement that libpq is asked itself gives what Django's cursors give."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction

from memchat.postgres.prepared import BinaryVector, PreparedStatement, fetch_together

pytestmark = pytest.mark.django_db

EVERYTHING = PreparedStatement(
    "tried",
    "SELECT %(number)s::bigint + 1, %(text)s::text, %(none)s::text IS NULL, '2026-03-01'::date, ARRAY[1, 2]::bigint[], "
    "1 - ('[0,1]'::vector <=> %(vector)b::vector)",
    {"number": "bigint", "text": "text", "none": "text", "vector": "vector"},
)
VALUES = {"number": 41, "text": "Straße 京都", "none": None, "vector": BinaryVector([1.0, 0.0])}


@pytest.fixture
def straight():
    """Runs a function on a connection of its own, on which no transaction is open, as in a server."""

    def run(function):
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        yield lambda function: thread.submit(run, function).result()


DOUBLE = PreparedStatement("double", "SELECT 2 * %(number)s", {"number": "bigint"})
DIVIDE = PreparedStatement("divide", "SELECT 10 / %(number)s", {"number": "bigint"})


def test_rows_are_the_same_with_and_without_a_transaction_and_behind_a_pooler(straight, monkeypatch):
    with transaction.atomic():
        in_transaction = EVERYTHING.fetch(VALUES)
    assert in_transaction[0][:3] == (42, "Straße 京都", True)
    assert straight(lambda: [EVERYTHING.fetch(VALUES), EVERYTHING.fetch(VALUES)]) == 2 * [in_transaction]
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert straight(lambda: EVERYTHING.fetch(VALUES)) == in_transaction


def test_every_type_arrives_as_what_it_was(straight):
    one, other = uuid.uuid4(), uuid.uuid4()
    values = {
        "integer": -7,
        "float": 0.1,
        "timestamptz": datetime(2026, 3, 1, 12, 30, 5, 17, tzinfo=UTC),
        "uuid": one,
        "uuid[]": [one, other],
        "boolean": False,
        "date": date(2026, 3, 1),
        "numeric": Decimal("12.000400"),
        "bigint[]": [-(2**63), None, 7],
        "integer[]": [],
        "float[]": [0.1, None, -1e300],
        "text[]": [r'a "quoted" \ one', None, "NULL", "", "{1,2}", " , ", "line\nbreak", "Straße 京都 😀"],
        "timestamptz[]": [datetime(2026, 3, 1, 12, 30, 5, 17, tzinfo=UTC)],
    }
    names = {kind: kind.replace("[]", "s") for kind in values}
    asked = ", ".join(f"%({name})s" for name in names.values())
    statement = PreparedStatement("types", f"SELECT {asked}", {name: kind for kind, name in names.items()})
    [row] = straight(lambda: statement.fetch({names[kind]: value for kind, value in values.items()}))
    assert dict(zip(values, row, strict=True)) == values


def test_several_statements_are_asked_on_one_way_in_one_transaction(straight):
    same = "SELECT %(number)s, pg_current_xact_id()::text"
    first, second = (PreparedStatement(name, same, {"number": "bigint"}) for name in ("first", "second"))

    def use():
        alone = fetch_together((first, {"number": 1}), (second, {"number": 2}))
        with transaction.atomic():
            begun = fetch_together((first, {"number": 3}))
            goes_on = fetch_together((second, {"number": 4}), (DOUBLE, {"number": 5}))
        return alone, begun, goes_on, connection.get_autocommit()

    [[(one, transaction_1)], [(two, transaction_2)]], [[(three, begun)]], [[(four, goes_on)], doubled], _ = straight(
        use
    )
    assert (one, two, three, four, doubled) == (1, 2, 3, 4, [(10,)])
    assert transaction_1 == transaction_2 != begun == goes_on


LENGTH = PreparedStatement("length", "SELECT length(%(text)s), %(text)s", {"text": "text"})


@pytest.mark.timeout(30)
@pytest.mark.parametrize("is_first", [True, False])
def test_texts_that_are_longer_than_what_is_on_its_way_at_once_arrive(straight, is_first):
    long = "京" * 2_000_000

    def ask():
        if not is_first:
            LENGTH.fetch({"text": ""})
        return fetch_together((LENGTH, {"text": long}), (LENGTH, {"text": long + "!"}))

    assert straight(ask) == [[(2_000_000, long)], [(2_000_001, long + "!")]]


def test_when_one_of_several_fails_the_others_are_undone_and_the_connection_works_on(straight):
    store = PreparedStatement("store", "INSERT INTO stored VALUES (%(number)s) RETURNING number", {"number": "bigint"})

    def use():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE stored (number bigint)")
            with pytest.raises(DataError):
                fetch_together((store, {"number": 1}), (DIVIDE, {"number": 0}), (DOUBLE, {"number": 1}))
            with pytest.raises(DataError), transaction.atomic():
                fetch_together((store, {"number": 2}))
                fetch_together((DOUBLE, {"number": 1}), (DIVIDE, {"number": 0}))
            cursor.execute("SELECT count(*) FROM stored")
            return cursor.fetchone(), fetch_together((DIVIDE, {"number": 5}), (DOUBLE, {"number": 3}))

    assert straight(use) == ((0,), [[(2,)], [(6,)]])


def test_a_transaction_that_has_failed_takes_no_more_statements(straight):
    def use():
        with transaction.atomic():
            transaction.set_rollback(True)
            with pytest.raises(transaction.TransactionManagementError):
                DOUBLE.fetch({"number": 1})
        return DOUBLE.fetch({"number": 2})

    assert straight(use) == [(4,)]


def test_what_was_deallocated_is_prepared_again(straight):
    def use():
        before = DOUBLE.fetch({"number": 1})
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
            alone = DOUBLE.fetch({"number": 2})
            cursor.execute("DEALLOCATE ALL")
        with transaction.atomic():
            return before, alone, fetch_together((DOUBLE, {"number": 3}), (DIVIDE, {"number": 2}))

    assert straight(use) == ([(2,)], [(4,)], [[(6,)], [(5,)]])


def test_a_column_whose_type_a_migration_has_changed_is_read_anew(straight):
    changing = PreparedStatement("changing", "SELECT kept FROM tried WHERE %(number)s > 0", {"number": "bigint"})

    def use():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE tried AS SELECT 7::int AS kept")
            before = changing.fetch({"number": 1})
            cursor.execute("ALTER TABLE tried ALTER COLUMN kept TYPE text")
            return before, changing.fetch({"number": 1}), changing.fetch({"number": 0})

    assert straight(use) == ([(7,)], [("7",)], [])
