"""Database work of asynchronous code: on a few threads, which leave connections to everybody else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from memchat.database import close_threads, in_database, in_database_at_once


@pytest.fixture(autouse=True)
def fresh_threads() -> Iterator[None]:
    close_threads()
    yield
    close_threads()


def work() -> int:
    time.sleep(0.02)
    return threading.get_ident()


@pytest.mark.parametrize("pool", [4, 8, 24])
async def test_what_each_thread_keeps_leaves_a_part_of_the_pool_to_pages(settings: Settings, pool: int) -> None:
    settings.DATABASE_POOL_SIZE = pool
    asked = [in_database(work) for _ in range(60)] + [in_database_at_once(work) for _ in range(20)]
    threads = set(await asyncio.gather(*asked))
    assert 2 <= len(threads) <= pool * 3 // 4
