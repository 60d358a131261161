"""The admin's overview of memory: embedder, jobs, learning, and what each person's data takes.

Every figure is counted up to a limit or for the people on the page only, and kept for a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from psycopg.errors import QueryCanceled

from memchat.jobs import DEAD_AFTER_SECONDS
from memchat.users.models import User
from memories.embedding import state
from memories.embedding.registry import current_embedder

PEOPLE = 50
KEPT_SECONDS = 10
ADDED_UP_SECONDS = 5
JOBS_COUNTED = 100_000
FAILED_COUNTED = 10_000

_JOBS = """
SELECT task_name, status::text, count(*), min(scheduled_at)
FROM (SELECT task_name, status, scheduled_at FROM procrastinate_jobs LIMIT %s) AS counted
GROUP BY task_name, status ORDER BY task_name, status
"""
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 second'"
_LEARNING = """
SELECT (SELECT count(*) FROM (
            SELECT FROM conversations_learning WHERE state = 'waiting' LIMIT %(most)s) AS counted),
       (SELECT count(*) FROM (
            SELECT FROM conversations_learning WHERE state = 'failed' LIMIT %(most)s) AS counted)
"""
_MOST_MEMORIES = "SELECT user_id FROM memories_memory GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT %s"
# pg_column_size of a column does not read what lies outside the row, which vectors do.
_MEMORIES = """
SELECT user_id, count(*), count(*) FILTER (WHERE ended_at IS NULL),
       sum(pg_column_size(value) + pg_column_size(text) + pg_column_size(terms)
           + coalesce(pg_column_size(embedding), 0))
FROM memories_memory WHERE user_id = ANY(%s) GROUP BY user_id
"""
_MESSAGES = """
SELECT user_id, count(*), sum(pg_column_size(text) + pg_column_size(html))
FROM conversations_message WHERE user_id = ANY(%s) GROUP BY user_id
"""
_THREADS = "SELECT user_id, count(*) FROM conversations_thread WHERE user_id = ANY(%s) GROUP BY user_id"


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much of one person is stored; sizes in bytes, without indexes."""

    user: User
    memories: int
    current: int
    memory_bytes: int
    threads: int
    messages: int
    message_bytes: int


@require_GET
def overview(request: HttpRequest, **_context: Any) -> HttpResponse:
    """The page; for staff who may see memories."""
    if not request.user.has_perm("memories.view_memory"):
        raise PermissionDenied
    query = User.normalize_username(request.GET.get("q", "").replace("\x00", "").strip())[:150]
    figures = cache.get("admin_overview")
    if figures is None:
        figures = _figures()
        cache.set("admin_overview", figures, KEPT_SECONDS)
    people, in_time = _people(query, figures["most"])
    context = {
        **admin.site.each_context(request),
        **figures,
        "title": _("Memory overview"),
        "people": people,
        "in_time": in_time,
        "query": query,
        "most_people": PEOPLE,
        "counted_at_most": state.COUNTED_AT_MOST,
    }
    return TemplateResponse(request, "admin/overview.html", context)


def _figures() -> dict[str, Any]:
    embedders = state.embedder_counts()
    embedder = state.in_use()
    most = _in_time(_MOST_MEMORIES, [PEOPLE])
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [JOBS_COUNTED])
        jobs = cursor.fetchall()
        cursor.execute(_WORKERS, [DEAD_AFTER_SECONDS])
        (workers,) = cursor.fetchone()
        cursor.execute(_LEARNING, {"most": FAILED_COUNTED})
        waiting, failed = cursor.fetchone()
    return {
        "embedder": embedder,
        "ours": current_embedder().name,
        "embedders": embedders,
        "left": sum(one.count for one in embedders if not one.is_current),
        "jobs": jobs,
        "workers": workers,
        "learning_waiting": waiting,
        "learning_failed": failed,
        "most": None if most is None else [user_id for (user_id,) in most],
        "at": timezone.now(),
    }


def _people(query: str, most: list[int] | None) -> tuple[list[Holdings], bool]:
    """What the people on the page have stored, and whether it could be added up in time."""
    if query:
        users = list(User.objects.filter(username__icontains=query).order_by("username")[:PEOPLE])
    elif most is None:
        return [], False
    else:
        found = User.objects.in_bulk(most)
        users = [found[pk] for pk in most if pk in found]
    ids = [user.pk for user in users]
    rows = [_in_time(statement, [ids]) for statement in (_MEMORIES, _MESSAGES, _THREADS)]
    if any(found is None for found in rows):
        return [], False
    memories, messages, threads = ({row[0]: row[1:] for row in found or ()} for found in rows)
    return [
        Holdings(user, *memories.get(user.pk, (0, 0, 0)), *threads.get(user.pk, (0,)), *messages.get(user.pk, (0, 0)))
        for user in users
    ], True


def _in_time(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]] | None:
    """The rows of a statement; None when adding them up takes too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [ADDED_UP_SECONDS * 1000])
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
