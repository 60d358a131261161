"""What gets into the log: what happened and where in the code, never what somebody wrote, their name or a key.

The words of an exception may be somebody's: the database's quote the row, a mail server's the address. So the log
has an exception's type, the database's code for it, and the lines it went through. Messages of other packages
lose what they were filled in with, which may be an address that somebody typed.
"""

from __future__ import annotations

import copy
import errno
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

_OURS = ("memchat", "conversations", "memories")
# Speaks of the database's server and nothing else.
_HARMLESS = ("psycopg.pool",)
_PHRASES = tuple(status.phrase for status in HTTPStatus)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a line of the log is about: ids, empty where there is none."""

    request: str = ""
    run: str = ""

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in (("request", self.request), ("run", self.run)) if value)


marks: ContextVar[Marks] = ContextVar("marks", default=Marks())  # noqa: B039  it is frozen
"""Of what is going on here; asynchronous code and `memchat.database` carry them along."""


def mark(**ids: str) -> None:
    """Have what is logged from here on name these ids, too."""
    marks.set(replace(marks.get(), **ids))


class WithoutTexts(logging.Formatter):
    """One line of text for each entry, and the places of an exception below it."""

    def format(self, record: logging.LogRecord) -> str:
        # A copy, without the traceback that another formatter may have left there, words and all.
        record = copy.copy(record)
        record.msg, record.args, record.exc_text = message_of(record), None, None
        if about := str(marks.get()):
            record.msg = f"{record.msg} [{about}]"
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802  its name in logging
        return account_of(ei[1])


def account_of(error: BaseException | None) -> str:
    """The traceback of an exception and of those that led to it, without their words."""
    parts = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append("".join(traceback.format_tb(error.__traceback__)) + kind_of(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "Traceback (most recent call last):\n" + "\nwhich led to\n".join(reversed(parts))


def kind_of(error: BaseException) -> str:
    """An exception in a few words that are nobody's."""
    name = type(error).__qualname__
    if isinstance(error, BaseExceptionGroup):
        return f"{name} of {', '.join(kind_of(one) for one in error.exceptions)}"
    if getattr(error, "words_are_for_the_log", False):
        return f"{name}: {error}"
    facts = ", ".join(_facts(error)) or ", ".join(_facts(error.__cause__))
    return f"{name} ({facts})" if facts else name


def _facts(error: BaseException | None) -> Iterator[str]:
    if isinstance(code := getattr(error, "sqlstate", None), str):
        yield f"SQLSTATE {code}"
        if constraint := getattr(getattr(error, "diag", None), "constraint_name", None):
            yield str(constraint)
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        yield errno.errorcode[error.errno]
    for name in ("status_code", "smtp_code"):
        if isinstance(code := getattr(error, name, None), int):
            yield str(code)


class JsonLines(WithoutTexts):
    """One JSON object in one line for each entry, with the same things left out."""

    def format(self, record: logging.LogRecord) -> str:
        about = marks.get()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        if about.request:
            line["request_id"] = about.request
        if about.run:
            line["run_id"] = about.run
        if record.name.partition(".")[0] in _OURS:
            line |= getattr(record, "fields", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=lambda value: type(value).__qualname__)


# --- Messages ------------------------------------------------------------------------------------------------------


class _Left:
    """Stands for what is left out of a message."""

    def __str__(self) -> str:
        return "…"

    __repr__ = __str__


def message_of(record: logging.LogRecord) -> str:
    """What an entry says, without anybody's words."""
    top = record.name.partition(".")[0]
    text = str(record.msg)
    if top not in _OURS and record.name not in _HARMLESS:
        # Formatted before it came here, it may go on with the repr of anything; asyncio's does.
        text = text.partition("\n")[0]
        text = text.partition("(")[0] if top == "asyncio" else text
        shown: Any = _foreign
    else:
        shown = _own
    arguments = record.args
    if not arguments:
        return text
    try:
        if isinstance(arguments, Mapping):
            return text % {name: shown(value, record) for name, value in arguments.items()}
        return text % tuple(shown(value, record) for value in arguments)
    except (TypeError, ValueError, KeyError):
        return text


def _own(value: Any, record: logging.LogRecord) -> Any:
    return kind_of(value) if isinstance(value, BaseException) else value


def _foreign(value: Any, record: logging.LogRecord) -> Any:
    if isinstance(value, BaseException):
        return kind_of(value)
    if isinstance(value, int | float) or value in _PHRASES:
        return value
    request = getattr(record, "request", None)
    if request is not None and value == getattr(request, "path", None):
        # The address as the site knows it, not as somebody typed it.
        match = getattr(request, "resolver_match", None)
        return f"/{match.route}" if match else _Left()
    return _Left()


# --- What does not come through logging by itself ------------------------------------------------------------------


def catch_strays() -> None:
    """Have this process log what Python and Twisted would print themselves."""
    logger = logging.getLogger("memchat.strays")

    def ended(kind: type[BaseException], error: BaseException | None, place: TracebackType | None) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        logger.error("nobody caught this", exc_info=(kind, error, place))

    sys.excepthook = ended
    threading.excepthook = lambda told: ended(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: ended(told.exc_type, told.exc_value, told.exc_traceback)


def listen_to_twisted() -> None:
    """Lead Twisted's own log into this one."""
    from twisted.logger import STDLibLogObserver, globalLogPublisher

    # Not with `beginLoggingTo`, which daphne calls, and which complains when it is called twice.
    observer: Any = STDLibLogObserver()
    globalLogPublisher.addObserver(observer)
