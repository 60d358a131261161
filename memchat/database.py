"""Database work asked for by asynchronous code: whole functions, on a few threads of their own.

Channels' own bridge puts all such work of a process on one thread. Here each of a bounded number of
threads keeps its connection, so that a socket or a run waits for the database and never for another one's
wait. One call is one phase of a turn: a synchronous function with a transaction in it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from memchat import wall
from memchat.monitoring.logs import Marks, marks

P = ParamSpec("P")
T = TypeVar("T")

URGENT_THREADS = 3
_NAME = "database"

_pools: dict[bool, ThreadPoolExecutor] = {}
_lock = threading.Lock()


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` on a database thread and return its result.

    It works for whom the caller works (`memchat.wall`). When the connection turns out to be broken the function runs
    once more on a new one: it must do all its writing in one transaction that can be repeated.
    """
    return await asyncio.get_running_loop().run_in_executor(
        _threads(False), partial(_marked, marks.get(), wall.carried(function), *args, **kwargs)
    )


async def in_database_at_once(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same on a few threads kept free for what must not wait behind slow work: leases, checkpoints, ends.

    The function must be short, and wait for nothing but the database.
    """
    return await asyncio.get_running_loop().run_in_executor(
        _threads(True), partial(_marked, marks.get(), wall.carried(function), *args, **kwargs)
    )


def from_any_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` where it may use the database, and wait for it: for code that does not know who calls it.

    That is this thread if it has a connection, so that it takes part in what is under way; but not where an event loop
    runs, which Django forbids, nor on a thread of somebody else's, where a connection would stay for good.
    """
    mine = threading.current_thread().name.startswith(_NAME) or connection.connection is not None
    if mine and not _in_loop():
        return function(*args, **kwargs)
    return _threads(False).submit(partial(_marked, marks.get(), wall.carried(function), *args, **kwargs)).result()


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def give_back() -> None:
    """Let go of this thread's connection, for an answer that goes on long after its view: the pool is everybody's."""
    if not connection.in_atomic_block:
        connection.close()


def close_threads() -> None:
    """Wait for what is under way and give all connections back. The next call starts afresh."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        _close_connections(pool)
        pool.shutdown()


def _close_connections(pool: ThreadPoolExecutor) -> None:
    """Each thread has to close its own: as many tasks as threads, held together until all have begun."""
    count = len(pool._threads)
    if not count:
        return
    together = threading.Barrier(count)

    def close() -> None:
        with suppress(threading.BrokenBarrierError):
            together.wait(5)
        connection.close()

    for future in [pool.submit(close) for _ in range(count)]:
        future.result(10)


def _threads(urgent: bool) -> ThreadPoolExecutor:
    pool = _pools.get(urgent)
    if pool is None:
        with _lock:
            pool = _pools.get(urgent)
            if pool is None:
                pool = _pools[urgent] = ThreadPoolExecutor(_most(urgent), thread_name_prefix=_NAME)
    return pool


def _most(urgent: bool) -> int:
    """How many threads there may be: each keeps its connection, and pages need some of them, too."""
    connections = settings.DATABASE_POOL_SIZE
    return min(URGENT_THREADS, connections // 4) if urgent else min(settings.DATABASE_THREADS, connections // 2)


def _marked(about: Marks, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What the log says of it names what it was asked for."""
    marks.set(about)
    return _call(function, *args, **kwargs)


def _call(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError):
        if _is_healthy():
            raise
        return function(*args, **kwargs)


def _is_healthy() -> bool:
    """Tell whether the thread's connection still works, and let go of it when it does not."""
    if connection.connection is not None and not connection.connection.closed and connection.is_usable():
        return True
    connection.close()
    return False
