"""Jobs that can never succeed: tried again with growing waits, then given up and left for staff; others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.exceptions import ConnectorException

from memchat import jobs
from memchat.database import close_threads, in_database
from memchat.jobs import app, enqueue, patience, waits

pytestmark = pytest.mark.django_db(transaction=True)

_done: list[int] = []


@app.task(name="tests.raises", retry=patience)
def raises(**ids: Any) -> None:
    raise ValueError("somebody's words")


@app.task(name="tests.takes_its_worker_along", retry=patience)
async def takes_its_worker_along(**ids: Any) -> None:
    await asyncio.sleep(3_600)


@app.task(name="tests.waits_its_turn", retry=patience, lock="tests.turns")
def waits_its_turn(number: int) -> None:
    if number == 0:
        raise ValueError("somebody's words")
    _done.append(number)


@app.task(name="tests.succeeds")
def succeeds(number: int) -> None:
    _done.append(number)


def rows(query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []


async def job(task: str) -> tuple[Any, ...]:
    """Status, attempts, and for how many seconds it is put off."""
    [found] = await in_database(
        rows,
        "SELECT status::text, attempts, extract(epoch FROM scheduled_at - now())::float FROM procrastinate_jobs "
        "WHERE task_name = %s",
        task,
    )
    return found


async def until(true: Callable[[tuple[Any, ...]], bool], task: str) -> tuple[Any, ...]:
    async with asyncio.timeout(20):
        while not true(found := await job(task)):  # noqa: ASYNC110  it is the database that changes
            await asyncio.sleep(0.05)
    return found


@pytest_asyncio.fixture
async def worker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[jobs.Worker]:
    monkeypatch.setattr(jobs, "DEAD_AFTER_SECONDS", 1.0)
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.2)
    _done.clear()
    worker = jobs.Worker()
    yield worker
    await worker.stop()
    await in_database(rows, "DELETE FROM procrastinate_jobs WHERE task_name LIKE 'tests.%%'")
    # Periodic jobs were put in from a thread of the library's own.
    await sync_to_async(connections.close_all)()
    await asyncio.to_thread(close_threads)


async def test_a_job_that_always_fails_waits_longer_and_longer_is_then_given_up_and_holds_up_no_other(
    worker: jobs.Worker,
):
    await in_database(enqueue, "tests.raises")
    await in_database(enqueue, "tests.succeeds", number=1)
    worker.start()
    for attempts, wait in enumerate([10, 20], start=1):
        _, _, put_off = await until(lambda found, at=attempts: found[:2] == ("todo", at), "tests.raises")
        assert wait - 5 < put_off <= wait
        await in_database(rows, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'tests.raises'")
        await in_database(enqueue, "tests.succeeds", number=attempts + 1)
    await until(lambda found: found[:2] == ("todo", 3), "tests.raises")
    last = len(list(waits()))
    await in_database(
        rows, "UPDATE procrastinate_jobs SET scheduled_at = now(), attempts = %s WHERE task_name = 'tests.raises'", last
    )
    await in_database(enqueue, "tests.succeeds", number=4)
    await until(lambda found: found[0] == "failed", "tests.raises")
    assert set(_done) >= {1, 2, 3}


async def test_a_job_that_fails_lets_those_go_first_that_wait_for_their_turn(worker: jobs.Worker):
    """One import is worked on at a time, and one that is tried again for a day must not keep everybody else's."""
    await in_database(enqueue, "tests.waits_its_turn", number=0)
    await in_database(enqueue, "tests.waits_its_turn", number=1)
    worker.start()
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.waits_its_turn'"
    async with asyncio.timeout(8):
        # What is done is removed a moment later.
        while _done != [1] or await in_database(rows, waiting) != [(1,)]:  # noqa: ASYNC110  another task counts
            await asyncio.sleep(0.05)
    assert (await job("tests.waits_its_turn"))[:2] == ("todo", 1)


async def test_a_job_that_ends_its_worker_again_and_again_is_given_up(worker: jobs.Worker):
    """Its worker is gone without a word, as after a kill or where there is no more memory."""
    await in_database(enqueue, "tests.takes_its_worker_along")
    await in_database(_begun_by_a_worker_that_died, 0)
    worker.start()
    await until(lambda found: found[0] in {"todo", "doing"} and found[1] == 1, "tests.takes_its_worker_along")
    await worker.stop()
    await in_database(_begun_by_a_worker_that_died, len(list(jobs.waits())))
    await in_database(enqueue, "tests.succeeds", number=1)
    worker.start()
    await until(lambda found: found[0] == "failed", "tests.takes_its_worker_along")
    async with asyncio.timeout(5):
        while _done != [1]:  # noqa: ASYNC110  another task counts
            await asyncio.sleep(0.05)


def _begun_by_a_worker_that_died(attempts: int) -> None:
    rows(
        """
        WITH gone AS (
            INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id
        )
        UPDATE procrastinate_jobs SET status = 'doing', worker_id = gone.id, attempts = %s, scheduled_at = NULL
        FROM gone WHERE task_name = 'tests.takes_its_worker_along'
        """,
        attempts,
    )


async def test_looking_for_the_jobs_of_dead_workers_ends_with_the_worker_whatever_its_statement_does(
    monkeypatch: pytest.MonkeyPatch,
):
    """A driver that is cancelled tells what came of the statement instead, such as that there is no such table yet."""

    class Manager:
        async def get_stalled_jobs(self, **_how: Any) -> list[Any]:
            try:
                return await asyncio.sleep(3_600, [])
            except asyncio.CancelledError:
                raise ConnectorException from None

    monkeypatch.setattr(jobs, "DEAD_AFTER_SECONDS", 0.02)
    looking = asyncio.create_task(jobs._rescue_for_ever(Manager()))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    looking.cancel()
    await asyncio.wait([looking], timeout=5)
    ended = looking.done()
    while not looking.done():
        looking.cancel()
        await asyncio.sleep(0.005)
    assert ended
