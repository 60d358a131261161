"""The fake as a process of its own, for browser tests and benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).resolve().parents[2]


class FakeProvidersProcess:
    """Starts `python -m tests.fake_providers` and steers it over its control endpoint."""

    url: str

    def __init__(self, port: int = 0, interval: float = 0.01) -> None:
        self._command = [sys.executable, "-m", "tests.fake_providers", f"--port={port}", f"--interval={interval}"]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the fake providers did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def script(self, **scenario: Any) -> None:
        """Answer from now on, or the next `times` requests, as the scenario says."""
        self._call("/control", scenario)

    def reset(self) -> None:
        """Forget scenarios and requests."""
        self._call("/control", {})

    def report(self) -> dict[str, Any]:
        """`requests`, `open_streams` and `closed_early` so far."""
        return self._call("/requests")

    def _call(self, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.url + path, data=body, headers={"content-type": "application/json"})
        # Straight to the loopback: a proxy in the environment has no business here.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
