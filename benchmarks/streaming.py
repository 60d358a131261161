"""How much the site adds to a stream: time to the first piece, delay under load, CPU, tabs, resume, stop.

Server and yardsticks each run alone on one core, in turns; the fake provider and the readers share the others.
Pieces carry the moment the provider wrote them (`time.monotonic_ns`), so that delay is measured piece by piece.

    python -m benchmarks.streaming [--quick] [--only SECTION] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anthropic
import websockets

from benchmarks.measures import median, percentile
from benchmarks.processes import OTHER_CORES, SERVER_CORE, Yardstick, cpu_seconds, memory_bytes, pin
from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person, Tab
from tests.live.site import ROOT, Site

STAMP = re.compile(r"@(\d+)@ ")
PIECES_PER_SECOND = 50
FLUSH_SECONDS = 0.06
SPREAD_SECONDS = 5.0
SECTIONS = ("first piece", "cpu", "capacity", "resume", "stop", "idle")


@dataclass
class Stream:
    """What one reader saw of one reply. Delays and gaps in seconds."""

    delays: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    pieces: int = 0
    first_after: float = 0.0
    last_at: float = 0.0

    def saw(self, text: str) -> None:
        now = time.monotonic_ns()
        stamps = STAMP.findall(text)
        if not stamps:
            return
        self.pieces += len(stamps)
        self.delays += [(now - int(stamp)) / 1e9 for stamp in stamps]
        if self.last_at:
            self.gaps.append(now / 1e9 - self.last_at)
        self.last_at = now / 1e9


@dataclass
class Bench:
    """The site, the relay and the provider of one run."""

    site: Site
    person: Person
    relay: Yardstick
    provider: FakeProvidersProcess
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def site_pid(self) -> int:
        assert self.site.process is not None
        return self.site.process.pid


# --- Readers -----------------------------------------------------------------------------------------------------


class Reader:
    """One stream to be read: `open` connects, `read` asks and reads to the end, `close` disconnects."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stream = Stream()

    async def open(self) -> None:
        raise NotImplementedError

    async def read(self) -> Stream:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class SiteReader(Reader):
    """A tab that asks in a thread of its own, and `others` more tabs that look on."""

    others = 0

    async def open(self) -> None:
        self.tabs = [await self.bench.person.tab().__aenter__() for _ in range(1 + self.others)]
        said, _, _ = await self.tabs[0].reply_to('fake:{"reply": "Ready.", "pieces": 1}')
        self.thread = str(said["thread"])
        for other in self.tabs[1:]:
            await other.send(do="open", thread=self.thread)
            await other.until("opened")

    async def read(self) -> Stream:
        begun = time.perf_counter()
        await self.tabs[0].send(do="say", id=str(uuid.uuid4()), thread=self.thread, text="go")
        watching = [asyncio.create_task(self._read(tab, Stream(), begun)) for tab in self.tabs[1:]]
        await self._read(self.tabs[0], self.stream, begun)
        for watcher in watching:
            await watcher
        return self.stream

    async def _read(self, tab: Tab, stream: Stream, begun: float) -> None:
        received = 0
        while True:
            raw = await tab.socket.recv()
            received += len(raw)
            if received > 65_536:
                await tab.send(do="got", bytes=10**9)
                received = 0
            frame = json.loads(raw)
            if frame["type"] == "piece":
                stream.first_after = stream.first_after or time.perf_counter() - begun
                stream.saw(frame["text"])
            elif frame["type"] == "ended":
                return
            elif frame["type"] == "error":
                raise RuntimeError(frame["kind"])

    async def close(self) -> None:
        for tab in self.tabs:
            await tab.__aexit__(None, None, None)


class WatchedSiteReader(SiteReader):
    others = 1


class RelayReader(Reader):
    """The same reply through the bare relay."""

    async def open(self) -> None:
        self.socket = await websockets.connect(self.bench.relay.address, compression=None, max_size=2**22)

    async def read(self) -> Stream:
        begun = time.perf_counter()
        await self.socket.send("go")
        while True:
            chunk = str(await self.socket.recv())
            if "text_delta" in chunk:
                self.stream.first_after = self.stream.first_after or time.perf_counter() - begun
                self.stream.saw(chunk)
            if "message_stop" in chunk:
                return self.stream

    async def close(self) -> None:
        await self.socket.close()


async def read_sdk(client: anthropic.AsyncAnthropic, text: str = "go") -> float:
    """Seconds to the first piece with the vendor's SDK called directly."""
    begun = time.perf_counter()
    first = 0.0
    async with await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=8192, stream=True, messages=[{"role": "user", "content": text}]
    ) as events:
        async for event in events:
            if event.type == "content_block_delta" and not first:
                first = time.perf_counter() - begun
    return first


async def at_once(
    kind: type[Reader], bench: Bench, count: int, pid: int, spread: float = SPREAD_SECONDS
) -> tuple[list[Stream], float]:
    """Many streams that begin spread over five seconds, and the CPU seconds a process spent on them.

    Connecting comes before, in its own time.
    """
    readers = [kind(bench) for _ in range(count)]
    for start in range(0, count, 10):
        await asyncio.gather(*(reader.open() for reader in readers[start : start + 10]))
    await asyncio.sleep(0.5)
    before = cpu_seconds(pid)

    async def later(index: int) -> Stream:
        await asyncio.sleep(index * spread / count)
        return await readers[index].read()

    streams = list(await asyncio.gather(*(later(index) for index in range(count))))
    used = cpu_seconds(pid) - before
    await asyncio.gather(*(reader.close() for reader in readers))
    return streams, used


# --- Sections ----------------------------------------------------------------------------------------------------


async def first_piece(bench: Bench, turns: int, rounds: int) -> None:
    """Milliseconds the site adds to the first piece over the SDK called directly, with 1,000 memories."""
    bench.provider.reset()
    bench.provider.script(reply="Hello there, how are you?", pieces=5, interval=0.002)
    client = anthropic.AsyncAnthropic(api_key="key", base_url=bench.provider.url, max_retries=0)
    p50s, p95s, sdk50s = [], [], []
    for _ in range(rounds):
        direct, through = [], []
        async with bench.person.tab() as tab:
            await tab.until("hello")
            for number in range(turns):
                direct.append(await read_sdk(client))
                begun = time.perf_counter()
                await tab.send(
                    do="say", id=str(uuid.uuid4()), thread=None, text=f"What did I say about subject {number}?"
                )
                seen = 0.0
                while True:
                    frame = json.loads(await tab.socket.recv())
                    if frame["type"] == "piece" and not seen:
                        seen = time.perf_counter() - begun
                    if frame["type"] == "ended":
                        break
                await tab.send(do="got", bytes=10**9)
                through.append(seen)
                await asyncio.sleep(0.02)
        p50s.append((median(through) - median(direct)) * 1e3)
        p95s.append((percentile(through, 95) - percentile(direct, 95)) * 1e3)
        sdk50s.append(median(direct) * 1e3)
    await client.close()
    bench.results["first piece"] = {
        "sdk p50 ms": round(median(sdk50s), 2),
        "added p50 ms": round(median(p50s), 2),
        "added p95 ms": round(median(p95s), 2),
    }


async def delays(bench: Bench, count: int, seconds: float, through: str) -> tuple[float, float, list[Stream]]:
    """p95 delay and p95 gap in ms of `count` streams at 50 pieces a second."""
    bench.provider.reset()
    bench.provider.script(stamp=True, pieces=int(seconds * PIECES_PER_SECOND), interval=1 / PIECES_PER_SECOND)
    kind, pid = (SiteReader, bench.site_pid) if through == "site" else (RelayReader, bench.relay.pid)
    streams, _ = await at_once(kind, bench, count, pid)
    all_delays = [delay for stream in streams for delay in stream.delays]
    all_gaps = [gap for stream in streams for gap in stream.gaps]
    return percentile(all_delays, 95) * 1e3, percentile(all_gaps, 95) * 1e3, streams


async def capacity(bench: Bench, seconds: float, steps: list[int], rounds: int) -> None:
    """How many streams keep p95 delay and p95 gap within 100 ms, through the site and through the relay."""
    best: dict[str, list[int]] = {"site": [], "relay": []}
    shown: dict[str, dict[int, tuple[float, float]]] = {"site": {}, "relay": {}}
    for _ in range(rounds):
        for through in ("site", "relay"):
            reached = 0
            for count in steps:
                delay, gap, _ = await delays(bench, count, seconds, through)
                shown[through][count] = (round(delay, 1), round(gap, 1))
                if delay > 100 or gap > 100:
                    break
                reached = count
            best[through].append(reached)
    site, relay = int(median(best["site"])), int(median(best["relay"]))
    half, _, _ = await delays(bench, max(1, site // 2), seconds, "site")
    bench.results["capacity"] = {
        "site streams": site,
        "relay streams": relay,
        "ratio": round(site / relay, 2) if relay else None,
        "p95 delay at half capacity ms": round(half, 1),
        "seen (p95 delay, p95 gap) ms": shown,
    }


async def cpu(bench: Bench, seconds: float, rounds: int, count: int = 30) -> None:
    """CPU per 1,000 pieces at 30 streams, and what a second tab adds."""
    figures: dict[str, list[float]] = {"site": [], "relay": [], "two tabs": []}
    bench.provider.reset()
    bench.provider.script(stamp=True, pieces=int(seconds * PIECES_PER_SECOND), interval=1 / PIECES_PER_SECOND)
    kinds: dict[str, tuple[type[Reader], int]] = {
        "site": (SiteReader, bench.site_pid),
        "relay": (RelayReader, bench.relay.pid),
        "two tabs": (WatchedSiteReader, bench.site_pid),
    }
    for _ in range(rounds):
        for name, (kind, pid) in kinds.items():
            streams, used = await at_once(kind, bench, count, pid)
            figures[name].append(used * 1e6 / sum(stream.pieces for stream in streams))
    site, relay, two = (median(figures[name]) for name in ("site", "relay", "two tabs"))
    bench.results["cpu"] = {
        "site ms per 1,000 pieces": round(site, 1),
        "relay ms per 1,000 pieces": round(relay, 1),
        "ratio": round(site / relay, 2),
        "second tab over first": round((two - site) / site, 2),
    }


async def resume(bench: Bench, pieces: int = 4_000) -> None:
    """A reply of 4,000 pieces asked for again from its start, while it is still written and after it ended."""
    bench.provider.reset()
    bench.provider.script(stamp=True, pieces=pieces, interval=0.0005)
    figures = {}
    async with bench.person.tab() as tab:
        said = await tab.say("go")
        reply = said["reply"]["id"]
        for name in ("live", "ended"):
            if name == "live":
                await asyncio.sleep(1.5)
            else:
                await tab.until("ended", timeout=120)
            async with bench.person.tab() as other:
                await other.until("hello")
                begun = time.perf_counter()
                await other.send(do="resume", ref="r", message=reply, offset=0)
                await other.until("piece")
                first = time.perf_counter() - begun
                if name == "ended":
                    await other.until("ended")
                whole = time.perf_counter() - begun
                figures[name] = {"first frame ms": round(first * 1e3, 1), "all ms": round(whole * 1e3, 1)}
                text = other.streamed(reply)
        exact = text == tab.streamed(reply) and len(STAMP.findall(text)) == pieces
    bench.results["resume"] = {**figures, "exact": exact, "pieces": pieces}


async def stop(bench: Bench) -> None:
    """Seconds from Stop until the provider sees its request closed."""
    bench.provider.reset()
    bench.provider.script(reply="word " * 5_000, interval=0.05)
    times = []
    for _ in range(5):
        async with bench.person.tab() as tab:
            said = await tab.say("go")
            await tab.until("piece")
            begun = time.perf_counter()
            await tab.send(do="stop", message=said["reply"]["id"])
            while (await asyncio.to_thread(bench.provider.report))["open_streams"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            times.append(time.perf_counter() - begun)
            await tab.until("ended")
    bench.results["stop"] = {"upstream closed after ms, worst of 5": round(max(times) * 1e3, 1)}


async def idle(bench: Bench, count: int) -> None:
    """Memory of an idle connection, against one of a bare `websockets` server."""
    site = await _idle_bytes(bench.site_pid, count, bench.site.socket_url, _tab_headers(bench))
    with Yardstick("idle") as bare:
        plain = await _idle_bytes(bare.pid, count, bare.address, {})
    bench.results["idle"] = {
        "connections": count,
        "site bytes each": round(site),
        "websockets bytes each": round(plain),
        "ratio": round(site / plain, 2),
    }


def _tab_headers(bench: Bench) -> dict[str, str]:
    return {
        "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in bench.person.jar),
        "Origin": bench.site.url,
    }


async def _idle_bytes(pid: int, count: int, url: str, headers: dict[str, str]) -> float:
    headers = dict(headers)
    origin = headers.pop("Origin", None)

    async def connect() -> Any:
        return await websockets.connect(
            url,
            additional_headers=headers,
            origin=origin,
            compression=None,
            open_timeout=60,
            ping_interval=None,  # type: ignore[arg-type]
        )

    # A few first, so that what is loaded once is not counted.
    warm = [await connect() for _ in range(50)]
    await asyncio.sleep(1)
    before = memory_bytes(pid)
    sockets: list[Any] = []
    for start in range(0, count, 50):
        sockets += await asyncio.gather(*(connect() for _ in range(min(50, count - start))))
    await asyncio.sleep(2)
    used = (memory_bytes(pid) - before) / count
    for start in range(0, len(sockets), 200):
        await asyncio.gather(*(socket.close() for socket in sockets[start : start + 200]))
    for socket in warm:
        await socket.close()
    return used


# --- Setting up --------------------------------------------------------------------------------------------------


def run(work: Path, quick: bool, only: list[str] | None = None) -> dict[str, Any]:
    """All sections; `work` is an empty directory for the site's data."""
    with ExitStack() as stack:
        provider = stack.enter_context(FakeProvidersProcess())
        pin(provider.pid, OTHER_CORES)
        relay = stack.enter_context(Yardstick("relay", provider.url))
        site = Site(
            work / "data",
            {
                "ANTHROPIC_API_KEY": "key",
                "ANTHROPIC_BASE_URL": provider.url,
                "MEMCHAT_FLUSH": str(FLUSH_SECONDS),
                # A question of its own to the provider after each reply; the yardsticks ask nothing like it.
                "MEMCHAT_LEARNING": "no",
                # One person does the work of many here. The messages are counted, as anybody's are.
                "MEMCHAT_MESSAGES_PER_MINUTE": "100000",
                "MEMCHAT_RUNS_AT_ONCE": "no",
            },
            # What tests begin from has another database configuration.
            first_start=True,
        )
        stack.callback(site.destroy)
        begun = time.perf_counter()
        site.start()
        first_start = time.perf_counter() - begun
        site.stop()
        begun = time.perf_counter()
        site.start()
        second_start = time.perf_counter() - begun
        person = Person(site, "alice").sign_up()
        _give_memories(site, "alice", 1_000)
        bench = Bench(site, person, relay, provider)
        bench.results["start"] = {"first s": round(first_start, 2), "second s": round(second_start, 2)}
        pin(bench.site_pid, {SERVER_CORE})
        _keep_here()
        asyncio.run(_sections(bench, quick, only))
        return bench.results


async def _sections(bench: Bench, quick: bool, only: list[str] | None) -> None:
    rounds = 1 if quick else 3
    steps = [40, 80, 120] if quick else [80, 120, 160, 240, 320, 480, 640]
    seconds = 6 if quick else 10
    sections: dict[str, Callable[[], Awaitable[None]]] = {
        "first piece": lambda: first_piece(bench, 30 if quick else 100, rounds),
        "cpu": lambda: cpu(bench, seconds, rounds),
        "capacity": lambda: capacity(bench, seconds, steps, rounds),
        "resume": lambda: resume(bench),
        "stop": lambda: stop(bench),
        "idle": lambda: idle(bench, 500 if quick else 5_000),
    }
    await first_piece(bench, 10, 1)  # everything that happens once
    for name in only or SECTIONS:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        await sections[name]()


def _keep_here() -> None:
    """The readers leave the server's core alone."""
    import os

    os.sched_setaffinity(0, OTHER_CORES)


def _give_memories(site: Site, username: str, count: int) -> None:
    """Store memories through the site's own code."""
    code = f"""
from memchat import wall
from memchat.users.models import User
from memories.models import Origin
wall.outside = wall.EVERYONE
from memories.writing import remember
user = User.objects.get(username={username!r})
for number in range({count}):
    text = f"I told you about subject {{number}} and that it is number {{number * 7 % 1000}} on my list"
    remember(user.pk, text, origin=Origin.WRITTEN)
"""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=site.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short round of each: to see that it runs")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="run only this section")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memchat-bench-", ignore_cleanup_errors=True) as work:
        Path(work).chmod(0o755)
        results = run(Path(work), options.quick, options.only)
    print(json.dumps(results, indent=2))
    if options.json:
        options.json.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
