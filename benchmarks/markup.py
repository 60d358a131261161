"""What it costs to format replies while they are written, and how many bytes that sends.

    python -m benchmarks.markup [--quick] [--json FILE]

A typical reply of 1,500 tokens comes in pieces of four tokens, each of which is rendered and told at once. CPU is that
of the thread that renders, the final rendering of the whole text included; bytes are those of all frames of markup. The
worst texts of that length are streamed in the same way. At last long replies are streamed side by side through an event
loop, which says how long it was held up in one go (its own CPU; a thread that renders takes turns with it every 5 ms)
and how late it came (also because of others on the machine).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.measures import median, percentile

TOKENS, PIECE_TOKENS, CHARS_PER_TOKEN = 1_500, 4, 4
LENGTH = TOKENS * CHARS_PER_TOKEN
STEP = PIECE_TOKENS * CHARS_PER_TOKEN

PART = """## Why the cache grows

The **cache keeps every answer** that it has ever given, so it grows with each *different* question. Nothing leaves it
as long as `max_entries` is not set; see [the manual](https://example.org/cache#limits) for what that means.

1. Set `max_entries` to what fits into memory.
2. Choose **how old** an answer may become:
   - a minute, where questions repeat at once
   - a day, where they do not
3. Measure again, and look at the share of hits.

```python
class Cache:
    def __init__(self, max_entries: int = 1_000) -> None:
        self.entries: dict[str, str] = {}
        self.max_entries = max_entries

    def get(self, key: str) -> str | None:
        return self.entries.get(key)
```

| Setting | Default | What it does |
|---------|--------:|--------------|
| `max_entries` | 1,000 | the oldest goes when one more comes |
| `max_age` | none | how long an answer counts, in seconds |

> What is not measured is not known: a cache with few hits only costs.

That is the whole change. It needs no migration, and **old entries stay** until they are asked for or are too old.

"""
TYPICAL = (PART * 6)[:LENGTH]

WORST = {
    "one paragraph": "All of this is one long sentence with **bold** words, " * 200,
    "quotes": "> a\n" * 2_000,
    "stars": "**a* " * 2_000,
    "ticks": "`a" * 4_000,
    "brackets": "[" * LENGTH,
    "links that begin": "[a](b " * 1_200,
    "angle brackets": "<a" * 4_000,
    "dollars": "$a" * 4_000,
    "formulas": "$\\frac{a}{b}$ " * 500,
    "a table": "|a|b|\n|-|-|\n" + "|1|2|\n" * 1_200,
    "a list": "- an item\n" * 700,
    "code in a list": "- a\n  ```python\n" + "  x = {'a': [1, 2]}\n" * 400,
    "code": "```python\n" + "x = {'a': [1, 2]}\n" * 400,
    "definitions": "".join(f"[r{number}]: https://example.org/{number}\n" for number in range(250)),
}


def cpu_ms(text: str) -> float:
    """CPU of one reply, streamed and rendered at its end."""
    from conversations.markup.streaming import StreamedMarkup
    from conversations.rendering import blocks

    begun = time.thread_time()
    markup = StreamedMarkup()
    for start in range(0, len(text), STEP):
        markup.feed(text[start : start + STEP])
    blocks(text)
    return (time.thread_time() - begun) * 1e3


class _Counting:
    """A listener that counts what a tab would be sent, and how late the loop was."""

    def __init__(self) -> None:
        self.bytes = self.frames = 0

    def deliver(self, frame: dict[str, Any], encoded: str) -> None:
        self.frames += 1
        self.bytes += len(encoded.encode())


async def stream(text: str, interval: float = 0.0) -> _Counting:
    """Stream a text through the real frames to one listener."""
    from conversations.rendering import blocks
    from conversations.turns.claims import Claim
    from conversations.turns.formatting import Formatting, topic_of
    from conversations.turns.hub import hub

    claim = Claim(1, 1, "bench", uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), 1)
    listener = _Counting()
    hub.join(topic_of(claim), listener)
    formatting = Formatting(claim)
    for start in range(0, len(text), STEP):
        formatting.feed(text[start : start + STEP])
        await asyncio.sleep(interval)
    await formatting.finish(await asyncio.to_thread(blocks, text))
    hub.leave(topic_of(claim), listener)
    return listener


async def held_up_ms(texts: list[str]) -> tuple[float, float]:
    """The longest that the event loop was held up while these were streamed side by side, and p99 of its lateness."""
    worst = 0.0
    late: list[float] = []
    ended = asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not ended.is_set():
            before, begun = time.thread_time(), time.perf_counter()
            await asyncio.sleep(0)
            worst = max(worst, time.thread_time() - before)
            late.append(time.perf_counter() - begun)
            await asyncio.sleep(0.001)

    watcher = asyncio.create_task(watch())
    await asyncio.gather(*(stream(text, 0.002) for text in texts))
    ended.set()
    await watcher
    return worst * 1e3, percentile(late, 99) * 1e3


def run(quick: bool) -> dict[str, Any]:
    from conversations.rendering import render

    rounds = 3 if quick else 9
    cpu_ms(TYPICAL)  # everything that happens once
    typical = median([cpu_ms(TYPICAL) for _ in range(rounds)])
    worst = {name: median([cpu_ms(text[:LENGTH]) for _ in range(1 if quick else 3)]) for name, text in WORST.items()}
    sent = asyncio.run(stream(TYPICAL, 0.001))
    rendered = len(render(TYPICAL).encode())
    long = [
        "All of this is one sentence, and **it goes on**. " * 400,
        "> a\n" * 5_000,
        "|a|b|\n|-|-|\n" + "|1|2|\n" * 3_000,
        WORST["code"],
    ]
    held_up, late = asyncio.run(held_up_ms(long[: 2 if quick else 4]))
    return {
        "typical cpu ms": round(typical, 1),
        "worst cpu ms": {name: round(value, 1) for name, value in worst.items()},
        "rendered bytes": rendered,
        "sent bytes": sent.bytes,
        "sent over rendered": round(sent.bytes / rendered, 2),
        "frames": sent.frames,
        "loop held up ms": round(held_up, 1),
        "loop late p99 ms": round(late, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see that it runs")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
    import django

    django.setup()
    results = run(options.quick)
    print(json.dumps(results, indent=2))
    if options.json:
        options.json.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
