"""The cache's counters of attempts to sign in and the like, which stand under hashes of names and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.core.internal.ratelimit import get_cache_key, get_rates
from django.conf import settings
from django.core.cache import cache

from memchat.users.models import User

_APP = "allauth.account"


def forget_attempts(user: User, addresses: Iterable[str]) -> None:
    """Remove the counters about one person, as far as this process reaches; what is left expires within minutes."""
    logins = {name.lower() for name in (user.get_username(), user.email, *addresses) if name}
    hosts = {urlsplit(origin).netloc for origin in settings.ALLOWED_ORIGINS}
    keys = logins | {f"{host}:{login}" for host in hosts for login in logins} | {f"mfa-auth-user-{user.pk}"}
    for action in app_settings.RATE_LIMITS:
        for rate in get_rates(app=_APP, action=action):
            if rate.per == "user":
                cache.delete(get_cache_key(None, app=_APP, action=action, rate=rate, user=user))
            elif rate.per == "key":
                for key in keys:
                    cache.delete(get_cache_key(None, app=_APP, action=action, rate=rate, key=key))
