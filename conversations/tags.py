"""The tags that people give their threads."""

from __future__ import annotations

from django.db import connection

MOST_TAGS = 100

_TAGS = """
    SELECT name FROM (
        SELECT DISTINCT name FROM conversations_thread, unnest(tags) AS name WHERE user_id = %s AND NOT temporary
    ) AS given
    ORDER BY lower(name), name LIMIT %s
"""


def tags_of(user_id: int) -> list[str]:
    """The tags that a person has given, in the order of the alphabet."""
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, [user_id, MOST_TAGS])
        return [name for (name,) in cursor.fetchall()]
