"""The log says what failed and where. It never holds anybody's words, name or key, whoever logs."""

from __future__ import annotations

import io
import logging
import logging.config
import smtplib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings
from django.urls import path

from memchat.monitoring import logs
from memchat.urls import urlpatterns as site_urls
from memchat.users.models import User
from memories.embedding.base import EmbedderUnavailable

WORD = "quokkasand"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site's own handler writes, set up as the settings say."""
    shown = io.StringIO()
    formatter = settings.LOGGING["formatters"]["line"]
    handler = logging.StreamHandler(shown)
    handler.setFormatter(logs.WithoutTexts(formatter["format"], style=formatter["style"]))
    root = logging.getLogger()
    root.addHandler(handler)
    yield shown
    root.removeHandler(handler)


def test_the_site_uses_it_for_everything_and_nothing_else_prints() -> None:
    formatter = settings.LOGGING["formatters"]["line"]
    assert formatter["class"] == "memchat.monitoring.logs.WithoutTexts"
    assert set(settings.LOGGING["handlers"]) == {"console"}
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
    assert "console" not in settings.EMAIL_BACKEND or settings.MAIL_CONFIGURED


@pytest.mark.django_db
def test_a_database_error_gives_its_code_and_place_and_not_the_row(log: io.StringIO) -> None:
    User.objects.create(username=WORD)
    try:
        with transaction.atomic():
            User.objects.create(username=WORD)
    except IntegrityError as error:
        assert WORD in str(error), "PostgreSQL quotes the row"
        logging.getLogger("conversations.turns").exception("a turn failed")
        logging.getLogger("memories.tasks").warning("it failed: %s", error)
        logging.getLogger("somebody.else").error("it failed: %s", error, exc_info=error)
    shown = log.getvalue()
    assert WORD not in shown
    assert "SQLSTATE 23505" in shown and "users_user_username_key" in shown
    assert "test_logs.py" in shown and "IntegrityError" in shown and "UniqueViolation" in shown


def test_exceptions_that_led_to_others_are_told_without_their_words(log: io.StringIO) -> None:
    try:
        try:
            raise ValueError(WORD)
        except ValueError as first:
            raise ExceptionGroup(WORD, [KeyError(WORD), OSError(13, WORD)]) from first
    except ExceptionGroup:
        logging.getLogger("memchat").exception("both failed")
    shown = log.getvalue()
    assert WORD not in shown
    assert "ValueError" in shown and "which led to" in shown
    assert "ExceptionGroup of KeyError, PermissionError (EACCES)" in shown


def test_a_mail_that_bounces_does_not_tell_the_address(log: io.StringIO) -> None:
    refused = smtplib.SMTPRecipientsRefused({f"{WORD}@example.org": (550, WORD.encode())})
    logging.getLogger("memchat.users").error("A mail (%s) could not be sent: %s", "reset", refused)
    assert WORD not in log.getvalue()
    assert "A mail (reset) could not be sent: SMTPRecipientsRefused" in log.getvalue()


def test_what_is_written_for_the_log_is_shown(log: io.StringIO) -> None:
    logging.getLogger("memories").warning("%s: %d", EmbedderUnavailable("small-256 did not answer"), 3)
    assert "EmbedderUnavailable: small-256 did not answer: 3" in log.getvalue()


@pytest.mark.parametrize(
    ("name", "message", "arguments", "shown"),
    [
        ("daphne.server", "Exception inside application: %s", (ValueError(WORD),), "ValueError"),
        ("daphne.server", "%r for %r took too long", (WORD, f"uri=/?q={WORD}"), "… for … took too long"),
        ("asyncio", f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{WORD}')>", (), "never"),
        ("asyncio", f"Exception in callback publish({{'text': '{WORD}'}})", (), "Exception in callback publish"),
        ("twisted", f"Unhandled Error\nTraceback\n{WORD}", (), "Unhandled Error"),
        ("other", "%(count)d of %(what)s", ({"count": 3, "what": WORD},), "3 of …"),
    ],
)
def test_messages_of_other_packages_lose_what_they_were_filled_in_with(
    log: io.StringIO, name: str, message: str, arguments: tuple[Any, ...], shown: str
) -> None:
    logging.getLogger(name).error(message, *arguments)
    assert WORD not in log.getvalue()
    assert shown in log.getvalue()


def failing(request: Any, **_: Any) -> Any:
    raise ValueError(WORD)


urlpatterns = [path("threads/<str:word>/", failing), *site_urls]


@override_settings(ROOT_URLCONF="tests.test_logs", STATIC_ROOT=None)
def test_addresses_are_logged_as_the_site_knows_them(log: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    assert client.get(f"/threads/{WORD}/?q={WORD}").status_code == 500
    assert client.get(f"/{WORD}/").status_code == 404
    shown = log.getvalue()
    assert WORD not in shown
    assert "Internal Server Error: /threads/<str:word>/" in shown
    assert "ValueError" in shown and "Not Found: …" in shown


def test_what_nobody_caught_is_logged_and_not_printed(
    log: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    logs.catch_strays()

    def die() -> None:
        raise ValueError(WORD)

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(WORD), None)
    assert WORD not in log.getvalue() + capsys.readouterr().err
    assert log.getvalue().count("nobody caught this") == 2


def test_the_log_of_another_formatter_is_not_taken_over(log: io.StringIO) -> None:
    """A handler that ran earlier leaves its traceback in the record, words and all."""
    record = logging.LogRecord("memchat", logging.ERROR, "x.py", 1, "it failed", None, None)
    try:
        raise ValueError(WORD)
    except ValueError:
        record.exc_info = sys.exc_info()
    assert WORD in logging.Formatter().format(record)
    assert WORD not in logs.WithoutTexts().format(record)


@pytest.mark.django_db
def test_the_embedded_servers_own_log_has_no_statements(tmp_path: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE 'log_%'")
        found = dict(cursor.fetchall())
    assert found["log_min_error_statement"] == "panic"
    assert found["log_min_messages"] == "log"
    assert found["log_error_verbosity"] == "terse"
    file = settings.DATA_DIR / "postgres" / "log"
    for statement in (
        "INSERT INTO users_user (username) VALUES (%s)",  # a row that lacks columns, which is then quoted
        "SELECT %s::int",
        f"SELECT '{WORD}' FROM {WORD} WHERE %s = ''",
    ):
        with pytest.raises(Exception, match=WORD), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [WORD])
    assert WORD not in file.read_text(errors="replace")
