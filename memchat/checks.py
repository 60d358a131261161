"""Start-up checks: every setting that cannot be used is named, with a hint, before anything is served."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError, connections

from memchat.users.usernames import UsernameValidator

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SECRET_KEY_CHARS = 50
_SECRET_KEY_KINDS = 10
_EXAMPLE_KEY = re.compile("insecure|change[-_ ]?(me|this)|example|(your|my)[-_ ]?secret|secret[-_ ]?key", re.IGNORECASE)
REDIS_SECONDS = 1.0
OF_SETTINGS = "settings"
"""What even a command needs that looks at nothing else: where a value cannot be used, a default is in its place."""


@register(OF_SETTINGS)
def settings_can_be_used(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(problem.message, hint=problem.hint or None, id=f"memchat.{problem.name}")
        for problem in settings.SETTING_PROBLEMS
    ]


@register()
def debug_stays_at_home(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG and is_public():
        return [
            Error(
                "MEMCHAT_DEBUG is on, and the site can be reached from other machines: errors would show them secrets.",
                hint="Remove MEMCHAT_DEBUG, or remove MEMCHAT_HOST and MEMCHAT_PUBLIC_URL.",
                id="memchat.MEMCHAT_DEBUG",
            )
        ]
    return []


@register()
def public_address_fits(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PUBLIC_URL:
        if settings.HOST in {"0.0.0.0", "::"}:  # noqa: S104
            return [
                Warning(
                    f"The site listens for other machines, but answers only to {' and '.join(settings.ALLOWED_HOSTS)}.",
                    hint="Set MEMCHAT_PUBLIC_URL to the address people type, for example https://chat.example.org.",
                    id="memchat.MEMCHAT_HOST",
                )
            ]
        return []
    if _public_host() in _LOOPBACK:
        return []
    if urlsplit(settings.PUBLIC_URL).scheme == "http":
        return [
            Warning(
                "MEMCHAT_PUBLIC_URL is http: passwords and messages cross the network for everyone to read.",
                hint="Put a proxy with TLS in front, and set MEMCHAT_PUBLIC_URL to its https address.",
                id="memchat.MEMCHAT_PUBLIC_URL",
            )
        ]
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return [
            Warning(
                "MEMCHAT_PUBLIC_URL is https, so there is a proxy, but MEMCHAT_TRUSTED_PROXIES is 0: "
                "all visitors together count as one when attempts to sign in are limited.",
                hint="Set MEMCHAT_TRUSTED_PROXIES to how many proxies add to X-Forwarded-For, usually 1.",
                id="memchat.MEMCHAT_TRUSTED_PROXIES",
            )
        ]
    return []


@register()
def secret_key_is_long(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) < _SECRET_KEY_CHARS:
        problem = f"MEMCHAT_SECRET_KEY is shorter than {_SECRET_KEY_CHARS} characters."
    elif len(set(settings.SECRET_KEY)) < _SECRET_KEY_KINDS or _EXAMPLE_KEY.search(settings.SECRET_KEY):
        problem = "MEMCHAT_SECRET_KEY is one that anybody could guess: an example, or the same few characters."
    else:
        return []
    return [
        Error(
            problem,
            hint="Remove it, and memchat makes one of its own; or set it to what `openssl rand -base64 48` prints.",
            id="memchat.MEMCHAT_SECRET_KEY",
        )
    ]


@register()
def mail_has_a_sender(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.MAIL_CONFIGURED:
        return []
    address = settings.DEFAULT_FROM_EMAIL
    if "<" in address:
        address = address.rpartition("<")[2].rstrip("> ")
    try:
        validate_email(address)
    except ValidationError:
        return [
            Error(
                f"MEMCHAT_EMAIL_FROM is no address that mail can come from: {settings.DEFAULT_FROM_EMAIL!r}.",
                hint="Set MEMCHAT_EMAIL_FROM to an address such as memchat@example.org.",
                id="memchat.MEMCHAT_EMAIL_FROM",
            )
        ]
    return []


@register()
def first_staff_is_complete(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    wanted = settings.FIRST_STAFF
    if not (wanted["username"] or wanted["password"]):
        return []
    if not (wanted["username"] and wanted["password"]):
        return [
            Error(
                "Of DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD only one is set.",
                hint="Set both, or neither: then a link for the first staff account is printed.",
                id="memchat.DJANGO_SUPERUSER_USERNAME",
            )
        ]
    try:
        UsernameValidator()(wanted["username"])
        if wanted["email"]:
            validate_email(wanted["email"])
    except ValidationError as error:
        return [
            Error(
                f"DJANGO_SUPERUSER_USERNAME or DJANGO_SUPERUSER_EMAIL cannot be used: {error.messages[0]}",
                hint="Change it, or remove both: then a link for the first staff account is printed.",
                id="memchat.DJANGO_SUPERUSER_USERNAME",
            )
        ]
    return []


@register(Tags.caches)
def redis_can_be_reached(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL:
        return []
    try:
        ping_redis()
    except Exception as error:
        return [
            Warning(
                f"Redis cannot be reached ({type(error).__name__}): other processes do not hear of this one's replies.",
                hint="Check REDIS_URL, and that Redis runs; with one process only, remove REDIS_URL.",
                id="memchat.REDIS_URL",
            )
        ]
    return []


@register(Tags.database)
def database_has_pgvector(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Run by `migrate` and by `check --database default`, not by every command."""
    if not databases or "default" not in databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
            if cursor.fetchone():
                return []
    except DatabaseError:
        return []  # the command itself will say that there is no connection
    return [
        Error(
            "The database's server does not have pgvector.",
            hint="Install pgvector 0.7 or newer on it (Debian: postgresql-17-pgvector).",
            id="memchat.DATABASE_URL",
        )
    ]


@register(Tags.database)
def database_role_is_ordinary(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Also looked at by `serve`, before anything is served."""
    if not databases or "default" not in databases:
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            superuser, passes_walls = cursor.fetchone() or (False, False)
    except DatabaseError:
        return []
    if not (superuser or passes_walls):
        return []
    # On a machine of one's own it is only untidy.
    kind = Error if is_public() else Warning
    what = "a superuser" if superuser else "one that row-level security does not hold"
    return [
        kind(
            f"The role of DATABASE_URL is {what}: "
            "whoever found a hole in the site could do anything on the database's server.",
            hint="Create a role that only owns its database (see docs/deployment.md), and name that in DATABASE_URL.",
            id="memchat.DATABASE_URL.role",
        )
    ]


def is_public() -> bool:
    """Whether other machines can reach the site."""
    return settings.HOST not in _LOOPBACK or _public_host() not in {"", *_LOOPBACK}


def ping_redis() -> str:
    """Redis's version; raises whatever kept it from answering."""
    import redis

    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    ) as client:
        client.ping()
        return str(client.info("server").get("redis_version", "?"))


def _public_host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or ""
