"""The cache that several processes share, and what happens while it is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger("memchat.shared_cache")

SECONDS_UNTIL_RETRY = 5.0


class SharedCache(RedisCache):
    """Redis, or this process's own memory for as long as Redis cannot be reached.

    Signing in counts its attempts here: without Redis people still sign in, and each process counts for itself.
    """

    _away_until = 0.0
    """Shared by all threads: each has its own instance."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("while Redis is away", {k: v for k, v in params.items() if k != "OPTIONS"})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try("get", key, default, version=version)

    def set(self, key: Any, value: Any, timeout: Any = ..., version: int | None = None) -> None:
        self._try("set", key, value, **self._timeout(timeout), version=version)

    def add(self, key: Any, value: Any, timeout: Any = ..., version: int | None = None) -> bool:
        return bool(self._try("add", key, value, **self._timeout(timeout), version=version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._try("delete", key, version=version))

    @staticmethod
    def _timeout(timeout: Any) -> dict[str, Any]:
        return {} if timeout is ... else {"timeout": timeout}

    def _try(self, name: str, *args: Any, **kwargs: Any) -> Any:
        own: Callable[..., Any] = getattr(self._own, name)
        if time.monotonic() < self._away_until:
            return own(*args, **kwargs)
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            SharedCache._away_until = time.monotonic() + SECONDS_UNTIL_RETRY
            logger.warning("Redis cannot be reached (%s); attempts are counted per process.", type(error).__name__)
            return own(*args, **kwargs)
