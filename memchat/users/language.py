"""The language a person has chosen: kept with the account, and in each of their browsers as a cookie.

LocaleMiddleware reads the cookie, so that no page waits for the account; signing in brings it to a new browser.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


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


def _is_offered(code: str) -> bool:
    return code in dict(settings.LANGUAGES) and check_for_language(code)
