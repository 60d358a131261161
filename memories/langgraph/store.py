"""The store: LangGraph's operations on memories, which `memories.items` finds and `memories.writing` changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.db import IntegrityError, transaction
from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

from memchat import wall
from memchat.database import from_any_thread, in_database
from memchat.postgres.prepared import BinaryVector
from memories.embedding.registry import current_embedder
from memories.items import places, reading
from memories.items.filters import as_path
from memories.items.paths import WHOLE, texts_of
from memories.items.places import Pattern, Place, WrongPlace
from memories.items.values import checked, minutes, statement
from memories.langgraph.embedders import SiteEmbedder, StoreEmbedder, Vectors, embedder_of
from memories.writing import items as writing
from memories.writing.items import FieldVector, Put
from memories.writing.rows import lock

MOST_ROWS = 100_000


class PutRefused(ValueError):
    """Memory's rules do not let a value in: it is too long, a secret, or there is no room. The message says which."""


class DjangoStore(BaseStore):
    """Long-term memory of LangGraph programs, in the memories of the site's people.

    Namespaces are `("memories", str(user.pk))` and whatever lies under it. With `user` (or where the code works for
    one person already, see `memchat.wall`) it reaches what is theirs and nothing else; without, every namespace says
    whose it is.

    `index` is LangGraph's: `embed`, `dims` and `fields`, and a `name` for an `embed` that has none of its own.
    Without `embed` the site's embedder compares, and without `fields` it compares the text of a value ("data") or else
    all of it. `ttl` is LangGraph's too; expired items are never found, and swept with everything else that has had
    its time.

    In one batch all reads see what was there before its writes, and of several writes to one key the last holds.
    """

    supports_ttl = True

    def __init__(self, *, user: Any = None, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> None:
        if index and index.get("distance_type", "cosine") != "cosine":
            raise ValueError("Distances are measured by cosine.")
        self.user_id = None if user is None else int(getattr(user, "pk", user))
        self.index_config = index
        self.ttl_config = ttl
        self.embedder: StoreEmbedder = embedder_of(index)
        self.embeddings = getattr(self.embedder, "embeddings", None)
        fields = index.get("fields") if index else None
        # The text of a value is only spoken of where the program does not say what to compare.
        self._by_text = isinstance(self.embedder, SiteEmbedder) and not fields
        self._fields = tuple(fields or (WHOLE,))

    def setup(self) -> None:
        """Nothing: `manage.py migrate` has made the tables."""

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        batch = _Batch(self, ops)
        made = self.embedder.documents(batch.texts), self.embedder.queries(batch.queries), batch.own_vectors()
        return from_any_thread(batch.carry_out, *made)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        batch = _Batch(self, ops)
        documents = await self.embedder.adocuments(batch.texts)
        queries = await self.embedder.aqueries(batch.queries)
        own = await in_database(batch.own_vectors) if batch.own_texts else {}
        return await in_database(batch.carry_out, documents, queries, own)

    # --- What ops mean -------------------------------------------------------------------------------------------

    def place(self, namespace: Sequence[str], is_prefix: bool = False) -> Place:
        """Where a namespace is, if it is one of the person's that this store is for."""
        whose = self._person()
        if is_prefix and whose is not None and tuple(namespace) in ((), places.ROOT):
            return Place(whose, places.ROOT[0])
        where = places.place(namespace)
        self._must_be_theirs(where.user_id, namespace)
        return where

    def listed_person(self, patterns: Sequence[Pattern]) -> int | None:
        """Whose namespaces are listed; None for everybody's."""
        whose, named = self._person(), places.person_of(patterns)
        if named is not None:
            self._must_be_theirs(named, patterns[0].labels)
        return whose if named is None else named

    def paths(self, op: PutOp, value: dict[str, Any]) -> tuple[str, ...] | None:
        """The fields of a value that are compared; None for its text."""
        if op.index is False:
            return ()
        if op.index is None:
            return None if self._by_text and statement(value) is not None else self._fields
        if self.embedder.is_site and list(op.index) == ["data"] and statement(value) is not None:
            return None
        return tuple(op.index)

    def _person(self) -> int | None:
        if self.user_id is not None:
            return self.user_id
        whose = wall.whose()
        return int(whose) if whose.isdigit() else None

    def _must_be_theirs(self, user_id: int, namespace: Sequence[str]) -> None:
        whose = self._person()
        if whose is not None and user_id != whose:
            raise WrongPlace(f"This store is for the person {whose}, and {tuple(namespace)} is somebody else's.")


class _Batch:
    """Operations, what has to be embedded for them, and how they are carried out."""

    def __init__(self, store: DjangoStore, ops: Iterable[Op]) -> None:
        self.store = store
        self.ops = list(ops)
        with _told_langgraph():
            self.puts = {at: self._put(op) for at, op in enumerate(self.ops) if isinstance(op, PutOp)}
            self.reads = {at: self._read(op) for at, op in enumerate(self.ops) if isinstance(op, GetOp | SearchOp)}
            self.lists = {at: _patterns(op) for at, op in enumerate(self.ops) if isinstance(op, ListNamespacesOp)}
        if len(self.puts) + len(self.reads) + len(self.lists) < len(self.ops):
            raise ValueError("There are only GetOp, SearchOp, PutOp and ListNamespacesOp.")
        # An op that a later one under the same key makes void is not embedded.
        last = {(put.place, put.key): put for put in self.puts.values()}
        kept = [put for put in last.values() if put.value is not None]
        self.fields = {id(put): texts_of(put.value or {}, put.paths) for put in kept if put.paths}
        self.last = list(last.values())
        self.texts = list(dict.fromkeys(text for fields in self.fields.values() for *_, text in fields))
        self.own_texts = list(dict.fromkeys(put.text for put in kept if put.has_own_vector))
        self.queries = list(
            dict.fromkeys(op.query for op in self.ops if isinstance(op, SearchOp) and op.query and op.limit)
        )

    def own_vectors(self) -> Vectors:
        """What chats compare by: the site's vectors of texts."""
        return SiteEmbedder().documents(self.own_texts)

    def carry_out(self, documents: Vectors, queries: Vectors, own: Vectors) -> list[Result]:
        for put in self.last:
            self._give_vectors(put, documents, own)
        results: list[Result] = [None] * len(self.ops)
        with _told_langgraph():
            if self.puts:
                with transaction.atomic():
                    self._lock()
                    self._carry_out(results, queries)
            else:
                self._carry_out(results, queries)
        return results

    def _lock(self) -> None:
        """Before reads, which note the use of what they find: two batches must not wait for each other's rows."""
        if self.reads:
            for user_id in sorted({one.place.user_id for one in (*self.reads.values(), *self.last)}):
                lock(user_id)

    def _carry_out(self, results: list[Result], queries: Vectors) -> None:
        by_person: dict[int, list[int]] = {}
        for at, asked in self.reads.items():
            by_person.setdefault(asked.place.user_id, []).append(at)
        for user_id, numbers in by_person.items():
            found = reading.read(user_id, [self._with_vector(at, queries) for at in numbers])
            for at, items in zip(numbers, found, strict=True):
                results[at] = self._result(at, items)
        for at, patterns in self.lists.items():
            results[at] = self._list(cast(ListNamespacesOp, self.ops[at]), patterns)
        # In order, as everybody who locks several.
        for user_id in sorted({put.place.user_id for put in self.last}):
            writing.write(user_id, [put for put in self.last if put.place.user_id == user_id])

    # --- Puts ----------------------------------------------------------------------------------------------------

    def _put(self, op: PutOp) -> Put:
        where = self.store.place(op.namespace)
        key = places.check_key(where, str(op.key))
        if op.value is None:
            return Put(where, key, None)
        value, written = checked(op.value)
        return Put(
            where,
            key,
            value,
            written,
            paths=self.store.paths(op, value),
            by_site=self.store.embedder.is_site,
            ttl_minutes=minutes(op.ttl),
        )

    def _give_vectors(self, put: Put, documents: Vectors, own: Vectors) -> None:
        if put.value is None:
            return
        put.by_site = bool(put.paths) and self.store.embedder.is_site
        fields = self.fields.get(id(put), [])
        put.vectors = [FieldVector(path, number, documents[text]) for path, number, text in fields if text in documents]
        if put.paths and (put.vectors or not fields):
            put.indexed_by = self.store.embedder.name
        if put.has_own_vector and (vector := own.get(put.text)) is not None:
            put.own, put.own_embedder = vector, current_embedder().name

    # --- Reads ---------------------------------------------------------------------------------------------------

    def _read(self, op: GetOp | SearchOp) -> reading.Get | reading.Search:
        if isinstance(op, GetOp):
            where = self.store.place(op.namespace)
            return reading.Get(where, places.check_key(where, str(op.key)), op.refresh_ttl)
        _check_page(op)
        return reading.Search(
            self.store.place(op.namespace_prefix, is_prefix=True),
            as_path(op.filter) if op.filter else None,
            min(op.limit, MOST_ROWS),
            op.offset,
            op.refresh_ttl,
        )

    def _with_vector(self, at: int, queries: Vectors) -> reading.Get | reading.Search:
        asked, op = self.reads[at], self.ops[at]
        vector = queries.get(op.query or "") if isinstance(op, SearchOp) else None
        if vector is None or isinstance(asked, reading.Get):
            return asked
        return asked._replace(vector=BinaryVector(vector), embedder=self.store.embedder.name)

    def _result(self, at: int, found: list[reading.Item]) -> Result:
        if isinstance(self.ops[at], SearchOp):
            return [
                SearchItem(one.path, one.key, one.value, one.created_at, one.updated_at, one.score) for one in found
            ]
        if not found:
            return None
        [one] = found
        return Item(
            namespace=one.path, key=one.key, value=one.value, created_at=one.created_at, updated_at=one.updated_at
        )

    def _list(self, op: ListNamespacesOp, patterns: list[Pattern]) -> list[tuple[str, ...]]:
        _check_page(op)
        whose = self.store.listed_person(patterns)
        paths = reading.all_namespaces() if whose is None else reading.namespaces_of(whose)
        return places.listed(paths, patterns, op.max_depth)[op.offset : op.offset + op.limit]


# --- Rules -----------------------------------------------------------------------------------------------------------


def _patterns(op: ListNamespacesOp) -> list[Pattern]:
    found = []
    for condition in op.match_conditions or ():
        if condition.match_type not in ("prefix", "suffix"):
            raise ValueError(f"Namespaces are matched by prefix or suffix, not by {condition.match_type!r}.")
        path = (condition.path,) if isinstance(condition.path, str) else tuple(condition.path)
        found.append(Pattern(condition.match_type == "prefix", path))
    return found


def _check_page(op: SearchOp | ListNamespacesOp) -> None:
    if op.limit < 0 or op.offset < 0:
        raise ValueError("limit and offset are numbers from 0 on.")
    if isinstance(op, ListNamespacesOp) and op.max_depth is not None and op.max_depth < 1:
        raise ValueError("max_depth is a number from 1 on.")


@contextmanager
def _told_langgraph() -> Any:
    """Errors as LangGraph's callers know them."""
    try:
        yield
    except WrongPlace as error:
        raise InvalidNamespaceError(str(error)) from None
    except writing.Refused as error:
        raise PutRefused(str(error)) from None
    except IntegrityError as error:
        if "user" in str(error):
            raise InvalidNamespaceError("The person whose namespace this was is no more.") from None
        raise
