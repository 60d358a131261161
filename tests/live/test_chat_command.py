"""`manage.py chat`: a terminal that streams."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person
from tests.live.site import ROOT
from tests.live.test_api import program


async def terminal(person: Person, token: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "manage.py", "chat", "--url", person.site.url, "--token-file", str(token), *arguments,
        cwd=ROOT, env=person.site.environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


async def test_a_terminal_talks_remembers_and_stops(alice: Person, provider: FakeProvidersProcess, tmp_path: Path):
    token = tmp_path / "token"
    token.write_text(alice.token("threads:read", "threads:write"))
    process = await terminal(alice, token, "--model", "offline:offline")
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"Remember: I play the cello\n/new\nWhich instrument do I play?\n")
    async with asyncio.timeout(40):
        told = b""
        while b"cello" not in told.partition(b"[memory, remembered: I play the cello]")[2]:
            told += await process.stdout.read(1)
        process.stdin.close()
        assert await process.wait() == 0
    provider.script(reply="word " * 2_000, interval=0.02)
    process = await terminal(alice, token, "--model", "openai:gpt-small")
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"Go on and on\n")
    async with asyncio.timeout(40):
        await process.stdout.readuntil(b"word word ")
        os.kill(process.pid, signal.SIGINT)
        process.stdin.close()
        assert await process.wait() == 0
    async with program(alice, token.read_text()) as hers:
        [thread] = (await hers.get("/threads?limit=1")).json()["items"]
        [_, reply] = (await hers.get(f"/threads/{thread['id']}/messages")).json()["items"]
        assert reply["state"] == "stopped"
    token.write_text("memchat_" + "x" * 43)
    refused = await terminal(alice, token)
    _, errors = await refused.communicate(b"Hello\n")
    assert refused.returncode == 1
    assert b"of no use" in errors
