"""`make bench`: run every benchmark, compare with what memchat promises, and write docs/benchmarks.md.

    python -m benchmarks [--quick] [--keep] [--figures DIRECTORY]

What has been measured is kept in a directory until the page is written. With --figures it is a given one: what is
there already is not measured again, so that a run which was cut short goes on, and one benchmark is measured anew by
removing its file.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import CORES, ROOT
from tests.live.browser.chromium import chromium

RUNS = ("streaming", "database", "recall", "store", "recall_quality", "markup", "page")
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
Row = tuple[str, str, str, bool]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short rounds, to see that everything runs")
    parser.add_argument("--keep", action="store_true", help="leave docs/benchmarks.md as it is")
    parser.add_argument("--figures", type=Path, help="keep the figures there, and take those that are there")
    options = parser.parse_args()
    chromium()  # the last of them needs it: better to hear of it before all others have run
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as directory:
        figures = options.figures or Path(directory)
        figures.mkdir(parents=True, exist_ok=True)
        results = {name: _run(name, options.quick, figures) for name in RUNS}
    table = _table(list(_rows(results)))
    print(table)
    if not options.keep and not options.quick:
        _write(table, results)


def _run(name: str, quick: bool, figures: Path) -> Any:
    file = figures.resolve() / f"{name}.json"
    if not file.exists():
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(file), *(["--quick"] if quick else [])]
        subprocess.run(command, cwd=ROOT, check=True)
    return json.loads(file.read_text())


def _rows(results: dict[str, Any]) -> Iterator[Row]:
    """Each promise: what, the figure wanted, the figure measured, and whether it was kept."""
    streaming, database, recall = results["streaming"], results["database"], results["recall"]

    def row(what: str, bound: float, measured: float, unit: str = "", at_least: bool = False) -> Row:
        sign = "≥" if at_least else "≤"
        kept = measured >= bound if at_least else measured <= bound
        return what, f"{sign} {bound:g}{unit}", f"{measured:g}{unit}", kept

    first, capacity, cpu = streaming["first piece"], streaming["capacity"], streaming["cpu"]
    yield row("First piece, added over the SDK, p50", 8, first["added p50 ms"], " ms")
    yield row("First piece, added over the SDK, p95", 16, first["added p95 ms"], " ms")
    yield row("Streams with p95 delay and gap ≤ 100 ms", 80, capacity["site streams"], at_least=True)
    if capacity["ratio"] is not None:
        yield row("… against the bare relay", 0.35, capacity["ratio"], " ×", at_least=True)
    yield row("p95 delay at half capacity", 80, capacity["p95 delay at half capacity ms"], " ms")
    yield row("CPU per 1,000 pieces, against the relay", 2.5, cpu["ratio"], " ×")
    yield row("A second tab, against the first", 0.35, cpu["second tab over first"], " ×")
    yield row("Idle connection, against bare websockets", 2, streaming["idle"]["ratio"], " ×")
    for name, figures in streaming["resume"].items():
        if isinstance(figures, dict):
            yield row(f"Resume ({name}), first frame", 20, figures["first frame ms"], " ms")
            yield row(f"Resume ({name}), 4,000 pieces", 300, figures["all ms"], " ms")
    yield "Resume is exact", "yes", "yes" if streaming["resume"]["exact"] else "no", streaming["resume"]["exact"]
    yield row("Upstream closed after Stop", 1000, streaming["stop"]["upstream closed after ms, worst of 5"], " ms")
    yield row("Started again, to the first page", 5, streaming["start"]["second s"], " s")
    yield row("Turn loads a second, 100 coroutines", 250, database["turn loads a second"], at_least=True)
    yield row("100 queries of 10 ms at once, p95", 150, database["100 queries of 10 ms at once, p95 ms"], " ms")
    yield row("… errors in either", 0, database["errors"])
    for figures in recall:
        size, dimensions = figures["memories_of_person"], figures["dimensions"]

        yield row(f"Recall among {size:,} × {dimensions}, against a bare scan", 2, figures["ratio_p50"], " ×")
        if size == 1_000:
            yield row(f"Recall among {size:,} × {dimensions}, p50", 10, figures["recall_p50_ms"], " ms")
    yield from _store_rows(results["store"])
    yield from _quality_rows(results["recall_quality"])
    markup = results["markup"]
    yield row("Formatting a reply of 1,500 tokens while it streams, CPU", 150, markup["typical cpu ms"], " ms")
    yield row("… the worst text of that length", 150, max(markup["worst cpu ms"].values()), " ms")
    yield row("Bytes on the socket, against the rendered reply", 4, markup["sent over rendered"], " ×")
    yield row("Event loop held up while long replies are formatted", 20, markup["loop held up ms"], " ms")
    page = results["page"]
    yield row("Page of 100 messages, requests", 8, page["requests"])
    yield row("Page of 100 messages, transferred", 100, page["kB transferred"], " kB")
    yield row("Page of 100 messages, first paint", 500, page["first paint ms"], " ms")
    yield row("Thread of 2,000 messages, newest in view", 1_000, page["2,000 messages: newest in view ms"], " ms")
    yield row("Longest task while a reply streams", 50, page["longest task while streaming ms"], " ms")
    yield row("Layout shift, opening and streaming", 0, page["layout shift"])


def _store_rows(measured: list[dict[str, Any]]) -> Iterator[Row]:
    """DjangoStore, beside PostgresStore and an exact scan."""
    for figures in measured:
        dimensions = figures["dimensions"]
        for one in figures["searches"]:
            size = f"{one['items of the person']:,} × {dimensions}"
            found, rows = one["django recall"], one["django rows"]
            text = f"{found:g}, {rows:g} rows (PostgresStore {one['postgres recall']:g}, {one['postgres rows']:g} rows)"
            yield f"Store, true ten found among {size}", "1, 10 rows", text, (found, rows) == (1, 10)
            if one["items of the person"] == 100:
                ratio = one["over postgres"]
                yield f"Store, search among {size}, against PostgresStore", "≤ 0.6 ×", f"{ratio:g} ×", ratio <= 0.6
            if one["items of the person"] == 10_000 and dimensions == 1_536:
                took, ratio = one["django p50 ms"], one["over text scan"]
                text = f"{took:g} ms ({ratio:g} × a scan by text)"
                yield f"Store, exact search among {size}, p50", "≤ 40 ms", text, took <= 40
        ratio = figures["put"]["over postgres"]
        yield f"Store, put × {dimensions}, against PostgresStore", "≤ 0.5 ×", f"{ratio:g} ×", ratio <= 0.5
        ratio = figures["batch of 100"]["over postgres"]
        yield f"Store, batch of 100 × {dimensions}, against PostgresStore", "≤ 0.5 ×", f"{ratio:g} ×", ratio <= 0.5


def _quality_rows(quality: dict[str, Any]) -> Iterator[Row]:
    """What recall finds for the people of tests/recall_quality, beside each of its parts alone."""
    ways = quality["all"]
    for measure in ("recall@5", "recall@10", "MRR"):
        ours, others = ways["ours"][measure], [ways["vectors"][measure], ways["words"][measure]]
        text = f"{ours:g} (vectors {others[0]:g}, words {others[1]:g})"
        yield f"{measure} over 6 people", "more than either", text, ours > max(others)
    newer = ways["ours"]["newer first"]
    yield "Outdated facts that do not come first", "≥ 0.95", f"{newer:g}", newer >= 0.95


def _table(rows: list[Row]) -> str:
    lines = ["| What | Wanted | Measured | |", "|---|---:|---:|---|"]
    lines += [
        f"| {what} | {wanted} | {measured} | {'' if kept else 'missed'} |" for what, wanted, measured, kept in rows
    ]
    return "\n".join(lines) + "\n"


def _write(table: str, results: dict[str, Any]) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    machine = f"Measured {datetime.now(UTC):%Y-%m-%d} on {len(CORES)} cores, Python {platform.python_version()}.\n"
    raw = "```json\n" + json.dumps(results, indent=1) + "\n```\n"
    details = f"<details><summary>All figures</summary>\n\n{raw}\n</details>\n"
    PAGE.write_text(f"{before}{BEGIN}\n{machine}\n{table}\n{details}\n{END}{after}")


if __name__ == "__main__":
    main()
