"""Naming a person on the command line."""

from __future__ import annotations

from django.core.management.base import CommandError

from memchat.users.models import User


def person(username: str) -> User:
    """The account of that name, in any case, as signing in finds it."""
    user = User.objects.filter(username__iexact=User.normalize_username(username)).first()
    if user is None:
        raise CommandError("There is no account of that name.")
    return user
