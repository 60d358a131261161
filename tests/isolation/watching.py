"""What everybody got to see and what was changed, looked at after each step."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from memchat.postgres import roles
from tests.isolation.people import NAMES, Person, name_of, owned_models, words_of

ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CANARY = re.compile(rb"(" + "|".join(NAMES).encode() + rb")(quokka|wombat)")
# What PostgreSQL itself calls a row's tables; one trigger serves all of them.
_FUNCTION = """
    CREATE TABLE isolation_touched (tab text, op text, owner bigint, pk text);
    CREATE FUNCTION isolation_note() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE was jsonb; is_now jsonb; columns text[];
    BEGIN
        IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD); END IF;
        IF TG_OP <> 'DELETE' THEN is_now := to_jsonb(NEW); END IF;
        IF was IS NOT NULL THEN
            INSERT INTO isolation_touched
            VALUES (TG_TABLE_NAME, TG_OP, (was ->> TG_ARGV[0])::bigint, was ->> TG_ARGV[1]);
        END IF;
        IF is_now IS NOT NULL AND (was IS NULL OR was ->> TG_ARGV[0] IS DISTINCT FROM is_now ->> TG_ARGV[0]) THEN
            INSERT INTO isolation_touched
            VALUES (TG_TABLE_NAME, TG_OP, (is_now ->> TG_ARGV[0])::bigint, is_now ->> TG_ARGV[1]);
        END IF;
        RETURN NULL;
    END $$;
"""


# No number names two things, which a request with another's number in it would mix up.
_NUMBERS = {
    "memories_memory": 100_000,
    "memories_proposal": 200_000,
    "users_accesstoken": 300_000,
    "users_user": 400_000,
}


@contextmanager
def watched_rows() -> Iterator[None]:
    """Have the database note whose rows are inserted, changed and deleted, even if they are changed back.

    Triggers are the business of the role that owns the tables, outside of any transaction of the site.
    """
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(_FUNCTION)
        for table, begins in _NUMBERS.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, begins])
        for model, owner in owned_models():
            table, key = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
            cursor.execute(
                f'CREATE TRIGGER isolation AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
                f"FOR EACH ROW EXECUTE FUNCTION isolation_note('{owner}', '{key}')"
            )

        roles.let_in(connection)
    try:
        yield
    finally:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION isolation_note() CASCADE; DROP TABLE isolation_touched")


def touched() -> list[tuple[str, str, int, str]]:
    """Table, operation, owner and key of every row that was touched since the last time."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM isolation_touched RETURNING tab, op, owner, pk")
        return cursor.fetchall()


class Log(logging.Handler):
    """The site's log, as its own formatter writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        line = settings.LOGGING["formatters"]["line"]
        self.setFormatter(import_string(line["class"])(line["format"], style=line["style"]))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def taken(self) -> list[str]:
        found, self.lines = self.lines, []
        return found


class Owners:
    """Whose rows there are, by table; kept up from what was touched."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, int]] = defaultdict(dict)
        self.of_id: dict[bytes, int] = {}

    @classmethod
    def of_everything(cls) -> Owners:
        owners = cls()
        for model, _column in owned_models():
            name = "pk" if model._meta.model_name == "user" else "user_id"
            for pk, owner in model._default_manager.order_by("pk").values_list("pk", name):
                owners.add(model._meta.db_table, str(pk), owner)
        return owners

    def add(self, table: str, pk: str, owner: int) -> None:
        self.rows[table][pk] = owner
        if ID.fullmatch(pk.encode()):
            self.of_id[pk.encode()] = owner

    def copy(self) -> Owners:
        other = Owners()
        other.rows.update({table: dict(rows) for table, rows in self.rows.items()})
        other.of_id = dict(self.of_id)
        return other


def contents(response: Any, loop: Any) -> bytes:
    """Everything that a response carries: its head, its body, and what archives in it hold."""
    if response.streaming:
        body = b"".join(loop.run_until_complete(_streamed(response)) if response.is_async else response)
    else:
        body = response.content
    head = "\n".join(f"{name}: {value}" for name, value in response.items()).encode()
    cookies = response.cookies.output().encode()
    return b"\n".join([head, cookies, opened(body)])


async def _streamed(response: Any) -> list[bytes]:
    return [piece async for piece in response]


def opened(body: bytes) -> bytes:
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"\n".join(opened(archive.read(name)) + b"\n" + name.encode() for name in archive.namelist())


def canaries(data: bytes) -> set[tuple[str, str]]:
    """Whose canaries stand in it, and which: what they wrote, or who they are."""
    return {(one[0].decode(), one[1].decode()) for one in CANARY.findall(data.lower())}


def ids(data: bytes) -> set[bytes]:
    return set(ID.findall(data))


def everybodys(person: Person | None) -> set[tuple[str, str]]:
    """What somebody may see of canaries whatever they do: their own, and staff everybody's names."""
    if person is None or not person.signed_in:
        return set()
    own = {(person.name, "quokka"), (person.name, "wombat")}
    return own | ({(name, "wombat") for name in NAMES} if person.is_staff else set())


assert words_of("x") == "xquokka" and name_of("x") == "xwombat"
