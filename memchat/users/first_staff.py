"""How a new site gets its first superuser: from the environment, or through a link that works once.

The link's secret lies in the data directory, readable by its owner alone like the site's secret key. It
opens nothing as soon as there is a superuser.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare

from memchat.users.models import User

# Any number, but the same in every process: whoever holds this lock may make the first superuser.
_LOCK = 7_146_353_201


class FirstStaffError(Exception):
    """No superuser could be made; the message says why."""


def is_wanted() -> bool:
    """Tell whether the site has no superuser yet. Once it has one, a link that is left over ends."""
    if not User.objects.filter(is_superuser=True).exists():
        return True
    _token_file().unlink(missing_ok=True)
    return False


def link() -> str:
    """The address of the page that makes the first superuser; the same until it was used."""
    return f"{settings.SITE_URL}/first-staff/{_token()}/"


def opens(token: str) -> bool:
    """Tell whether this token opens that page now."""
    try:
        expected = _token_file().read_text().strip()
    except FileNotFoundError:
        return False
    return bool(expected) and constant_time_compare(token, expected) and is_wanted()


def make(username: str, email: str, password: str) -> User:
    """Make the first superuser, unless another process or a second click was faster."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not is_wanted():
            raise FirstStaffError("The site has a superuser already.")
        username = User.normalize_username(username)
        if User.objects.filter(username__iexact=username).exists():
            raise FirstStaffError("This name is taken by an account that is not a superuser.")
        user = User.objects.create_superuser(username, email, password)
    is_wanted()
    return user


def make_from_settings() -> User | None:
    """Make the superuser that DJANGO_SUPERUSER_* describe, if they do and the site has none."""
    wanted = settings.FIRST_STAFF
    if not (wanted["username"] and wanted["password"]) or not is_wanted():
        return None
    return make(wanted["username"], wanted["email"], wanted["password"])


def _token_file() -> Path:
    return Path(settings.DATA_DIR) / "first_staff_token"


def _token() -> str:
    """Read the secret, or make one on first use. It appears whole or not at all, whoever else is starting."""
    file = _token_file()
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
