"""What a socket takes, and from whom."""

from __future__ import annotations

import asyncio
import json
import re
import uuid

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import PASSWORD, Person, Tab
from tests.live.site import Site

ABNORMAL = 1006
"""What a browser reports when a socket ends without a close frame."""


def without_tokens(answer: tuple[int, str]) -> tuple[int, str]:
    """A page without what differs every time it is made."""
    status, page = answer
    return status, re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)


async def code_when_closed(tab: Tab, timeout: float = 6) -> int:
    async with asyncio.timeout(timeout):
        while True:
            try:
                await tab.receive(timeout)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else ABNORMAL


FOREIGN = ["https://evil.example", "http://127.0.0.1:1", "http://localhost.evil.example", "null"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_page_of_another_origin_gets_no_socket(alice: Person, origin: str):
    with pytest.raises(InvalidStatus) as refused:
        async with alice.tab(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_nobody_signed_in_is_told_so(site: Site):
    async with Person(site, "nobody").tab() as tab:
        assert await code_when_closed(tab) == 4401


async def test_signing_out_closes_the_open_sockets(alice: Person):
    async with alice.tab() as tab:
        await tab.until("hello")
        await asyncio.to_thread(alice.sign_out)
        assert await code_when_closed(tab) == 4401


async def test_a_command_after_signing_out_is_not_carried_out(alice: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        await tab.until("hello")
        await asyncio.to_thread(alice.sign_out)
        await tab.send(do="say", id=str(uuid.uuid4()), thread=None, text="Am I still here?")
        assert await code_when_closed(tab) == 4401
    await asyncio.to_thread(alice.sign_in)
    assert "Am I still here?" not in alice.get("/")[1]
    assert provider.report()["requests"] == []


async def test_deactivating_an_account_closes_its_sockets(site: Site, alice: Person):
    async with alice.tab() as tab:
        await tab.until("hello")
        deactivate = f"User.objects.filter(username={alice.name!r}).update(is_active=False)"
        await asyncio.to_thread(site.manage, "shell", "-c", f"from memchat.users.models import User; {deactivate}")
        assert await code_when_closed(tab) == 4401


async def test_changing_the_password_closes_the_sockets_of_other_sessions(site: Site, alice: Person):
    elsewhere = await asyncio.to_thread(Person(site, alice.name).sign_in)
    async with elsewhere.tab() as tab:
        await tab.until("hello")
        status, _ = await asyncio.to_thread(
            alice.post, "/accounts/password/change/",
            oldpassword=PASSWORD, password1="another-horse-battery-8", password2="another-horse-battery-8",
        )  # fmt: skip
        assert status == 200
        assert await code_when_closed(tab) == 4401


MISSING = str(uuid.uuid4())
BAD_FRAMES = {
    "no JSON": "{",
    "not an object": "[1]",
    "null": "null",
    "NaN": '{"do": NaN}',
    "deep": "[" * 50_000,
    "huge number": "9" * 6_000,
    "unknown command": '{"do": "sing"}',
    "no command": "{}",
    "text is a list": json.dumps({"do": "say", "id": MISSING, "thread": None, "text": ["x"]}),
    "binary garbage": b"\xff\xfe\x00",
    "only spaces": json.dumps({"do": "say", "id": str(uuid.uuid4()), "thread": None, "text": "   \n "}),
    "100,000 characters": json.dumps({"do": "say", "id": str(uuid.uuid4()), "thread": None, "text": "x" * 100_000}),
    "foreign thread": json.dumps({"do": "open", "thread": str(uuid.uuid4())}),
    "foreign message": json.dumps({"do": "stop", "message": str(uuid.uuid4())}),
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_bad_frame_gets_its_error_and_the_socket_stays(alice: Person, frame: str | bytes):
    async with alice.tab() as tab:
        await tab.send_raw(frame)
        error = await tab.until("error")
        assert error["kind"] in {"bad_frame", "bad_command", "empty", "too_long", "not_found"}
        assert error["text"]
        await tab.send(do="ping", ref="1")
        await tab.until("pong", ref="1")


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\ud83d\ude00"], ids=["NUL", "lone surrogate", "pair"])
async def test_what_the_database_refuses_is_made_storable(alice: Person, provider: FakeProvidersProcess, text: str):
    async with alice.tab() as tab:
        said, _, ended = await tab.reply_to(text)
    assert ended["message"]["state"] == "complete"
    assert "\x00" not in said["message"]["text"]


@pytest.mark.parametrize("size", [1_100_000, 3_000_000])
async def test_an_oversized_frame_ends_only_its_own_socket(alice: Person, size: int):
    async with alice.tab() as other, alice.tab() as tab:
        await other.until("hello")
        try:
            await tab.send_raw("x" * size)
        except ConnectionClosed:
            pass
        assert await code_when_closed(tab) in {1009, ABNORMAL}
        await other.send(do="ping", ref="1")
        await other.until("pong", ref="1")


async def test_a_flood_is_cut_off_and_others_are_served(alice: Person, bob: Person):
    async with bob.tab() as other, alice.tab() as tab:
        await other.until("hello")
        flood = json.dumps({"do": "open", "thread": str(uuid.uuid4())})
        try:
            for _ in range(3_000):
                await tab.send_raw(flood)
                # So that it hears why it is closed; who is still sending then may not.
                await asyncio.sleep(0)
        except ConnectionClosed:
            pass
        assert await code_when_closed(tab) in {4429, ABNORMAL}
        await other.send(do="ping", ref="1")
        await other.until("pong", ref="1")


async def test_threads_and_messages_of_another_do_not_exist(alice: Person, bob: Person, provider: FakeProvidersProcess):
    async with alice.tab() as tab:
        said, _, _ = await tab.reply_to("Remember: the canary is yellow")
    thread, message, reply = said["thread"], said["message"]["id"], said["reply"]["id"]
    missing = str(uuid.uuid4())
    for path in (
        "/threads/{}/", "/threads/{}/delete/", "/messages/{}/source/", "/messages/{}/html/",
    ):  # fmt: skip
        for one in (thread, message, reply):
            foreign = without_tokens(bob.get(path.format(one)))
            assert foreign == without_tokens(bob.get(path.format(missing))), path
            assert foreign[0] == 404
    for path in ("/threads/{}/rename/", "/threads/{}/delete/", "/messages/{}/stop/", "/messages/{}/retry/"):
        for one in (thread, message, reply):
            assert bob.post(path.format(one), title="Mine")[0] == 404, path
    assert bob.post("/say/", thread=thread, text="Hello")[0] == 404
    async with bob.tab() as tab:
        for command in (
            {"do": "open", "thread": thread},
            {"do": "say", "thread": thread, "id": str(uuid.uuid4()), "text": "Hello"},
            {"do": "stop", "message": reply},
            {"do": "retry", "message": reply},
            {"do": "resume", "message": reply, "offset": 0},
            {"do": "resume", "message": message, "offset": 0},
        ):
            await tab.send(ref="x", **command)
            assert (await tab.until("error", ref="x"))["kind"] == "not_found"
        own, _, _ = await tab.reply_to("Hello")
        await tab.send(do="open", ref="o", thread=own["thread"], after=message)
        assert "canary" not in json.dumps(await tab.until("opened", ref="o"))
        # Using an id that another has used reveals nothing either.
        again = await tab.say("Hello", id=said["id"])
        assert again["type"] == "said"
        assert again["thread"] != thread
    assert "canary" not in json.dumps(tab.frames)
    assert "canary" not in bob.get("/memories/?q=canary")[1].replace("q=canary", "").replace('value="canary"', "")


async def test_a_form_post_without_javascript_is_answered(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="Plainly answered.")
    status, page = await asyncio.to_thread(alice.post, "/say/", text="Hello from a form")
    assert status == 200
    assert "Hello from a form" in page
    for _ in range(100):
        if "Plainly answered." in alice.get("/")[1] + page:
            break
        thread = page.split('data-thread="')[1].split('"')[0]
        page = alice.get(f"/threads/{thread}/")[1]
        await asyncio.sleep(0.1)
    assert "Plainly answered." in page
