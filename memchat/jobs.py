"""Background jobs: put into the database in the transaction they belong to, carried out by a worker.

A job names what to do and ids to do it with, never anybody's text. It may run more than once, so its effect must be one
transaction that recognises itself. A worker runs inside the server process, or in processes of its own
(`manage.py worker`); jobs of a worker that died are taken over by another.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DEFAULT_QUEUE, Job, Status
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector

__all__ = ["app", "enqueue", "patience", "worker"]

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 10
LONGEST_WAIT_SECONDS = 7_200
CONCURRENT_JOBS = 4
HEARTBEAT_SECONDS = 3.0
DEAD_AFTER_SECONDS = 12.0
RESTART_SECONDS = 1.0
POLL_SECONDS, UNHEARD_SECONDS = 1.0, 5.0
"""How often it is asked for jobs that no notification tells of, and where one should have."""


def enqueue(task: str, *, delay: float = 0, queue: str = "", once: str = "", **ids: Any) -> None:
    """Have a task carried out, if and only if the transaction that is open now is committed.

    `delay` is in seconds. A `queue` other than the usual one is for workers that take from it too. Jobs with the same
    `once` are done one after another, and one of them waits at the most: raises AlreadyEnqueued.
    """
    how: dict[str, Any] = {"schedule_in": {"seconds": delay}} if delay else {}
    if queue:
        how["queue"] = queue
    if once:
        how |= {"queueing_lock": once, "lock": once}
    app.configure_task(task, **how).defer(**ids)


class Patience(BaseRetryStrategy):
    """Try again with growing waits, until they add up to `settings.JOB_RETRY_HOURS`; then the job has failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        wait = self.wait_after(job.attempts)
        return None if wait is None else RetryDecision(retry_in={"seconds": wait}, lock=self.lock_after(job))

    def lock_after(self, job: Job) -> str | None:
        """What a job that has failed waits its turn by: not the lock of its kind, or others wait for it for hours."""
        return f"{job.task_name} {job.id}" if job.lock and not job.queueing_lock else None

    def wait_after(self, attempts: int) -> int | None:
        """Seconds to wait after so many earlier attempts and this one; None when this was the last."""
        waits = (min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS) for attempt in range(attempts + 1))
        *_, total = accumulate(waits)
        limit = settings.JOB_RETRY_HOURS * 3600
        last = min(FIRST_WAIT_SECONDS * 2**attempts, LONGEST_WAIT_SECONDS)
        return None if total - last >= limit else last


patience = Patience()


async def _without_texts(call_next: Any, context: JobContext, _worker: Any) -> Any:
    """Log a failure by its kind and place: the words of an exception may be somebody's."""
    try:
        return await call_next()
    except Exception as error:
        place = "".join(traceback.format_tb(error.__traceback__)[-3:])
        logger.warning(
            "job %s (%s), attempt %d: %s\n%s",
            context.job.id,
            context.job.task_name,
            context.job.attempts + 1,
            type(error).__name__,
            place,
        )
        raise


class Worker:
    """Carries out jobs on the running event loop until it is stopped, whatever becomes of the database meanwhile."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._queues: list[str] = []

    def start(self, *, also_from: Collection[str] = ()) -> None:
        """Begin to take jobs from the usual queue, and from others."""
        self._queues = [DEFAULT_QUEUE, *also_from]
        if self._task is None:
            self._task = asyncio.create_task(self._work_for_ever(), name="worker")

    async def stop(self) -> None:
        """Let go; a job that is under way is taken up again by the next worker."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work_for_ever(self) -> None:
        wait = RESTART_SECONDS
        while True:
            try:
                await self._work()
                wait = RESTART_SECONDS
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("the worker cannot work right now: %s", type(error).__name__)
                wait = min(2 * wait, 15.0)
            await asyncio.sleep(wait)

    async def _work(self) -> None:
        parameters = await asyncio.to_thread(connector_params)
        if settings.DATABASE_POOLER:
            # Nothing that a session would keep: neither prepared statements nor what it listens to.
            parameters["prepare_threshold"] = None
        connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=4)
        # An app of its own: the other one puts jobs into Django's transactions, also while this one works.
        working = app.with_connector(connector)
        async with working.open_async():
            rescue = asyncio.create_task(_rescue_for_ever(working.job_manager), name="rescue jobs")
            try:
                await working.run_worker_async(
                    queues=self._queues,
                    concurrency=CONCURRENT_JOBS,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=DEAD_AFTER_SECONDS,
                    shutdown_graceful_timeout=0.5,
                    listen_notify=not settings.DATABASE_POOLER,
                    fetch_job_polling_interval=POLL_SECONDS if settings.DATABASE_POOLER else UNHEARD_SECONDS,
                    worker_middleware=[_without_texts],
                )
            finally:
                rescue.cancel()


async def _rescue_for_ever(manager: JobManager) -> None:
    """Hand on the jobs of workers that died."""
    this = asyncio.current_task()
    # Cancelled within a statement it may be told what came of that instead.
    while this is None or not this.cancelling():
        try:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
                await _rescue(manager, job)
            await manager.prune_stalled_workers(DEAD_AFTER_SECONDS)
        except Exception as error:
            logger.warning("jobs of ended workers cannot be looked for right now: %s", type(error).__name__)
        await asyncio.sleep(DEAD_AFTER_SECONDS / 2)


async def _rescue(manager: JobManager, job: Job) -> None:
    wait = patience.wait_after(job.attempts)
    if wait is None:
        await manager.finish_job(job, Status.FAILED, delete_job=False)
        return
    # A server that was ended the first time is nothing to wait for; one that this job ends each time is.
    again_at = datetime.now(UTC) + timedelta(seconds=wait if job.attempts else 0)
    try:
        await manager.retry_job(job, retry_at=again_at, lock=patience.lock_after(job))
    except ConnectorException:
        if not job.queueing_lock:
            raise
        # Another one of its kind waits already, and could never begin while this one counts as being done.
        await manager.finish_job(job, Status.ABORTED, delete_job=True)


def waits() -> Iterator[int]:
    """Every wait between the attempts of a job that never succeeds."""
    attempts = 0
    while (wait := patience.wait_after(attempts)) is not None:
        yield wait
        attempts += 1


worker = Worker()
