"""What has had its time is counted by `manage.py prune`, removed with --yes and by the hourly job. The rest stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Attachment, AttachmentKind, Heard, Thread
from memchat import tasks, wall
from memchat.jobs import app, enqueue
from memchat.users.models import AccessKind, AccessLogEntry, User
from memories import writing
from memories.models import Memory, Origin


def prune(*arguments: str) -> dict[str, int]:
    out = StringIO()
    call_command("prune", *arguments, stdout=out)
    *rows, _last = out.getvalue().splitlines()
    return {name: int(number.replace(",", "")) for number, name in (row.strip().split(" ", 1) for row in rows)}


async def at_once(function: Callable[[], None]) -> None:
    function()


@pytest.mark.django_db
def test_what_a_job_may_still_learn_from_stays(alice: User) -> None:
    row = Heard.objects.create(user=alice, text="I drink tea", created_at=timezone.now() - timedelta(days=400))
    enqueue("conversations.learn_heard", heard=row.pk, user=alice.pk)
    assert prune("--yes")["what programs said that could not be learned from"] == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert prune("--yes")["what programs said that could not be learned from"] == 1


def live(alice: User, long_ago: timedelta) -> None:
    """One of everything that is old enough to go, and one that is not."""
    now = timezone.now()
    for age in (long_ago, timedelta()):
        key = f"key-{age.days}"
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=1) - age)
        UserSession.objects.create(user=alice, session_key=key, ip="127.0.0.1", user_agent="", created_at=now)
        AccessLogEntry.objects.create(user=alice, staff_name="bob", kind=AccessKind.READ, what="x", at=now - age)
        Thread.objects.create(user=alice, temporary=True, memory_mode="off", expires_at=now + timedelta(hours=1) - age)
        file = Attachment.objects.create(
            user=alice, name="x.txt", kind=AttachmentKind.TEXT, media_type="text/plain", size=1, data=b"x"
        )
        Attachment.objects.filter(pk=file.pk).update(created_at=now - age)
        memory = writing.remember(alice, f"I once lived on Mars for {age.days} days", origin=Origin.SAID).memory
        assert memory is not None
        writing.forget(memory)
        Memory.objects.filter(pk=memory.pk).update(ended_at=now - age)
        enqueue("memchat.erase_account", user=age.days)
        Heard.objects.create(user=alice, text="I drink tea", created_at=now - age)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'memchat.erase_account'")
        cursor.execute(
            "UPDATE procrastinate_events SET at = at - %s FROM procrastinate_jobs job"
            " WHERE job.id = job_id AND args->>'user' = %s",
            [long_ago, str(long_ago.days)],
        )


@pytest.mark.django_db
def test_everything_that_has_had_its_time_is_counted_then_removed_and_the_rest_stays(
    alice: User, settings: Settings
) -> None:
    settings.KEEP_ACCESS_LOG_DAYS = 365
    live(alice, timedelta(days=400))
    expected = {
        "expired sessions": 1,
        # That of the session that goes is only there to be removed after it.
        "sign-ins whose session has ended": 0,
        "ended jobs": 1,
        "entries of the access log": 1,
        "what programs said that could not be learned from": 1,
        "forgotten memories and unanswered proposals": 1,
        "temporary threads": 1,
        "old imports": 0,
        "attachments that were never sent": 1,
    }
    assert prune() == expected
    assert prune() == expected, "counting removes nothing"
    assert prune("--yes") == {**expected, "sign-ins whose session has ended": 1}
    assert set(prune().values()) == {0}
    for kept in (Session, UserSession, AccessLogEntry, Thread, Attachment, Memory, Heard):
        assert kept.objects.count() == 1, kept


@pytest.mark.django_db
def test_the_access_log_is_kept_for_ever_unless_a_setting_says_otherwise(alice: User) -> None:
    AccessLogEntry.objects.create(
        user=alice, staff_name="bob", kind=AccessKind.READ, what="x", at=timezone.now() - timedelta(days=4_000)
    )
    assert prune("--yes")["entries of the access log"] == 0
    assert AccessLogEntry.objects.count() == 1


@pytest.mark.django_db
def test_the_hourly_job_removes_what_no_other_job_does(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEEP_ACCESS_LOG_DAYS = 365
    assert ("memchat.prune", "") in app.periodic_registry.periodic_tasks
    live(alice, timedelta(days=400))
    # As a worker, which works for nobody by itself; its database threads are not this one.
    monkeypatch.setattr(tasks, "in_database", at_once)
    with wall.nobody(), pytest.raises(StopIteration):
        app.tasks["memchat.prune"].func(0).send(None)
    assert AccessLogEntry.objects.count() == Heard.objects.count() == 1
    assert Session.objects.count() == UserSession.objects.count() == 1
    assert Attachment.objects.count() == Thread.objects.count() == 2, "those are other jobs'"
