"""What machines ask of a process, and what its log says of requests."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import checks
from pytest_django import Settings

from conversations.models import Message, State, Thread
from conversations.turns import announce
from memchat.asgi import application
from memchat.database import close_threads, in_database
from memchat.monitoring import logs, metrics, probes, readiness, request_log, telemetry
from memchat.monitoring.probes import Look
from memchat.postgres import pending
from tests.live.site import ROOT

TOKEN = "a token of many signs".replace(" ", "-")
WORD = "quokkasand"


async def ask(path: str, method: str = "GET", query: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    talk = ApplicationCommunicator(application, scope)
    await talk.send_input({"type": "http.request", "body": b""})
    start = await talk.receive_output(10)
    body = b""
    while True:
        part = await talk.receive_output(10)
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await talk.wait()
    given = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], given, body.decode()


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(probes, "_readiness", Look(probes._database, probes._readiness._instead))
    monkeypatch.setattr(probes, "_figures", Look(probes._queues, False))
    yield
    close_threads()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.setFormatter(logs.JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield shown
    root.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


# --- Liveness and readiness ---------------------------------------------------------------------------------------


async def test_a_process_says_that_it_lives_to_whatever_host_and_without_a_cookie() -> None:
    status, headers, body = await ask("/health/live", host="10.0.0.7:8000")
    assert (status, body) == (200, "ok\n")
    assert headers["cache-control"] == "no-store" and "set-cookie" not in headers
    assert (await ask("/health/live", "POST"))[0] == 405
    assert (await ask("/health/live", "HEAD"))[2] == ""


@pytest.mark.django_db
async def test_a_process_with_a_database_is_ready_until_it_is_draining(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _, body = await ask("/health/ready", host="evil.example")
    assert status == 200, body
    assert json.loads(body) == {"status": "ok", "process": "ok", "database": "ok", "migrations": "ok"}
    monkeypatch.setattr(readiness, "draining", True)
    status, _, body = await ask("/health/ready")
    assert status == 503 and json.loads(body)["process"] == "draining"
    assert log.getvalue() == "", "probes come every few seconds and are no news"


@pytest.mark.django_db
async def test_a_process_is_not_ready_while_migrations_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = pending.wanted() | {("conversations", "9999_not_yet"): []}
    monkeypatch.setattr(pending, "wanted", lambda: wanted)
    status, _, body = await ask("/health/ready")
    assert status == 503 and json.loads(body)["migrations"] == "pending"


async def test_a_process_without_a_database_lives_and_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {"host": "127.0.0.1", "port": 1, "dbname": "memchat", "user": "memchat"}
    monkeypatch.setattr(probes, "_address", lambda: nowhere)
    assert (await ask("/health/live"))[0] == 200
    status, _, body = await ask("/health/ready")
    assert status == 503 and json.loads(body) == {
        "status": "not ready", "process": "ok", "database": "down", "migrations": "unknown",
    }  # fmt: skip


async def test_many_who_ask_at_once_look_once_and_nobody_waits_long(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def hangs() -> str:
        nonlocal looks
        looks += 1
        await asyncio.sleep(60)
        return "there"

    monkeypatch.setattr(probes, "LOOK_SECONDS", 0.05)
    look = Look(hangs, "away")
    assert await asyncio.gather(*(look.see() for _ in range(20))) == ["away"] * 20
    assert await look.see() == "away"
    assert looks == 1


# --- Figures ------------------------------------------------------------------------------------------------------


async def test_there_are_no_figures_without_a_token(settings: Settings) -> None:
    assert (await ask("/metrics", authorization="Bearer "))[0] == 404
    settings.METRICS_TOKEN = TOKEN
    status, headers, body = await ask("/metrics")
    assert status == 401 and headers["www-authenticate"] == "Bearer" and "memchat" not in body
    assert (await ask("/metrics", authorization=f"Bearer {TOKEN[:-1]}"))[0] == 401


@pytest.mark.django_db
async def test_a_reply_that_ended_is_among_the_figures(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN

    thread = Thread(title=WORD, user_id=1)
    failed = Message(thread=thread, user_id=1, role="assistant", text=WORD, state=State.FAILED, error_kind="overloaded")
    before = (await figures())['memchat_turns_total{state="failed"}']
    announce.ended(failed, [], [], [])
    after = await figures()
    assert after['memchat_turns_total{state="failed"}'] == before + 1
    assert after['memchat_turn_errors_total{kind="overloaded"}'] >= 1
    assert after["memchat_database_up"] == 1
    assert after['memchat_runs{state="waiting"}'] == 0 and after['memchat_jobs{state="failed"}'] == 0
    assert WORD not in str(after)


async def figures() -> dict[str, float]:
    status, _, body = await ask("/metrics", authorization=f"Bearer {TOKEN}")
    assert status == 200
    rows = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


async def test_figures_are_there_while_the_database_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN

    async def away() -> bool:
        raise ConnectionError(WORD)

    monkeypatch.setattr(probes, "_figures", Look(away, False))
    found = await figures()
    assert found["memchat_database_up"] == 0 and "memchat_sockets" in found


def test_labels_stay_few_whatever_they_are_given() -> None:
    for number in range(100):
        metrics.turn_ended("complete", f"kind-{number}")
        metrics.request_ended(f"METHOD{number}", 200, 0.01)
    kinds = {sample.labels["kind"] for sample in next(iter(metrics.turn_errors.collect())).samples}
    assert len(kinds) <= 41 and "other" in kinds
    methods = {sample.labels["method"] for sample in next(iter(metrics.requests.collect())).samples}
    assert not any(method.startswith("METHOD") for method in methods)


def test_warnings_and_errors_of_the_log_are_counted_by_whose_they_are() -> None:
    def counted(room: str) -> float:
        return metrics.log_entries.labels("error", room)._value.get()

    before = counted("conversations"), counted("other")
    for name in ("conversations.turns.run", "somebody.else"):
        record = logging.LogRecord(name, logging.ERROR, "x.py", 1, WORD, None, None)
        assert metrics.Counted().filter(record), "it passes"
    assert (counted("conversations"), counted("other")) == (before[0] + 1, before[1] + 1)


def test_the_documentation_names_figures_that_exist_and_all_of_ours() -> None:
    documented = set(re.findall(r"\bmemchat_[a-z_]+\b", (ROOT / "docs" / "operations.md").read_text()))
    families = {family.name: family.type for family in metrics.registry.collect() if family.name.startswith("memchat")}
    exist = {f"{name}_total" if kind == "counter" else name for name, kind in families.items()}
    parts = {f"{name}_{part}" for name, kind in families.items() if kind == "histogram" for part in ("bucket", "count")}
    # The last is the role that the site runs as.
    assert documented <= exist | parts | {"memchat_info", "memchat_site"}
    assert exist - {"memchat"} <= documented


def test_what_alerts_ask_about_has_a_value_before_it_first_happens() -> None:
    """Of a figure that begins with the first failure, that failure is no increase."""
    show = "from memchat.monitoring import metrics; print(metrics.exposition().decode())"
    told = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for figure in (
        'memchat_turns_total{state="failed"}',
        'memchat_log_entries_total{level="error",room="conversations"}',
        'memchat_log_entries_total{level="error",room="other"}',
        'memchat_requests_total{method="POST",status="5xx"}',
        "memchat_embedder_failures_total",
    ):
        assert f"{figure} 0.0" in told


def test_alerts_ask_for_the_increase_of_what_only_grows_and_for_shares_of_sums() -> None:
    told = (ROOT / "docs" / "operations.md").read_text()
    grows = re.findall(r"(?:rate|increase)\((\w+)", told)
    assert grows and all(name.endswith(("_total", "_bucket")) for name in grows), "one that falls has grown, to these"
    # Prometheus divides series with the same labels: a state by itself is always all of it.
    [over, under] = re.findall(r"(\w+\(?)rate\(memchat_turns_total", told)
    assert (over, under) == ("sum(", "sum(")


# --- Requests in the log ------------------------------------------------------------------------------------------


@pytest.mark.django_db
async def test_a_request_leaves_a_line_with_its_route_and_nothing_that_was_typed(log: io.StringIO) -> None:
    await ask("/accounts/login/", query=f"next={WORD}", host="127.0.0.1:8000")
    await ask(f"/{WORD}/", host="127.0.0.1:8000")
    await ask("/mcp", query=WORD, host="127.0.0.1:8000")
    assert WORD not in log.getvalue()
    found = [line for line in lines(log) if line["logger"] == "memchat.requests"]
    assert [(line["method"], line["route"], line["status"]) for line in found] == [
        ("GET", "/accounts/login/", 200),
        ("GET", "…", 404),
        ("GET", "/mcp", 405),
    ]
    assert all(line["milliseconds"] >= 0 and re.fullmatch("[0-9a-f]{32}", line["request_id"]) for line in found)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("web-1.20261121.77", True),
        ("short", False),
        ("with a space or two", False),
        ("x" * 65, False),
        ('{"json": "injected"}', False),
    ],
)
async def test_the_id_of_a_request_is_the_given_one_if_it_is_well_formed(
    given: str, taken: bool, log: io.StringIO, settings: Settings
) -> None:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        logging.getLogger("memchat.anything").info("something happened")
        await send({"type": "http.response.start", "status": 204, "headers": []})

    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    logging.getLogger("memchat").setLevel(logging.INFO)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", given.encode())]}
    await asyncio.create_task(request_log.RequestLog(page)(scope, None, send))
    told = dict(answers[0]["headers"])[b"x-request-id"].decode()
    assert (told == given) is taken
    assert [line["request_id"] for line in lines(log)] == [told, told]
    settings.ACCESS_LOG = False
    await asyncio.create_task(request_log.RequestLog(page)(scope, None, send))
    assert len(lines(log)) == 3, "without the line of the request itself"


async def test_what_a_run_has_the_database_do_is_logged_under_its_id(log: io.StringIO) -> None:
    def work(word: str) -> None:
        logging.getLogger("memchat").warning(word)

    async def run(number: int) -> None:
        logs.mark(run=str(number))
        await in_database(work, "in a run")

    await asyncio.gather(*(asyncio.create_task(run(number)) for number in range(1, 6)))
    await in_database(work, "outside")
    assert {(line["message"], line.get("run_id")) for line in lines(log)} == {
        *(("in a run", str(number)) for number in range(1, 6)),
        ("outside", None),
    }


def test_a_failure_is_one_json_line_without_anybodys_words(log: io.StringIO) -> None:
    try:
        raise ValueError(WORD)
    except ValueError:
        logging.getLogger("memchat").exception("it failed")
        logging.getLogger("foreign").error("it failed: %s", WORD, extra={"fields": {"text": WORD}})
    first, second = lines(log)
    assert WORD not in log.getvalue()
    assert first["level"] == "error" and "ValueError" in first["trace"] and "test_operations.py" in first["trace"]
    assert second["message"] == "it failed: …" and first["time"].endswith("+00:00")


# --- Sentry and OpenTelemetry -------------------------------------------------------------------------------------


def test_what_is_asked_for_and_not_installed_ends_the_start_with_a_hint(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert telemetry.packages_are_there(None) == []
    settings.SENTRY_DSN, settings.OTLP_URL = "https://key@errors.example.org/1", "http://127.0.0.1:4318"
    monkeypatch.setattr(telemetry, "_is_there", lambda module: False)
    found = telemetry.packages_are_there(None)
    assert [problem.id for problem in found] == ["memchat.MEMCHAT_SENTRY_DSN", "memchat.MEMCHAT_OTLP_URL"]
    assert all(isinstance(problem, checks.Error) and "requirements-observability.txt" in str(problem.hint)
               for problem in found)  # fmt: skip


def test_what_is_sent_to_sentry_holds_nobodys_words() -> None:
    try:
        raise OSError(28, WORD)
    except OSError as error:
        caught = (type(error), error, error.__traceback__)
    record = logging.LogRecord("foreign", logging.ERROR, "x.py", 1, "could not write %s", (WORD,), caught)
    frame = {"filename": "x.py", "function": "f", "lineno": 3, "vars": {"text": WORD}, "context_line": WORD}
    event = {
        "event_id": "1",
        "level": "error",
        "logentry": {"message": WORD, "params": [WORD]},
        "request": {"url": f"/?q={WORD}"},
        "user": {"username": WORD},
        "extra": {"text": WORD},
        "breadcrumbs": {"values": [{"message": WORD}]},
        "exception": {"values": [{"type": "OSError", "value": WORD, "stacktrace": {"frames": [frame]}}]},
    }
    sent = telemetry.without_texts(event, {"log_record": record, "exc_info": caught})
    assert WORD not in json.dumps(sent)
    assert sent["message"] == "could not write …"
    (value,) = sent["exception"]["values"]
    assert value["type"] == "OSError" and value["value"] == "OSError (ENOSPC)"
    assert value["stacktrace"]["frames"] == [{"filename": "x.py", "function": "f", "lineno": 3}]
