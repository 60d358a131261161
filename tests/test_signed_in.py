"""Who is behind a socket."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from conversations.signed_in import from_headers, is_still, still

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(client, alice):
    client.force_login(alice)
    return client.cookies["sessionid"].value


def headers(cookie):
    return [(b"host", b"testserver"), (b"cookie", cookie.encode("latin1"))]


@pytest.mark.parametrize(
    "others", ["", 'prefs={"a": 1}; ', "x=a b c; ", "a[0]=1; ", "bare; ", "grüße=ja; "], ids=lambda text: text or "none"
)
def test_a_session_is_found_among_whatever_other_cookies_there_are(alice, key, others):
    assert from_headers(headers(f"{others}sessionid={key}")).user_id == alice.pk


@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid=nobodys", "other=1"])
def test_without_a_session_there_is_nobody(alice, cookie):
    assert from_headers(headers(cookie)) is None


def end_session(user, key):
    Session.objects.filter(session_key=key).delete()


def deactivate(user, key):
    user.is_active = False
    user.save()


def change_password(user, key):
    user.set_password("another one entirely")
    user.save()


@pytest.mark.parametrize("event", [end_session, deactivate, change_password])
def test_a_socket_is_nobody_s_any_more_when_its_session_account_or_password_goes(alice, key, event):
    person = from_headers(headers(f"sessionid={key}"))
    assert is_still(person)
    assert still([person]) == {person}
    event(alice, key)
    assert not is_still(person)
    assert still([person]) == set()
