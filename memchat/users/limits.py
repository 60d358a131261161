"""How much one person may ask of the site in a time: counted in the database, for all processes and over restarts.

One row for each person and kind, with when its time began; the first use after that begins the next one. Counting
belongs to the transaction of what is counted: what fails or is refused has not been counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from memchat.postgres.prepared import BoundStatement, PreparedStatement, Row

MINUTE, DAY = 60, 86_400
MEGABYTE = 1024 * 1024

MESSAGES, TOKENS, UPLOADS, UPLOAD_BYTES = "messages", "tokens", "uploads", "upload_bytes"


class LimitReached(Exception):
    """Somebody may not do this now; `text` says so to them, and when they may."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__("a limit is reached")
        again = _("Try again %(in_time)s.") % {"in_time": in_time(retry_after)} if retry_after is not None else ""
        self.text = f"{text} {again}".strip()
        self.retry_after = retry_after


def with_retry_after(response: HttpResponse, seconds: float | None) -> HttpResponse:
    if seconds is not None:
        response["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def in_time(seconds: float) -> str:
    """Such as “in 20 seconds”; never too early."""
    whole = max(1, math.ceil(seconds))
    if whole < 100:
        return ngettext("in %d second", "in %d seconds", whole) % whole
    minutes = math.ceil(whole / 60)
    if minutes < 100:
        return ngettext("in %d minute", "in %d minutes", minutes) % minutes
    hours = math.ceil(minutes / 60)
    return ngettext("in %d hour", "in %d hours", hours) % hours


@dataclass(frozen=True, slots=True)
class Counted:
    """What has been used in the time that runs, this use with it, and how long that goes on."""

    used: int = 0
    seconds: float = 0.0

    def over(self, limit: int) -> bool:
        return 0 < limit < self.used


# A clock that was put back holds nobody up for more than twice the time.
_RUNS_ON = "since BETWEEN now() - make_interval(secs => {0}) AND now() + make_interval(secs => {0})"
_ON_CONFLICT = """
    ON CONFLICT (user_id, kind) DO UPDATE
    SET used = excluded.used + CASE WHEN counted.{runs_on} THEN counted.used ELSE 0 END,
        since = CASE WHEN counted.{runs_on} THEN counted.since ELSE now() END
    RETURNING kind, used, EXTRACT(EPOCH FROM since - now())::float + {0}
"""


def _on_conflict(seconds: int) -> str:
    return _ON_CONFLICT.format(seconds, runs_on=_RUNS_ON.format(seconds))


# Stands between a person and the first word of their reply.
_COUNT_MESSAGE = PreparedStatement(
    "count_message",
    f"""
    INSERT INTO users_counter AS counted (user_id, kind, since, used) VALUES (%(user)s, '{MESSAGES}', now(), 1)
    {_on_conflict(MINUTE)},
    (SELECT ARRAY[used, EXTRACT(EPOCH FROM since - now())::float + {DAY}] FROM users_counter
     WHERE user_id = %(user)s AND kind = '{TOKENS}' AND {_RUNS_ON.format(DAY)})
    """,
    {"user": "bigint"},
)

_COUNT_FOR_DAY = PreparedStatement(
    "count_for_day",
    f"""
    INSERT INTO users_counter AS counted (user_id, kind, since, used)
    SELECT %(user)s, kind, now(), amount FROM unnest(%(kinds)s::text[], %(amounts)s::bigint[]) AS asked (kind, amount)
    ORDER BY kind
    {_on_conflict(DAY)}
    """,
    {"user": "bigint", "kinds": "text[]", "amounts": "bigint[]"},
)

_TAKE_BACK = "UPDATE users_counter SET used = used - 1 WHERE user_id = %s AND kind = %s AND used > 0"


def _count_for_day(user_id: int, amounts: Mapping[str, int]) -> dict[str, Counted]:
    rows = _COUNT_FOR_DAY.fetch({"user": user_id, "kinds": [*amounts], "amounts": [*amounts.values()]})
    return {kind: Counted(used, left) for kind, used, left in rows}


# --- Messages and tokens -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that has been counted, and whether it may be sent."""

    messages: Counted = Counted()
    tokens: Counted = Counted()

    def check(self, runs: int) -> None:
        """`runs` are this person's that are under way. Raises LimitReached."""
        if 0 < settings.RUNS_AT_ONCE <= runs:
            most = settings.RUNS_AT_ONCE
            text = ngettext(
                "%d reply to you is being written, which is all that this site writes at once.",
                "%d replies to you are being written, which is all that this site writes at once.",
                most,
            )
            raise LimitReached(f"{text % most} {_('Try again when one has ended.')}")
        if self.messages.over(settings.MESSAGES_PER_MINUTE):
            most = settings.MESSAGES_PER_MINUTE
            text = ngettext(
                "This site takes %d message a minute.", "This site takes %d messages a minute from each person.", most
            )
            raise LimitReached(text % most, self.messages.seconds)
        if 0 < settings.TOKENS_PER_DAY <= self.tokens.used:
            raise LimitReached(
                _("Your replies have taken as many tokens as this site gives each person in a day."),
                self.tokens.seconds,
            )


def count_message(user_id: int) -> Sending:
    """Count a message; whether it may be sent is for the caller to `check`, once it is known to be a new one."""
    return sending([statement.fetch(values) for statement, values in counting(user_id)])


def counting(user_id: int) -> list[BoundStatement]:
    """What is to be asked to count a message, which is nothing where there is no limit; `sending` reads the answers."""
    if _is_limited():
        return [(_COUNT_MESSAGE, {"user": user_id})]
    return []


def _is_limited() -> bool:
    """Replies at once need it too: who counts a message waits for who counts another one of the same person."""
    return bool(settings.MESSAGES_PER_MINUTE or settings.TOKENS_PER_DAY or settings.RUNS_AT_ONCE)


def sending(answers: Sequence[list[Row]]) -> Sending:
    if not answers:
        return Sending()
    [[(_kind, used, left, tokens)]] = answers
    return Sending(Counted(used, left), Counted(int(tokens[0]), tokens[1]) if tokens else Counted())


def take_message_back(user_id: int) -> None:
    """It was counted before: the same one has come again."""
    if _is_limited():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_BACK, [user_id, MESSAGES])


def counting_tokens(user_id: int, tokens: int) -> list[BoundStatement]:
    """What is to be asked to count what a reply took; it is there already, so only the next message can be refused."""
    if settings.TOKENS_PER_DAY and tokens > 0:
        return [(_COUNT_FOR_DAY, {"user": user_id, "kinds": [TOKENS], "amounts": [tokens]})]
    return []


# --- Files ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def count_upload(user_id: int, size: int) -> None:
    """Count a file. Raises LimitReached."""
    if not (settings.UPLOADS_PER_DAY or settings.UPLOAD_MB_PER_DAY):
        return
    found = _count_for_day(user_id, {UPLOADS: 1, UPLOAD_BYTES: size})
    if found[UPLOADS].over(settings.UPLOADS_PER_DAY):
        most = settings.UPLOADS_PER_DAY
        text = ngettext(
            "This site takes %d file a day from each person.", "This site takes %d files a day from each person.", most
        )
        raise LimitReached(text % most, found[UPLOADS].seconds)
    if found[UPLOAD_BYTES].over(settings.UPLOAD_MB_PER_DAY * MEGABYTE):
        raise LimitReached(
            _("This site takes files of %d MB a day from each person.") % settings.UPLOAD_MB_PER_DAY,
            found[UPLOAD_BYTES].seconds,
        )
