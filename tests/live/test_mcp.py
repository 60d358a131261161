"""The official client of the Model Context Protocol, pointed at this site."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person


@asynccontextmanager
async def session_of(person: Person, *scopes: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {person.token(*scopes)}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=20, trust_env=False) as http,
        Client(streamable_http_client(f"{person.site.url}/mcp", http_client=http)) as client,
    ):
        yield client


async def call(client: Client, name: str, **arguments: Any) -> Any:
    done = await client.call_tool(name, arguments)
    assert not done.is_error, done.content
    return done.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    done = await client.call_tool(name, arguments)
    assert done.is_error
    return str(done.content[0].text)  # type: ignore[union-attr]


async def test_what_one_tool_remembers_another_recalls_and_nobody_else(alice: Person, bob: Person):
    async with session_of(alice) as hers, session_of(bob) as his:
        assert {tool.name for tool in (await hers.list_tools()).tools} == {
            "recall", "remember", "forget", "list_threads", "search_threads", "read_thread",
        }  # fmt: skip
        kept = await call(hers, "remember", statement="I play the cello")
        assert kept["status"] == "remembered"
        assert (await call(hers, "remember", statement="I play the cello"))["status"] == "known"
        [found] = (await call(hers, "recall", query="Which instrument do I play?"))["memories"]
        assert (found["id"], found["text"]) == (kept["id"], "I play the cello")
        assert (await call(his, "recall", query="Which instrument do I play?"))["memories"] == []
        assert "no such memory" in await refused(his, "forget", memory=kept["id"])
        listed = await hers.read_resource("memchat://memories")
        assert [one["text"] for one in json.loads(listed.contents[0].text)] == ["I play the cello"]  # type: ignore[union-attr]
        one = await hers.read_resource(f"memchat://memories/{kept['id']}")
        assert json.loads(one.contents[0].text)["text"] == "I play the cello"  # type: ignore[union-attr]
        with pytest.raises(Exception, match="no such memory"):
            await his.read_resource(f"memchat://memories/{kept['id']}")
        assert "Through the API" in alice.get("/memories/")[1]
        assert (await call(hers, "forget", memory=kept["id"]))["status"] == "forgotten"
        assert (await call(hers, "recall", query="Which instrument do I play?"))["memories"] == []


async def test_what_is_sensitive_waits_and_what_is_secret_is_refused(alice: Person):
    async with session_of(alice) as hers:
        assert "approval" in (await call(hers, "remember", statement="I have diabetes"))["status"]
        assert "kept elsewhere" in await refused(hers, "remember", statement="My password is hunter2-Xy9")
        assert "I have diabetes" in alice.get("/memories/proposals/")[1]


async def test_the_switch_of_the_person_and_the_scopes_of_the_token_hold(alice: Person):
    async with session_of(alice, "memories:read") as reader:
        assert "memories:write" in await refused(reader, "remember", statement="I play the cello")
        assert "threads:read" in await refused(reader, "list_threads")
        alice.post("/memories/settings/switch/", memory_on="no")
        assert "switched off" in await refused(reader, "recall", query="cello")


async def test_threads_are_listed_searched_and_read(alice: Person, bob: Person, provider: FakeProvidersProcess):
    provider.script(reply="On an island.")
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Where do quokkas live?")
    async with session_of(alice) as hers, session_of(bob) as his:
        [thread] = (await call(hers, "list_threads"))["threads"]
        assert thread["id"] == said["thread"]
        found = (await call(hers, "search_threads", query="quokkas"))["found"]
        assert {one["thread"] for one in found} == {said["thread"]}
        read = await call(hers, "read_thread", thread=said["thread"])
        assert [one["text"] for one in read["messages"]] == ["Where do quokkas live?", "On an island."]
        assert "no such thread" in await refused(his, "read_thread", thread=said["thread"])
        assert (await call(his, "search_threads", query="quokkas"))["found"] == []


async def test_who_shows_no_token_that_works_is_kept_out(alice: Person):
    token = alice.token("memories:read")
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    hers = {**accept, "Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=alice.site.url, timeout=20, trust_env=False) as http:
        for headers in (accept, {**accept, "Authorization": "Bearer memchat_" + "x" * 43}):
            answer = await http.post("/mcp", json=ask, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        cookie = {**accept, "Cookie": f"sessionid={alice.cookie('sessionid')}"}
        assert (await http.post("/mcp", json=ask, headers=cookie)).status_code == 401
        works = await http.post("/mcp", json=ask, headers=hers)
        assert (works.status_code, "recall" in works.text) == (200, True)
        assert "default-src 'none'" in works.headers["content-security-policy"]
        assert (
            await http.post("/mcp", json=ask, headers={**hers, "Origin": "https://evil.example"})
        ).status_code == 403
        assert (await http.post("/mcp", json=ask, headers={**hers, "Host": "evil.example"})).status_code == 400
        for method in ("GET", "DELETE", "PUT"):
            assert (await http.request(method, "/mcp", headers=hers)).status_code == 405
        for nonsense in (b"", b"{", b"[]", b"\xff", b'{"jsonrpc": "2.0", "id": 1, "method": "nothing"}', b"[" * 50_000):
            assert (
                await http.post("/mcp", content=nonsense, headers={**hers, "Content-Type": "application/json"})
            ).status_code < 500
        huge = await http.post("/mcp", content=b"x" * 1_100_000, headers={**hers, "Content-Type": "application/json"})
        assert huge.status_code == 413
        alice.post(
            "/accounts/password/change/",
            oldpassword=alice.password,
            password1="x9-other-horse",
            password2="x9-other-horse",
        )
        assert (await http.post("/mcp", json=ask, headers=hers)).status_code == 401
