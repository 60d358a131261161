"""`make bench`: measure, print, and with --write put the figures into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks import streaming


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each: to see that it runs")
    parser.add_argument("--only", choices=streaming.SECTIONS, action="append", help="run only this section")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as work:
        results = streaming.run(Path(work), options.quick, options.only)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
