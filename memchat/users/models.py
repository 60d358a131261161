"""The site's account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from memchat import wall
from memchat.users.access_words import in_words
from memchat.users.usernames import UsernameValidator

INSTRUCTIONS_MAX_CHARS = 4_000


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

    memory_on = models.BooleanField(
        _("memory"),
        default=True,
        db_default=True,
        help_text=_("Off: nothing is read from this person's memories and nothing is added to them, in any thread."),
    )
    custom_instructions = models.TextField(
        _("custom instructions"), blank=True, default="", db_default="", max_length=INSTRUCTIONS_MAX_CHARS
    )
    # Empty: what each browser asks for. The languages that are offered are those that are translated, hence no choices.
    language = models.CharField(_("language"), max_length=20, blank=True, default="", db_default="")

    forgot_all_at = models.DateTimeField(
        null=True, editable=False, help_text=_("What was said before then is not learned any more.")
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

    _password_taken = False

    def set_password(self, raw_password: str | None) -> None:
        """As Django's, for which None takes the password away."""
        super().set_password(raw_password)
        self._password_taken = raw_password is None

    def set_unusable_password(self) -> None:
        """As Django's. Saved, it ends what was opened with the password."""
        super().set_unusable_password()
        self._password_taken = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's. A new password, however it was set, ends what was opened with the old one.

        Addresses are stored as they are looked for when somebody signs in: in small letters.
        """
        self.email = self.email.lower()
        # Set by set_password, and not when the same password is only hashed anew.
        is_new = self._password is not None or self._password_taken  # type: ignore[attr-defined]
        is_new = is_new and self.pk is not None
        super().save(*args, **kwargs)
        self._password_taken = False
        if is_new:
            self.revoke_tokens()

    def deactivate(self) -> None:
        """Close the account, keeping its data, and end its sessions and tokens at once."""
        self.is_active = False
        self.save(update_fields=["is_active"])
        self.end_sessions()
        self.revoke_tokens()

    def revoke_tokens(self) -> None:
        """Let no program in any more."""
        with wall.person(self.pk):
            AccessToken.objects.of(self).delete()

    def end_sessions(self) -> None:
        """Sign this person out everywhere."""
        from allauth.usersessions.models import UserSession

        for session in UserSession.objects.filter(user=self):
            session.end()


class AccessKind(models.TextChoices):
    READ = "read", _("Read")
    EXPORTED = "exported", _("Exported")
    FORGOT = "forgot", _("Forgot on request")
    WROTE = "wrote", _("Wrote on request")


class AccessLogEntry(models.Model):
    """One time that staff looked at a person's text or removed some. That person can read it; it holds no text."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="access_log", db_index=False, verbose_name=_("person")
    )
    staff = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("staff"))
    staff_name = models.CharField(_("name of the staff member"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=AccessKind)
    what = models.CharField(_("what"), max_length=200, help_text=_("Which object, without any text of it."))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("access to someone's text")
        verbose_name_plural = _("access log")
        default_permissions = ()
        permissions = [("view_text", _("Can look at what people wrote"))]
        indexes = [models.Index(fields=["user", "-at", "-id"], name="access_log_of_person")]

    def __str__(self) -> str:
        return f"{self.staff_name}: {self.kind} {self.what}"

    @property
    def what_in_words(self) -> str:
        return in_words(self.what)


class Scope(models.TextChoices):
    """What a program may do with a token."""

    READ_THREADS = "threads:read", pgettext_lazy("what a program may do", "Read your threads")
    WRITE_THREADS = "threads:write", pgettext_lazy("what a program may do", "Write in your threads and change them")
    READ_MEMORIES = "memories:read", pgettext_lazy("what a program may do", "Read your memories")
    WRITE_MEMORIES = "memories:write", pgettext_lazy("what a program may do", "Change your memories")
    CHAT = "chat", pgettext_lazy("what a program may do", "Ask models for replies that know your memories")
    ACCOUNT = "account", pgettext_lazy("what a program may do", "See your account and change its settings")


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def of(self, user: Any) -> AccessTokenQuerySet:
        """The tokens of one person."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)


class AccessToken(models.Model):
    """What a program shows instead of a password; see memchat/users/tokens.py. Only a hash of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens", db_index=False)
    name = models.CharField(_("name"), max_length=100)
    # Of 256 random bits, which nobody can guess: a slow hash would protect nothing and cost each request.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="access_token_of_person")]

    def __str__(self) -> str:
        # Not its name, which its person has chosen.
        return f"access token {self.pk}"

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]


class Counter(models.Model):
    """How much somebody has used of what is limited, in the time that began at `since`; see memchat/users/limits.py."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    since = models.DateTimeField(default=timezone.now)
    used = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="counter_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.used}"


class CacheRow(models.Model):
    """The table of the site's cache (memchat/lasting_cache.py), which is nobody's. Only migrations need this class."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "memchat_cache"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.cache_key)
