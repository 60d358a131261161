"""Clients that send nonsense, too much, or both: nobody else notices, and nothing of it is a fault of the site.

A few hundred of each; ten thousand in the long form (`make faults`), or FLOODS=10000.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import resource
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client

from conversations import commands
from memchat.asgi import application
from memchat.database import close_threads, in_database
from memchat.users.models import User
from tests.socket import Tab
from tools.faults import LONG

COUNT = int(os.environ.get("FLOODS") or (10_000 if LONG else 300))


def on_sockets(test: Any) -> Any:
    return pytest.mark.django_db(transaction=True)(pytest.mark.usefixtures("nothing_is_a_fault")(test))


@pytest.fixture
def nothing_is_a_fault(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a client sends leaves an error in the log, much less a traceback."""
    yield
    close_threads()
    found = [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert not found, [record.getMessage() for record in found]


# --- Sockets -------------------------------------------------------------------------------------------------------

VALUES: list[Any] = [
    None, True, 0, -1, 2**70, 1.5, "", "x", "\x00", "\ud800", "x" * 5_000, [], [[]], {}, {"message": 1},
    {"offset": "x"},
    "00000000-0000-4000-8000-000000000001", "0" * 36, "9" * 36,
]  # fmt: skip
FIELDS = ["ref", "thread", "message", "id", "text", "provider", "model_name", "memory_mode", "temporary", "attachments",
          "after", "have", "offset", "bytes", "unknown"]  # fmt: skip


def malformed_frames(seed: int) -> Iterator[dict[str, Any]]:
    """Frames that no page of the site would send: broken JSON, wrong shapes, binary; some of them right by chance."""
    chance = random.Random(seed)
    whole = json.dumps({"do": "say", "id": str(uuid.UUID(int=1)), "thread": None, "text": "Hello", "ref": "1"})
    while True:
        match chance.randrange(7):
            case 0:
                yield {"text": whole[: chance.randrange(len(whole))]}
            case 1:
                at = chance.randrange(len(whole))
                yield {
                    "text": whole[:at]
                    + chance.choice(['"', "{", "\\", "\x00", "\ud800", "é", "]", "NaN"])
                    + whole[at + 1 :]
                }
            case 2:
                yield {"data": chance.randbytes(chance.randrange(200))}
            case 3:
                yield {"text": chance.choice(["[", '{"a":', "[[1],"]) * chance.randrange(1, 3_000)}
            case 4:
                yield {"text": json.dumps(chance.choice(VALUES))}
            case 5:
                yield {"text": "9" * chance.randrange(1, 9_000)}
            case 6:
                name = chance.choice([*commands._READERS, "sing", 7, None])
                fields = {key: chance.choice(VALUES) for key in chance.sample(FIELDS, chance.randrange(6))}
                if name != "say":
                    yield {"text": json.dumps({"do": name, **fields})}


@on_sockets
async def test_malformed_frames_are_answered_and_the_socket_stays(alice: User) -> None:
    async with await Tab.of(alice) as tab:
        await tab.opened()
        for number, frame in zip(range(COUNT), malformed_frames(1), strict=False):
            await tab.send_raw(**frame)
            if number % 30 == 29:
                # A page says what it has got, and commands wait in a short line.
                assert (await tab.answer_to({"do": "got", "bytes": 2**50})) is not None
        assert tab.is_open
        assert (await tab.answer_to({"do": "ping"}))[-1] == {"type": "pong", "ref": "asked"}


@on_sockets
async def test_a_flood_of_commands_closes_its_own_socket_and_no_other(alice: User, bob: User) -> None:
    async with await Tab.of(alice) as flood, await Tab.of(bob) as tab:
        await flood.opened()
        await tab.opened()
        for _ in range(max(COUNT, 300)):
            await flood.send({"do": "open", "thread": str(uuid.uuid4())})
        assert await flood.code() == 4429
        assert (await tab.answer_to({"do": "ping"}))[-1]["type"] == "pong"


@on_sockets
async def test_frames_of_a_megabyte_are_refused_one_by_one_and_kept_by_nobody(alice: User, bob: User) -> None:
    mebibyte = 1024 * 1024
    huge = ["x" * mebibyte, "[" * mebibyte, "9" * mebibyte, json.dumps({"do": "say", "text": "x" * (mebibyte - 40)})]
    async with await Tab.of(alice) as flood, await Tab.of(bob) as tab:
        await flood.opened()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(min(COUNT, 60)):
            await flood.send_raw(text=huge[number % len(huge)])
            answer = (await flood.answer_to({"do": "ping"}))[0]
            assert (answer["type"], answer["kind"]) == ("error", "too_large")
        await flood.send_raw(data=b"\xff" * mebibyte)
        assert (await flood.answer_to({"do": "ping"}))[0]["kind"] == "too_large"
        # One that just fits is read, and said to be too long.
        fits = json.dumps({"do": "say", "id": str(uuid.uuid4()), "thread": None, "text": "x" * 900_000})
        await flood.send_raw(text=fits)
        assert (await flood.answer_to({"do": "ping"}))[0]["kind"] == "too_long"
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
        assert flood.is_open
        assert (await tab.answer_to({"do": "ping"}))[-1]["type"] == "pong"


@on_sockets
async def test_a_tab_that_asks_and_never_reads_is_asked_to_slow_down(alice: User) -> None:
    """It never says that it `got` anything, so no more piles up for it than twice what may be on the way."""
    async with await Tab.of(alice) as tab:
        await tab.opened()
        sent = 0
        ref = "r" * 60
        while sent < 3 * 1024 * 1024:
            for _ in range(50):
                await tab.send_raw(text=json.dumps({"do": "sing", "ref": ref, "pad": "x" * 1_000}))
            last = (await tab.answer_to({"do": "ping"}))[-1]
            sent += 50 * 1_000
            if last.get("kind") == "slow_down":
                break
            assert last["type"] == "pong"
        assert tab.is_open


# --- Pages ---------------------------------------------------------------------------------------------------------

ADDRESSES = [
    "/", "/say/", "/search/", "/import/", "/attachments/", "/threads/list/", "/usage/", "/language/", "/shared/",
    "/shared/{}/", "/threads/{}/", "/threads/{}/rename/", "/messages/{}/retry/",
    "/messages/{}/memories/{}/not-relevant/",
    "/attachments/{}/{}", "/memories/", "/memories/{}/edit/", "/memories/add/", "/memories/import/",
    "/memories/import/chosen/", "/memories/settings/", "/memories/forget-selected/", "/memories/forgotten/undo/",
    "/accounts/login/", "/accounts/signup/", "/accounts/password/change/", "/accounts/sessions/", "/accounts/{}/",
    "/admin/", "/admin/{}/{}/", "/admin/login/", "/first-staff/{}/", "/static/{}", "/manifest.webmanifest", "/ws/",
    "/{}", "/health/{}",
]  # fmt: skip
BITS = [
    "", "x", "..", "../..", "%00", "\x00", "\ud800", "é", "9" * 40, "-1", "1e9", "null", "'", '"><script>', "{{7*7}}",
    "%s%n", "x" * 3_000, "\r\nX-Evil: 1", "a/b", "?", "#", ";", "00000000-0000-4000-8000-000000000001", "\u202e",
    "\x7f",
]  # fmt: skip
NAMES = """
    q page before after next thread id text model attachment files file title pk memory selected login password username
    email sort category tag add leaf entries entry-0 language texts csrfmiddlewaretoken memory_mode temporary
""".split()  # noqa: SIM905
KINDS = [
    "", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "b" * 300, "application/json", "text/plain; charset=nonsense",
    "application/x-www-form-urlencoded; charset=utf-16", "x" * 200, "multipart/form-data; boundary=\xff",
]  # fmt: skip
METHODS = ["GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "x"]


def requests(seed: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Requests as daphne would hand them on, with one thing or many wrong in each."""
    chance = random.Random(seed)

    def bit() -> str:
        return chance.choice(BITS)

    def pairs() -> bytes:
        return b"&".join(
            f"{chance.choice(NAMES)}={bit()}".encode("utf-8", "surrogatepass") for _ in range(chance.randrange(5))
        )

    def parts() -> bytes:
        lines = []
        for _ in range(chance.randrange(4)):
            name = f'--x\r\nContent-Disposition: form-data; name="{chance.choice(NAMES)}"'
            lines.append(f'{name}; filename="{bit()}"\r\nContent-Type: {chance.choice(KINDS)}\r\n\r\n{bit()}\r\n')
        return "".join(lines).encode("utf-8", "surrogatepass") + chance.choice([b"--x--\r\n", b"--x", b""])

    while True:
        path = chance.choice(ADDRESSES)
        while "{}" in path:
            # daphne decodes it, and puts a sign in the place of what is no UTF-8.
            path = path.replace("{}", bit().encode("utf-8", "replace").decode(), 1)
        body = chance.choice([b"", pairs(), pairs(), parts(), parts(), chance.randbytes(300), b"{" * 400])
        kind = chance.choice(KINDS).encode("latin1", "replace")
        # Twisted lets nothing but digits through.
        length = chance.choice([str(len(body))] * 6 + ["0", "99999999999"]).encode()
        headers = [(b"host", chance.choice([b"localhost:8000"] * 12 + [b"evil.example", b"", b"\xff", b"localhost:x"]))]
        headers += [(b"content-type", kind), (b"content-length", length)]
        for name in chance.sample(
            ["accept-language", "accept-encoding", "referer", "origin", "x-forwarded-for", "x-forwarded-proto", "range",
             "if-modified-since", "if-none-match", "authorization", "x-requested-with", "transfer-encoding"],
            chance.randrange(4),
        ):  # fmt: skip
            headers.append((name.encode(), bit().encode("utf-8", "surrogatepass")))
        yield (
            {
                "type": "http", "http_version": "1.1", "method": chance.choice(METHODS), "path": path, "root_path": "",
                "raw_path": path.encode(), "query_string": pairs(), "scheme": "http",
                "headers": headers, "client": ["127.0.0.1", 1], "server": ["127.0.0.1", 8000],
            },
            body,
        )  # fmt: skip


@pytest.fixture
def one_connection() -> Iterator[None]:
    """What a test has open is not closed after each request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("who", ["a stranger", "somebody signed in"])
def test_malformed_requests_are_never_a_fault_of_the_site(
    who: str, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    cookies = [b'sessionid="\xff; csrftoken=\x00; language=' + b"x" * 500]
    if who == "somebody signed in":
        client = Client()
        client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        # With a token that fits, so that forms are read.
        token = "a" * 32
        cookies = [f"sessionid={client.cookies['sessionid'].value}; csrftoken={token}".encode()]
    statuses: dict[int, int] = {}
    for number, (scope, body) in zip(range(COUNT), requests(len(who)), strict=False):
        scope["headers"] += [(b"cookie", cookies[0])] if number % 4 else []
        if who != "a stranger":
            scope["headers"].append((b"x-csrftoken", b"a" * 32))
        status, content = answer(scope, body)
        statuses[status] = statuses.get(status, 0) + 1
        assert status < 500, (scope, body, content[:500])
        assert b"Traceback" not in content
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert User.objects.filter(pk=alice.pk).exists()
    assert len(statuses) > 3, statuses


def answer(scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    return async_to_sync(answered)(scope, body)


async def answered(scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        # Nobody hangs up before there is an answer.
        return waiting.pop() if waiting else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@on_sockets
async def test_pages_of_errors_keep_no_connection_to_the_database(alice: User) -> None:
    """Django makes them on any thread, of which there are many."""
    client = Client()
    await in_database(client.force_login, alice, "django.contrib.auth.backends.ModelBackend")
    headers = [(b"host", b"localhost:8000"), (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": "/nothing/", "raw_path": b"/nothing/",
        "root_path": "", "query_string": b"", "scheme": "http", "headers": headers,
    }  # fmt: skip

    def in_use() -> int:
        stats = connection.pool.get_stats()
        return int(stats["pool_size"] - stats["pool_available"])

    before = await in_database(in_use)
    answers = await asyncio.gather(*(answered({**scope}, b"") for _ in range(20)))
    assert {status for status, _ in answers} == {404}
    assert all(b"alice" in content for _, content in answers)
    assert await in_database(in_use) <= before


def test_the_helpers_above_send_what_they_should() -> None:
    frames = [frame for frame, _ in zip(malformed_frames(1), range(200), strict=False)]
    assert len({*map(repr, frames)}) > 150
    assert {"text", "data"} == {key for frame in frames for key in frame}
