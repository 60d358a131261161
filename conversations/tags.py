"""The tags that people give their threads."""

from __future__ import annotations

from django.db import connection

MOST_TAGS = 100

_TAGS = """
    SELECT name, listed FROM (
        SELECT name, bool_or(NOT archived) AS listed FROM conversations_thread, unnest(tags) AS name
        WHERE user_id = %s AND NOT temporary GROUP BY name
    ) AS given
    ORDER BY lower(name), name LIMIT %s
"""


def tags_of(user_id: int) -> dict[str, bool]:
    """The tags that a person has given, in the order of the alphabet, and for each whether it is on a listed thread."""
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, [user_id, MOST_TAGS])
        return dict(cursor.fetchall())
