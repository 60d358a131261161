"""Starting and ending the one process that serves the site."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from memchat import wall
from memchat.monitoring import logs, readiness
from memchat.postgres import embedded, roles
from memchat.postgres.base import DatabaseWrapper
from memchat.web import closing, joining, pacing, sending, static_files

logger = logging.getLogger("memchat.server")

Hook = Callable[[], Awaitable[None]]

at_startup: list[Hook] = []
"""Awaited in order once the event loop runs, before the address is announced."""
at_drain: list[Hook] = []
"""Awaited in order at SIGTERM, for as long as `settings.DRAIN_SECONDS`, before the process is ended."""
at_shutdown: list[Hook] = []
"""Awaited in reverse order when the process is asked to end; sockets are still open then."""

CONNECT_SECONDS = 5
SHUTDOWN_SECONDS = 10.0


class ServerError(Exception):
    """The site cannot be served; the message is one line for the operator, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


# --- Before serving ----------------------------------------------------------------------------------------------


def require_free_port(host: str, port: int) -> None:
    """Find out early that the address cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServerError(
            f"Cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}.",
            "Set MEMCHAT_PORT (or MEMCHAT_HOST) to one that is free, or end the program that uses it.",
        ) from error


def require_database() -> None:
    """Start the embedded database, or reach the one that DATABASE_URL names."""
    if is_embedded():
        _start_embedded_database()
        return
    _require_connection("The database cannot be reached", "DATABASE_URL")
    if connection.settings_dict.get("OWNER"):
        with _as_owner():
            _require_connection("The database cannot be reached as the owner of its tables", "DATABASE_OWNER_URL")


def _require_connection(problem: str, setting: str) -> None:
    try:
        # Outside the pool, which would go on trying for a while before it says why.
        psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}).close()
    except psycopg.Error as error:
        raise ServerError(
            f"{problem}: {first_line(error)}",
            f"Check {setting}, and that the server runs and lets this machine in.",
        ) from error


def _start_embedded_database() -> None:
    try:
        connection.ensure_connection()
    except embedded.SomebodyElses as error:
        raise ServerError(str(error), "docs/deployment.md says how commands are run, under One machine.") from None
    except Exception as error:
        log = Path(settings.DATA_DIR) / "postgres" / "log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        fatal = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
        raise ServerError(
            f"The embedded database does not start: {fatal[-1] if fatal else first_line(error)}",
            f"Its own account of it is at the end of {log}.",
        ) from error


NO_SECOND_WALL = "the site runs as the role that owns its tables, so the database does not keep people's rows apart"
SECOND_WALL_HINT = (
    "Set DATABASE_URL to a role that owns nothing and is no superuser, and DATABASE_OWNER_URL to the owner; "
    "docs/deployment.md says how."
)


def second_wall_problem() -> str:
    """What to tell the operator when the database does not keep people's rows apart; empty when it does."""
    left = wall.open_tables()
    if not left:
        return ""
    if connection.settings_dict.get("OWNER"):
        return f"Row-level security does not hold for {', '.join(left)}."
    return f"There is no second wall: {NO_SECOND_WALL}."


def require_pgvector() -> None:
    """Have the vector extension in the database, making it when the owner of the tables may."""
    with _as_owner(), connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        if (encoding := cursor.fetchone()[0]) != "UTF8":
            raise ServerError(
                f"The database keeps text as {encoding}; people write in every script.",
                "Make one with ENCODING 'UTF8' and TEMPLATE template0.",
            )
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
        if cursor.fetchone():
            return
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except DatabaseError as error:
            raise ServerError(
                f"The database lacks the pgvector extension: {first_line(error)}",
                f"Install pgvector on its server; then let a superuser run, in {connection.settings_dict['NAME']}: "
                "CREATE EXTENSION vector;",
            ) from error


def migrate(say: Callable[[str], None]) -> None:
    """Bring the tables up to date, as the role that owns them. Processes that start together take turns."""
    try:
        with roles.changing_tables(connections["default"]):
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if plan:
                say(f"Preparing the database: {len(plan)} steps …")
                call_command("migrate", verbosity=0, interactive=False)
                say("The database is ready.")
            else:
                roles.let_in(connections["default"])
    except DatabaseError as error:
        raise ServerError(f"The database cannot be brought up to date: {first_line(error)}") from error


@contextmanager
def _as_owner() -> Iterator[None]:
    database: Any = connections["default"]
    with database.as_owner():
        yield


def collect_static(say: Callable[[str], None]) -> None:
    """Gather static files under hashed names, unless nothing changed since the last time."""
    digest_file = Path(settings.DATA_DIR) / "static.digest"
    digest = _static_digest()
    if digest_file.exists() and digest_file.read_text() == digest:
        return
    say("Preparing static files …")
    try:
        digest_file.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        digest_file.write_text(digest)
    except OSError as error:
        raise ServerError(
            f"Static files cannot be prepared: {first_line(error)}",
            f"The account that memchat runs as must be able to write in {settings.DATA_DIR}, and there must be room.",
        ) from error


def _static_digest() -> str:
    """Changes when any static file, or what makes the collected ones, does."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES}".encode())
    for module in (joining, static_files):
        digest.update(Path(str(module.__file__)).read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_embedded() -> bool:
    return bool(connections.settings["default"].get("EMBEDDED"))


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


# --- Serving -----------------------------------------------------------------------------------------------------


def serve(host: str, port: int, announce: Callable[[], None]) -> None:
    """Serve until told to end. Raises ServerError when listening or a start-up hook fails."""
    server_class, reactor, loop = _install_event_loop()
    from daphne.endpoints import build_endpoint_description_strings

    from memchat.web import bodies

    bodies.install()
    closing.install()
    sending.install()
    pacing.install()
    application = import_module(settings.ASGI_APPLICATION.rpartition(".")[0]).application
    server = server_class(
        application=bodies.unhurried(application),
        request_buffer_size=bodies.CHUNK,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        signal_handlers=False,
        server_name="memchat",
        websocket_timeout=-1,
        websocket_connect_timeout=20,
        ping_interval=20,
        ping_timeout=30,
        websocket_max_message_size=1024 * 1024,
        websocket_max_frame_size=1024 * 1024,
        verbosity=0,
    )
    if is_embedded():
        embedded.guard()
    process = _Process(server, loop, announce)
    reactor.callWhenRunning(process.start)
    try:
        server.run()
    finally:
        connections.close_all()
    if process.failure is not None:
        raise process.failure
    if not server.listening_addresses:
        raise ServerError(
            f"Cannot listen on {host} port {port}: it is in use.", "Set MEMCHAT_PORT to one that is free."
        )


def let_go_of_database() -> None:
    """Close the pools and, as the last process that uses it, stop the embedded database."""
    connections.close_all()
    DatabaseWrapper.close_pools()
    embedded.stop()


def _install_event_loop() -> tuple[Any, Any, Any]:
    """Put Twisted's reactor on uvloop, which must happen before daphne is imported."""
    import uvloop
    from twisted.internet import asyncioreactor

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    logs.listen_to_twisted()

    from daphne.server import Server
    from twisted.internet import reactor

    return Server, reactor, loop


class _Process:
    """Runs the hooks, and ends the server when it is asked to.

    SIGTERM waits for the replies under way; SIGINT, or a second signal, saves them as they are; one more waits for
    nothing.
    """

    def __init__(self, server: Any, loop: Any, announce: Callable[[], None]) -> None:
        self.failure: Exception | None = None
        self._server = server
        self._loop = loop
        self._announce = announce
        self._draining: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop.add_signal_handler(signal.SIGINT, self.end)
        self._loop.add_signal_handler(signal.SIGTERM, self.drain)
        self._starting = self._loop.create_task(self._start())

    def drain(self) -> None:
        if self._draining is None and self._ending is None:
            readiness.draining = True
            self._draining = self._loop.create_task(self._drain())
        else:
            self.end()

    def end(self) -> None:
        readiness.draining = True
        if self._ending is None:
            self._ending = self._loop.create_task(self._end())
        else:
            self._server.stop()

    async def _start(self) -> None:
        try:
            for hook in at_startup:
                await hook()
        except Exception as error:
            logger.exception("The site could not start.")
            self.failure = ServerError(f"The site could not start: {first_line(error)}")
            self.end()
        else:
            self._announce()

    async def _drain(self) -> None:
        """Take nothing new to do, and wait for what is under way. New connections are told to go elsewhere."""
        try:
            async with asyncio.timeout(settings.DRAIN_SECONDS):
                for hook in at_drain:
                    await hook()
        except TimeoutError:
            logger.warning("Some replies had no end after %g s.", settings.DRAIN_SECONDS)
        except Exception:
            logger.exception("Waiting for what was under way failed.")
        if self._ending is None:
            self.end()

    async def _end(self) -> None:
        """Take no new connections, let the hooks finish what is under way, then stop."""
        for listener in self._server.listeners:
            listener.addCallback(lambda port: port.stopListening())
        try:
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                for hook in reversed(at_shutdown):
                    try:
                        await hook()
                    except Exception:
                        logger.exception("Ending was not clean.")
        except TimeoutError:
            logger.warning("Ending took longer than %g s and was cut short.", SHUTDOWN_SECONDS)
        closing.forget_half_closed(self._server)
        self._server.stop()
