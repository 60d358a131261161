"""`make soak`: the load that is promised, for twenty minutes or a day, and what it does to memory and to delays.

python -m tools.soak [--minutes 20] [--streams 100] [--silent 50] [--idle 500] [--keep]

A hundred tabs are answered all the time while fifty never read what is written for them and five hundred do nothing.
The site, its provider and the readers are processes of their own on 127.0.0.1. docs/soak.md is written at the end; it
ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import websockets
from websockets.exceptions import ConnectionClosed

from benchmarks.measures import percentile
from benchmarks.processes import memory_bytes
from benchmarks.streaming import STAMP
from tests.fake_providers import FakeProvidersProcess
from tests.live.person import PASSWORD, Person, Tab
from tests.live.site import ROOT, Site

PAGE = ROOT / "docs" / "soak.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"

REPLY_SECONDS = 20
PIECES_PER_SECOND = 10
"""So few that none waits for the next one to be sent along."""
POURED: dict[str, Any] = {"reply": "x" * 2_000_000, "pieces": 100, "interval": 0.5}
"""What is written for those who never read: more than is kept for them."""
SILENT_SECONDS = 60
"""So long one of them takes nothing of it; then it comes back with another message."""
REST_SECONDS = 20.0
SAMPLE_SECONDS = 10.0
WARM_SHARE = 0.1
"""Of the run, before what memory is compared with is taken."""
MEBI = 1024 * 1024


@dataclass
class Soak:
    """One run: what is asked of it, and what was seen."""

    site: Site
    minutes: float
    delays: list[float] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since the beginning, and resident bytes of the server."""
    ends: Counter[str] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)
    resting: int = 0
    """Resident bytes of the server while nobody but those who do nothing is there."""
    before: list[float] = field(default_factory=list)
    """Delays of the same streams while everybody reads."""

    @property
    def pid(self) -> int:
        assert self.site.process is not None
        return self.site.process.pid


# --- Clients -----------------------------------------------------------------------------------------------------


async def stream(soak: Soak, person: Person, until: float, delays: list[float]) -> None:
    """Ask, read, and ask again, in threads of twenty messages."""
    thread, asked = None, 0
    async with person.tab() as tab:
        while time.monotonic() < until:
            thread = thread if asked % 10 else None
            asked += 1
            said = await tab.say("go", thread)
            if said["type"] != "said":
                soak.ends[said["kind"]] += 1
                await asyncio.sleep(said.get("retry_after", 2))
                continue
            thread = said["thread"]
            soak.ends[await _read(tab, said["reply"]["id"], delays)] += 1
            # All that was sent until now: without that a tab is sent no more pieces at some time.
            await tab.send(do="got", bytes=10**9)
            tab.frames.clear()


async def _read(tab: Tab, reply: str, delays: list[float]) -> str:
    """How a reply ended."""
    while True:
        frame = json.loads(await asyncio.wait_for(tab.socket.recv(), 60))
        if frame["type"] == "piece" and frame["message"] == reply:
            now = time.monotonic_ns()
            delays += [(now - int(stamp)) / 1e9 for stamp in STAMP.findall(frame["text"])]
        elif frame["type"] == "ended" and frame["message"]["id"] == reply:
            return str(frame["message"]["state"])


async def connect(person: Person, *, silent: bool) -> Any:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.jar)
    return await websockets.connect(
        person.site.socket_url,
        additional_headers={"Cookie": cookies},
        origin=websockets.Origin(person.site.url),
        compression=None,
        open_timeout=60,
        max_queue=1 if silent else 16,
        ping_interval=None,
    )


async def be_poured(soak: Soak, person: Person, until: float, *, silent: bool) -> None:
    """Have much written again and again, and read it, or take nothing of it until the server has hung up."""
    while time.monotonic() < until:
        socket = await connect(person, silent=silent)
        visit = min(until, time.monotonic() + SILENT_SECONDS)
        try:
            await socket.send(json.dumps({"do": "say", "id": str(uuid.uuid4()), "thread": None, "text": "pour"}))
            if silent:
                await asyncio.sleep(max(0.0, visit - time.monotonic()))
                soak.closes[await _how_it_ended(socket)] += 1
            else:
                await _take(socket, visit)
        except ConnectionClosed:
            pass
        finally:
            socket.transport.abort()


async def _how_it_ended(socket: Any) -> int:
    """The code that the server hung up with, behind what had been on its way; 0 if it is still there."""
    try:
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    except TimeoutError:
        return 0
    except ConnectionClosed:
        return int(socket.close_code or 1006)


async def _take(socket: Any, until: float) -> None:
    """Read everything as it comes, and say so."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            while True:
                await socket.recv()
                await socket.send(json.dumps({"do": "got", "bytes": 10**9}))


async def idle(person: Person, count: int, until: float) -> None:
    sockets = []
    for _ in range(0, count, 25):
        sockets += await asyncio.gather(*(connect(person, silent=False) for _ in range(min(25, count - len(sockets)))))
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    await asyncio.gather(*(socket.close() for socket in sockets))


async def rest(soak: Soak, person: Person, count: int) -> None:
    sleeping = asyncio.create_task(idle(person, count, time.monotonic() + REST_SECONDS))
    await asyncio.sleep(REST_SECONDS - 2)
    soak.resting = memory_bytes(soak.pid)
    await sleeping


async def sample(soak: Soak, begun: float, until: float) -> None:
    while time.monotonic() < until:
        soak.memory.append((time.monotonic() - begun, memory_bytes(soak.pid)))
        print(f"{soak.memory[-1][0] / 60:6.1f} min {soak.memory[-1][1] / MEBI:7.1f} MiB", file=sys.stderr, flush=True)
        await asyncio.sleep(min(SAMPLE_SECONDS, max(0.1, until - time.monotonic())))


# --- The run -----------------------------------------------------------------------------------------------------


async def run(soak: Soak, streams: int, silent: int, idling: int) -> None:
    made = await asyncio.to_thread(soak.site.make_accounts, streams + silent + 1, PASSWORD)
    people = [Person(soak.site, name).with_session(key) for name, key in made]
    readers, mutes, sleeper = people[:streams], people[streams:-1], people[-1]

    await rest(soak, sleeper, idling)
    warm_up = min(60.0, soak.minutes * 60 * WARM_SHARE)
    phases = ((warm_up, [], False), (2 * warm_up, soak.before, False), (soak.minutes * 60, soak.delays, True))
    for seconds, delays, silent in phases:
        begun = time.monotonic()
        until = begun + seconds
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(idle(sleeper, idling, until))
            for person in mutes:
                tasks.create_task(be_poured(soak, person, until, silent=silent))
            for person in readers:
                tasks.create_task(stream(soak, person, until, delays))
            if silent:
                tasks.create_task(sample(soak, begun, until))


def rows(soak: Soak) -> list[tuple[str, str, str, bool]]:
    """What, wanted, measured, kept."""
    p95, before = percentile(soak.delays, 95), percentile(soak.before, 95)
    warm_at = soak.minutes * 60 * WARM_SHARE
    warm = [size for at, size in soak.memory if at >= warm_at] or [size for _, size in soak.memory]
    tenth = max(1, len(warm) // 10)
    first, last = max(warm[:tenth]), max(warm[-tenth:])
    growth = (last - first) / first * 100
    added = p95 * 1e3
    worse = (p95 / before - 1) * 100 if before else float("nan")
    bad = sum(count for state, count in soak.ends.items() if state != "complete")
    return [
        (
            "Memory of the server with the idle ones alone",
            "≤ 300 MiB",
            f"{soak.resting / MEBI:.0f} MiB",
            soak.resting <= 300 * MEBI,
        ),
        ("Memory of the server, growth after the first tenth", "< 5 %", f"{growth:.1f} %", growth < 5),
        ("… at the end", "", f"{last / MEBI:.0f} MiB", True),
        ("Added delay of a piece, p95", "≤ 100 ms", f"{added:.0f} ms", added <= 100),
        ("… before, while everybody reads", "", f"{before * 1e3:.0f} ms", True),
        ("… against that", "< 10 % worse", f"{worse:+.1f} %", worse < 10),
        ("Replies", "", f"{sum(soak.ends.values()):,}", True),
        ("… that did not end complete", "0", f"{bad}", bad == 0),
    ]


def page(soak: Soak, counts: str) -> str:
    table = ["| What | Wanted | Measured | |", "|---|---:|---:|---|"]
    table += [
        f"| {what} | {want} | {measured} | {'' if kept else 'missed'} |" for what, want, measured, kept in rows(soak)
    ]
    closes = ", ".join(f"{code}: {count}" for code, count in sorted(soak.closes.items())) or "none"
    step = max(1, len(soak.memory) // 20)
    course = ", ".join(f"{at / 60:.0f}: {size / MEBI:.0f}" for at, size in soak.memory[::step])
    return "\n".join(
        [
            f"{counts}, {soak.minutes:g} minutes.",
            "",
            *table,
            "",
            f"How the visits of those who never read ended, by code of the close (0: still open): {closes}. "
            f"Memory in MiB by minute: {course}.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--streams", type=int, default=100, help="tabs that are answered all the time")
    parser.add_argument("--silent", type=int, default=50, help="tabs that never read")
    parser.add_argument("--idle", type=int, default=500, help="tabs that do nothing")
    parser.add_argument("--keep", action="store_true", help="leave docs/soak.md as it is")
    options = parser.parse_args()
    with ExitStack() as stack:
        work = stack.enter_context(tempfile.TemporaryDirectory(prefix="memchat-soak-", ignore_cleanup_errors=True))
        Path(work).chmod(0o755)
        provider = stack.enter_context(FakeProvidersProcess())
        pieces = REPLY_SECONDS * PIECES_PER_SECOND
        provider.script(stamp=True, pieces=pieces, interval=1 / PIECES_PER_SECOND, match="go")
        provider.script(**POURED, match="pour")
        settings = {
            "ANTHROPIC_API_KEY": "key",
            "ANTHROPIC_BASE_URL": provider.url,
            "MEMCHAT_LEARNING": "no",
            **{f"MEMCHAT_{name}": "0" for name in ("MESSAGES_PER_MINUTE", "RUNS_AT_ONCE", "TOKENS_PER_DAY")},
        }
        site = Site(Path(work) / "data", settings)
        stack.callback(site.destroy)
        soak = Soak(site.start(), options.minutes)
        asyncio.run(run(soak, options.streams, options.silent, options.idle))
    counts = f"{options.streams} streaming, {options.silent} that never read, {options.idle} idle"
    results = page(soak, counts)
    print(results)
    if not options.keep:
        _write(results)
    sys.exit(int(not all(kept for *_, kept in rows(soak))))


def _write(results: str) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    cores = len(os.sched_getaffinity(0))
    when = f"Run {datetime.now(UTC):%Y-%m-%d} on {cores} cores, Python {platform.python_version()}.\n"
    PAGE.write_text(f"{before}{BEGIN}\n{when}\n{results}\n{END}{after}")


if __name__ == "__main__":
    main()
