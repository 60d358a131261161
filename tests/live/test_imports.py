"""Importing on a real site, by its real job: progress is seen, and a power cut in the middle doubles nothing."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import psutil
import psycopg
import pytest

from tests.exports import simple_chatgpt, simple_claude, zipped
from tests.live.conftest import running
from tests.live.person import Person
from tests.live.site import Site

MANY = 500
COUNTS = """
    SELECT (SELECT count(*) FROM conversations_thread WHERE user_id = account.id),
           (SELECT count(*) FROM conversations_message WHERE user_id = account.id),
           (SELECT count(*) FROM conversations_importpart part JOIN conversations_import whole ON whole.id = part.of_id
            WHERE whole.user_id = account.id)
    FROM users_user account WHERE username = %s
"""


@pytest.fixture(scope="module")
def own_site() -> Iterator[Site]:
    """A site that may be killed."""
    yield from running({})


@pytest.fixture
def carol(own_site: Site, newcomer: Any) -> Person:
    return newcomer(own_site)


def send(person: Person, content: bytes, name: str = "export.zip") -> str:
    """Choose a file on the page; the address of the import that it began."""
    token = person.cookie("csrftoken") or person._fetch_token()
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    request = urllib.request.Request(
        f"{person.site.url}/import/",
        data=head.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
        headers={
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Origin": person.site.url,
            "Referer": f"{person.site.url}/import/",
        },
    )
    with person._opener.open(request, timeout=60) as response:
        return str(response.url).removeprefix(person.site.url)


def progress(person: Person, path: str) -> dict[str, Any]:
    status, text = person.get(f"{path}progress/")
    assert status == 200
    told: dict[str, Any] = json.loads(text)
    return told


def wait(person: Person, path: str, *states: str, seconds: float = 90) -> list[dict[str, Any]]:
    """Everything that was told until the import is in one of these states."""
    told = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told.append(progress(person, path))
        if told[-1]["state"] in states:
            return told
        time.sleep(0.05)
    raise AssertionError(f"it stayed {told[-1]}")


def stored(person: Person) -> list[int]:
    """How many threads, messages and parts of files somebody has."""
    with psycopg.connect(person.site.database_url()) as database:
        return [*database.execute(COUNTS, [person.name]).fetchall()[0]]


def test_a_large_file_neither_fills_the_memory_nor_keeps_others_waiting(carol: Person):
    assert carol.site.process is not None
    server = psutil.Process(carol.site.process.pid)
    before = server.memory_info().rss
    sending = threading.Thread(target=send, args=(carol, b"Dear diary, " * 5_000_000))
    started = time.monotonic()
    sending.start()
    waits, sizes = [], []
    while sending.is_alive():
        began = time.monotonic()
        assert carol.site.answers()
        waits.append(time.monotonic() - began)
        sizes.append(server.memory_info().rss)
        time.sleep(0.02)
    took = time.monotonic() - started
    assert max(sizes) - before < 250_000_000
    assert max(waits) < max(1, took / 2)  # Against the whole of it, for a busy machine is slow with both.


def test_what_is_larger_than_anything_that_is_sent_here_is_refused(own_site: Site):
    request = urllib.request.Request(f"{own_site.url}/accounts/login/", data=b"x" * 102 * 1024 * 1024)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 413
    assert own_site.answers()


def test_a_file_is_looked_through_shown_and_imported(carol: Person):
    content = zipped(conversations=[simple_chatgpt(), simple_claude()], memories=["I like tea"])
    path = send(carol, content)
    assert wait(carol, path, "ready", "failed")[-1]["state"] == "ready"
    _, preview = carol.get(path)
    assert "Lisbon" in preview
    assert "I like tea" in preview
    carol.post(f"{path}start/", threads="yes", memory="0")
    assert wait(carol, path, "done", "failed")[-1]["state"] == "done"
    _, result = carol.get(path)
    assert "2 conversations added" in result
    assert "I like tea" in carol.get("/memories/")[1]
    assert "A clause" in carol.get("/")[1]
    assert stored(carol) == [2, 4, 0]


@pytest.mark.timeout(300)
def test_a_server_that_is_killed_in_the_middle_finishes_afterwards_exactly_once(carol: Person):
    site = carol.site
    path = send(carol, zipped(conversations=[simple_chatgpt(f"c-{n}", f"Number {n}", turns=3) for n in range(MANY)]))
    wait(carol, path, "ready")
    carol.post(f"{path}start/", threads="yes")
    before = []
    end = time.monotonic() + 60
    while not before or before[-1]["done"] < MANY / 10:
        before.append(progress(carol, path))
        assert before[-1]["state"] == "running"
        assert time.monotonic() < end
    site.kill()
    site.start()
    after = wait(carol, path, "done", "failed", seconds=180)
    assert after[-1]["state"] == "done"
    done = [one["done"] for one in before + after]
    assert done == sorted(done)
    assert len(set(done)) > 5
    assert f"{MANY} conversations added" in carol.get(path)[1].replace(",", "")
    assert stored(carol) == [MANY, 6 * MANY, 0]


def test_cancelling_stops_the_work(carol: Person):
    path = send(carol, zipped(conversations=[simple_chatgpt(f"c-{n}", turns=3) for n in range(MANY)]))
    wait(carol, path, "ready")
    carol.post(f"{path}start/", threads="yes")
    while progress(carol, path)["done"] < 20:
        time.sleep(0.02)
    carol.post(f"{path}cancel/")
    assert progress(carol, path)["state"] == "cancelled"
    threads, messages, parts = stored(carol)
    assert 20 <= threads < MANY
    assert parts == 0
    time.sleep(1)
    assert stored(carol) == [threads, messages, 0]
