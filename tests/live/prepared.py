"""A data directory that has served before, made once for all processes of a test run, for sites to begin from.

Making the database's files, its tables and the static files takes seconds, which only tests of a first start need.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.environment import PREPARED

# What is each site's own.
_OWN = ("secret_key", "first_staff_token")


def make(start_and_stop: Callable[[Path], None]) -> Path:
    """The data directory; the first process that asks makes it, others wait."""
    PREPARED.mkdir(mode=0o755, exist_ok=True)
    data, done = PREPARED / "data", PREPARED / "done"
    with (PREPARED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            start_and_stop(data)
            for name in _OWN:
                (data / name).unlink(missing_ok=True)
            # Processes are killed in tests, machines are not.
            with (data / "postgres" / "postgresql.auto.conf").open("a") as configuration:
                configuration.write("fsync = off\n")
            done.touch()
    return data


def copy(source: Path, target: Path, *, database: bool) -> None:
    """Begin a data directory from it, with or without a database of its own."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if database or entry.name != "postgres":
            # With owner and times: the database insists on its own account, and a digest looks at the times.
            subprocess.run(["cp", "-a", str(entry), str(target)], check=True)
    shutil.copystat(source, target)
