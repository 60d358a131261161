"""Items as they are found: by key, by search, by namespace. Each list of questions is one message to the database.

A search is exact: it compares all vectors of the person that the same embedder made, and of an item with several the
best counts. What has none comes after what has one, so there are always as many as were asked for, or all there are.
`benchmarks/store.py` measures it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from memchat import wall
from memchat.postgres.prepared import BinaryVector, PreparedStatement, fetch_together
from memories.items.places import Place, WrongPlace, path
from memories.models import DEFAULT_NAMESPACE

AHEAD = 10

_COUNTS = "ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
_WITHIN = "(namespace = %(namespace)s OR starts_with(namespace, %(namespace)s || '.'))"
_FITS = "(%(filter)s IS NULL OR value @@ (SELECT %(filter)s::jsonpath))"
_OF_PERSON = "user_id BETWEEN %(user)s AND %(user)s"
_WANTED = f"{_OF_PERSON} AND {_COUNTS} AND {_WITHIN} AND {_FITS}"
_UPDATED = "greatest(created_at, confirmed_at)"
_COLUMNS = f"id, namespace, key, value::text, coalesce(first_at, created_at), {_UPDATED}, ttl_minutes IS NOT NULL"

PERSON = PreparedStatement(
    "item_person", "SELECT memory_on FROM users_user WHERE id = %(user)s AND is_active", {"user": "bigint"}
)
_GET = PreparedStatement(
    "item_get",
    f"SELECT {_COLUMNS}, NULL::float8 FROM memories_memory "
    f"WHERE user_id = %(user)s AND namespace = %(namespace)s AND key = %(key)s AND {_COUNTS}",
    {"user": "bigint", "namespace": "text", "key": "text"},
)
_PAGE = {"user": "bigint", "namespace": "text", "filter": "text", "limit": "bigint", "offset": "bigint"}
_LIST = PreparedStatement(
    "item_list",
    f"SELECT {_COLUMNS}, NULL::float8 FROM memories_memory "
    f"WHERE {_WANTED} "
    f"ORDER BY {_UPDATED} DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s",
    _PAGE,
)
# How it is kept fast, each measured:
# - The nearest vectors of all that the person has are looked at first (`ahead` of them), which takes nothing but
#   vectors; nothing that was not looked at is nearer than `up_to`. Should too few of them belong to what is wanted,
#   everything is compared, by a statement of its own: as part of this one it would be planned each time.
# - There items and vectors come together by grouping: for a join PostgreSQL, which plans this once for everybody, would
#   take them for few and go through all vectors for each item.
# - "BETWEEN" is "=" to which PostgreSQL, not knowing the value, expects few rows: so it takes the plan that it has made
#   already. To make one for each search costs more than to carry it out for a person with a hundred items.
# - Values are read only of those on the page: beside a large vector they lie elsewhere and are dear to fetch.
# Whichever statement answers, the order is the same (by distance, then the newest row), so that pages fit together.
_OF_FIELDS = f"{_OF_PERSON} AND embedder BETWEEN %(embedder)s AND %(embedder)s"
_OWN = f"{_OF_FIELDS} AND ended_at IS NULL AND paths IS NULL"
_SHOWN = (
    f"SELECT {_COLUMNS}, 1 - distance FROM best JOIN memories_memory USING (id) ORDER BY distance NULLS LAST, id DESC"
)
_MEANING = {**_PAGE, "vector": "vector", "embedder": "text"}
_NEAREST = PreparedStatement(
    "item_nearest",
    f"""
    WITH near AS MATERIALIZED (
        (SELECT memory_id AS id, embedding <=> %(vector)b::vector AS distance, 1 AS part FROM memories_memoryvector
         WHERE {_OF_FIELDS} ORDER BY 2 LIMIT %(ahead)s)
        UNION ALL
        (SELECT id, embedding <=> %(vector)b::vector, 2 FROM memories_memory
         WHERE {_OWN} ORDER BY 2 LIMIT %(ahead)s)
    ), seen AS MATERIALIZED (
        SELECT min(last) AS up_to
        FROM (SELECT max(distance) AS last FROM near GROUP BY part HAVING count(*) >= %(ahead)s) AS cut
    ), best AS MATERIALIZED (
        SELECT id, min(distance) AS distance FROM near JOIN memories_memory USING (id)
        WHERE {_WANTED} GROUP BY id HAVING min(distance) < (SELECT coalesce(up_to, 'Infinity') FROM seen)
        ORDER BY 2, 1 DESC LIMIT %(limit)s OFFSET %(offset)s
    )
    {_SHOWN}
    """,
    {**_MEANING, "ahead": "bigint"},
)
_SEARCH = PreparedStatement(
    "item_search",
    f"""
    WITH best AS MATERIALIZED (
        SELECT id, min(distance) AS distance
        FROM (
            SELECT id, true AS wanted, CASE WHEN paths IS NULL AND embedder = %(embedder)s
                                            THEN embedding <=> %(vector)b::vector END AS distance
            FROM memories_memory WHERE {_WANTED}
            UNION ALL
            SELECT memory_id, NULL, embedding <=> %(vector)b::vector
            FROM memories_memoryvector WHERE {_OF_FIELDS}
        ) AS compared
        GROUP BY id HAVING count(wanted) > 0
        ORDER BY 2 NULLS LAST, 1 DESC LIMIT %(limit)s OFFSET %(offset)s
    )
    {_SHOWN}
    """,
    _MEANING,
)
_NAMESPACES = PreparedStatement(
    "item_namespaces",
    f"SELECT DISTINCT user_id, namespace FROM memories_memory WHERE user_id = %(user)s AND {_COUNTS}",
    {"user": "bigint"},
)
_ALL_NAMESPACES = PreparedStatement(
    "item_all_namespaces",
    f"SELECT DISTINCT user_id, namespace FROM memories_memory WHERE {_COUNTS} "
    "AND user_id IN (SELECT id FROM users_user WHERE memory_on AND is_active)",
    {},
)
_USED = PreparedStatement(
    "item_used",
    "UPDATE memories_memory SET expires_at = now() + ttl_minutes * interval '1 minute' "
    "WHERE user_id = %(user)s AND id = ANY(string_to_array(%(ids)s, ',')::bigint[]) "
    "AND ended_at IS NULL AND ttl_minutes IS NOT NULL",
    {"user": "bigint", "ids": "text"},
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item that was found; `score` is how near it is in meaning, None where nothing was compared."""

    memory_id: int
    path: tuple[str, ...]
    key: str
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    score: float | None = None


class Get(NamedTuple):
    place: Place
    key: str
    refresh: bool = True


class Search(NamedTuple):
    """What lies in a namespace or under it, nearest to a vector first or else newest first; `filter` is `as_path`'s."""

    place: Place
    filter: str | None = None
    limit: int = 10
    offset: int = 0
    refresh: bool = True
    vector: BinaryVector | None = None
    embedder: str = ""


def read(user_id: int, asked: Sequence[Get | Search]) -> list[list[Item]]:
    """The items that answer each question, for one person; nothing while they have switched their memory off."""
    with wall.person(user_id):
        person, *found = fetch_together((PERSON, {"user": user_id}), *(_statement(one) for one in asked))
        if not is_on(user_id, person):
            return [[] for _ in asked]
        lacking = {
            at: (_SEARCH, _meaning(one))
            for at, one in enumerate(asked)
            if _looks_ahead(one) and len(found[at]) < one.limit
        }
        if lacking:
            for at, rows in zip(lacking, fetch_together(*lacking.values()), strict=True):
                found[at] = rows
        used = {row[0] for one, rows in zip(asked, found, strict=True) if one.refresh for row in rows if row[_HAS_TTL]}
        if used:
            _USED.fetch({"user": user_id, "ids": ",".join(map(str, sorted(used)))})
    return [[_item(user_id, row) for row in rows] for rows in found]


def is_on(user_id: int, person: list[tuple[bool]]) -> bool:
    """Whether a person uses their memory. Raises WrongPlace where there is no such person."""
    if not person:
        raise WrongPlace(f"There is no person with the id {user_id}.")
    return person[0][0]


def namespaces_of(user_id: int) -> list[tuple[str, ...]]:
    """Every namespace of a person in which there is anything."""
    with wall.person(user_id):
        person, found = fetch_together((PERSON, {"user": user_id}), (_NAMESPACES, {"user": user_id}))
    return [path(*row) for row in found] if is_on(user_id, person) else []


def all_namespaces() -> Iterable[tuple[str, ...]]:
    """The same of everybody whose memory is on."""
    with wall.everyone("a program of the site's own lists the namespaces of all people"):
        return [path(*row) for row in _ALL_NAMESPACES.fetch({})]


_HAS_TTL = 6


def _statement(one: Get | Search) -> tuple[PreparedStatement, dict[str, Any]]:
    if isinstance(one, Get):
        return _GET, {"user": one.place.user_id, "namespace": one.place.namespace, "key": one.key}
    if one.vector is None:
        return _LIST, _page(one)
    if _looks_ahead(one):
        return _NEAREST, {**_meaning(one), "ahead": 2 * (one.limit + one.offset) + AHEAD}
    return _SEARCH, _meaning(one)


def _looks_ahead(one: Get | Search) -> TypeGuard[Search]:
    """Among what a filter or a narrower namespace leaves, the nearest of all are mostly not wanted."""
    if isinstance(one, Get) or one.vector is None:
        return False
    return one.filter is None and one.place.namespace == DEFAULT_NAMESPACE


def _page(one: Search) -> dict[str, Any]:
    user_id, namespace = one.place
    return {"user": user_id, "namespace": namespace, "filter": one.filter, "limit": one.limit, "offset": one.offset}


def _meaning(one: Search) -> dict[str, Any]:
    return {**_page(one), "vector": one.vector, "embedder": one.embedder}


def _item(user_id: int, row: tuple[Any, ...]) -> Item:
    pk, namespace, key, value, created_at, updated_at, _has_ttl, score = row
    return Item(pk, path(user_id, namespace), key, json.loads(value), created_at, updated_at, score)
