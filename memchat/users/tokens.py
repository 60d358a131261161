"""Access tokens: what a program shows instead of a password.

A token is 256 random bits, shown once. The site keeps its SHA-256 and can neither show it again nor be asked for it.
It ends when it expires, when its person revokes it, and with everything else that was opened by the password: when that
changes, and when the account is deactivated.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from memchat import wall
from memchat.users.models import AccessToken, User

PREFIX = "memchat_"
"""So that people, and programs that look for secrets where none belong, see what it is."""
TOKENS_PER_PERSON = 50
NOTED_EVERY = timedelta(minutes=5)
"""When a token was used last is written no more often than that."""

_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


class TooManyTokens(Exception):
    def __str__(self) -> str:
        return _("You have %(max)d tokens. Revoke one first.") % {"max": TOKENS_PER_PERSON}


def make(user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[AccessToken, str]:
    """A new token, and what the program has to show: nobody sees that again. Raises TooManyTokens."""
    shown = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        # One after the other, so that many at once do not pass the limit together.
        User.objects.select_for_update().get(pk=user.pk)
        if AccessToken.objects.of(user).count() >= TOKENS_PER_PERSON:
            raise TooManyTokens
        token = AccessToken.objects.create(
            user=user, name=name, digest=_digest(shown), scopes=sorted(set(scopes)), expires_at=expires_at
        )
    return token, shown


def holder(shown: str) -> AccessToken | None:
    """The token that a program has shown, with its person; None when it lets nobody in (any more)."""
    if not _TOKEN.fullmatch(shown):
        return None
    with wall.everyone("who shows a token is found by it"):
        token = _valid().select_related("user").filter(digest=_digest(shown)).first()
    if token is None:
        return None
    _note_use(token)
    return token


def is_still(token: AccessToken) -> bool:
    """Whether it lets its person in even now; for what takes longer than a request."""
    with wall.person(token.user_id):
        return _valid().filter(pk=token.pk).exists()


def of_headers(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """What `Authorization: Bearer …` shows; empty without."""
    given = [value for name, value in headers if name == b"authorization"]
    return bearer(given[0].decode("latin1")) if len(given) == 1 else ""


def bearer(header: str) -> str:
    kind, _space, shown = header.strip().partition(" ")
    return shown.strip() if kind.lower() == "bearer" else ""


def _valid():  # type: ignore[no-untyped-def]
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return AccessToken.objects.filter(unexpired, user__is_active=True)


def _note_use(token: AccessToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
        with wall.person(token.user_id):
            AccessToken.objects.of(token.user_id).filter(pk=token.pk).update(last_used_at=now)


def _digest(shown: str) -> str:
    return hashlib.sha256(shown.encode()).hexdigest()
