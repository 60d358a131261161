"""What begins and ends with the server process."""

from __future__ import annotations

from conversations.providers.registry import close_all
from conversations.review import reviewer
from conversations.turns.runner import runner
from memchat.database import close_threads


async def start() -> None:
    """Begin to look after runs and sockets; on the server's event loop, once it runs."""
    await runner.start()
    await reviewer.start()


async def stop() -> None:
    """End runs as interrupted, with what they have saved, and let go of providers and connections."""
    await reviewer.stop()
    await runner.stop()
    await close_all()
    close_threads()
