"""Who asks, and what they have sent: tokens with their scopes, JSON that is JSON, and cursors."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser
from ninja.security import HttpBearer

from memchat.users.bearer import token_of
from memchat.users.models import AccessToken

BODY_MAX_BYTES = 1_000_000
MOST_ROWS = 100
ROWS = 30
_CURSOR = re.compile(r"(-?\d{1,18})\.([0-9a-f-]{1,36})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Problem(Exception):
    """Something that a program is told instead of an answer."""

    def __init__(
        self, code: str, message: str, status: int, *, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.param, self.retry_after = code, message, status, param, retry_after


class Bearer(HttpBearer):
    """Lets a token in that has a scope; which token was shown, the middleware has looked up."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken | None:
        held = token_of(request)
        if held is not None and (lacking := [one for one in self.scopes if one not in held.scopes]):
            message = _("This token lacks the scope %(scope)s.") % {"scope": lacking[0]}
            raise Problem("missing_scope", message, 403)
        return held


class StrictJson(Parser):
    """JSON as the standard has it, and no more of it than is needed."""

    def parse_body(self, request: HttpRequest) -> Any:
        return body_of(request)


def body_of(request: HttpRequest, most: int = BODY_MAX_BYTES) -> Any:
    """The JSON that was sent. Raises Problem."""
    length = request.headers.get("Content-Length", "")
    if (length.isascii() and length.isdigit() and int(length[:18]) > most) or len(body := request.body) > most:
        raise too_large()
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem("bad_json", _("That is no JSON."), 400) from None


def wrong_field(name: str) -> Problem:
    text = _("The field “%(name)s” is missing or has the wrong shape.") % {"name": name}
    return Problem("bad_field", text, 400, param=name)


def too_large() -> Problem:
    return Problem("too_large", _("That is too large to be sent at once."), 413)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def page_of(rows: QuerySet[Any], cursor: str, limit: int, by: str = "created_at") -> tuple[list[Any], str | None]:
    """The rows after the one that a cursor names, newest first by `by`; and the next cursor. Raises Problem."""
    if cursor:
        when, pk = _place(cursor, rows.model._meta.pk.get_internal_type() == "UUIDField")
        rows = rows.filter(Q(**{f"{by}__lt": when}) | Q(**{by: when, "pk__lt": pk}), **{f"{by}__lte": when})
    shown = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    if len(shown) <= limit:
        return shown, None
    last = shown[limit - 1]
    microseconds = round((getattr(last, by) - _EPOCH).total_seconds() * 1_000_000)
    return shown[:limit], f"{microseconds}.{last.pk}"


def start_of(cursor: str) -> int:
    """Where a ranked list goes on. Raises Problem."""
    if not cursor:
        return 0
    if not re.fullmatch(r"[0-9]{1,5}", cursor):
        raise bad_cursor()
    return int(cursor)


def _place(cursor: str, is_uuid: bool) -> tuple[datetime, Any]:
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is None:
            raise ValueError
        when = datetime.fromtimestamp(int(found[1]) / 1_000_000, UTC)
        return when, uuid.UUID(found[2]) if is_uuid else int(found[2][:18])
    except (ValueError, OverflowError, OSError):
        raise bad_cursor() from None


def bad_cursor() -> Problem:
    return Problem("bad_cursor", _("That is no cursor of this list."), 422, param="cursor")
