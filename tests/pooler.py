"""PgBouncer of a test's own, which gives every transaction whatever session is free."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


@contextmanager
def pgbouncer(work: Path, server: Path, database: str, role: str, sessions: int) -> Iterator[int]:
    """Its port on loopback. `server` is the directory of the socket of the PostgreSQL behind it."""
    assert PGBOUNCER is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = work / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{database} = host={server} user={role}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = transaction\ndefault_pool_size = {sessions}\nmax_client_conn = 200\nlogfile =\npidfile =\n"
    )
    # The directory of the server's socket is closed to others.
    as_whom = ["-u", server.owner()] if os.geteuid() == 0 else []
    process = subprocess.Popen([PGBOUNCER, "-q", *as_whom, str(settings)])
    try:
        end = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(f"host=127.0.0.1 port={port} dbname={database} user={role}").close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
