"""Who a program works for: whom the token it shows belongs to, whatever cookies come with the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from memchat import programs
from memchat.users import tokens
from memchat.users.models import AccessToken


class BearerMiddleware:
    """Sets `request.user` and `request.access_token` where programs ask; before whatever works for the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not programs.asks(request):
            return self._get_response(request)
        token = tokens.holder(tokens.bearer(request.headers.get("Authorization", "")))
        asked: Any = request
        asked.access_token, asked.user = token, token.user if token else AnonymousUser()
        response = self._get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


def token_of(request: HttpRequest) -> AccessToken | None:
    found: AccessToken | None = getattr(request, "access_token", None)
    return found
