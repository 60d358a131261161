"""Programs on a real site: replies as events while they are written, picked up again where the connection broke."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person

Event = tuple[str, int | None, dict[str, Any]]


def program(person: Person, token: str = "") -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token or person.token()}"}
    return httpx2.AsyncClient(base_url=f"{person.site.url}/api/v1", headers=headers, timeout=30, trust_env=False)


async def events(client: httpx2.AsyncClient, method: str, path: str, **how: Any) -> AsyncIterator[Event]:
    """Name, id and data of each event."""
    headers = {"Accept": "text/event-stream", **how.pop("headers", {})}
    async with client.stream(method, path, headers=headers, **how) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream"
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _colon, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields:
                number = int(fields["id"]) if "id" in fields else None
                yield fields["event"], number, json.loads(fields["data"])
                fields = {}


async def test_no_request_moves_the_site_to_another_root(alice: Person):
    headers = {"Authorization": f"Bearer {alice.token('chat')}"}
    async with httpx2.AsyncClient(base_url=alice.site.url, headers=headers, trust_env=False) as stranger:
        under = {"Daphne-Root-Path": "/api/v1"}
        for page in ("/", "/accounts/export/", "/memories/"):
            assert (await stranger.get(f"/api/v1{page}", headers=under)).status_code == 404
        signing_in = await stranger.get("/accounts/login/", headers={"Daphne-Root-Path": "https://elsewhere.example"})
        assert "elsewhere.example" not in signing_in.text
        odd = await stranger.get("/accounts/login/", headers={b"Daphne-Root-Path": b"/\xff"})
        assert odd.status_code == 200


async def test_a_reply_streams_and_is_picked_up_where_the_connection_broke(
    alice: Person, bob: Person, provider: FakeProvidersProcess
):
    text = "Grüße, 世界! 👩‍🚀 and so on. " * 30
    provider.script(reply=text, interval=0.004)
    async with program(alice) as hers, program(bob) as his:
        heard, at, reply = "", 0, ""
        async for name, number, data in events(hers, "POST", "/messages", json={"text": "Hello"}):
            if name == "accepted":
                reply = data["reply"]["id"]
                assert data["message"]["text"] == "Hello"
            else:
                heard, at = heard + data["text"], number or 0
                assert at == len(heard)
                if at > 200:
                    break
        assert (await his.get(f"/messages/{reply}/events")).status_code == 404
        more = events(hers, "GET", f"/messages/{reply}/events", headers={"Last-Event-ID": str(at)})
        async for name, number, data in more:
            if name == "piece":
                heard += data["text"]
                assert number == len(heard)
            else:
                assert (name, number) == ("ended", len(text))
                assert (data["state"], data["text"]) == ("complete", text)
        assert heard == text
        # Asked for once more, all of it comes at once.
        again = [one async for one in events(hers, "GET", f"/messages/{reply}/events")]
        assert [name for name, _, _ in again] == ["piece", "ended"]
        assert again[0][2]["text"] == text


async def test_a_program_and_a_tab_see_the_same_reply_and_either_stops_it(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(reply="word " * 2_000, interval=0.01)
    async with program(alice) as hers, alice.tab() as tab:
        said = await tab.say("Go on and on")
        reply = said["reply"]["id"]
        heard = ""
        async for name, _, data in events(hers, "GET", f"/messages/{reply}/events"):
            if name == "piece":
                heard += data["text"]
                if 20 < len(heard) < 200:
                    assert (await hers.post(f"/messages/{reply}/stop")).status_code == 202
            else:
                assert (name, data["state"]) == ("ended", "stopped")
                assert data["text"] == heard
        ended = await tab.until("ended")
        assert ended["message"]["state"] == "stopped"
        sent = (await hers.post("/messages", json={"text": "Again", "thread": said["thread"]})).json()
        await tab.until("message")
        assert (await tab.until("piece", message=sent["reply"]["id"]))["offset"] == 0


async def test_a_stream_ends_with_its_token(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="word " * 2_000, interval=0.02)
    token = alice.token("threads:read", "threads:write")
    async with program(alice, token) as hers:
        stream = events(hers, "POST", "/messages", json={"text": "Hello"})
        reply = (await anext(stream))[2]["reply"]["id"]
        page = alice.get("/accounts/tokens/")[1]
        number = page.partition("/accounts/tokens/")[2] and page.split("/revoke/")[0].rpartition("/")[2]
        alice.post(f"/accounts/tokens/{number}/revoke/")
        async with asyncio.timeout(8):
            names = [name async for name, _, _ in stream]
        assert names[-1] == "gone"
        assert (await hers.get(f"/messages/{reply}")).status_code == 401
    alice.post(f"/messages/{reply}/stop/")
