"""A string goes in wherever a person can put one. Then they delete, and it is looked for in everything there is."""

from __future__ import annotations

import io
import json
import secrets
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import websockets

from tests.everywhere import places_of
from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import models_of, running
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

METRICS_TOKEN = "figures-of-the-canary-site"
OBSERVED = {"MEMCHAT_METRICS_TOKEN": METRICS_TOKEN, "MEMCHAT_LOG": "json"}


@pytest.fixture(scope="module")
def canary_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    yield from running({**models_of(provider_process), "MEMCHAT_LEARNING": "yes", "MEMCHAT_UNDO_DAYS": "0", **OBSERVED})


@pytest.fixture
def carol(canary_site: Site, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess) -> Person:
    return newcomer(canary_site)


@pytest.fixture
def dave(canary_site: Site, newcomer: Callable[[Site], Person]) -> Person:
    """He stays, and so must what is his."""
    return newcomer(canary_site)


@pytest.fixture
def word() -> str:
    return f"quokka{secrets.token_hex(5)}"


@contextmanager
def database(site: Site, role: str = "postgres") -> Iterator[Any]:
    """The site's database as its superuser sees it, or as the site does."""
    with (
        psycopg.connect(site.database_url(role), autocommit=True) as connection,
        psycopg.ClientCursor(connection) as cursor,
    ):
        yield cursor


def places(site: Site, text: str) -> list[str]:
    """Where a text stands: tables and what the planner keeps of them, the site's log and its data directory."""
    with database(site) as cursor:
        found = places_of(cursor, text)
    return found + [str(file) for file in _texts(site) if text.encode() in file.read_bytes().lower()]


def _texts(site: Site) -> Iterator[Path]:
    """The site's log and every text file below the data directory; the tables' own files are PostgreSQL's."""
    yield site.log
    for file in site.data_dir.rglob("*"):
        tables = {"base", "pg_wal", "global", "pg_xact", "pg_multixact", "pg_subtrans"} & set(file.parts)
        if file.is_file() and not tables and b"\x00" not in file.read_bytes()[:65_536]:
            yield file


def figures(site: Site) -> str:
    request = urllib.request.Request(f"{site.url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.read().decode())


def nowhere(site: Site, *texts: str) -> None:
    """Wait for the last job to end, then insist."""
    end = time.monotonic() + 15
    while (left := [place for text in texts for place in places(site, text)]) and time.monotonic() < end:
        time.sleep(0.3)
    assert left == []


def upload(person: Person, path: str, name: str, data: bytes) -> tuple[int, str]:
    token = person.cookie("csrftoken") or person._fetch_token()
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'.encode(),
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(),
        data + f"\r\n--{edge}--\r\n".encode(),
    ]
    request = urllib.request.Request(
        person.site.url + path,
        data=b"".join(parts),
        headers={
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Referer": person.site.url + "/",
            "Origin": person.site.url,
        },
    )
    return person._open(request)


async def live(person: Person, provider: FakeProvidersProcess, word: str) -> str:
    """Put the word everywhere; the id of the thread it was said in."""
    async with person.tab() as tab:
        said, _, _ = await tab.reply_to(f"Remember: my boat is called {word}")
        thread = said["thread"]
        for statement, quote, kind in (
            (f"My sister {word} lives in Turku", f"my sister {word} lives in Turku", "remembered"),
            (f"I have diabetes, says Dr {word}", f"I have diabetes, says Dr {word}", "proposed"),
        ):
            fact = {"statement": statement, "quote": quote, "category": "fact"}
            provider.script(endpoint="learning", match=quote, reply=json.dumps({"facts": [fact], "outdated": []}))
            said, _, _ = await tab.reply_to(f"By the way, {quote}. What shall I cook?", thread)
            told = await tab.until("memory", message=said["reply"]["id"])
            assert [change["kind"] for change in told["changes"]] == [kind], told
        await tab.reply_to(f"Remember: my password is {word}-Xy7!pQ", thread)
        await tab.reply_to(f"What is my boat called? {word}", thread)
        search = {"name": "search_memories", "arguments": {"query": f"boat {word}"}}
        provider.script(calls=[search], times=1)
        _, _, ended = await tab.reply_to("Look it up", thread)
        assert ended["message"]["tools"], ended
        for failure in ("bad_request", "drop_midstream"):
            await tab.reply_to(f'Fail {word} fake:{{"fail": "{failure}"}}', thread)
        await tab.reply_to(f"Forget my {word} lighthouse", thread)
        temporary, _, _ = await tab.reply_to(f"Between us: {word}", temporary=True)
        await tab.send_raw(json.dumps({"do": "say", "text": word, "nonsense": word}))
        await tab.send_raw(f"not even JSON: {word}")
    assert temporary["thread"] != thread
    for path, fields in (
        ("/memories/add/", {"text": f"I once met {word}", "category": ""}),
        ("/memories/settings/", {"memory_on": "on", "custom_instructions": f"Call me {word}"}),
        (f"/threads/{thread}/rename/", {"title": f"About {word}"}),
        ("/accounts/login/", {"login": word, "password": word}),
    ):
        status, body = person.post(path, **fields)
        assert status == 200, (path, body)
    person.get(f"/{word}/?q={word}")
    person.get(f"/memories/?q={word}")
    person.post(f"/memories/{word}/", text=word)
    memories = {"memories": [{"text": f"I was born in {word}"}]}
    assert upload(person, "/memories/import/", "memories.json", json.dumps(memories).encode())[0] == 200
    conversation = {"uuid": str(uuid.uuid4()), "name": word, "chat_messages": [{"sender": "human", "text": word}]}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("conversations.json", json.dumps([conversation]))
    status, body = upload(person, "/import/", f"{word}.zip", archive.getvalue())
    assert status == 200, body
    return str(thread)


def fail_in_the_database(site: Site, word: str) -> None:
    """What the site's role asks for, and PostgreSQL refuses with the row in its words."""
    with database(site, role="memchat") as cursor:
        for statement in (
            "INSERT INTO users_user (username, password) VALUES (%s, %s)",
            "SELECT %s::uuid, %s",
            "INSERT INTO memories_memory (value) SELECT jsonb_build_object('data', %s::text, 'b', %s::text)",
        ):
            with pytest.raises(psycopg.Error):
                cursor.execute(statement, [word, word])


async def test_nothing_of_a_person_is_left_anywhere(
    canary_site: Site, carol: Person, dave: Person, provider: FakeProvidersProcess, word: str
) -> None:
    site = canary_site
    theirs = f"wombat{secrets.token_hex(5)}"
    dave.post("/memories/add/", text=f"My boat is called {theirs}", category="")
    thread = await live(carol, provider, word)
    fail_in_the_database(site, word)
    before = places(site, word)
    tables = {place.split(" ")[0] for place in before}
    assert {
        "users_user",
        "memories_memory",
        "memories_proposal",
        "conversations_message",
        "conversations_thread",
        "conversations_memorychange",
        "conversations_tooluse",
        "conversations_import",
    } <= tables, "\n".join(before)
    assert not [place for place in before if "/" in place], "not even now in a file or a log"
    counted = figures(site)
    assert word not in counted and carol.name not in counted
    rows = (line.rpartition(" ") for line in counted.splitlines() if not line.startswith("#"))
    told = {name: float(value) for name, _, value in rows}
    assert (told["memchat_database_up"], told['memchat_runs{state="waiting"}']) == (1, 0)
    assert told['memchat_turns_total{state="complete"}'] >= 5 and told["memchat_pieces_total"] >= 5
    assert told['memchat_tokens_total{kind="output",provider="anthropic"}'] > 0
    assert told['memchat_first_piece_seconds_count{provider="anthropic"}'] >= 5
    assert told["memchat_recall_seconds_count"] >= 5 and told["memchat_sockets"] == 0
    assert told['memchat_turn_errors_total{kind="bad_request"}'] >= 1
    entries = [json.loads(line) for line in site.log.read_text().splitlines() if line.startswith("{")]
    assert any(entry.get("run_id") and entry.get("request_id") for entry in entries), "of a reply that failed"

    # A memory that was forgotten, with no time to undo it, in no table of memories.
    carol.post("/memories/forget-all/", confirmation="forget")
    with database(site) as cursor:
        cursor.execute("SELECT id FROM memories_proposal WHERE text LIKE %s", [f"%{word}%"])
        waiting = [pk for (pk,) in cursor.fetchall()]
    for pk in waiting:
        carol.post(f"/memories/proposals/{pk}/reject/")
    assert "memories_memory" in {place.split(" ")[0] for place in places(site, word)}
    assert carol.post("/memories/forgotten/erase/", confirmation="forget")[0] == 200
    left = places(site, word)
    assert not [place for place in left if place.startswith("memories_")], left

    # Then the thread: what is left of it is nothing.
    carol.post(f"/threads/{thread}/delete/")
    with database(site) as cursor:
        cursor.execute("SELECT count(*) FROM conversations_message WHERE thread_id = %s", [thread])
        assert cursor.fetchone() == (0,)

    # Then all of them, while they look on.
    assert carol.post("/accounts/reauthenticate/", password=PASSWORD)[0] == 200
    async with carol.tab() as tab:
        await tab.until("hello")
        await tab.say(f'Go on about {word} fake:{{"pieces": 2000, "interval": 0.05, "reply": "{word} and so on"}}')
        status, page = carol.post("/accounts/delete/", username=carol.name)
        assert status == 200 and "Your account was deleted" in page, page
        began = time.monotonic()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                await tab.receive(10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        assert time.monotonic() - began < 5
    nowhere(site, word, carol.name)
    assert carol.post("/accounts/login/", login=carol.name, password=PASSWORD)[0] == 200
    assert "sign in" in carol.get("/")[1].lower()
    assert theirs in dave.get("/memories/")[1]
    assert "Traceback" not in site.log.read_text(), site.log.read_text()[-3000:]


async def test_operators_remove_an_account_beside_the_server(
    canary_site: Site, carol: Person, provider: FakeProvidersProcess, word: str
) -> None:
    await live(carol, provider, word)
    file = canary_site.data_dir.parent / f"{uuid.uuid4().hex}.zip"
    canary_site.manage("export_user", carol.name, "--to", str(file))
    with zipfile.ZipFile(file) as archive:
        assert any(word in archive.read(name).decode() for name in archive.namelist() if name.endswith(".md"))
    status, _ = carol.get("/accounts/data/")
    assert status == 200
    assert "memories" in canary_site.manage("delete_user_data", carol.name, "--yes")
    nowhere(canary_site, word, carol.name)
