"""Where somebody who has to sign in first comes back to: a page, also when a form was what they sent."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse

SAFE_METHODS = frozenset({"GET", "HEAD"})


class BackToAPage:
    """Sends those who posted a form signed out to sign in, and then to the page of the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.method in SAFE_METHODS or response.status_code != 302:
            return response
        sign_in = resolve_url(settings.LOGIN_URL)
        if response["Location"] == f"{sign_in}?{urlencode({'next': request.get_full_path()}, safe='/')}":
            response["Location"] = f"{sign_in}?{urlencode({'next': _page_of(request)}, safe='/')}"
        return response


def _page_of(request: HttpRequest) -> str:
    """The page that a form was sent from, where the browser tells and it is one of this site."""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return reverse("home")
    if came_from.netloc != request.get_host():
        return reverse("home")
    return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
