"""Tokens for programs: shown once, kept as a hash, and ended with whatever opened them."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from memchat import erasure
from memchat.users import tokens
from memchat.users.models import AccessToken, Scope, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = "another-horse-battery-8"


@pytest.fixture
def hers(alice: User) -> Client:
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def shown_on(response: Any) -> str:
    found = re.findall(r"memchat_[A-Za-z0-9_-]{43}", response.content.decode())
    assert len(found) == 1
    return str(found[0])


def made_on_the_page(client: Client, **more: Any) -> Any:
    form = {"name": "My terminal", "scopes": ["threads:read", "memories:write"], "days": "30", **more}
    return client.post("/accounts/tokens/new/", form)


def made_for(user: User, **how: Any) -> str:
    return tokens.make(user, "My terminal", Scope.values, **how)[1]


def test_a_token_is_shown_once_and_kept_as_a_hash(hers: Client, alice: User) -> None:
    page = made_on_the_page(hers)
    shown = shown_on(page)
    assert "no-store" in page["Cache-Control"]
    token = AccessToken.objects.get()
    assert token.user == alice
    assert token.digest == hashlib.sha256(shown.encode()).hexdigest()
    assert token.scopes == ["memories:write", "threads:read"]
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    listed = hers.get("/accounts/tokens/").content.decode()
    assert "My terminal" in listed
    assert "never used" in listed
    assert shown not in listed
    assert token.digest not in listed
    columns = [str(value) for row in AccessToken.objects.values() for value in row.values()]
    assert not any(shown in value for value in columns)


def test_the_form_says_what_is_missing(hers: Client) -> None:
    for wrong in ({"name": " "}, {"scopes": []}, {"scopes": ["admin"]}, {"days": "36500"}, {"name": "x" * 101}):
        page = made_on_the_page(hers, **wrong)
        assert page.status_code == 422
        assert 'class="errorlist' in page.content.decode()
    assert not AccessToken.objects.exists()


def test_the_password_is_asked_for_again_before_a_token_is_made(alice: User) -> None:
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    response = made_on_the_page(client)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not AccessToken.objects.exists()


def test_it_lets_its_person_in_and_nobody_else(alice: User, bob: User) -> None:
    hers, his = made_for(alice), made_for(bob)
    assert tokens.holder(hers).user == alice  # type: ignore[union-attr]
    assert tokens.holder(his).user == bob  # type: ignore[union-attr]
    wrong = [hers[:-1], hers + "x", hers.upper(), "", "memchat_", "memchat_" + "x" * 43, hers + "\x00", hers + "\n"]
    assert [tokens.holder(one) for one in wrong] == [None] * len(wrong)


def test_the_header_is_read_as_it_is_meant() -> None:
    assert tokens.of_headers([(b"authorization", b"Bearer abc")]) == "abc"
    assert tokens.of_headers([(b"authorization", b"bearer  abc ")]) == "abc"
    for wrong in (b"abc", b"Basic abc", b"Bearer", b"", b"\xff\xfe"):
        assert tokens.of_headers([(b"authorization", wrong)]) == ""
    assert tokens.of_headers([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]) == ""


def test_it_ends_when_it_expires(alice: User) -> None:
    shown = made_for(alice, expires_at=timezone.now() + timedelta(minutes=1))
    assert (held := tokens.holder(shown))
    AccessToken.objects.update(expires_at=timezone.now())
    assert tokens.holder(shown) is None
    assert not tokens.is_still(held)


def test_it_ends_when_it_is_revoked(hers: Client, alice: User, bob: User) -> None:
    shown, his = made_for(alice), made_for(bob)
    held = tokens.holder(shown)
    assert held
    assert tokens.is_still(held)
    hers.post(f"/accounts/tokens/{held.pk}/revoke/")
    assert tokens.holder(shown) is None
    assert not tokens.is_still(held)
    assert tokens.holder(his)
    assert "You have no tokens." in hers.get("/accounts/tokens/").content.decode()


def on_the_page(user: User) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    new = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/accounts/password/change/", new).status_code == 302


def by_staff(user: User) -> None:
    user.set_password(NEW)
    user.save()


def without_a_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


def deactivated(user: User) -> None:
    user.deactivate()


def deactivated_in_the_database(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def closed(user: User) -> None:
    User.objects.create_superuser("staff", password="x")
    erasure.close(user.pk)


@pytest.mark.parametrize(
    "event", [on_the_page, by_staff, without_a_password, deactivated, deactivated_in_the_database, closed]
)
def test_it_ends_with_the_password_and_with_the_account(event: Any, alice: User, bob: User) -> None:
    hers, his = made_for(alice), made_for(bob)
    held = tokens.holder(hers)
    event(User.objects.get(pk=alice.pk))
    assert tokens.holder(hers) is None
    assert held
    assert not tokens.is_still(held)
    assert tokens.holder(his)


def test_who_is_let_in_again_makes_new_ones(alice: User) -> None:
    shown = made_for(alice)
    alice.deactivate()
    User.objects.update(is_active=True)
    assert tokens.holder(shown) is None


def test_hashing_the_same_password_anew_ends_nothing(alice: User, settings: Any) -> None:
    shown = made_for(alice)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    User.objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="md5"))
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert alice.password.startswith("pbkdf2_sha1$")
    assert tokens.holder(shown)


def test_using_it_is_noted_now_and_then_and_not_each_time(alice: User, hers: Client) -> None:
    shown = made_for(alice)
    tokens.holder(shown)
    first = AccessToken.objects.get().last_used_at
    assert first
    with CaptureQueriesContext(connection) as queries:
        tokens.holder(shown)
    assert not [query for query in queries if "UPDATE" in query["sql"]]
    AccessToken.objects.update(last_used_at=first - timedelta(minutes=6))
    tokens.holder(shown)
    assert AccessToken.objects.get().last_used_at >= first
    assert "last used" in hers.get("/accounts/tokens/").content.decode()


def test_there_is_room_for_so_many(hers: Client, alice: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(tokens, "TOKENS_PER_PERSON", 2)
    made_for(alice), made_for(alice)
    page = made_on_the_page(hers)
    assert page.status_code == 422
    assert "You have 2 tokens. Revoke one first." in page.content.decode()


def test_staff_see_that_there_are_some_and_can_revoke_one(alice: User) -> None:
    shown = made_for(alice)
    token = AccessToken.objects.get()
    client = Client()
    client.force_login(User.objects.create_superuser("staff", password="x"))
    for address in ("/admin/users/accesstoken/", f"/admin/users/accesstoken/{token.pk}/change/"):
        page = client.get(address).content.decode()
        assert "threads:read" in page
        assert token.digest not in page
        assert "My terminal" not in page
    assert client.get("/admin/users/accesstoken/add/").status_code == 403
    client.post(f"/admin/users/accesstoken/{token.pk}/delete/", {"post": "yes"})
    assert tokens.holder(shown) is None
