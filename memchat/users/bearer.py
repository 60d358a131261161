"""Who a program works for: whom the token it shows belongs to, whatever cookies come with the request."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from memchat import room
from memchat.users import tokens
from memchat.users.models import AccessToken
from memchat.web import programs

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2


class BearerMiddleware:
    """Sets `request.user` and `request.access_token` where programs ask; before whatever works for the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not programs.asks(request):
            return self._get_response(request)
        try:
            token = tokens.holder(tokens.bearer(request.headers.get("Authorization", "")))
        except (DatabaseError, InterfaceError) as error:
            return _unanswered(request, error)
        asked: Any = request
        asked.access_token, asked.user = token, token.user if token else AnonymousUser()
        response = self._get_response(request)
        if response.status_code == 405:
            response = programs.not_allowed(response)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


def _unanswered(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """What is said where nobody can tell whose token it is. This stands before all that makes errors into answers."""
    if room.note(error):
        return room.refused(request)
    logger.warning("a program was not answered: %s", type(error).__name__)
    return programs.error("unavailable", _("The server cannot answer right now."), 503, retry_after=RETRY_SECONDS)


def token_of(request: HttpRequest) -> AccessToken | None:
    found: AccessToken | None = getattr(request, "access_token", None)
    return found
