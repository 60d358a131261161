"""How much database work the socket and the runs get done at once.

    python -m benchmarks.database [--quick] [--json FILE]

A turn load is everything a run reads before it asks the provider (`prepare`): message and thread, explicit requests,
recall among 1,000 memories, and a history of 20 messages. 100 coroutines ask for loads as fast as they get them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.measures import median, percentile

COROUTINES = 100
QUERY_SECONDS = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as directory:
        os.environ["MEMCHAT_DATA_DIR"] = directory
        os.environ["MEMCHAT_ENV_FILE"] = os.devnull
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
        import django

        django.setup()
        from memchat import wall

        wall.outside = wall.EVERYONE
        results = _measure(1 if options.quick else 3, 2.0 if options.quick else 5.0)
    print(json.dumps(results, indent=2))
    if options.json:
        options.json.write_text(json.dumps(results))


def _measure(rounds: int, seconds: float) -> dict[str, Any]:
    from django.core.management import call_command

    from memchat.postgres import embedded

    call_command("migrate", verbosity=0)
    claim = _a_turn()
    try:
        return asyncio.run(_sections(claim, rounds, seconds))
    finally:
        from django.db import connection

        connection.close()
        connection.close_pool()
        embedded.stop()


def _a_turn() -> Any:
    from conversations.models import Run, State
    from conversations.turns import accepting, ending
    from conversations.turns.ending import Ending
    from memchat.users.models import User
    from memories.models import Origin
    from memories.writing import remember

    user = User.objects.create_user("alice")
    for number in range(1_000):
        text = f"I told you about subject {number} and that it is number {number * 7 % 1000} on my list"
        remember(user.pk, text, origin=Origin.WRITTEN)
    thread = None
    for number in range(10):
        text = f"Message {number}: " + "some words " * 20
        accepted = accepting.accept(user.pk, thread, uuid.uuid4(), text, owner="bench")
        thread = accepted.thread.pk
        assert accepted.claim is not None
        ending.finish(accepted.claim, Ending(State.COMPLETE, "An answer of some length. " * 20))
    accepted = accepting.accept(user.pk, thread, uuid.uuid4(), "What did I say about subject 17?", owner="bench")
    assert Run.objects.count() == 1
    return accepted.claim


async def _sections(claim: Any, rounds: int, seconds: float) -> dict[str, Any]:
    from conversations.turns.preparation import prepare
    from memchat.database import close_threads, in_database

    await in_database(prepare, claim)
    rates, waits, errors = [], [], 0
    for _ in range(rounds):
        end = time.monotonic() + seconds
        done = 0

        async def load(end: float = end) -> None:
            nonlocal done, errors
            while time.monotonic() < end:
                try:
                    await in_database(prepare, claim)
                    done += 1
                except Exception:
                    errors += 1

        begun = time.monotonic()
        await asyncio.gather(*(load() for _ in range(COROUTINES)))
        rates.append(done / (time.monotonic() - begun))

        async def query() -> float:
            begun = time.monotonic()
            await in_database(_sleep)
            return time.monotonic() - begun

        waits.append(percentile(await asyncio.gather(*(query() for _ in range(COROUTINES))), 95))
    await asyncio.to_thread(close_threads)
    return {
        "turn loads a second": round(median(rates)),
        "errors": errors,
        "100 queries of 10 ms at once, p95 ms": round(median(waits) * 1e3),
    }


def _sleep() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [QUERY_SECONDS])


if __name__ == "__main__":
    main()
