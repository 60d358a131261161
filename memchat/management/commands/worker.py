"""`manage.py worker`: carry out background jobs in a process of its own (MEMCHAT_WORKER=separate)."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from conversations.providers.registry import close_all
from conversations.turns.hub import hub
from memchat import server
from memchat.allocating import give_memory_back
from memchat.database import close_threads
from memchat.jobs import worker
from memchat.monitoring import logs, telemetry
from memchat.postgres import embedded
from memories.embedding.changing import queue


class Command(BaseCommand):
    help = "Carry out background jobs until told to end. Any number of these may run beside the server processes."

    def handle(self, *args: Any, **options: Any) -> None:
        give_memory_back()
        logs.catch_strays()
        try:
            asyncio.run(self._work())
        finally:
            server.let_go_of_database()

    async def _work(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        telemetry.start()
        if server.is_embedded():
            embedded.guard()
        hub.start()
        worker.start(also_from=[queue()])
        self.stdout.write("The worker is ready (Ctrl-C ends it).")
        self.stdout.flush()
        await ended.wait()
        await worker.stop()
        await hub.stop()
        await close_all()
        close_threads()
        telemetry.stop()
        self.stdout.write("The worker has ended.")
