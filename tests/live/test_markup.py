"""Replies as markup over the socket: what a tab is told adds up to what is stored, however much it has missed."""

from __future__ import annotations

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person, Tab
from tests.markup_page import MarkupPage

REPLY = (
    "# Läuft 😀\n\n"
    + "A **bold** word and `code`.\n\n- one\n- two\n\n```python\ndef f(): pass\n```\n\n" * 8
    + "The *end*."
)


async def read_to_end(tab: Tab, page: MarkupPage | None = None) -> tuple[MarkupPage, dict]:
    """Apply what comes until a reply ends: the page, and the `ended` frame."""
    page = page or MarkupPage()
    while (frame := await tab.receive(20))["type"] != "ended":
        assert frame["type"] != "piece"
        if frame["type"] == "markup":
            assert page.take(frame)
    return page, frame


async def stored_html(person: Person, reply: str) -> str:
    status, html = person.get(f"/messages/{reply}/html/")
    assert status == 200
    return html


async def test_a_tab_that_asks_for_markup_gets_that_and_no_text(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply=REPLY, pieces=150, interval=0.005)
    async with alice.tab() as tab:
        await tab.send(do="markup")
        said = await tab.say("Go")
        page, ended = await read_to_end(tab)
    assert page.done
    assert page.html == await stored_html(alice, said["reply"]["id"])
    assert page.html.count("<strong>bold</strong>") == 8
    # It has everything already, so it is not sent again.
    assert ended["message"]["html"] is None
    sent = sum(len(frame["html"]) for frame in tab.frames if frame["type"] == "markup")
    assert sent < 2.5 * len(page.html)


async def test_others_get_text_at_the_same_time(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply=REPLY, pieces=100, interval=0.005)
    async with alice.tab() as plain, alice.tab() as formatted:
        said = await plain.say("Hello")
        await plain.until("ended")
        # In whichever order: it goes on listening to the thread.
        await formatted.send(do="open", thread=said["thread"])
        await formatted.send(do="markup")
        await formatted.send(do="ping")
        await formatted.until("pong")
        said, text, ended = await plain.reply_to("Go", said["thread"])
        page, _ = await read_to_end(formatted)
    assert text == REPLY
    assert ended["message"]["html"] == page.html
    assert not [frame for frame in plain.frames if frame["type"] == "markup"]


async def test_a_tab_that_comes_in_mid_reply_gets_all_of_it_and_then_what_is_new(
    alice: Person, provider: FakeProvidersProcess
):
    provider.script(reply=REPLY, pieces=200, interval=0.03)
    async with alice.tab() as plain, alice.tab() as late:
        said = await plain.say("Go")
        await plain.until("piece")
        await plain.until("piece")
        await late.send(do="markup")
        await late.send(do="open", thread=said["thread"])
        page, _ = await read_to_end(late)
    whole = [frame for frame in late.frames if "part" in frame]
    assert len(whole) == 1
    assert page.done
    assert page.html == await stored_html(alice, said["reply"]["id"])


async def test_what_was_missed_comes_again_when_it_is_asked_for(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply=REPLY, pieces=200, interval=0.01)
    async with alice.tab() as tab:
        await tab.send(do="markup")
        said = await tab.say("Go")
        for _ in range(4):
            await tab.until("markup")
        await tab.send(do="resume", message=said["reply"]["id"], offset=0)
        page = MarkupPage()
        while not page.take(await tab.until("markup")):
            pass
        page, _ = await read_to_end(tab, page)
    assert page.done
    assert page.html == await stored_html(alice, said["reply"]["id"])


async def test_a_reply_longer_than_a_frame_comes_in_parts(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply="A line with **bold** words\n\n" * 4_000, pieces=40, interval=0.05)
    async with alice.tab() as tab, alice.tab() as late:
        await tab.send(do="markup")
        said = await tab.say("Go")
        for _ in range(20):
            await tab.until("markup")
            await tab.send(do="got", bytes=10**9)
        await late.send(do="markup")
        await late.send(do="open", thread=said["thread"])
        page = MarkupPage()
        while (frame := await late.receive(20))["type"] != "ended":
            await late.send(do="got", bytes=10**9)
            if frame["type"] == "markup":
                assert page.take(frame) or page.key is None
    assert len([frame for frame in late.frames if "part" in frame]) > 2
    assert page.done
    assert page.html == await stored_html(alice, said["reply"]["id"])


async def test_a_resume_after_the_end_brings_the_whole_reply(alice: Person, provider: FakeProvidersProcess):
    provider.script(reply=REPLY)
    async with alice.tab() as tab:
        await tab.send(do="markup")
        said = await tab.say("Go")
        page, _ = await read_to_end(tab)
        await tab.send(do="resume", message=said["reply"]["id"], offset=0)
        ended = await tab.until("ended")
    assert ended["message"]["html"] == page.html
