"""What begins and ends with the server process."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

from django.conf import settings

from conversations import calls
from conversations.providers.registry import close_all, configured_providers
from conversations.review import reviewer
from conversations.turns.runner import runner
from memchat.database import close_threads, in_database
from memchat.jobs import worker
from memchat.mcp import door
from memchat.monitoring import telemetry
from memories.embedding.changing import queue, take_over
from memories.embedding.registry import current_embedder, warm_up
from memories.tasks import embed_soon

logger = logging.getLogger(__name__)

_tasks: list[asyncio.Task[None]] = []


async def start() -> None:
    """Begin to look after runs, sockets and jobs; on the server's event loop, once it runs."""
    telemetry.start()
    await runner.start()
    await reviewer.start()
    # In the background: the first page need not wait for what only the first turn needs.
    _tasks.append(asyncio.create_task(in_database(_warm_up), name="warm up"))
    if settings.WORKER == "inside":
        worker.start(also_from=[queue()])
    _tasks.append(asyncio.create_task(in_database(_take_over_embedding), name="take over embedding"))


def _take_over_embedding() -> None:
    """Tell the other processes which embedder holds from now on, and bring over what it has not made."""
    try:
        take_over()
        embed_soon()
    except Exception:
        logger.exception("the embedder could not be taken over; a job does it within a minute of the next start")


def _warm_up() -> None:
    """Load what is loaded once, the SDKs and the embedder's weights, before somebody waits for it."""
    try:
        configured_providers()
        if current_embedder().is_local:
            warm_up()
    except Exception:
        logger.exception("warming up failed; the first turn will tell why")
    # What is loaded now stays. Without this every full collection walks all of it, 50 ms at a time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # A database thread that computes may keep the event loop waiting for this long: 5 ms unless told otherwise.
    sys.setswitchinterval(0.001)


async def drain() -> None:
    """Begin nothing any more, send away who waits for nothing here, and wait for the replies that are being written."""
    await worker.stop()
    reviewer.send_away(but_readers=True)
    await runner.drain()
    await calls.drain()


async def stop() -> None:
    """End runs as interrupted, with what they have saved, and let go of providers and connections."""
    await door.stop()
    for task in _tasks:
        task.cancel()
    _tasks.clear()
    await worker.stop()
    await runner.stop()
    await reviewer.stop()
    await close_all()
    close_threads()
    await asyncio.to_thread(telemetry.stop)
