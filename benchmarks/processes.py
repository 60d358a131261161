"""Processes of a benchmark: where they run, what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
OTHER_CORES = set(CORES[1:]) or set(CORES)


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process with all its threads on some cores."""
    process = psutil.Process(pid)
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)


def cpu_seconds(pid: int) -> float:
    """User and system time a process has used so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_bytes(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


class Yardstick:
    """`python -m benchmarks.yardsticks.<name>` on the server's core; `address` is the line it prints."""

    def __init__(self, name: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", f"benchmarks.yardsticks.{name}", *arguments]
        self._process: subprocess.Popen[str]
        self.address = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        pin(self.pid, {SERVER_CORE})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
