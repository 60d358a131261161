"""A body goes as quickly as it is read, by a real daphne in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.site import ROOT

PIECE = 64 * 1024
PIECES = 400
"""25 MB, which no kernel keeps for anybody."""

SERVER = """
import asyncio, json, sys
from memchat import server
from memchat.web import pacing

pacing.STALLED_SECONDS = float(sys.argv[1])
kind, reactor, loop = server._install_event_loop()
pacing.install()

async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    sent = 0
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for number in range(int(sys.argv[2])):
            body = bytes([number % 256]) * int(sys.argv[3])
            await send({"type": "http.response.body", "body": body, "more_body": True})
            sent += 1
            print(json.dumps({"sent": sent}), flush=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        print(json.dumps({"ended": sent}), flush=True)

def ready():
    print(json.dumps({"port": found.listening_addresses[0][1]}), flush=True)

found = kind(
    application=application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False, ready_callable=ready
)
found.run()
"""


class Told:
    """What the process has told so far."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def all(self) -> dict[str, int]:
        whole, _, _ = self._log.read_text().rpartition("\n")
        found: dict[str, int] = {}
        for line in whole.splitlines():
            found |= json.loads(line)
        return found

    def until(self, holds: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        until = time.monotonic() + 60
        while not holds(found := self.all()):
            assert time.monotonic() < until, found
            time.sleep(0.05)
        return found

    def settled(self) -> int:
        """How much was sent when no more has been sent for a while."""
        before = -1
        while (now := self.all().get("sent", 0)) != before or not now:
            before = now
            time.sleep(0.7)
        return now


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[float], Told]]:
    begun: list[subprocess.Popen[bytes]] = []

    def begin(stalled_seconds: float) -> Told:
        log = tmp_path / "told.jsonl"
        command = [sys.executable, "-c", SERVER, str(stalled_seconds), str(PIECES), str(PIECE)]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "memchat.settings"}
        with log.open("wb") as out:
            begun.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out))
        return Told(log)

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def asked(told: Told) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", told.until(lambda found: "port" in found)["port"]), timeout=30)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    return connection


def read(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1_000_000), b""))


def test_a_slow_reader_gets_everything_and_nobody_keeps_it_for_them(serving):
    told = serving(60)
    with asked(told) as connection:
        assert told.settled() < PIECES / 2
        _, _, body = read(connection).partition(b"\r\n\r\n")
    whole = b"".join(bytes([number % 256]) * PIECE for number in range(PIECES))
    assert hashlib.sha256(body).digest() == hashlib.sha256(whole).digest()
    assert told.until(lambda found: "ended" in found)["ended"] == PIECES


def test_a_reader_who_leaves_ends_what_was_sent_to_them(serving):
    told = serving(60)
    with asked(told) as connection:
        told.settled()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    told.until(lambda found: "ended" in found)


def test_a_reader_who_takes_nothing_is_hung_up_on(serving):
    told = serving(1)
    with asked(told) as connection:
        told.until(lambda found: "ended" in found)
        with pytest.raises(ConnectionResetError):
            read(connection)
            connection.recv(1)
