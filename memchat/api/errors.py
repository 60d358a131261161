"""What can go wrong, as programs are told."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from conversations.arranging import NotDone
from conversations.attachments.errors import STATUS as STATUS_OF_FILE
from conversations.attachments.errors import AttachmentProblem
from conversations.errors import COMMAND_ERRORS, TurnError
from memchat import room
from memchat.api.reading import Problem, too_large
from memchat.api.shapes import Error
from memchat.text import storable
from memchat.users.limits import LimitReached
from memchat.web import programs

logger = logging.getLogger(__name__)

ERRORS: dict[Any, Any] = {frozenset({400, 401, 403, 404, 409, 413, 422, 429, 503}): Error}
"""For the description: any operation may answer so."""

STATUS = {
    "not_found": 404,
    "busy": 409,
    "not_ended": 409,
    "has_its_end": 409,
    "limited": 429,
    "unavailable": 503,
    "read_only": 503,
    "slow_down": 429,
}
"""Of what the turns refuse; everything else is a field that cannot be so."""


def of_turn(error: TurnError) -> HttpResponse:
    status = STATUS.get(error.kind, 422)
    return programs.error(error.kind, str(error.text), status, retry_after=error.retry_after)


def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return programs.error(error.code, error.message, error.status, param=error.param, retry_after=error.retry_after)


def _no_file(request: HttpRequest, error: AttachmentProblem) -> HttpResponse:
    status = STATUS_OF_FILE.get(error.kind, 422)
    # What takes too long or cannot be done now is worth another try.
    after = error.retry_after or (2 if status == 503 else None)
    return programs.error(error.kind, error.text, status, param="file", retry_after=after)


def not_let_in() -> HttpResponse:
    return programs.error("not_signed_in", _("Show a token that works: “Authorization: Bearer …”."), 401)


def _wrong_shape(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    # The place begins with where it stood, and for bodies with the name that the code has for it.
    place = [str(part) for part in first.get("loc", ())]
    param = storable(".".join(place[2:] if place[:1] == ["body"] and len(place) > 2 else place[1:]))[:100] or None
    message = _("The field “%(name)s” is missing or has the wrong shape.") % {"name": param or "body"}
    return programs.error("bad_field", message, 422, param=param)


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Problem):
        return _problem(request, error.__cause__)
    return programs.error("bad_request", _("That could not be read."), error.status_code)


def _of_database(error: Exception) -> HttpResponse:
    if room.note(error):
        return of_turn(TurnError("read_only", retry_after=room.RETRY_SECONDS))
    if not isinstance(error, OperationalError | InterfaceError):
        raise error
    logger.warning("a program was not answered: %s", type(error).__name__)
    return programs.error("unavailable", str(COMMAND_ERRORS["unavailable"]), 503, retry_after=2)


HANDLERS: dict[type[Exception], Any] = {
    Problem: _problem,
    RequestDataTooBig: lambda request, error: _problem(request, too_large()),
    TurnError: lambda request, error: of_turn(error),
    AttachmentProblem: _no_file,
    NotDone: lambda request, error: programs.error("refused", error.text, 422),
    LimitReached: lambda request, error: programs.error("limited", error.text, 429, retry_after=error.retry_after),
    room.NoRoom: lambda request, error: room.refused(request),
    Http404: lambda request, error: of_turn(TurnError("not_found")),
    AuthenticationError: lambda request, error: not_let_in(),
    ValidationError: _wrong_shape,
    HttpError: _unreadable,
    DatabaseError: lambda request, error: _of_database(error),
    InterfaceError: lambda request, error: _of_database(error),
}


def answer_to(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The same outside of the operations; None for what is an error of the site."""
    for kind, handler in HANDLERS.items():
        if isinstance(error, kind):
            answer: HttpResponse = handler(request, error)
            return answer
    return None


def register(api: NinjaAPI) -> None:
    """Have every error of these operations told in the one shape."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)
