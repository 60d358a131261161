"""The whole site in one thread and one transaction: pages, sockets, replies and jobs, each driven until nothing moves.

So that a sequence of steps can be taken back by a rollback, and every step is over before the next begins.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.client import ClientHandler
from procrastinate.contrib.django import app as jobs

from conversations.providers import registry
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat import database
from memchat.asgi import application
from memchat.mcp import door as mcp_door
from tests.fake_providers import FakeProviders

ORIGIN = settings.ALLOWED_ORIGINS[0].encode()
QUIET_SECONDS = 20
Frame = dict[str, Any]


class Here(Executor):
    """Does what it is given at once, where it is: with the connection of the test."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        # Django keeps the connections of a thread apart from those of the loop that runs in it.
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        finally:
            asyncio._set_running_loop(loop)
        return future


class Tab:
    """An open socket: what the application has sent to it, and a way to send something back."""

    def __init__(self, site: Site, cookie: str) -> None:
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.frames: list[str] = []
        self.closed: int | None = None
        self.site = site
        headers = [(b"host", b"testserver"), (b"origin", ORIGIN), (b"cookie", f"sessionid={cookie}".encode())]
        scope = {"type": "websocket", "path": "/ws/", "query_string": b"", "headers": headers, "subprotocols": []}
        self._events.put_nowait({"type": "websocket.connect"})
        self._task = site.loop.create_task(application(scope, self._events.get, self._sent))

    async def _sent(self, event: dict[str, Any]) -> None:
        if event["type"] == "websocket.send":
            self.frames.append(event["text"])
        elif event["type"] == "websocket.close":
            self.closed = event.get("code", 1000)
            self._events.put_nowait({"type": "websocket.disconnect", "code": self.closed})

    def send(self, frame: str | bytes) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        self._events.put_nowait({"type": "websocket.receive", kind: frame})

    def taken(self) -> list[str]:
        """The frames since the last time."""
        found, self.frames = self.frames, []
        return found

    def close(self) -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1001})
        self.site.run(asyncio.wait([self._task], timeout=2))


class Site:
    """Starts with `with`; then everything of memchat happens in the calling thread."""

    def __enter__(self) -> Site:
        self.loop = asyncio.new_event_loop()
        database.close_threads()
        database._pools.update({False: Here(), True: Here()})  # type: ignore[dict-item]
        self.provider = FakeProviders(interval=0)
        self.run(self.provider.start())
        self._providers = settings.PROVIDERS
        settings.PROVIDERS = {
            "openai": {
                "kind": "openai",
                "label": "OpenAI",
                "api_key": "key",
                "base_url": self.provider.openai_url,
                "models": ["fake"],
                "context_tokens": 8_000,
                "reply_tokens": 500,
            }
        }
        registry.forget()
        registry.configured_providers()["offline"]._delay = 0  # type: ignore[attr-defined]
        self.run(self._bind())
        self._run_view = ClientHandler.make_view_atomic
        ClientHandler.make_view_atomic = lambda _handler, view: self._here(view)  # type: ignore[method-assign]
        return self

    def _here(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Have a view that is a coroutine run in this thread too; Django would begin another one for it."""
        if not iscoroutinefunction(view):
            return view
        return lambda *args, **kwargs: self.run(view(*args, **kwargs))

    async def _bind(self) -> None:
        hub.start()

    def __exit__(self, *args: object) -> None:
        ClientHandler.make_view_atomic = self._run_view  # type: ignore[method-assign]
        self.run(mcp_door.stop())
        self.run(hub.stop())
        self.run(registry.close_all())
        self.run(self.provider.stop())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        settings.PROVIDERS = self._providers
        registry.forget()
        database._pools.clear()

    def ask(self, path: str, body: str, headers: dict[str, str]) -> HttpResponse:
        """Send a request to the whole application, not only to what Django serves."""
        given = {"Host": "testserver", "Content-Type": "application/json", "Accept": "application/json", **headers}
        lines = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": lines}
        events = deque([{"type": "http.request", "body": body.encode(), "more_body": False}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return events.popleft() if events else await asyncio.get_running_loop().create_future()

        async def send(event: dict[str, Any]) -> None:
            sent.append(event)

        self.run(application(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in sent[0].get("headers", ())}
        return HttpResponse(b"".join(one["body"] for one in sent[1:]), status=sent[0]["status"], headers=told)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    # --- Until nothing moves ------------------------------------------------------------------------------------

    def settle(self, tabs: list[Tab]) -> None:
        """Do what waits for a commit, and let sockets and runs go on until all of them wait."""
        self._commit()
        self.run(self._until_quiet(tabs))
        self._commit()
        self.run(asyncio.sleep(0))

    def sweep(self, tabs: list[Tab]) -> bool:
        """Begin the runs that wait for any process, as every process does every few seconds; whether any does."""
        if not _waiting_runs():
            return False
        self.run(runner.sweep())
        self.settle(tabs)
        return True

    def _commit(self) -> None:
        while connection.run_on_commit:
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _savepoints, function, _robust in waiting:
                function()

    async def _until_quiet(self, tabs: list[Tab]) -> None:
        # A few rounds of the loop for what only passes frames on, and the end of every run that is under way.
        async with asyncio.timeout(QUIET_SECONDS):
            for _round in range(12):
                await asyncio.sleep(0)
                while runner._tasks:
                    await asyncio.wait(list(runner._tasks.values()))

    # --- Jobs ---------------------------------------------------------------------------------------------------

    def waiting_jobs(self) -> deque[tuple[int, str, dict[str, Any]]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
            return deque(
                (pk, name, json.loads(args) if isinstance(args, str) else args) for pk, name, args in cursor.fetchall()
            )

    def carry_out(self, job: tuple[int, str, dict[str, Any]]) -> None:
        """Do one job as the worker does."""
        pk, name, args = job
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [pk])
        task = jobs.tasks[name]
        given = [_Context()] if task.pass_context else []
        with transaction.atomic():
            done = task.func(*given, **args)
            if asyncio.iscoroutine(done):
                self.run(done)


class _Context:
    class job:  # noqa: N801  as procrastinate calls it
        attempts = 0


def _waiting_runs() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM conversations_run WHERE owner = '')")
        return bool(cursor.fetchone()[0])
