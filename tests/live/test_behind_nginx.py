"""Two server processes behind nginx, two workers, Redis and a database of its own: set up as `deploy/` describes it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import websockets

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import site_directory
from tests.live.person import PASSWORD, Person, Tab
from tests.live.redis_server import REDIS, Redis
from tests.live.site import ROOT, Site, free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.skipif(REDIS is None, reason="redis-server is not installed"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]
LEARNED = {"facts": [{"statement": "I live in Oslo", "quote": "moved to Oslo"}], "outdated": []}


class Front(Site):
    """nginx with the site's processes behind it: people know its address only."""

    def __init__(self, directory: Path, port: int) -> None:
        super().__init__(directory / "front", port=port)
        self.plain_port = free_port()
        self._directory = directory

    def open(self, behind: list[Site]) -> None:
        """Run the configuration of `deploy/nginx.conf` with other addresses, and without TLS."""
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        text = re.sub(r"    ssl_certificate.*\n", "", text)
        for old, new in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port};"),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("server_name chat.example.org;", "server_name 127.0.0.1;"),
            ("127.0.0.1:8000", f"127.0.0.1:{behind[0].port}"),
            ("127.0.0.1:8001", f"127.0.0.1:{behind[1].port}"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        file = self._directory / "nginx.conf"
        file.write_text(
            f"daemon off; pid {self._directory}/nginx.pid; error_log {self._directory}/nginx.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {self._directory}/bodies;\n{text}}}\n"
        )
        assert NGINX is not None
        self.process = subprocess.Popen([NGINX, "-p", str(self._directory), "-c", str(file)])
        end = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < end, (self._directory / "nginx.log").read_text()
            time.sleep(0.1)


@dataclass
class Several:
    """The processes of a site."""

    front: Front
    sites: list[Site]
    workers: list[subprocess.Popen[bytes]]
    database: str
    names: list[tuple[str, str]]

    def person(self) -> Person:
        name, key = self.names.pop()
        return Person(self.front, name).with_session(key)

    def writing(self, reply: str) -> Site:
        """The process that writes a reply."""
        with psycopg.connect(self.database) as connection:
            [(owner,)] = connection.execute("SELECT owner FROM conversations_run WHERE reply_id = %s", [reply])
        [site] = [one for one in self.sites if one.process is not None and str(one.process.pid) == owner.split(":")[1]]
        return site


@pytest.fixture(scope="module")
def several(provider_process: FakeProvidersProcess) -> Iterator[Several]:
    with site_directory() as work, ExitStack() as stack:
        redis = Redis()
        redis.start()
        stack.callback(redis.stop)
        secret = {"MEMCHAT_SECRET_KEY": "the same in all processes, as their operator makes sure of, and long enough"}
        keeper = Site(work / "keeper", secret)
        stack.callback(keeper.destroy)
        keeper.start()
        names = keeper.make_accounts(6, PASSWORD)
        # Its server goes, and leaves its database to the others.
        keeper.kill()
        front = Front(work, free_port())
        shared = {
            "ANTHROPIC_API_KEY": "key",
            "ANTHROPIC_BASE_URL": provider_process.url,
            "DATABASE_URL": keeper.database_url(),
            "REDIS_URL": redis.url,
            **secret,
            "MEMCHAT_PUBLIC_URL": front.url,
            "MEMCHAT_TRUSTED_PROXIES": "1",
            "MEMCHAT_WORKER": "separate",
        }
        sites, workers = [], []
        for name in ("web1", "web2"):
            site = Site(work / name, shared)
            stack.callback(site.destroy)
            sites.append(site)
        for name in ("worker1", "worker2"):
            environment = Site(work / name, shared).environment()
            worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)
            stack.callback(end, worker)
            workers.append(worker)
        for site in sites:
            site.start()
        stack.callback(front.stop)
        front.open(sites)
        yield Several(front, sites, workers, keeper.database_url(), names)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


@asynccontextmanager
async def opened(person: Person, thread: str) -> AsyncIterator[Tab]:
    async with person.tab() as tab:
        await tab.send(do="open", thread=thread)
        await tab.until("opened")
        yield tab


async def test_a_process_killed_in_mid_reply_costs_nothing_that_was_acknowledged(
    several: Several, provider: FakeProvidersProcess
):
    alice = several.person()
    provider.script(reply="".join(f"{number} wörd " for number in range(4_000)), interval=0.01)
    async with alice.tab() as tab:
        said = await tab.say("Tell me everything")
        reply = said["reply"]["id"]
        await tab.until("piece", message=reply)
        # The next connection goes to the process that has fewer, which is the other one.
        async with opened(alice, said["thread"]) as other:
            await other.until("piece", message=reply)
            await asyncio.sleep(1.5)
            site = several.writing(reply)
            site.kill()
            killed_at = time.monotonic()
            shown = tab.streamed(reply)
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await tab.receive(5)
            try:
                ended = await other.until("ended", timeout=16)
                assert time.monotonic() - killed_at < 15
                message = ended["message"]
                assert message["state"] == "interrupted"
                status, kept = alice.get(f"/messages/{reply}/source/")
                assert status == 200
                # At most a second or 1 KiB of what was shown is lost, and nothing else stands there.
                assert kept
                assert shown.startswith(kept) or kept.startswith(shown)
                assert len(shown.encode()) - len(kept.encode()) <= 1_024
                # The tab comes back by the same address, is shown the same, and can go on.
                async with opened(alice, said["thread"]) as again:
                    provider.reset()
                    await again.send(do="retry", message=reply)
                    assert (await again.until("ended"))["message"]["state"] == "complete"
            finally:
                site.start()


async def test_a_tab_at_another_process_is_in_step(several: Several, provider: FakeProvidersProcess):
    bob = several.person()
    text = "".join(f"{number} wörd " for number in range(100))
    provider.script(reply=text, interval=0.02, match="Count")
    async with bob.tab() as tab:
        said, _, _ = await tab.reply_to("Hello")
        async with opened(bob, said["thread"]) as other:
            asked = await tab.say("Count", said["thread"])
            reply = asked["reply"]["id"]
            await asyncio.gather(tab.until("ended"), other.until("ended"))
            assert tab.streamed(reply) == text
            assert other.streamed(reply) == text


async def test_a_worker_learns_what_a_server_process_was_told(several: Several, provider: FakeProvidersProcess):
    alice = several.person()
    provider.script(endpoint="learning", reply=json.dumps(LEARNED), match="boxes")
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("We moved to Oslo, and the boxes are everywhere.")
        await tab.until("memory", message=said["reply"]["id"], timeout=40)
    assert "I live in Oslo" in alice.get("/memories/")[1]


def test_pages_are_answered_while_processes_are_started_anew_one_by_one(several: Several):
    alice = several.person()
    ends = time.monotonic() + 60
    answered = 0
    for site in several.sites:
        assert site.process is not None
        site.process.send_signal(signal.SIGTERM)
        while site.process.poll() is None:
            assert alice.get("/memories/")[0] == 200
            answered += 1
            assert time.monotonic() < ends
        site.start()
        assert alice.get("/memories/")[0] == 200
    assert answered


async def test_a_link_to_a_shared_thread_leads_to_the_address_that_people_use(
    several: Several, provider: FakeProvidersProcess
):
    alice = several.person()
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Hello")
    status, page = alice.post(f"/threads/{said['thread']}/share/", leaf=said["reply"]["id"])
    assert status == 200 and f"{several.front.url}/shared/" in page


def test_a_page_of_one_version_gets_its_files_while_the_other_processes_have_another(several: Several):
    """Names of files have hashes: what only the newer version has is asked for at the older one, too."""
    newer = several.sites[0]
    assert newer.process is not None
    newer.process.send_signal(signal.SIGTERM)
    newer.process.wait(60)
    (newer.data_dir / "static" / "site.0123456789ab.js").write_text("1;")
    newer.start()
    for _ in range(6):
        with urllib.request.urlopen(f"{several.front.url}/static/site.0123456789ab.js", timeout=10) as response:
            assert response.read() == b"1;"


def test_who_types_the_name_alone_is_led_to_the_encrypted_site(several: Several):
    connection = http.client.HTTPConnection("127.0.0.1", several.front.plain_port, timeout=10)
    connection.request("GET", "/memories/?q=tea", headers={"Host": "127.0.0.1"})
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (301, "https://127.0.0.1/memories/?q=tea")


def test_other_origins_and_unknown_hosts_are_refused_behind_the_proxy_too(several: Several):
    front = several.front
    request = urllib.request.Request(f"{front.url}/accounts/login/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 400
    name, key = several.names[-1]
    tab = Person(front, name).with_session(key).tab(origin=several.sites[0].url)
    with pytest.raises(websockets.InvalidStatus):
        asyncio.run(tab.__aenter__())
