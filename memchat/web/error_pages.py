"""The pages for what is wrong, made without another look at what was sent.

Django's own read the form first, for its token. One that cannot be read (broken parts, characters that are no UTF-8)
then raises once more, and what was the sender's mistake ends as an error of the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotFound,
    HttpResponseServerError,
)
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from memchat.web import programs


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if programs.asks(request):
        return programs.error("bad_request", _("That could not be read."), 400)
    return HttpResponseBadRequest(render_to_string("400.html"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponseForbidden(_page("403.html", request, {"exception": str(exception)}))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if programs.asks(request):
        return programs.error("not_found", _("There is no such thing here."), 404)
    return HttpResponseNotFound(_page("404.html", request))


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither the database nor anything of the request."""
    if programs.asks(request):
        return programs.error("server_error", _("Something went wrong on this site."), 500)
    return HttpResponseServerError(render_to_string("500.html"))


def _page(template: str, request: HttpRequest, context: Mapping[str, Any] | None = None) -> str:
    """A page that shows who is signed in.

    Django makes it on any thread of the process. What connection it takes nobody would ever give back: one for each
    thread, and on a machine of many cores none would be left in the pool.
    """
    try:
        return render_to_string(template, context, request)
    finally:
        if not connection.in_atomic_block:
            connection.close()
