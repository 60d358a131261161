"""The environment all tests run in. A plugin that pytest loads first of all: pytest-django reads the settings early."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# Nothing of the developer's own site or keys gets into a test.
os.environ["MEMCHAT_ENV_FILE"] = os.devnull
os.environ["MEMCHAT_DATA_DIR"] = os.environ.get("MEMCHAT_TEST_DATA_DIR") or str(
    Path(__file__).resolve().parent.parent / ".test-data"
)
# The processes of a test run know each other by it.
TEST_RUN = os.environ.setdefault("MEMCHAT_TEST_RUN", str(os.getpid()))
_OURS = {
    "MEMCHAT_ENV_FILE",
    "MEMCHAT_DATA_DIR",
    "MEMCHAT_TEST_DATA_DIR",
    "MEMCHAT_TEST_RUN",
    "MEMCHAT_REQUIRE_BROWSER",
    "MEMCHAT_CHROMIUM",
}
for _name in list(os.environ):
    if _name.startswith(("ANTHROPIC_", "OPENAI_", "COMPATIBLE_", "DJANGO_SUPERUSER_", "REDIS_URL")) or (
        _name.startswith("MEMCHAT_") and _name not in _OURS
    ):
        del os.environ[_name]

PREPARED = Path(tempfile.gettempdir()) / f"memchat-prepared-{TEST_RUN}"
"""Where `tests.live.prepared` keeps what sites begin from: the database may not enter pytest's directories."""

# A hundred sites and commands are started: compiling all of memchat each time is a fifth of what a start costs.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = str(PREPARED / "bytecode")


def pytest_unconfigure() -> None:
    if str(os.getpid()) == TEST_RUN:
        shutil.rmtree(PREPARED, ignore_errors=True)
