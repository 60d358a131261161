"""DjangoStore beside LangGraph's PostgresStore and InMemoryStore: search, put, batches, and what they take up.

    python -m benchmarks.store [--quick] [--people 100 1000 10000] [--total 100000] [--dimensions 256 1536]

All three hold the same items under the same vectors, and take turns at the same questions; both on PostgreSQL use one
server. A search asks for the ten nearest of a person who has 100, 1,000 or 10,000 of all items; what it finds is
compared with the true ten. Another yardstick is the exact scan of PostgresStore's table, with the vector as text.
An item is a statement, so that DjangoStore also makes the vector by which chats recall it. InMemoryStore holds the
items of these people only.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SEED = 20_260_701
COUNT = 10
OTHERS_HAVE = 100
BATCH = 100

TEXT_SCAN = """
WITH mine AS MATERIALIZED (
    SELECT key, embedding <=> %s::vector AS distance FROM store_vectors WHERE prefix = %s
)
SELECT key FROM mine ORDER BY distance LIMIT 10
"""


class Vectors:
    """The vector of each text, without a model: texts name their row in a table of random ones."""

    def __init__(self, total: int, questions: int, dimensions: int) -> None:
        import numpy as np

        random = np.random.default_rng(SEED + dimensions)
        self.dimensions = dimensions
        self.items = random.standard_normal((total, dimensions), dtype=np.float32)
        self.questions = random.standard_normal((questions, dimensions), dtype=np.float32)
        self.items /= np.linalg.norm(self.items, axis=1, keepdims=True)

    def __call__(self, texts: list[str]) -> list[list[float]]:
        return [self._row(text).tolist() for text in texts]

    def _row(self, text: str) -> Any:
        kind, number = text.rsplit(" ", 1)
        rows = self.questions if kind == "question" else self.items
        return rows[int(number) % len(rows)]

    def nearest(self, numbers: Any, question: int) -> set[str]:
        """The keys of the true ten."""
        import numpy as np

        scores = self.items[numbers] @ self.questions[question]
        return {f"k{numbers[at]}" for at in np.argpartition(-scores, COUNT)[:COUNT]}


def text_of(number: int) -> str:
    return f"I have noted this under the number {number}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 items in all, fewer rounds")
    parser.add_argument("--people", type=int, nargs="+", help="how many items each measured person has")
    parser.add_argument("--total", type=int, help="how many items there are in all")
    parser.add_argument("--dimensions", type=int, nargs="+", default=[256, 1536])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    options.people = options.people or ([100, 1_000] if options.quick else [100, 1_000, 10_000])
    options.total = options.total or (10_000 if options.quick else 100_000)
    options.rounds = options.rounds or (30 if options.quick else 100)
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as directory:
        os.environ["MEMCHAT_DATA_DIR"] = directory
        os.environ["MEMCHAT_ENV_FILE"] = os.devnull
        os.environ["MEMCHAT_MEMORIES_PER_PERSON"] = "100000"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
        import django

        django.setup()
        from memchat import wall

        wall.outside = wall.EVERYONE
        results = _run(options)
    print(json.dumps(results, indent=2))
    if options.json:
        options.json.write_text(json.dumps(results))


def _run(options: argparse.Namespace) -> list[dict[str, Any]]:
    from django.core.management import call_command
    from django.db import connection

    from memchat.postgres import embedded

    call_command("migrate", verbosity=0)
    results = []
    try:
        for dimensions in options.dimensions:
            results.append(_measure(options, dimensions))
            print(json.dumps(results[-1]), file=sys.stderr)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        embedded.stop()
    return results


def _measure(options: argparse.Namespace, dimensions: int) -> dict[str, Any]:
    import numpy as np
    from langgraph.store.memory import InMemoryStore
    from langgraph.store.postgres import PostgresStore

    from memories.langgraph import DjangoStore

    vectors = Vectors(options.total, options.rounds + 5, dimensions)
    index: Any = {"dims": dimensions, "embed": vectors, "fields": ["data"], "name": "benchmark"}
    owner = _owner()
    with PostgresStore.from_conn_string(owner, index=index) as theirs:
        rows = _people(options.people, options.total)
        _fill_ours(rows, vectors)
        _fill_theirs(theirs, owner, rows, vectors)
        before = _resident()
        memory = InMemoryStore(index=index)
        _fill_memory(memory, rows, set(options.people), vectors)
        in_memory = sum(options.people)
        taken = {
            "django bytes an item": _size("memories_memory", "memories_memoryvector") // options.total,
            "postgres bytes an item": _size("store", "store_vectors") // options.total,
            "in memory bytes an item": (_resident() - before) // in_memory,
        }
        stores = {"django": DjangoStore(index=index), "postgres": theirs, "in memory": memory}
        searches = [
            _search(stores, owner, size, f"{user}", np.array(numbers), vectors, options.rounds)
            for size, user, numbers in rows
            if size in options.people
        ]
        user = next(str(user) for size, user, _ in rows if size == options.people[0])
        return {
            "dimensions": dimensions,
            "items in all": options.total,
            "searches": searches,
            "put": _writes(stores, user, options.rounds, 1),
            "batch of 100": _writes(stores, user, max(5, options.rounds // 10), BATCH),
            "size": taken,
        }


def _owner() -> str:
    """Where the role connects that owns tables: PostgresStore makes its own."""
    from django.db import connection

    with connection.as_owner():  # type: ignore[attr-defined]
        connection.ensure_connection()
        return str(connection.connection.info.dsn)


# --- Filling ---------------------------------------------------------------------------------------------------------


def _people(people: list[int], total: int) -> list[tuple[int, int, list[int]]]:
    """How many items somebody has, who it is, and which of all items these are: scattered, as if written in turns."""
    import numpy as np
    from django.db import connection

    from memchat.users.models import User

    rest = total - sum(people)
    sizes = [*people, *[OTHERS_HAVE] * (rest // OTHERS_HAVE)]
    sizes += [rest % OTHERS_HAVE] if rest % OTHERS_HAVE else []
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("TRUNCATE users_user, memories_memory CASCADE")
    users = User.objects.bulk_create([User(username=f"person{at}", password="!") for at in range(len(sizes))])
    numbers = np.random.default_rng(SEED).permutation(total)
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    # The measured ones are told apart from others that have as many.
    return [
        (size if at < len(people) else -size, user.pk, sorted(part.tolist()))
        for at, (size, user, part) in enumerate(zip(sizes, users, parts, strict=True))
    ]


def _in_turns(rows: list[tuple[int, int, list[int]]]) -> Iterator[tuple[int, int]]:
    """Every item with its person, in the order of the items."""
    return iter(sorted((number, user) for _, user, numbers in rows for number in numbers))


def _fill_ours(rows: list[tuple[int, int, list[int]]], vectors: Vectors) -> None:
    from django.db import connection
    from django.utils import timezone
    from pgvector import Vector
    from pgvector.psycopg import register_vector
    from psycopg import Cursor
    from psycopg.types.json import Jsonb

    from memories.embedding.registry import current_embedder
    from memories.words import fingerprint, owned, terms_of

    embedder = current_embedder()
    now, name = timezone.now(), f"benchmark-{vectors.dimensions}"
    with connection.as_owner():  # type: ignore[attr-defined]
        connection.ensure_connection()
        raw = connection.connection
        register_vector(raw)
        columns = (
            "id, user_id, namespace, key, value, category, origin, pinned, created_at, ending, fingerprint, terms, "
            "word_count, embedder, dimensions, embedding, paths, indexed_by"
        )
        types = (
            "int8 int8 varchar varchar jsonb varchar varchar bool timestamptz varchar varchar text[] int4 varchar int2 "
            "vector text[] varchar"
        )
        with Cursor(raw).copy(f"COPY memories_memory ({columns}) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(types.split())
            for number, user in _in_turns(rows):
                text = text_of(number)
                terms = terms_of(text)
                [own] = embedder.embed([text])
                copy.write_row(
                    (number + 1, user, "memories", f"k{number}", Jsonb({"data": text}), "fact", "api", False, now, "",
                     fingerprint(text), sorted({owned(user, term) for term in terms}), len(terms), embedder.name,
                     embedder.dimensions, own, ["data"], name)
                )  # fmt: skip
        columns = "user_id, memory_id, path, number, embedder, dimensions, embedding"
        with Cursor(raw).copy(f"COPY memories_memoryvector ({columns}) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "int8", "text", "int4", "varchar", "int2", "vector"])
            for number, user in _in_turns(rows):
                vector = Vector(vectors.items[number])
                copy.write_row((user, number + 1, "data", 0, name, vectors.dimensions, vector))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('memories_memory', 'id'), max(id)) FROM memories_memory"
            )
            cursor.execute("VACUUM ANALYZE memories_memory, memories_memoryvector")


def _fill_theirs(theirs: Any, owner: str, rows: list[tuple[int, int, list[int]]], vectors: Vectors) -> None:
    """Their index is made anew when all is there, which is faster, and if anything better for what it finds."""
    import psycopg
    from pgvector import Vector
    from pgvector.psycopg import register_vector
    from psycopg.types.json import Jsonb

    with psycopg.connect(owner, autocommit=True) as raw:
        raw.execute(
            "DROP TABLE IF EXISTS store_vectors, store, store_migrations, vector_migrations, checkpoint_migrations"
        )
        theirs.setup()
        register_vector(raw)
        kept = raw.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'store_vectors' AND indexdef LIKE '%hnsw%'"
        ).fetchall()
        for name, _ in kept:
            raw.execute(f"DROP INDEX {name}")
        with raw.cursor().copy("COPY store (prefix, key, value) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["text", "text", "jsonb"])
            for number, user in _in_turns(rows):
                copy.write_row((f"memories.{user}", f"k{number}", Jsonb({"data": text_of(number)})))
        columns = "prefix, key, field_name, embedding"
        with raw.cursor().copy(f"COPY store_vectors ({columns}) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["text", "text", "text", "vector"])
            for number, user in _in_turns(rows):
                copy.write_row((f"memories.{user}", f"k{number}", "data", Vector(vectors.items[number])))
        # All of it in memory, and by one process: containers have little memory to share between several.
        raw.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 0")
        for _, made in kept:
            # An index over all of them takes longer than a statement of the site may.
            raw.execute("SET statement_timeout = 0")
            raw.execute(made)
        raw.execute("VACUUM ANALYZE store, store_vectors")


def _fill_memory(memory: Any, rows: list[tuple[int, int, list[int]]], people: set[int], vectors: Vectors) -> None:
    from langgraph.store.base import PutOp

    for size, user, numbers in rows:
        if size in people:
            memory.batch([PutOp(("memories", str(user)), f"k{n}", {"data": text_of(n)}) for n in numbers])


# --- Measuring -------------------------------------------------------------------------------------------------------


def _search(
    stores: dict[str, Any], owner: str, size: int, user: str, numbers: Any, vectors: Vectors, rounds: int
) -> dict[str, Any]:
    import psycopg

    scan = psycopg.connect(owner, autocommit=True, prepare_threshold=0)

    def by_text(question: int) -> set[str]:
        written = "[" + ",".join(map(str, vectors.questions[question].tolist())) + "]"
        return {key for (key,) in scan.execute(TEXT_SCAN, (written, f"memories.{user}")).fetchall()}

    def searched(store: Any) -> Callable[[int], set[str]]:
        return lambda question: {
            one.key
            for one in store.search(("memories", user), query=f"question {question}", limit=COUNT, refresh_ttl=False)
            if one.score is not None
        }

    ways = {**{name: searched(store) for name, store in stores.items()}, "text scan": by_text}
    times: dict[str, list[float]] = {name: [] for name in ways}
    hits, returned = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0)
    for number in range(rounds + 5):
        true = vectors.nearest(numbers, number)
        order = list(ways.items())
        for name, ask in order if number % 2 else reversed(order):
            begun = time.perf_counter()
            found = ask(number)
            elapsed = time.perf_counter() - begun
            if number >= 5:
                times[name].append(elapsed * 1_000)
                hits[name] += len(found & true)
                returned[name] += len(found)
    scan.close()
    p50 = {name: statistics.median(values) for name, values in times.items()}
    return {
        "items of the person": size,
        **{f"{name} p50 ms": round(value, 3) for name, value in p50.items()},
        **{f"{name} p95 ms": round(statistics.quantiles(values, n=20)[18], 3) for name, values in times.items()},
        **{f"{name} recall": round(count / rounds / COUNT, 3) for name, count in hits.items()},
        **{f"{name} rows": round(count / rounds, 2) for name, count in returned.items()},
        "over postgres": round(p50["django"] / p50["postgres"], 2),
        "over text scan": round(p50["django"] / p50["text scan"], 2),
    }


def _writes(stores: dict[str, Any], user: str, rounds: int, size: int) -> dict[str, float]:
    """New items, in turns."""
    from langgraph.store.base import PutOp

    times: dict[str, list[float]] = {name: [] for name in stores}
    for number in range(rounds + 3):
        order = list(stores.items())
        for name, store in order if number % 2 else reversed(order):
            ops = [
                PutOp(("memories", user), f"new{size}-{number}-{at}", {"data": text_of(number * size + at)})
                for at in range(size)
            ]
            begun = time.perf_counter()
            store.batch(ops)
            if number >= 3:
                times[name].append((time.perf_counter() - begun) * 1_000)
    p50 = {name: statistics.median(values) for name, values in times.items()}
    return {
        **{f"{name} p50 ms": round(value, 3) for name, value in p50.items()},
        "over postgres": round(p50["django"] / p50["postgres"], 2),
    }


def _size(*tables: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [list(tables)]
        )
        return int(cursor.fetchone()[0])


def _resident() -> int:
    import psutil

    gc.collect()
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
