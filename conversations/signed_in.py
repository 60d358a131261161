"""Who is behind a socket, and whether they still are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import parse_cookie
from django.utils import timezone

from memchat.postgres.prepared import PreparedStatement
from memchat.users.language import language_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person as they were when their socket opened. `password` is the stored hash, to notice a change."""

    user_id: int
    session_key: str
    password: str
    language: str = settings.LANGUAGE_CODE


def from_headers(headers: Iterable[tuple[bytes, bytes]]) -> SignedIn | None:
    """The person whose session cookie these headers carry, or None."""
    key = _session_key(headers)
    if not key:
        return None
    request: Any = SimpleNamespace(session=SessionStore(key))
    user = get_user(request)
    if not user.is_authenticated:
        return None
    return SignedIn(user.pk, key, user.password, language_of(headers))


def _session_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"cookie":
            # Django's own reading: the standard library's drops everything for one cookie it dislikes.
            cookies = parse_cookie(value.decode("latin1"))
            if settings.SESSION_COOKIE_NAME in cookies:
                return str(cookies[settings.SESSION_COOKIE_NAME])
    return ""


_STILL = PreparedStatement(
    "is_still",
    """
    SELECT EXISTS (SELECT FROM users_user WHERE id = %(user)s AND is_active AND password = %(password)s)
       AND EXISTS (SELECT FROM django_session WHERE session_key = %(session)s AND expire_date > now())
    """,
    {"user": "bigint", "password": "text", "session": "text"},
)


def is_still(person: SignedIn) -> bool:
    """Whether one person's session goes on; asked before every command, so in one short statement."""
    values = {"user": person.user_id, "password": person.password, "session": person.session_key}
    return bool(_STILL.fetch(values)[0][0])


def still(people: Iterable[SignedIn]) -> set[SignedIn]:
    """Of many, those whose session goes on, whose account is active and whose password has not changed."""
    people = set(people)
    if not people:
        return set()
    sessions = set(
        Session.objects.filter(
            session_key__in={person.session_key for person in people}, expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    accounts = dict(
        get_user_model()
        .objects.filter(pk__in={person.user_id for person in people}, is_active=True)
        .values_list("pk", "password")
    )
    return {
        person
        for person in people
        if person.session_key in sessions and accounts.get(person.user_id) == person.password
    }
