"""Whose rows a piece of work may reach: the second wall, which stands in the database.

The first wall is `Model.objects.of(user)`. Should a query forget it, row-level security shows it nothing but the rows
of the person whom the work is done for. Every statement takes that person along (see `memchat.postgres.base`), and
nobody is set unless somebody sets them: a page by `ForItsPerson`, everything else by `person(…)`.

Work on what belongs to several people says so, and why: `everyone("…")`. A test lists these places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models
from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
T = TypeVar("T")

VARIABLE = "memchat.person"
"""PostgreSQL's name of it. It is only ever set for the rest of a transaction, so no connection keeps it."""
NOBODY, EVERYONE = "", "*"

APPS = frozenset({"users", "memories", "conversations"})

outside = NOBODY
"""Whose work it is where nothing was said. Tests, which look at everything, say everyone's."""

_whose: ContextVar[str | None] = ContextVar("whose", default=None)


class NobodysWork(DatabaseError):
    """A statement on what belongs to people, where nobody was named: the database would show it nothing.

    Name them: `with memchat.wall.person(user_id):`, or `with memchat.wall.everyone("why"):`.
    """


def whose() -> str:
    """Whose work is being done: a person's id, EVERYONE, or NOBODY's."""
    now = _whose.get()
    return outside if now is None else now


@contextmanager
def person(user_id: int) -> Iterator[None]:
    """Reach what belongs to one person, and nothing else."""
    token = _whose.set(str(int(user_id)))
    try:
        yield
    finally:
        _whose.reset(token)


@contextmanager
def everyone(why: str) -> Iterator[None]:
    """Reach what belongs to anybody. `why` is for those who read it."""
    token = _whose.set(EVERYONE)
    try:
        yield
    finally:
        _whose.reset(token)


@contextmanager
def nobody() -> Iterator[None]:
    """Reach nothing that belongs to anybody."""
    token = _whose.set(NOBODY)
    try:
        yield
    finally:
        _whose.reset(token)


def everyone_from_here(why: str) -> None:
    """Reach what belongs to anybody until the page is through, with what of it is only made when its view has ended."""
    _whose.set(EVERYONE)


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which will work for whom this is called: on another thread, or when the page is long through."""
    now = whose()

    def work(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _whose.set(now)
        try:
            return function(*args, **kwargs)
        finally:
            _whose.reset(token)

    return work


class ForItsPerson:
    """Middleware: a page is made for the person who is signed in, for nobody when nobody is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        with person(user.pk) if user.is_authenticated else nobody():
            return self.get_response(request)


# --- Which tables -------------------------------------------------------------------------------------------------


@cache
def owned_tables() -> dict[str, str]:
    """Every table whose rows belong to somebody, and the column that says to whom, or to which row that does."""
    from django.apps import apps

    found: dict[str, str] = {}
    rest = [model for model in apps.get_models() if model._meta.app_label in APPS]
    while True:
        fresh = [(model, field) for model in rest if (field := _owner(model, found)) is not None]
        if not fresh:
            return found
        found |= {model._meta.db_table: field.column for model, field in fresh}
        rest = [model for model in rest if model._meta.db_table not in found]


def _owner(model: type[models.Model], found: dict[str, str]) -> Any:
    """The field of a model that names its person, or a row whose person is known."""
    from django.contrib.auth import get_user_model

    fields: list[Any] = [field for field in model._meta.local_fields if field.is_relation and not field.null]
    people = [field for field in fields if field.related_model is get_user_model()]
    parents = [field for field in fields if field.related_model._meta.db_table in found]
    return next(iter(people + parents), None)


@cache
def _named() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, owned_tables()))})\b")


def require_somebody(statement: Any) -> None:
    """Fail loudly where the wall would show nothing. Costs something only where nobody is named."""
    text = statement if isinstance(statement, str) else str(statement)
    if found := _named().search(text):
        raise NobodysWork(f"a statement on {found[0]} for nobody; see memchat.wall")


# --- How it stands ------------------------------------------------------------------------------------------------

_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OPEN = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)
      AND NOT row_security_active(oid)
    ORDER BY relname
"""


def is_above_it() -> bool:
    """Whether the role that this site runs as is one that no row-level security holds for."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_ROLE)
        return bool(cursor.fetchone()[0])


def open_tables() -> list[str]:
    """The tables that row-level security does not guard for the role that this site runs as."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # The names go as a value, which is not a statement on them.
        cursor.execute(_OPEN, [list(owned_tables())])
        return [name for (name,) in cursor.fetchall()]
