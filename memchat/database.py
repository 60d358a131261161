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
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

_pool: ThreadPoolExecutor | None = None
_lock = threading.Lock()


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` on a database thread and return its result.

    When the connection turns out to be broken the function runs once more on a new one: it must do all its
    writing in one transaction that can be repeated.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads(), partial(_call, function, *args, **kwargs))


def close_threads() -> None:
    """Wait for what is under way and give all connections back. The next call starts afresh."""
    global _pool
    with _lock:
        pool, _pool = _pool, None
    if pool is None:
        return
    # Each thread has to close its own connection: as many tasks as threads, held together until all have begun.
    count = len(pool._threads)
    together = threading.Barrier(count) if count else None

    def close() -> None:
        if together is not None:
            together.wait(5)
        connection.close()

    for future in [pool.submit(close) for _ in range(count)]:
        future.result(10)
    pool.shutdown()


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        with _lock:
            if _pool is None:
                _pool = ThreadPoolExecutor(settings.DATABASE_THREADS, thread_name_prefix="database")
    return _pool


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
