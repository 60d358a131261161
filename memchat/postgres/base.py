"""Django's PostgreSQL backend, which starts the embedded server when it is needed first.

With DATABASE_URL set this is Django's own backend. Without it the settings carry EMBEDDED (the directory of
the embedded server) and the first connection of a process starts it, whichever command that process
runs, so that importing the settings costs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from memchat.postgres import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        directory = self.settings_dict.get("EMBEDDED")
        if directory:
            self.settings_dict.update(embedded.ensure_running(Path(directory)))
        return super().get_connection_params()

    @classmethod
    def close_pools(cls) -> None:
        """Close what connections are kept open, without opening a pool only to close it."""
        pools: dict[str, Any] = cls._connection_pools  # type: ignore[attr-defined]
        while pools:
            _, pool = pools.popitem()
            pool.close()
