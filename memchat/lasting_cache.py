"""The site's cache: in the database, so that what it counts holds for all processes and over restarts.

Django's own, except that it never throws out what still counts (a flood of attempts would make it forget the earlier
ones), does not count its rows at each write, and adds a key for exactly one of those who try at once.
"""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router

_STORE = """
    INSERT INTO {table} AS held (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires {only_if}
    RETURNING cache_key
"""
_TOUCH = "UPDATE {table} SET expires = %(expires)s WHERE cache_key = %(key)s AND expires >= %(now)s RETURNING cache_key"
_SWEEP = """
    DELETE FROM {table} WHERE cache_key IN (
        SELECT cache_key FROM {table} WHERE expires < %(now)s ORDER BY expires LIMIT 20 FOR UPDATE SKIP LOCKED
    )
"""
_ONLY_IF_GONE = "WHERE held.expires < %(now)s"


class LastingCache(DatabaseCache):
    _table: str

    def _base_set(self, mode: str, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        until = self.get_backend_timeout(timeout)
        now = datetime.now(UTC)
        at = {
            "key": key,
            "expires": datetime.max.replace(tzinfo=UTC) if until is None else datetime.fromtimestamp(until, UTC),
            "now": now,
        }
        if mode != "touch":
            at["value"] = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)
        sql = _TOUCH if mode == "touch" else _STORE
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=table, only_if=_ONLY_IF_GONE if mode == "add" else ""), at)
            stored = cursor.fetchone() is not None
            if mode == "set":
                # Each write takes away a few of those that are over: more than it adds.
                cursor.execute(_SWEEP.format(table=table), at)
        return stored
