"""What begins and ends with the server process."""

from __future__ import annotations

import asyncio
import gc
import logging

from conversations.providers.registry import close_all, configured_providers
from conversations.review import reviewer
from conversations.turns.runner import runner
from memchat.database import close_threads, in_database
from memories.embedding.registry import current_embedder

logger = logging.getLogger(__name__)


_warming: asyncio.Task[None] | None = None


async def start() -> None:
    """Begin to look after runs and sockets; on the server's event loop, once it runs."""
    global _warming
    await runner.start()
    await reviewer.start()
    # In the background: the first page need not wait for what only the first turn needs.
    _warming = asyncio.create_task(in_database(_warm_up), name="warm up")


def _warm_up() -> None:
    """Load what is loaded once, the SDKs and the embedder's weights, before somebody waits for it."""
    try:
        configured_providers()
        embedder = current_embedder()
        if embedder.is_local:
            embedder.embed(["warm"])
    except Exception:
        logger.exception("warming up failed; the first turn will tell why")
    # What is loaded now stays. Without this every full collection walks all of it, 50 ms at a time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def stop() -> None:
    """End runs as interrupted, with what they have saved, and let go of providers and connections."""
    await reviewer.stop()
    await runner.stop()
    await close_all()
    close_threads()
