"""What machines ask of a process: does it live, is it ready, and its figures.

Answered before Django, so that there is no session, no cookie, no host that must fit and no line in the log. Neither
Redis nor a provider has a say in any of it: the site goes on without them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any, Generic, TypeVar

import psycopg
from django.conf import settings
from django.db import connection

from memchat import wall
from memchat.database import in_database
from memchat.monitoring import metrics, readiness
from memchat.postgres.pending import pending

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 2.0
"""How long the database may take before it counts as down."""
KEPT_SECONDS = 1.0
JOBS_COUNTED = 100_000

_PLAIN = b"text/plain; charset=utf-8"
# What the driver needs to connect; the rest is Django's own.
_DJANGOS = ("cursor_factory", "context", "prepare_threshold", "client_encoding")


class Look(Generic[T]):
    """Something that is looked at once for everybody who asks, and again when it is no longer fresh."""

    def __init__(self, look: Callable[[], Awaitable[T]], instead: T) -> None:
        self._look = look
        self._instead = instead
        self._task: asyncio.Task[T] | None = None
        self._seen_at = -KEPT_SECONDS

    async def see(self) -> T:
        """What was seen just now; `instead` of it when that takes too long or fails."""
        if self._task is None or (self._task.done() and time.monotonic() - self._seen_at > KEPT_SECONDS):
            self._task = asyncio.ensure_future(self._look())
            self._task.add_done_callback(self._seen)
        # One that takes long goes on: the next who asks waits for the same.
        done, _ = await asyncio.wait([self._task], timeout=LOOK_SECONDS)
        return self._instead if not done or self._task.exception() else self._task.result()

    def _seen(self, task: asyncio.Task[T]) -> None:
        self._seen_at = time.monotonic()
        if not task.cancelled() and task.exception() is not None:
            logger.debug("a look failed: %s", type(task.exception()).__name__)


# --- Readiness -----------------------------------------------------------------------------------------------------


async def _database() -> dict[str, str]:
    """By a connection of its own: those of the site may all be busy, which is not the database's fault."""
    async with asyncio.timeout(LOOK_SECONDS):
        async with await psycopg.AsyncConnection.connect(**_address()) as opened:
            cursor = await opened.execute("SELECT app, name FROM django_migrations")
            applied = set(await cursor.fetchall())
    missing = await asyncio.to_thread(pending, applied)
    return {"database": "ok", "migrations": "pending" if missing else "ok"}


def _address() -> dict[str, Any]:
    return {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGOS}


_readiness = Look(_database, {"database": "down", "migrations": "unknown"})


async def ready() -> tuple[bool, dict[str, str]]:
    """Whether this process should be given work, and a word for each part of that."""
    parts = {"process": "draining" if readiness.draining else "ok", **await _readiness.see()}
    is_ready = all(word == "ok" for word in parts.values())
    return is_ready, {"status": "ok" if is_ready else "not ready", **parts}


# --- Figures -------------------------------------------------------------------------------------------------------

_QUEUES = """
    WITH jobs AS (
        SELECT status, coalesce(scheduled_at > now(), false) AS later FROM procrastinate_jobs LIMIT %(most)s
    ), oldest AS (
        SELECT id, scheduled_at FROM procrastinate_jobs
        WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true) ORDER BY id LIMIT 1
    )
    SELECT count(*) FILTER (WHERE status = 'todo' AND NOT later), count(*) FILTER (WHERE status = 'todo' AND later),
           count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed'),
           coalesce((SELECT extract(epoch FROM now() - greatest(scheduled_at, (
               SELECT max(at) FROM procrastinate_events WHERE job_id = oldest.id))) FROM oldest), 0)::float
    FROM jobs
"""
_RUNS = """
    SELECT count(*) FILTER (WHERE owner <> ''), count(*) FILTER (WHERE owner = ''),
           count(*) FILTER (WHERE owner <> '' AND lease_expires_at < now())
    FROM (SELECT owner, lease_expires_at FROM conversations_run LIMIT %(most)s) run
"""


def _count_queues() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES, {"most": JOBS_COUNTED})
        *jobs, oldest = cursor.fetchone()
        cursor.execute(_RUNS, {"most": JOBS_COUNTED})
        runs = cursor.fetchone()
    for state, count in zip(metrics.JOB_STATES, jobs, strict=True):
        metrics.jobs.labels(state).set(count)
    for state, count in zip(metrics.RUN_STATES, runs, strict=True):
        metrics.runs.labels(state).set(count)
    metrics.oldest_job.set(max(0.0, oldest))
    return True


async def _queues() -> bool:
    with wall.everyone("the runs of all people are counted"):
        return await in_database(_count_queues)


_figures = Look(_queues, False)


# --- Answers -------------------------------------------------------------------------------------------------------


async def _live(scope: Any) -> tuple[int, bytes, bytes]:
    return 200, _PLAIN, b"ok\n"


async def _ready(scope: Any) -> tuple[int, bytes, bytes]:
    is_ready, parts = await ready()
    return 200 if is_ready else 503, b"application/json", json.dumps(parts).encode() + b"\n"


async def _metrics(scope: Any) -> tuple[int, bytes, bytes]:
    if not settings.METRICS_TOKEN:
        return 404, _PLAIN, b"not found\n"
    given = dict(scope["headers"]).get(b"authorization", b"")
    if not compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return 401, _PLAIN, b"a token is needed\n"
    metrics.database_up.set(await _figures.see())
    return 200, metrics.CONTENT_TYPE, metrics.exposition()


_PAGES = {"/health/live": _live, "/health/ready": _ready, "/metrics": _metrics}


class Probes:
    """The application inside it, with these pages before it."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        page = _PAGES.get(scope["path"])
        if page is None:
            await self._application(scope, receive, send)
            return
        headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        if scope["method"] in {"GET", "HEAD"}:
            status, kind, body = await page(scope)
        else:
            status, kind, body = 405, _PLAIN, b"only GET\n"
            headers.append((b"allow", b"GET, HEAD"))
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        headers += [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
