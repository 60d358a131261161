"""The browser that tests, benchmarks and the scripts that take pictures open: Debian's Chromium."""

from __future__ import annotations

import os
import shutil

# The first is Debian's Chromium as well, without the parts that draw windows, and computes a quarter less.
CHROMIUM = os.environ.get("MEMCHAT_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-smooth-scrolling"]


def chromium() -> str:
    """Where it lies. Raises SystemExit with a hint where there is none."""
    if CHROMIUM is None:
        raise SystemExit("There is no chromium. Install it, or name one in MEMCHAT_CHROMIUM.")
    return CHROMIUM
