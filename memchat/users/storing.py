"""Nothing that is shown to one person stays in the browser for whoever sits there next."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control


class KeptNowhere:
    """Says so of every answer for which somebody's session was looked at, unless its view says how it may be kept.

    Without it a browser may show a page again from what it has kept, after its person has signed out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.session.accessed and not response.has_header("Cache-Control"):
            # Without a time of day, by which two answers would differ that have to be the same.
            patch_cache_control(response, no_cache=True, no_store=True, must_revalidate=True, private=True)
        return response
