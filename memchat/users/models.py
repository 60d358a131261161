"""The site's account."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from memchat.users.usernames import UsernameValidator


class User(AbstractUser):
    """A person with an account; everything they say and everything remembered of them belongs to it."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        help_text=_("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        validators=[UsernameValidator()],
        error_messages={"unique": _("A user with that username already exists.")},
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            # Signing in ignores case; so does this, which also serves that lookup.
            models.UniqueConstraint(
                Upper("username"),
                name="user_one_per_username",
                violation_error_message=_("A user with that username already exists."),
            ),
        ]
        indexes = [
            # Signing in and resetting a password by address.
            models.Index(fields=["email"], name="user_by_email"),
        ]

    def deactivate(self) -> None:
        """Close the account, keeping its data, and end its sessions at once."""
        self.is_active = False
        self.save(update_fields=["is_active"])
        self.end_sessions()

    def end_sessions(self) -> None:
        """Sign this person out everywhere."""
        from allauth.usersessions.models import UserSession

        for session in UserSession.objects.filter(user=self):
            session.end()
