"""With no room on the disk pages can be read, and say why nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from conversations.models import Message
from memchat import room
from memchat.users.models import User
from memories.models import Memory

pytestmark = pytest.mark.django_db

BANNER = "Everything can be read, but nothing is stored"


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What was seen of the disk a moment ago is kept for a second."""
    for name, value in {"_looked_at": -room.LOOK_SECONDS, "_is_short": False, "_full_until": 0.0}.items():
        monkeypatch.setattr(room, name, value)
    yield


@pytest.fixture
def short_of_room(settings) -> None:
    settings.MIN_FREE_MB = 10**9


def test_every_page_says_so(client: Client, alice: User, short_of_room: None):
    client.force_login(alice)
    for name in ("home", "memories:list", "account_data"):
        page = client.get(reverse(name))
        assert page.status_code == 200
        assert page.content.decode().count(BANNER) == 1, name


def test_nothing_is_stored_and_the_answer_says_why(client: Client, alice: User, short_of_room: None):
    client.force_login(alice)
    for address, fields in {"/say/": {"text": "Hello"}, "/memories/add/": {"text": "I live in Oslo"}}.items():
        answer = client.post(address, fields)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "disk is full" in answer.content.decode()
    assert not Message.objects.exists()
    assert not Memory.objects.exists()


def test_signing_in_and_out_still_works(client: Client, alice: User, short_of_room: None):
    client.post(reverse("account_login"), {"login": "alice", "password": "correct horse battery"})
    assert client.get(reverse("home")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("home")).status_code == 302


def test_with_room_nothing_is_said(client: Client, alice: User):
    client.force_login(alice)
    assert BANNER not in client.get(reverse("home")).content.decode()


def test_a_database_elsewhere_is_believed_for_a_moment(monkeypatch: pytest.MonkeyPatch):
    full, other = OperationalError(), OperationalError()
    full.__cause__, other.__cause__ = psycopg.errors.DiskFull(), psycopg.errors.LockNotAvailable()
    assert not room.note(other) and not room.is_read_only()
    assert room.note(full) and room.is_read_only()
    monkeypatch.setattr(room, "_full_until", room._full_until - room.BELIEVED_SECONDS - 1)
    assert not room.is_read_only()
