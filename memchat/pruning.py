"""What has had its time: removed every hour by jobs, and by `manage.py prune`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from conversations import temporary
from conversations.attachments import storing
from conversations.imports import job as imports
from conversations.learning import heard
from memchat.users.models import AccessLogEntry
from memories import writing

BATCH = 1_000

_ENDED_JOBS = """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT id FROM procrastinate_jobs job
        WHERE status IN ('failed', 'cancelled', 'aborted', 'succeeded')
          AND NOT EXISTS (
              SELECT FROM procrastinate_events WHERE job_id = job.id AND at > now() - %s * interval '1 day')
        LIMIT %s
    )
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that is removed in time. `remove` removes some of it; how many, and 0 when none is left."""

    name: str
    remove: Callable[[], int]
    has_own_job: bool = False


def _remove_sessions() -> int:
    over = Session.objects.filter(expire_date__lt=timezone.now()).values_list("pk", flat=True)[:BATCH]
    return Session.objects.filter(pk__in=list(over)).delete()[0]


def _remove_ended_sign_ins() -> int:
    """What the list of sessions says of those that are gone."""
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    over = UserSession.objects.filter(~Exists(session)).values_list("pk", flat=True)[:BATCH]
    return UserSession.objects.filter(pk__in=list(over)).delete()[0]


def _remove_ended_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ENDED_JOBS, [settings.KEEP_JOBS_DAYS, BATCH])
        return int(cursor.rowcount)


def _remove_access_log() -> int:
    if not settings.KEEP_ACCESS_LOG_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.KEEP_ACCESS_LOG_DAYS)
    over = AccessLogEntry.objects.filter(at__lt=before).values_list("pk", flat=True)[:BATCH]
    return AccessLogEntry.objects.filter(pk__in=list(over)).delete()[0]


def _remove_forgotten() -> int:
    before = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    return writing.remove_forgotten(before) + writing.remove_old_versions(before)


KINDS = (
    Kind("expired sessions", _remove_sessions),
    Kind("sign-ins whose session has ended", _remove_ended_sign_ins),
    Kind("ended jobs", _remove_ended_jobs),
    Kind("entries of the access log", _remove_access_log),
    Kind("what programs said that could not be learned from", heard.remove_given_up),
    Kind("forgotten memories and unanswered proposals", _remove_forgotten, has_own_job=True),
    Kind("temporary threads", lambda: len(temporary.remove_expired()), has_own_job=True),
    Kind("old imports", imports.remove_old, has_own_job=True),
    Kind("attachments that were never sent", storing.remove_unsent, has_own_job=True),
)


def count(kind: Kind) -> int:
    """How much would be removed now: found out by removing it, and taking that back."""
    with transaction.atomic():
        total = remove(kind)
        transaction.set_rollback(True)
    return total


def remove(kind: Kind) -> int:
    """Remove all that has had its time; how much that was."""
    total = 0
    while removed := kind.remove():
        total += removed
    return total


def remove_what_has_no_job() -> None:
    """Remove everything that no other job removes."""
    for kind in KINDS:
        if not kind.has_own_job:
            remove(kind)
