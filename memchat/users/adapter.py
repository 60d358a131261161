"""How this site uses allauth, where it differs from allauth's own ways."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from memchat.users import language
from memchat.users.models import User

EMAIL_MAX_CHARS = 254

logger = logging.getLogger("memchat.users")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """One spelling per name: é typed as one character or as two is the same."""
        return str(super().clean_username(User.normalize_username(username), shallow))

    def clean_email(self, email: str) -> str:
        """Refuse what does not fit: allauth would cut it, and an address that is cut is someone else's."""
        if len(email) > EMAIL_MAX_CHARS:
            raise ValidationError(_("An e-mail address has at most %d characters.") % EMAIL_MAX_CHARS)
        return str(super().clean_email(email))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Send whoever was second to sign in: by a double click, it is their own account that has the name by now."""
        try:
            with transaction.atomic():
                return cast(User, super().save_user(request, user, form, commit))
        except IntegrityError:
            messages.error(request, User._meta.get_field("username").error_messages["unique"])
            raise ImmediateHttpResponse(redirect("account_login")) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        if "username" in credentials:
            credentials["username"] = User.normalize_username(credentials["username"])
        return super().authenticate(request, **credentials)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponseBase:
        return language.bring_along(user, super().post_login(request, user, **more))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down must not take signing up and changing passwords down with it."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.error("A mail (%s) could not be sent: %s", template_prefix, error)
            if self.request is not None:
                messages.error(
                    self.request, _("The mail could not be sent. Try again later, or ask the site's administrator.")
                )
