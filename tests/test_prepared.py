"""A statement that libpq is asked itself gives what Django's cursors give."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from memories.prepared import BinaryVector, PreparedStatement

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


def test_both_ways_give_the_same_rows(straight):
    with transaction.atomic():
        by_cursor = EVERYTHING.fetch(VALUES)
    assert straight(lambda: EVERYTHING.fetch(VALUES)) == by_cursor
    assert by_cursor[0][:3] == (42, "Straße 京都", True)


def test_a_column_whose_type_a_migration_has_changed_is_read_anew(straight):
    changing = PreparedStatement("changing", "SELECT kept FROM tried WHERE %(number)s > 0", {"number": "bigint"})

    def use():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE tried AS SELECT 7::int AS kept")
            before = changing.fetch({"number": 1})
            cursor.execute("ALTER TABLE tried ALTER COLUMN kept TYPE text")
            return before, changing.fetch({"number": 1}), changing.fetch({"number": 0})

    assert straight(use) == ([(7,)], [("7",)], [])
