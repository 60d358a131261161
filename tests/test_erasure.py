"""Whoever leaves leaves no trace, whichever way they leave and whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Permission
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from conversations.models import (
    ChangeKind,
    Heard,
    Import,
    ImportPart,
    Learning,
    MemoryChange,
    MemoryUse,
    Message,
    MessageRole,
    Run,
    Thread,
    ToolUse,
)
from memchat import erasure
from memchat.jobs import enqueue
from memchat.postgres import statistics
from memchat.users.models import AccessKind, AccessLogEntry, CacheRow, User
from memories import writing
from memories.models import Memory, MemoryVector, Origin, Proposal
from memories.words import fingerprint
from tests.everywhere import places_of

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-pass-phrase-47"
WORD = "quokkasand"
"""Stands in everything that belongs to the person who leaves, and nowhere else."""


@pytest.fixture(autouse=True)
def no_jobs_no_attempts() -> Any:
    cache.clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("staff", "staff@example.org", PASSWORD)


@pytest.fixture
def leaver(staff: User) -> User:
    """Somebody with something of everything, whose name is the word."""
    user = User.objects.create_user(WORD, f"{WORD}@example.org", PASSWORD)
    live(user, WORD)
    AccessLogEntry.objects.create(user=user, staff=staff, staff_name="staff", kind=AccessKind.READ, what="thread 1")
    LogEntry.objects.log_actions(staff.pk, [user], CHANGE, f"Wrote to {WORD}", single_object=True)
    LogEntry.objects.log_actions(staff.pk, [EmailAddress.objects.get(user=user)], CHANGE, "", single_object=True)
    return user


@pytest.fixture
def bob(bob: User) -> User:
    """He stays, with as much."""
    live(bob, "bobbin")
    return bob


def live(user: User, word: str) -> None:
    EmailAddress.objects.create(user=user, email=f"{word}@example.org", verified=True, primary=True)
    UserSession.objects.create(user=user, ip="192.0.2.1", user_agent=word, session_key=word)
    Authenticator.objects.create(user=user, type="totp", data={"secret": word})
    user.custom_instructions = f"Call me {word}"
    user.save()
    first = writing.remember(user, f"My boat is called {word}", origin=Origin.SAID).memory
    second = writing.correct(first, f"My ship is called {word}").memory
    MemoryVector.objects.create(user=user, memory=second, path=word, embedder="program", dimensions=2, embedding=[1, 0])
    writing.forget(writing.remember(user, f"My cat is called {word}", origin=Origin.SAID).memory)
    proposal = Proposal.objects.create(
        user=user, text=f"I believe in {word}", sensitive="religion", origin="learned", fingerprint=fingerprint(word)
    )
    thread = talk(user, word, 3)
    question, reply = thread.messages.order_by("depth")[:2]
    MemoryUse.objects.create(reply=reply, user=user, memory=second, rank=1, reasons="words")
    MemoryChange.objects.create(
        message=question, user=user, position=0, kind=ChangeKind.PROPOSED, proposal=proposal, text=word
    )
    MemoryChange.objects.create(message=question, user=user, position=1, kind=ChangeKind.NOT_FOUND, text=word)
    ToolUse.objects.create(reply=reply, user=user, position=0, name="search_memories", query=word)
    Learning.objects.create(message=question, user=user, error_detail=word)
    enqueue("conversations.learn", message=str(question.pk), user=user.pk)
    part = Import.objects.create(user=user, size=10, found={"titles": [word]}, memories=[word])
    ImportPart.objects.create(of=part, position=0, data=word.encode())
    Thread.objects.create(
        user=user, title=word, temporary=True, expires_at=timezone.now() + timedelta(days=1), memory_mode="off"
    )
    make_up_the_rest(user, word)


def make_up_the_rest(user: User, word: str) -> None:
    """A row with the word in each table of people that has none yet, whatever its columns are."""
    for model, field in reversed(erasure.owned()):
        ours = model._meta.app_label in OURS and not model._meta.auto_created and model not in {Run, AccessLogEntry}
        if ours and not model.objects.filter(**{field: user}).exists():
            row = model(**{field: user})
            for column in model._meta.concrete_fields:
                by_itself = column.has_default() or column.generated or isinstance(column, models.BigAutoField)
                if column.name != field and not by_itself:
                    setattr(row, column.attname, _made_up(column, user, word))
            row.save(force_insert=True)


OURS = {"users", "memories", "conversations"}


def _made_up(column: Any, user: User, word: str) -> Any:
    if column.is_relation:
        rows = column.related_model._base_manager
        return user.pk if column.related_model is User else rows.filter(user=user).values_list("pk", flat=True).first()
    if column.choices:
        return column.choices[0][0]
    by_kind: dict[type, Any] = {
        models.CharField: word,
        models.TextField: word,
        models.JSONField: {word: word},
        models.BinaryField: word.encode(),
        models.DateTimeField: timezone.now(),
        models.IntegerField: 1,
        models.FloatField: 1.0,
        models.BooleanField: False,
        SearchVectorField: SearchVector(models.Value(word)),
    }
    return next((value for kind, value in by_kind.items() if isinstance(column, kind)), None)


def talk(user: User, word: str, count: int) -> Thread:
    """A thread of so many messages, one following the other."""
    thread = Thread.objects.create(user=user, title=f"About {word}")
    parent = None
    rows = []
    for depth in range(count):
        role = MessageRole.ASSISTANT if depth % 2 else MessageRole.USER
        row = Message(thread=thread, user=user, parent=parent, depth=depth, role=role, text=f"{word} {depth}")
        row.html = f"<p>{word}</p>"
        rows.append(row)
        parent = row
    Message.objects.bulk_create(rows)
    thread.head = parent
    thread.save()
    return thread


def traces(text: str) -> list[str]:
    # The planner's samples of people's tables are shown to their owner alone.
    looking = contextlib.nullcontext() if connection.in_atomic_block else connection.as_owner()  # type: ignore[attr-defined]
    with looking, connection.cursor() as cursor:
        return places_of(cursor, text)


def rows(text: str) -> list[str]:
    return [place for place in traces(text) if not place.startswith("statistics")]


def jobs_naming(user_id: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE args->>'user' = %s", [str(user_id)])
        return [name for (name,) in cursor.fetchall()]


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name), "django.contrib.auth.backends.ModelBackend")
    return client


def confirmed(client: Client) -> Client:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


# --- What goes -----------------------------------------------------------------------------------------------------


def test_the_person_has_something_in_every_table_that_belongs_to_people(leaver: User) -> None:
    """Also in those that came later: where a row cannot be made up, give `live` one."""
    empty = {model._meta.model_name for model, field in erasure.owned() if not model.objects.filter(**{field: leaver})}
    assert empty <= {"user_groups", "user_user_permissions", "logentry", "run"}


def test_nothing_is_left_of_an_account_and_everything_of_another(leaver: User, bob: User, staff: User) -> None:
    leaver.groups.create(name="sailors")
    leaver.user_permissions.add(Permission.objects.first())
    LogEntry.objects.log_actions(leaver.pk, [bob], CHANGE, "", single_object=True)
    statistics.take_anew(statistics.changed_tables())
    before = rows("bobbin")
    assert {"users_user", "memories_memory", "conversations_message", "conversations_importpart"} <= {
        place.split(" ")[0] for place in traces(WORD)
    }
    erasure.close(leaver.pk)
    assert erasure.erase(leaver.pk)
    assert traces(WORD) == []
    assert not jobs_naming(leaver.pk)
    assert rows("bobbin") == before
    assert jobs_naming(bob.pk) == ["conversations.learn"]
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {erasure.NOBODY}
    assert User.objects.filter(pk=staff.pk).exists()


def test_what_a_member_of_staff_looked_at_no_longer_names_them(leaver: User, bob: User) -> None:
    AccessLogEntry.objects.create(user=bob, staff=leaver, staff_name=WORD, kind=AccessKind.READ, what="memory 1")
    erasure.close(leaver.pk)
    erasure.erase(leaver.pk)
    entry = AccessLogEntry.objects.get(user=bob)
    assert (entry.staff, entry.staff_name) == (None, erasure.NOBODY)


def test_a_session_that_is_on_no_list_ends_too(leaver: User, bob: User) -> None:
    begun, waiting, other = SessionStore(), SessionStore(), SessionStore()
    begun[SESSION_KEY] = str(leaver.pk)
    waiting["account_login"] = {"user_pk": erasure.user_pk_to_url_str(leaver), "email": leaver.email}
    other[SESSION_KEY] = str(bob.pk)
    for session in (begun, waiting, other):
        session.create()
    erasure.close(leaver.pk)
    erasure.erase(leaver.pk)
    assert [SessionStore(session.session_key).exists(session.session_key) for session in (begun, waiting, other)] == [
        False,
        False,
        True,
    ]


def test_attempts_to_sign_in_are_no_longer_counted(leaver: User) -> None:
    Client(headers={"host": "127.0.0.1:8000"}).post(
        reverse("account_login"), {"login": WORD, "password": "wrong"}, headers={"host": "127.0.0.1:8000"}
    )
    by_name = CacheRow.objects.exclude(cache_key__contains=":ip:")
    assert by_name.exists()
    erasure.close(leaver.pk)
    assert not by_name.exists()


def test_a_reply_that_is_being_written_is_stopped_first(leaver: User, settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr(erasure, "RUNS_END_WITHIN", 0.3)
    thread = Thread.objects.filter(user=leaver, temporary=False).get()
    run = Run.objects.create(
        reply=thread.messages.get(depth=1),
        thread=thread,
        user=leaver,
        epoch=1,
        owner="a process",
        lease_expires_at=timezone.now() + timedelta(seconds=8),
    )
    waiting = Run.objects.create(reply=thread.messages.get(depth=2), thread=thread, user=leaver)
    erasure.close(leaver.pk)
    run.refresh_from_db()
    assert run.stop_requested
    assert not Run.objects.filter(pk=waiting.pk).exists()
    assert erasure.erase(leaver.pk)
    assert not Run.objects.exists()


def test_a_table_that_is_not_known_here_is_emptied_as_well(leaver: User) -> None:
    """Order and completeness come from the models: what refers to others goes before them."""
    order = [model for model, _ in erasure.owned()]
    for model in order:
        later = order[order.index(model) + 1 :]
        assert not any(erasure._refers(other, model) for other in later if other is not model), model


# --- However it is interrupted -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dies_at", [1, 3, 6, 10, 16, 22])
def test_a_removal_that_dies_is_finished_by_its_job(leaver: User, bob: User, monkeypatch: Any, dies_at: int) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    talk(leaver, WORD, 9)
    steps = 0
    whole = erasure._remove_rows

    def dying(model: Any, ids: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == dies_at:
            raise SystemExit
        whole(model, ids)

    erasure.close(leaver.pk)
    monkeypatch.setattr(erasure, "_remove_rows", dying)
    with pytest.raises(SystemExit):
        erasure.erase(leaver.pk)
    assert jobs_naming(leaver.pk).count(erasure.JOB) == 1
    assert not User.objects.get(pk=leaver.pk).is_active
    assert erasure.erase(leaver.pk)
    assert traces(WORD) == []
    assert not jobs_naming(leaver.pk)
    assert Memory.objects.of(bob).count() == 3
    assert erasure.erase(leaver.pk), "a job that comes too late finds nothing to do"


def test_what_is_in_the_way_for_a_moment_is_tried_again(leaver: User, monkeypatch: Any) -> None:
    whole = erasure._remove_rows
    failures = [OperationalError("deadlock detected")] * 2

    def deadlocked(model: Any, ids: Any) -> None:
        if failures:
            raise failures.pop()
        whole(model, ids)

    monkeypatch.setattr(erasure, "_remove_rows", deadlocked)
    erasure.close(leaver.pk)
    assert erasure.erase(leaver.pk)
    assert traces(WORD) == []


def test_what_is_written_meanwhile_is_removed_too(leaver: User, monkeypatch: Any) -> None:
    """A turn that had begun remembers something after the memories were removed."""
    whole = erasure._end_sessions
    late = ["late", "later"]

    def meanwhile(user: User) -> None:
        if late:
            writing.remember(user, f"{late.pop()} {WORD}", origin=Origin.SAID)
        whole(user)

    monkeypatch.setattr(erasure, "_end_sessions", meanwhile)
    erasure.close(leaver.pk)
    assert erasure.erase(leaver.pk)
    assert not late
    assert traces(WORD) == []


def test_the_job_waits_for_a_job_that_is_under_way(leaver: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    erasure.close(leaver.pk)
    assert not erasure.erase(leaver.pk)
    assert sorted(jobs_naming(leaver.pk)) == ["conversations.learn", erasure.JOB]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'doing'")
    assert erasure.erase(leaver.pk)
    assert not jobs_naming(leaver.pk)


def test_an_account_that_staff_activate_again_is_not_removed(leaver: User) -> None:
    erasure.close(leaver.pk)
    User.objects.filter(pk=leaver.pk).update(is_active=True)
    assert erasure.erase(leaver.pk)
    assert Memory.objects.of(leaver).exists()


def test_many_messages_are_removed_in_bounded_batches(leaver: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(erasure, "BATCH", 50)
    talk(leaver, WORD, 333)
    largest = 0
    whole = erasure._remove_rows

    def watched(model: Any, ids: Any) -> None:
        nonlocal largest
        largest = max(largest, len(ids))
        whole(model, ids)

    monkeypatch.setattr(erasure, "_remove_rows", watched)
    erasure.close(leaver.pk)
    assert erasure.erase(leaver.pk)
    assert largest == 50
    assert not Message.objects.of(leaver).exists()


# --- By its owner --------------------------------------------------------------------------------------------------


def test_people_delete_their_own_account_with_their_password_and_their_name(leaver: User) -> None:
    elsewhere, client = signed_in(WORD), signed_in(WORD)
    page = reverse("account_delete")
    asked = client.get(page)
    assert asked.status_code == 302 and "reauthenticate" in asked["Location"], "the password comes first"
    client.post(page, {"username": WORD})
    assert User.objects.filter(pk=leaver.pk, is_active=True).exists()
    confirmed(client)

    assert "export" in client.get(page).content.decode()
    wrong = client.post(page, {"username": "somebody"})
    assert wrong.status_code == 422 and "not your username" in wrong.content.decode()
    assert User.objects.filter(pk=leaver.pk, is_active=True).exists()

    done = client.post(page, {"username": f" {WORD.upper()} "}, follow=True)
    assert "Your account was deleted" in done.content.decode()
    assert traces(WORD) == []
    for one in (client, elsewhere):
        assert one.get(reverse("home")).status_code == 302
    assert not UserSession.objects.exists()
    assert Client().post(reverse("account_login"), {"login": WORD, "password": PASSWORD}).status_code == 200


def test_a_form_sent_after_the_password_was_too_long_ago_is_carried_out_after_it_is_given(leaver: User) -> None:
    client = signed_in(WORD)
    page = reverse("account_delete")
    asked = client.post(page, {"username": WORD})
    done = client.post(asked["Location"], {"password": PASSWORD, "next": page})
    assert done.status_code == 302
    assert traces(WORD) == []
    assert client.get(reverse("account_deleted")).status_code == 200


def test_the_pages_are_for_those_who_are_signed_in(client: Client) -> None:
    for name in ("account_data", "account_export", "account_delete"):
        response = client.get(reverse(name))
        assert response.status_code == 302 and reverse("account_login") in response["Location"], name


def test_the_last_superuser_stays(staff: User) -> None:
    client = confirmed(signed_in("staff"))
    response = client.post(reverse("account_delete"), {"username": "staff"})
    assert response.status_code == 422
    assert "only superuser" in response.content.decode()
    staff.refresh_from_db()
    assert staff.is_active
    with pytest.raises(CommandError, match="only superuser"):
        call_command("delete_user_data", "staff", "--yes", stdout=StringIO())

    inactive = User.objects.create_superuser("second", password=PASSWORD)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    assert client.post(reverse("account_delete"), {"username": "staff"}).status_code == 422
    User.objects.filter(pk=inactive.pk).update(is_active=True)
    assert client.post(reverse("account_delete"), {"username": "staff"}).status_code == 302
    assert not User.objects.filter(username="staff").exists()


def test_the_page_says_so_when_the_rest_is_removed_later(leaver: User, monkeypatch: Any) -> None:
    client = confirmed(signed_in(WORD))

    def unavailable(*_: Any) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(erasure, "_remove_account", unavailable)
    page = client.post(reverse("account_delete"), {"username": WORD}, follow=True).content.decode()
    assert "being removed now" in page
    monkeypatch.undo()
    assert erasure.erase(leaver.pk)
    assert traces(WORD) == []


def test_nobody_waits_for_long_and_the_job_does_the_rest(leaver: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(erasure, "PATIENCE_SECONDS", 0)
    client = confirmed(signed_in(WORD))
    page = client.post(reverse("account_delete"), {"username": WORD}, follow=True).content.decode()
    assert "being removed now" in page
    assert jobs_naming(leaver.pk).count(erasure.JOB) == 1
    assert erasure.erase(leaver.pk)
    assert traces(WORD) == []


# --- By staff ------------------------------------------------------------------------------------------------------


def test_staff_delete_an_account_with_everything(leaver: User, bob: User, staff: User) -> None:
    client = signed_in("staff")
    hers = signed_in(WORD)
    page = reverse("admin:users_user_delete", args=[leaver.pk])
    shown = client.get(page).content.decode()
    assert re.search(r"Memories: 3", shown), shown
    assert "called" not in shown, "counts and no texts"
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert traces(WORD) == []
    assert hers.get(reverse("home")).status_code == 302
    assert not jobs_naming(leaver.pk)
    assert LogEntry.objects.filter(user=staff, object_id=str(leaver.pk), object_repr=erasure.NOBODY).exists()
    assert Memory.objects.of(bob).count() == 3


def test_staff_delete_several_accounts_at_once_but_not_their_own(leaver: User, bob: User, staff: User) -> None:
    client = signed_in("staff")
    form = {"action": "delete_selected", "_selected_action": [leaver.pk, bob.pk], "post": "yes"}
    both = {**form, "_selected_action": [leaver.pk, staff.pk]}
    assert client.post(reverse("admin:users_user_changelist"), both).status_code == 403
    assert User.objects.count() == 3
    assert client.post(reverse("admin:users_user_changelist"), form).status_code == 302
    assert traces(WORD) == traces("bobbin") == []
    assert list(User.objects.all()) == [staff]


def test_staff_cannot_delete_themselves_or_a_superuser_above_them(leaver: User, staff: User) -> None:
    User.objects.filter(pk=leaver.pk).update(is_staff=True)
    leaver.user_permissions.add(*Permission.objects.filter(content_type__app_label="users"))
    client = signed_in(WORD)
    for user in (leaver, staff):
        page = reverse("admin:users_user_delete", args=[user.pk])
        assert client.post(page, {"post": "yes"}).status_code == 403
    assert User.objects.count() == 2


def test_opening_the_page_that_asks_does_not_read_what_would_go(leaver: User, staff: User) -> None:
    talk(leaver, WORD, 300)
    client = signed_in("staff")
    with connection.execute_wrapper(_no_texts):
        client.get(reverse("admin:users_user_delete", args=[leaver.pk]))


def _no_texts(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if "conversations_message" in sql or "memories_memory" in sql:
        assert "COUNT(" in sql, sql
    return execute(sql, params, many, context)


# --- By operators --------------------------------------------------------------------------------------------------


def test_operators_see_what_goes_and_are_asked(leaver: User, monkeypatch: Any) -> None:
    out = StringIO()
    monkeypatch.setattr("builtins.input", lambda _question: "somebody else")
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("delete_user_data", WORD.upper(), stdout=out)
    assert re.search(r"3 memories", out.getvalue()), out.getvalue()
    assert Memory.objects.of(leaver).exists()
    monkeypatch.setattr("builtins.input", lambda _question: WORD)
    call_command("delete_user_data", WORD, stdout=out)
    assert traces(WORD) == []
    with pytest.raises(CommandError, match="no account"):
        call_command("delete_user_data", WORD, "--yes", stdout=out)


def test_operators_remove_memories_alone(leaver: User, bob: User) -> None:
    call_command("delete_user_data", WORD, "--yes", "--memories-only", stdout=StringIO())
    assert not Memory.objects.of(leaver).exists() and not Proposal.objects.of(leaver).exists()
    assert {change.text for change in MemoryChange.objects.of(leaver)} == {""}
    assert not [place for place in traces(WORD) if place.startswith(("memories_", "statistics of memories_"))]
    assert Message.objects.of(leaver).count() == 3
    assert not Learning.objects.of(leaver).filter(state="waiting").exists(), "or it would learn them again"
    assert not Heard.objects.of(leaver).exists() and not ToolUse.objects.of(leaver).exists()
    assert User.objects.get(pk=leaver.pk).forgot_all_at is not None
    assert Memory.objects.of(bob).count() == 3
    assert User.objects.get(pk=leaver.pk).is_active


def test_operators_remove_threads_alone(leaver: User, bob: User) -> None:
    call_command("delete_user_data", WORD, "--yes", "--threads-only", stdout=StringIO())
    assert not Thread.objects.of(leaver).exists()
    assert not Learning.objects.of(leaver).exists() and not ToolUse.objects.of(leaver).exists()
    assert Memory.objects.of(leaver).count() == 3
    assert Thread.objects.of(bob).count() == 2
    assert User.objects.get(pk=leaver.pk).is_active


# --- Statistics ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_samples_of_removed_rows_do_not_stay_in_the_planners_statistics(alice: User) -> None:
    for number in range(20):
        Thread.objects.create(user=alice, title=f"{WORD} {number}")
    statistics.take_anew(["conversations_thread"])
    assert "statistics of conversations_thread" in traces(WORD)
    Thread.objects.all().delete()
    assert "statistics of conversations_thread" in traces(WORD)
    statistics.take_anew(["conversations_thread"])
    assert "statistics of conversations_thread" not in traces(WORD)


def test_a_table_that_cannot_be_looked_at_now_waits_for_the_next_time(monkeypatch: Any) -> None:
    def busy(*_: Any) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", busy)
        statistics.take_anew(["users_user"])


def test_leaving_in_a_transaction_that_fails_leaves_everything(leaver: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        erasure.delete_account(leaver.pk)
        raise ZeroDivisionError
    leaver.refresh_from_db()
    assert leaver.is_active
    assert erasure.JOB not in jobs_naming(leaver.pk)
