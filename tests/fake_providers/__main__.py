"""Run the fake until it is terminated: `python -m tests.fake_providers --port 8765`. Prints its address first."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from tests.fake_providers.server import FakeProviders


async def serve(port: int, interval: float) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with FakeProviders(port, interval) as fake:
        print(fake.url, flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_providers", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--interval", type=float, default=0.01, help="seconds between pieces by default")
    options = parser.parse_args()
    run = asyncio.run
    with contextlib.suppress(ImportError):  # cheaper pacing where uvloop is installed
        from uvloop import run
    run(serve(options.port, options.interval))


if __name__ == "__main__":
    main()
