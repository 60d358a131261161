"""What begins and ends with the server process."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

from django.db import DatabaseError, InterfaceError

from conversations.providers.registry import close_all, configured_providers
from conversations.review import reviewer
from conversations.turns.runner import runner
from memchat.database import close_threads, in_database
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder, warm_up
from memories.writing import embed_missing

logger = logging.getLogger(__name__)

EMBED_SECONDS = 60.0
"""How often memories are looked for that have no vector yet: their embedder was out of reach, or is a new one."""

_tasks: list[asyncio.Task[None]] = []


async def start() -> None:
    """Begin to look after runs, sockets and vectors; on the server's event loop, once it runs."""
    await runner.start()
    await reviewer.start()
    # In the background: the first page need not wait for what only the first turn needs.
    _tasks.append(asyncio.create_task(in_database(_warm_up), name="warm up"))
    _tasks.append(asyncio.create_task(_embed_for_ever(), name="embed what has no vector"))


async def _embed_for_ever() -> None:
    while True:
        await asyncio.sleep(EMBED_SECONDS)
        try:
            while await in_database(embed_missing):
                pass
        except (EmbedderError, DatabaseError, InterfaceError) as error:
            logger.warning("memories cannot be embedded right now: %s", type(error).__name__)
        except Exception:
            logger.exception("embedding memories failed")


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


async def stop() -> None:
    """End runs as interrupted, with what they have saved, and let go of providers and connections."""
    for task in _tasks:
        task.cancel()
    _tasks.clear()
    await reviewer.stop()
    await runner.stop()
    await close_all()
    close_threads()
