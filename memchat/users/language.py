"""The language a person has chosen: kept with the account, and in each of their browsers as a cookie.

The middleware reads the cookie, so that no page waits for the account; signing in brings it to a new browser. Who has
chosen nothing gets what their browser asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.translation import check_for_language, get_language_from_request
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


class LanguageMiddleware(LocaleMiddleware):
    """Also says that a page depends on the cookie: Django's own says so of Accept-Language alone."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        patch_vary_headers(response, ("Cookie",))
        return response


@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the language and lead back to the page."""
    code = request.POST.get("language", "")
    user: Any = request.user
    if user.is_authenticated and _is_offered(code):
        user.language = code
        user.save(update_fields=["language"])
    return set_language(request)


def bring_along(user: Any, response: HttpResponseBase) -> HttpResponseBase:
    """Let a browser in which somebody has just signed in speak their language."""
    if _is_offered(user.language):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def language_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The language of the pages that a browser with these headers is given, for a socket of theirs."""
    request = HttpRequest()
    for name, value in headers:
        if name == b"cookie":
            request.COOKIES.update(parse_cookie(value.decode("latin1")))
        elif name == b"accept-language":
            request.META["HTTP_ACCEPT_LANGUAGE"] = value.decode("latin1")
    return get_language_from_request(request)


def _is_offered(code: str) -> bool:
    return code in dict(settings.LANGUAGES) and check_for_language(code)
