"""The content security policy of the admin: the site's, without Trusted Types.

The scripts that Django's admin brings write HTML the old way, and jQuery does not even load under Trusted
Types. Everything else stays: no script but the site's own files, nothing inline, nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

WITHOUT_TRUSTED_TYPES = {"require-trusted-types-for": None, "trusted-types": None}


class AdminPolicyMiddleware:
    """Stands after `CSPMiddleware`, which reads what it leaves on the response."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        response = self._get_response(request)
        if request.path.startswith(reverse("admin:index")):
            response._csp_replace = WITHOUT_TRUSTED_TYPES  # type: ignore[attr-defined]
        return response
