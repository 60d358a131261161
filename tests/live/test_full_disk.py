"""A disk without room: people can read, are told why nothing more, and nothing is acknowledged that is not stored."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

DISK_MB = 144
MIN_FREE_MB = 16
BACK_SECONDS = 5.0
BANNER = "Everything can be read, but nothing is stored"


class Disk:
    """A small file system of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self, leave_mb: float = 0) -> None:
        state = os.statvfs(self.place)
        used = state.f_bavail * state.f_frsize - int(leave_mb * 1024 * 1024)
        with self._ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, used)

    def clear(self) -> None:
        self._ballast.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    place = Path(os.path.realpath("/tmp")) / f"memchat-disk-{os.getpid()}"
    place.mkdir()
    options = f"size={DISK_MB}m,mode=755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, check=False)
    try:
        if mounted.returncode:
            pytest.skip("a file system of limited size can be mounted by root alone")
        yield Disk(place)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", place], check=True)
        place.rmdir()


@pytest.fixture
def site(disk: Disk, own_directory: Path, provider_process: FakeProvidersProcess) -> Iterator[Site]:
    settings = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": provider_process.url, "MEMCHAT_LEARNING": "no"}
    site = Site(disk.place / "data", settings)
    site.log = own_directory / "log"
    try:
        yield site
    finally:
        disk.clear()
        site.destroy()


async def test_with_a_full_disk_everything_can_be_read_and_nothing_is_lost(
    site: Site, disk: Disk, provider: FakeProvidersProcess
):
    # Nothing kept free: it is the database that finds the disk full.
    site.settings["MEMCHAT_MIN_FREE_MB"] = "0"
    site.start()
    [(name, key)] = site.make_accounts(1, PASSWORD)
    alice = Person(site, name).with_session(key)
    stored = {}
    async with alice.tab() as tab:
        disk.fill()
        for number in range(40):
            text = f"{number} " + "".join(chr(0x4E00 + (number * 7919 + i * i) % 20_000) for i in range(10_000))
            answer = await tab.say(text)
            if answer["type"] != "said":
                break
            stored[answer["message"]["id"]] = text
        assert answer["kind"] == "read_only"
        assert (await asyncio.to_thread(alice.get, "/memories/"))[1].count(BANNER) == 1
        disk.clear()
        room_at = time.monotonic()
        while (answer := await tab.say("Is there room?"))["type"] != "said":
            assert answer["kind"] in {"read_only", "unavailable"}
            assert time.monotonic() - room_at < BACK_SECONDS
            await asyncio.sleep(0.3)
    for message, text in stored.items():
        assert (await asyncio.to_thread(alice.get, f"/messages/{message}/source/")) == (200, text)
    site.stop()

    # As it comes: the last of the disk is left to the database, which ends what is under way.
    site.settings["MEMCHAT_MIN_FREE_MB"] = str(MIN_FREE_MB)
    site.start()
    text = "word " * 100
    provider.script(reply=text, interval=0.03, match="Count")
    async with alice.tab() as tab:
        said = await tab.say("Count")
        await tab.until("piece")
        disk.fill(leave_mb=MIN_FREE_MB / 2)
        await asyncio.sleep(1.2)
        assert (await tab.say("One more"))["kind"] == "read_only"
        status, page = await asyncio.to_thread(alice.get, f"/threads/{said['thread']}/")
        assert status == 200 and BANNER in page
        status, page = await asyncio.to_thread(alice.post, "/say/", text="And as a form?")
        assert status == 503 and "disk is full" in page
        assert (await tab.until("ended"))["message"]["state"] == "complete"
        disk.clear()
        await asyncio.sleep(1.2)
        assert (await tab.say("One more", said["thread"]))["type"] == "said"
        assert BANNER not in (await asyncio.to_thread(alice.get, "/"))[1]
    assert (await asyncio.to_thread(alice.get, f"/messages/{said['reply']['id']}/source/"))[1] == text
