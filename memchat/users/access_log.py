"""Looking at what people wrote: who may, and the entry that each look leaves.

An entry is written before the text is sent; when it cannot be written, no text is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from memchat.users.models import AccessKind, AccessLogEntry

PERMISSION = "users.view_text"
SAME_LOOK = timedelta(minutes=10)
"""Within this time the same look by the same person is one entry."""
REASON_MAX_CHARS = 500

_REASON = "reason_to_look"
# Names this module's lock, so that it shares none with others on the same number.
_LOCK = 0x6C6F67 << 40


def may_view_text(request: HttpRequest) -> bool:
    """Whether this member of staff may look at what people wrote. Every look is to be noted, superusers' too."""
    user: Any = request.user
    return bool(user.is_active and user.is_staff and user.has_perm(PERMISSION))


def reason_to_look(request: HttpRequest) -> str:
    """Why they look, in their own words; empty when they have not said."""
    return str(request.session.get(_REASON, ""))


def set_reason_to_look(request: HttpRequest, reason: str) -> None:
    """Keep a reason, which the entries of this session give from now on."""
    request.session[_REASON] = tidied(reason)


def tidied(reason: str) -> str:
    """A reason as it is stored: one line, and not too long."""
    return " ".join(reason.replace("\x00", " ").split())[:REASON_MAX_CHARS]


def note(
    request: HttpRequest, owner_id: int, what: str, kind: AccessKind = AccessKind.READ, *, reason: str = ""
) -> None:
    """Note one look of this request's staff at one person's text; `what` names the object and holds no text of it."""
    note_each(request, [owner_id], what, kind, reason=reason)


def note_each(
    request: HttpRequest, owner_ids: Iterable[int], what: str, kind: AccessKind = AccessKind.READ, *, reason: str = ""
) -> None:
    """The same for several people. Looking at one's own text is nobody else's business, and not noted."""
    staff: Any = request.user
    owners = sorted(set(owner_ids) - {staff.pk})
    if not owners:
        return
    reason = tidied(reason) or reason_to_look(request)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One look at a time, so that two at once are not both the first.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK ^ staff.pk])
        if kind != AccessKind.FORGOT:
            same = AccessLogEntry.objects.filter(
                user__in=owners, staff=staff, kind=kind, what=what, reason=reason, at__gt=timezone.now() - SAME_LOOK
            )
            noted = set(same.values_list("user_id", flat=True))
            owners = [owner for owner in owners if owner not in noted]
        AccessLogEntry.objects.bulk_create(
            AccessLogEntry(
                user_id=owner, staff=staff, staff_name=staff.get_username(), kind=kind, what=what, reason=reason
            )
            for owner in owners
        )
