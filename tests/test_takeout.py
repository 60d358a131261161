"""What people take with them: all of it, readable, theirs alone, and nothing that opens an account."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import random
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Attachment, ChangeKind, MemoryChange, MemoryUse, Message, MessageRole, Thread
from memchat import downloads, room, takeout
from memchat.users import tokens
from memchat.users.models import AccessKind, AccessLogEntry, AccessToken, Scope, User
from memories import writing
from memories.models import Origin, Proposal

pytestmark = pytest.mark.django_db

EXPORTS = ("/accounts/export/", "/accounts/export/threads/", "/api/v1/account/export")
LATER = timezone.now() + timedelta(days=1)
SECRETS = ["totp-secret", "session-secret", "md5$"]


@pytest.fixture
def alice(alice: User) -> User:
    alice.custom_instructions = "Answer briefly"
    alice.save()
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "totp-secret"})
    UserSession.objects.create(user=alice, ip="192.0.2.7", user_agent="laptop", session_key="session-secret")
    AccessLogEntry.objects.create(user=alice, staff_name="carol", kind=AccessKind.READ, what="thread 1", reason="bug")
    tokens.make(alice, "my terminal", ["threads:read"])
    first = writing.remember(alice, "I live in Bergen", origin=Origin.SAID).memory
    second = writing.correct(first, "I live in Oslo").memory
    writing.forget(writing.remember(alice, "I own a boat", origin=Origin.SAID).memory)
    Proposal.objects.create(user=alice, text="I am a nun", sensitive="religion", origin="learned", fingerprint="1")
    thread = Thread.objects.create(user=alice, title="Where: I/live?")
    asked = Message.objects.create(thread=thread, user=alice, role=MessageRole.USER, text="Where do I live?")
    reply = Message.objects.create(
        thread=thread, user=alice, parent=asked, depth=1, role=MessageRole.ASSISTANT, text="In **Oslo**.", html="<b>"
    )
    MemoryUse.objects.create(reply=reply, user=alice, memory=second, rank=1, reasons="words")
    MemoryChange.objects.create(message=asked, user=alice, position=0, kind=ChangeKind.REMEMBERED, memory=second)
    Thread.objects.create(user=alice, title="Secret", temporary=True, expires_at=LATER, memory_mode="off")
    return alice


@pytest.fixture
def bob(bob: User) -> User:
    writing.remember(bob, "I live in Bath", origin=Origin.SAID)
    thread = Thread.objects.create(user=bob, title="Bath")
    Message.objects.create(thread=thread, user=bob, role=MessageRole.USER, text="Bath is warm")
    return bob


def taken(user: User) -> zipfile.ZipFile:
    file = io.BytesIO()
    takeout.write(user, file)
    return opened(file.getvalue())


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def everything_in(archive: zipfile.ZipFile) -> str:
    return "\n".join([*archive.namelist(), *(archive.read(name).decode() for name in archive.namelist())])


def test_all_of_a_person_is_in_it(alice: User) -> None:
    archive = taken(alice)
    account = json.loads(archive.read("account.json"))
    assert (account["username"], account["custom_instructions"]) == ("alice", "Answer briefly")
    assert account["addresses"][0]["email"] == "alice@example.org"
    assert account["second_factors"][0]["type"] == "totp"
    assert account["sessions"][0]["ip"] == "192.0.2.7"
    assert account["access_tokens"][0]["name"] == "my terminal"

    memories = json.loads(archive.read("memories.json"))
    assert [(one["text"], one["ending"]) for one in memories["memories"]] == [
        ("I live in Bergen", "superseded"),
        ("I live in Oslo", ""),
        ("I own a boat", "forgotten"),
    ]
    assert [one["text"] for one in memories["proposals"]] == ["I am a nun"]
    assert json.loads(archive.read("access_log.json"))[0]["reason"] == "bug"

    name = next(name for name in archive.namelist() if "where-i-live" in name and name.endswith(".json"))
    thread = json.loads(archive.read(name))
    assert thread["thread"]["title"] == "Where: I/live?"
    assert [message["text"] for message in thread["messages"]] == ["Where do I live?", "In **Oslo**."]
    assert thread["messages"][0]["memory_changes"][0]["kind"] == "remembered"
    assert thread["messages"][1]["memories_used"][0]["reasons"] == "words"
    page = archive.read(name.replace(".json", ".md")).decode()
    assert page.startswith("# Where: I/live?") and "In **Oslo**." in page


def test_temporary_threads_are_in_it_too(alice: User) -> None:
    assert [name for name in taken(alice).namelist() if "secret" in name and name.startswith("threads/")]


def test_nothing_in_it_opens_the_account(alice: User) -> None:
    text = everything_in(taken(alice))
    assert "password" not in json.loads(taken(alice).read("account.json"))
    for secret in [*SECRETS, alice.password, AccessToken.objects.get().digest]:
        assert secret not in text, secret


def test_nothing_of_anybody_else_is_in_it(alice: User, bob: User) -> None:
    assert "Bath" not in everything_in(taken(alice))
    assert "Oslo" not in everything_in(taken(bob))


def test_names_of_files_are_harmless(alice: User) -> None:
    for title in ("../../etc/passwd", "C:\\x", "..", "", "наш чат", "x" * 120, 'a"b\n'):
        Thread.objects.create(user=alice, title=title)
    names = taken(alice).namelist()
    assert len(names) == len(set(names)) == 3 + 2 * 9
    for name in names:
        assert name.count("/") <= 1 and ".." not in name and "\\" not in name and "\n" not in name, name
        assert len(name.encode()) < 200


def test_a_long_thread_is_read_in_batches(alice: User) -> None:
    thread = Thread.objects.create(user=alice, title="long")
    Message.objects.bulk_create(
        Message(thread=thread, user=alice, role="user", depth=depth, text=f"number {depth}") for depth in range(450)
    )
    longest = 0

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal longest
        longest = max(longest, len(params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        archive = taken(alice)
    name = next(name for name in archive.namelist() if "long" in name and name.endswith(".json"))
    assert len(json.loads(archive.read(name))["messages"]) == 450
    assert longest <= takeout.BATCH + 5


def test_people_download_everything_of_themselves(alice: User, bob: User) -> None:
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    assert reverse("account_export") in client.get(reverse("account_data")).content.decode()
    response: Any = client.get(reverse("account_export"), {"user": bob.pk, "username": "bob"})
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="memchat-')
    assert "no-store" in response["Cache-Control"]

    async def body() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    data = asyncio.run(body())
    assert len(data) == int(response["Content-Length"])
    text = everything_in(opened(data))
    assert "Oslo" in text and "Bath" not in text


def test_an_export_that_fails_leaves_no_file(alice: User, tmp_path: Path, monkeypatch: Any) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(takeout, "as_json", broken)
    with pytest.raises(RuntimeError):
        call_command("export_user", "alice", "--to", str(tmp_path / "alice.zip"), stdout=StringIO())
    assert list(tmp_path.iterdir()) == []


def test_operators_export_into_a_file_of_their_own_and_the_person_can_see_it(alice: User, tmp_path: Path) -> None:
    file = tmp_path / "alice.zip"
    out = StringIO()
    call_command("export_user", "ALICE", "--to", str(file), stdout=out)
    assert str(file) in out.getvalue()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "I live in Oslo" in everything_in(opened(file.read_bytes()))
    entry = AccessLogEntry.objects.get(user=alice, kind=AccessKind.EXPORTED)
    assert (entry.staff_name, entry.what) == ("manage.py export_user", "everything")
    with pytest.raises(CommandError, match="exists"):
        call_command("export_user", "alice", "--to", str(file), stdout=out)
    with pytest.raises(CommandError, match="no account"):
        call_command("export_user", "nobody", stdout=out)


# --- One at a time, and none without room --------------------------------------------------------------------------


def asked(user: User, address: str) -> Any:
    """A page's door and the API's alike."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    token = tokens.make(user, "program", Scope.values)[1]
    return client.get(address, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def being_made(user: User, monkeypatch: Any) -> Iterator[None]:
    """While an export of somebody is written."""
    begun, may_end = threading.Event(), threading.Event()
    write = takeout.write

    def slowly(whose: User, file: Any) -> None:
        if whose == user:
            begun.set()
            may_end.wait(30)
        write(whose, file)

    def ask() -> None:
        try:
            asked(user, EXPORTS[0])
        finally:
            connection.close()

    with monkeypatch.context() as patched:
        patched.setattr(takeout, "write", slowly)
        thread = threading.Thread(target=ask)
        thread.start()
        assert begun.wait(30)
        try:
            yield
        finally:
            may_end.set()
            thread.join(30)


@pytest.mark.django_db(transaction=True)
def test_each_person_has_one_export_made_at_a_time(alice: User, bob: User, monkeypatch: Any) -> None:
    with being_made(alice, monkeypatch):
        for address in EXPORTS:
            answer = asked(alice, address)
            assert (answer.status_code, answer["Retry-After"]) == (429, "10"), address
            assert "An export of yours is being made already. Try again in 10 seconds." in answer.content.decode()
        assert answer.json()["error"]["code"] == "limited"
        assert asked(bob, EXPORTS[0]).status_code == 200
    for address in EXPORTS:
        assert asked(alice, address).status_code == 200, address


@pytest.mark.django_db(transaction=True)
def test_a_process_makes_few_exports_at_once(alice: User, bob: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(downloads, "_turns", threading.BoundedSemaphore(1))
    with being_made(alice, monkeypatch):
        answer = asked(bob, EXPORTS[0])
        assert (answer.status_code, answer["Retry-After"]) == (429, "10")
        assert "Several exports are being made" in answer.content.decode()
    assert asked(bob, EXPORTS[0]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_download_keeps_no_connection_to_the_database(alice: User) -> None:
    file = downloads.made(alice, takeout.write)
    assert connection.connection is None
    file.close()


@pytest.mark.parametrize("address", EXPORTS)
def test_nothing_is_exported_while_the_disk_is_short(
    address: str, alice: User, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(room, "_looked_at", -room.LOOK_SECONDS)
    monkeypatch.setattr(room, "_is_short", False)
    settings.MIN_FREE_MB = 10**9
    answer = asked(alice, address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "disk is full" in answer.content.decode()
    if address.startswith("/api/"):
        assert answer.json()["error"]["code"] == "read_only"


@pytest.mark.parametrize("address", EXPORTS)
def test_an_export_ends_where_the_disk_becomes_short(address: str, alice: User, monkeypatch: Any) -> None:
    thread = Thread.objects.get(title="Where: I/live?")
    noise = random.Random(1).randbytes(3 * downloads.LOOK_BYTES)
    message = thread.messages.first()
    Attachment.objects.create(user=alice, message=message, name="noise", kind="text", data=noise, size=len(noise))
    looks = iter([False])
    monkeypatch.setattr(room, "is_short", lambda: next(looks, True))
    monkeypatch.setattr(room, "is_read_only", lambda: False)
    answer = asked(alice, address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "disk is full" in answer.content.decode()


def test_a_disk_that_is_full_at_once_ends_an_export_in_the_same_way(alice: User, monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(takeout, "write", full)
    assert asked(alice, EXPORTS[0]).status_code == 503
    monkeypatch.undo()
    assert asked(alice, EXPORTS[0]).status_code == 200
