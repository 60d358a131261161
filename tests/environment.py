"""The environment all tests run in. A plugin that pytest loads first of all: pytest-django reads the settings early."""

from __future__ import annotations

import os
from pathlib import Path

# Nothing of the developer's own site or keys gets into a test.
os.environ["MEMCHAT_ENV_FILE"] = "/nonexistent"
os.environ["MEMCHAT_DATA_DIR"] = os.environ.get("MEMCHAT_TEST_DATA_DIR") or str(
    Path(__file__).resolve().parent.parent / ".test-data"
)
_OURS = {"MEMCHAT_ENV_FILE", "MEMCHAT_DATA_DIR", "MEMCHAT_TEST_DATA_DIR", "MEMCHAT_REQUIRE_BROWSER", "MEMCHAT_CHROMIUM"}
for _name in list(os.environ):
    if _name.startswith(("ANTHROPIC_", "OPENAI_", "COMPATIBLE_", "DJANGO_SUPERUSER_", "REDIS_URL")) or (
        _name.startswith("MEMCHAT_") and _name not in _OURS
    ):
        del os.environ[_name]
