"""`make faults`: cause every fault for as long and as often as is promised, and write docs/faults.md.

python -m tools.faults [--turns 1000] [--seed N] [--minutes 180] [--only kills|tests] [--keep]

It uses 127.0.0.1 and temporary directories alone, and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.fake_providers import FakeProvidersProcess
from tests.live.site import ROOT, Site
from tools.faults.kills import Killer, Report
from tools.faults.promises import PROMISES, Promise

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=1_000, help="how many turns are killed, ten at most at a time")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the moments of the kills")
    parser.add_argument("--minutes", type=float, default=180.0, help="after which no further server is killed")
    parser.add_argument("--only", choices=("kills", "tests"), help="leave out the other half")
    parser.add_argument("--keep", action="store_true", help="leave docs/faults.md as it is")
    options = parser.parse_args()
    report = None if options.only == "tests" else kill(options.turns, options.seed, options.minutes)
    outcomes = {} if options.only == "kills" else run_tests()
    rows = [(promise, outcome_of(promise, outcomes)) for promise in PROMISES] if outcomes else []
    results = "\n".join([*_kills_part(report, options.seed, options.turns), *_tests_part(rows)])
    print(results)
    if not (options.keep or options.only):
        _write(results)
    sys.exit(int(bool(report and report.broken) or any("failed" in outcome for _, outcome in rows)))


def kill(turns: int, seed: int, minutes: float) -> Report:
    print(f"killing {turns} turns, seed {seed}", flush=True)
    with ExitStack() as stack:
        work = stack.enter_context(tempfile.TemporaryDirectory(prefix="memchat-faults-", ignore_cleanup_errors=True))
        Path(work).chmod(0o755)
        provider = stack.enter_context(FakeProvidersProcess())
        settings = {
            "ANTHROPIC_API_KEY": "key",
            "ANTHROPIC_BASE_URL": provider.url,
            "MEMCHAT_LEARNING": "no",
            "MEMCHAT_MESSAGES_PER_MINUTE": "0",
        }
        site = Site(Path(work) / "data", settings)
        stack.callback(site.destroy)
        site.start()
        killer = Killer(site, provider, seed)
        asyncio.run(killer.kill_turns(turns, time.time() + minutes * 60))
        return killer.report


Outcomes = dict[tuple[str, str], list[str]]
"""By file and name of a test: "passed", "failed" or "skipped: why", for each of its cases."""


def run_tests() -> Outcomes:
    files = sorted({promise.file for promise in PROMISES})
    with tempfile.TemporaryDirectory(prefix="memchat-faults-") as work:
        found = Path(work) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--timeout=900", f"--junitxml={found}", *files]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "FAULTS_LONG": "1"}, check=False)
        return read_outcomes(found)


def read_outcomes(found: Path) -> Outcomes:
    outcomes: Outcomes = defaultdict(list)
    for case in ElementTree.parse(found).iter("testcase"):
        file = case.get("classname", "").replace(".", "/") + ".py"
        name = case.get("name", "").partition("[")[0]
        skipped = case.find("skipped")
        if skipped is not None:
            outcome = f"skipped: {skipped.get('message', '')}"
        else:
            outcome = "passed" if case.find("failure") is None and case.find("error") is None else "failed"
        outcomes[file, name].append(outcome)
    return outcomes


def outcome_of(promise: Promise, outcomes: Outcomes) -> str:
    seen = []
    for test in promise.tests:
        seen += outcomes.get((promise.file, test), ["failed: did not run"])
    bad = [outcome for outcome in seen if outcome != "passed"]
    cases = f" ({len(seen)} cases)" if len(seen) > 1 else ""
    return f"kept{cases}" if not bad else bad[0]


def _kills_part(report: Report | None, seed: int, wanted: int) -> list[str]:
    if report is None:
        return []
    phases = ", ".join(f"{count} {phase}" for phase, count in sorted(report.phases.items()))
    return [
        "| Killed servers | Wanted | Found |",
        "|---|---:|---:|",
        f"| Turns under way when their server was killed | {wanted:,} | {report.turns:,} in {report.kills:,} kills |",
        f"| Promises broken (a message lost or doubled, a reply without an end …) | 0 | {len(report.broken)} |",
        f"| Most of a reply that was lost, bytes | 1,024 or 1 s | {report.most_bytes_lost:,} |",
        f"| … seconds for which it had been seen | 1 s or 1,024 | {report.most_seconds_lost:.2f} |",
        f"| Interrupted replies marked, seconds after the kill | 15 | {report.marked_after:.1f} |",
        f"| … of which it took to start again | | {report.ready_after:.1f} |",
        "",
        f"Seed {seed}; at the kill the messages were: {phases}.",
        "",
        *(f"- {broken}" for broken in report.broken[:50]),
        "",
    ]


def _tests_part(rows: list[tuple[Promise, str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {promise.fault} | {promise.promise} | {outcome} |" for promise, outcome in rows]
    return ["| Fault | Promise | |", "|---|---|---|", *lines, ""]


def _write(results: str) -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    cores = len(os.sched_getaffinity(0))
    when = f"Run {datetime.now(UTC):%Y-%m-%d} on {cores} cores, Python {platform.python_version()}.\n"
    PAGE.write_text(f"{before}{BEGIN}\n{when}\n{results}\n{END}{after}")


if __name__ == "__main__":
    main()
