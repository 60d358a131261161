"""How much recall costs over the plain search by meaning that it replaces.

    python -m benchmarks.recall [--quick] [--people 100 1000 10000] [--total 100000] [--dimensions 256 1536]

Fills a database with the memories of many people, then asks for the ten best memories of a person who has
100, 1,000 or 10,000 of them, in turns: once by `memories.recall.recall`, once by the shortest SQL that finds the ten
nearest vectors of that person exactly. Both use the same connection, a prepared statement and binary vectors.
Without DATABASE_URL it starts an embedded PostgreSQL in a temporary directory and removes it in the end; a given
DATABASE_URL must name an empty database that may be filled.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

SEED = 20_240_501
COUNT = 10
TERMS_ASKED = 4
"""Words of a question that are looked up: what a sentence of eight or nine words has besides its stop words."""
TOPICAL = 2
"""So many words of a memory speak of a topic, some topics much more often than others; of a question's words this many
or one less."""
VOCABULARY = 8_000
OTHERS_HAVE = 100

BARE = """
SELECT id, value->>'data' FROM memories_memory
WHERE user_id = %s AND ended_at IS NULL AND embedder = %s
ORDER BY embedding <=> %b LIMIT 10
"""

# The same without the text, which beside a large vector lies in another table and is dear to fetch for every row.
BARE_IDS = BARE.replace(", value->>'data'", "")


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as directory:
        os.environ["MEMCHAT_DATA_DIR"] = directory
        os.environ["MEMCHAT_ENV_FILE"] = os.devnull
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
        import django

        django.setup()
        from memchat import wall

        wall.outside = wall.EVERYONE
        results = _run(options)
        _stop(directory)
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="10,000 memories in all, fewer rounds: a minute instead of ten"
    )
    parser.add_argument("--people", type=int, nargs="+", help="how many memories each measured person has")
    parser.add_argument("--total", type=int, help="how many memories there are in all")
    parser.add_argument("--dimensions", type=int, nargs="+", default=[256, 1536])
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--rounds", type=int, help="measurements of each kind per person")
    options = parser.parse_args()
    options.people = options.people or ([100, 1_000] if options.quick else [100, 1_000, 10_000])
    options.total = options.total or (10_000 if options.quick else 100_000)
    options.rounds = options.rounds or (60 if options.quick else 200)
    return options


def _run(options: argparse.Namespace) -> list[dict[str, Any]]:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    results = []
    try:
        for dimensions in options.dimensions:
            with connection.as_owner():  # type: ignore[attr-defined]
                owners = _fill(options.people, options.total, dimensions)
            for size, owner in owners.items():
                results.append(_measure(owner, size, options.total, dimensions, options.rounds))
                print(json.dumps(results[-1]), file=sys.stderr)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    return results


def _fill(people: list[int], total: int, dimensions: int) -> dict[int, int]:
    """Replace all memories; returns the user id of the person for each size in `people`."""
    import numpy as np
    from django.contrib.auth import get_user_model
    from django.db import connection
    from pgvector import Vector
    from pgvector.psycopg import register_vector
    from psycopg.types.json import Jsonb

    from memories.models import Memory, new_key
    from memories.topics import topics_of
    from memories.words import fingerprint, owned, terms_of

    random = np.random.default_rng(SEED)
    user_model = get_user_model()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE memories_memory, users_user CASCADE")
    rest = total - sum(people)
    names = [f"person-{size}" for size in people] + [f"other-{n}" for n in range(max(1, rest // OTHERS_HAVE))]
    users = user_model.objects.bulk_create([user_model(username=name, password="!") for name in names])
    owners = {size: user.pk for size, user in zip(people, users, strict=False)}
    others = [user.pk for user in users[len(people) :]]
    rows = [owner for size, owner in owners.items() for _ in range(size)] + [
        others[n % len(others)] for n in range(rest)
    ]
    random.shuffle(rows)

    started = time.perf_counter()
    connection.ensure_connection()
    raw = connection.connection
    register_vector(raw)
    columns = (
        "user_id, namespace, key, value, category, origin, pinned, created_at, ending, fingerprint, terms, word_count, "
        "embedder, dimensions, embedding"
    )
    types = (
        "int8 varchar varchar jsonb varchar varchar bool timestamptz varchar varchar text[] int4 varchar int2 vector"
    )
    from django.utils import timezone

    now = timezone.now()
    with psycopg.Cursor(raw).copy(f"COPY memories_memory ({columns}) FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.set_types(types.split())
        for owner, text in zip(rows, _sentences(random, len(rows)), strict=True):
            terms = terms_of(text)
            found_by = sorted({owned(owner, term) for term in [*terms, *topics_of(text, terms)]})
            vector = Vector(random.standard_normal(dimensions, dtype=np.float32))
            copy.write_row(
                (owner, "memories", new_key(), Jsonb({"data": text}), "fact", "said", False, now, "", fingerprint(text),
                 found_by, len(terms), _embedder(dimensions), dimensions, vector)
            )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {Memory._meta.db_table}")
    print(f"{total} memories of {dimensions} dimensions in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return owners


def _embedder(dimensions: int) -> str:
    return f"benchmark-{dimensions}"


def _sentences(random: Any, count: int) -> Iterator[str]:
    """Texts of 5 to 20 words, which are spread like those of a language without its stop words.

    The first two speak of a topic, which a person's memories share about as often as real ones do.
    """
    import numpy as np

    from memories.topics import words_of_topics

    topics = words_of_topics()
    likely = 1.0 / (np.arange(len(topics)) + 3.0)
    weights = 1.0 / (np.arange(VOCABULARY) + 12.0)
    words = random.choice(VOCABULARY, size=(count, 20), p=weights / weights.sum())
    about = random.choice(len(topics), size=(count, TOPICAL), p=likely / likely.sum())
    picked = random.random(size=(count, TOPICAL))
    lengths = random.integers(5, 21, size=count)
    for number in range(count):
        topical = [
            topics[topic][int(place * len(topics[topic]))]
            for topic, place in zip(about[number], picked[number], strict=True)
        ]
        rest = [_word(word) for word in words[number, TOPICAL : lengths[number]]]
        yield " ".join(topical + rest)


def _word(number: int) -> str:
    syllables = ("ba", "do", "ki", "lu", "me", "no", "ra", "su", "ta", "vo", "zi", "pe")
    word = "x"
    while True:
        word += syllables[number % 12]
        number //= 12
        if not number:
            return word


def _measure(owner: int, size: int, total: int, dimensions: int, rounds: int) -> dict[str, Any]:
    """Both in turns, on one connection, so that whatever disturbs the machine disturbs both."""
    import numpy as np
    from django.db import connection
    from pgvector import Vector
    from pgvector.psycopg import register_vector

    from memories.recall import recall

    random = np.random.default_rng(SEED + size)
    embedder = _embedder(dimensions)
    connection.ensure_connection()
    with connection.as_owner():  # type: ignore[attr-defined]
        connection.ensure_connection()
        # What owns the table scans it without row-level security.
        owners_own = psycopg.connect(connection.connection.info.dsn, autocommit=True, prepare_threshold=0)
    register_vector(owners_own)
    cursor = psycopg.Cursor(owners_own)
    cursor.format = psycopg.pq.Format.BINARY
    questions = [
        (text, Vector(random.standard_normal(dimensions, dtype=np.float32))) for text in _sentences(random, rounds + 10)
    ]
    times: dict[str, list[float]] = {"bare": [], "ids": [], "recall": []}

    def bare(text: str, vector: Vector) -> int:
        return len(cursor.execute(BARE, (owner, embedder, vector), prepare=True).fetchall())

    def ids(text: str, vector: Vector) -> int:
        return len(cursor.execute(BARE_IDS, (owner, embedder, vector), prepare=True).fetchall())

    def hybrid(text: str, vector: Vector) -> int:
        return len(recall(owner, text, vector, embedder, count=COUNT))

    for number, (text, vector) in enumerate(questions):
        asked = " ".join(text.split()[number % TOPICAL :][:TERMS_ASKED])
        ways = (("bare", bare), ("ids", ids), ("recall", hybrid))
        for name, ask in ways if number % 2 else reversed(ways):
            started = time.perf_counter()
            found = ask(asked, vector)
            elapsed = time.perf_counter() - started
            if found != COUNT:
                raise SystemExit(f"{name} found {found} of {COUNT}")
            if number >= 10:
                times[name].append(elapsed * 1000)
    p50 = {name: statistics.median(values) for name, values in times.items()}
    p95 = {name: statistics.quantiles(values, n=20)[18] for name, values in times.items()}
    return {
        "memories_of_person": size,
        "memories_in_all": total,
        "dimensions": dimensions,
        "rounds": rounds,
        "bare_p50_ms": round(p50["bare"], 3),
        "recall_p50_ms": round(p50["recall"], 3),
        "ratio_p50": round(p50["recall"] / p50["bare"], 2),
        "bare_ids_p50_ms": round(p50["ids"], 3),
        "ratio_to_ids_p50": round(p50["recall"] / p50["ids"], 2),
        "bare_p95_ms": round(p95["bare"], 3),
        "recall_p95_ms": round(p95["recall"], 3),
    }


def _stop(directory: str) -> None:
    from memchat.postgres import embedded

    embedded.stop()


def _print(results: list[dict[str, Any]]) -> None:
    columns = {
        "bare_p50_ms": "bare p50 ms",
        "recall_p50_ms": "recall p50 ms",
        "ratio_p50": "ratio",
        "bare_ids_p50_ms": "bare, ids only",
        "ratio_to_ids_p50": "ratio to that",
        "bare_p95_ms": "bare p95",
        "recall_p95_ms": "recall p95",
    }
    print(f"| dimensions | memories of the person | in all | {' | '.join(columns.values())} |")
    print("|---:" * (3 + len(columns)) + "|")
    for row in results:
        cells = [f"{row['dimensions']}", f"{row['memories_of_person']:,}", f"{row['memories_in_all']:,}"]
        print(f"| {' | '.join(cells + [f'{row[name]:.2f}' for name in columns])} |")
    print()
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
