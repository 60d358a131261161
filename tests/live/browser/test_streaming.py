"""A reply while it is written: reloads, second tabs, Stop, servers that die, and where the page is scrolled to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

NUMBERS = [f"{number}ü世😀" for number in range(80)]
STORY = " ".join(NUMBERS[:60]) + "\n\n```python\nprint('<b>')\n```\n\n- " + "\n- ".join(NUMBERS[60:]) + "\n"
MOMENTS = {
    "before the first word": "Reply",
    "in the middle": NUMBERS[30],
    "shortly before the end": NUMBERS[78],
}


@pytest.mark.parametrize("sight", MOMENTS.values(), ids=MOMENTS)
async def test_a_reload_in_mid_reply_loses_and_repeats_nothing(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], sight: str
):
    provider.script(reply=STORY, interval=0.02, first_delay=1.0)
    chat: Chat = await chat_of(alice)
    await chat.say("Count")
    await expect(chat.reply).to_contain_text(sight)
    await chat.reload()
    await expect(chat.question).to_have_count(1)
    await chat.replied()
    assert await chat.source() == STORY
    await expect(chat.replies).to_have_count(1)
    assert re.findall(r"\d+ü世😀", await chat.messages.inner_text()) == NUMBERS
    await expect(chat.reply.locator("pre")).to_have_text("print('<b>')\n")
    await expect(chat.reply.get_by_role("listitem").filter(has_text="世")).to_have_count(20)


async def test_two_tabs_show_the_same_while_it_happens(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=STORY, interval=0.03, match="Count")
    one: Chat = await chat_of(alice)
    await one.ask("Hello")
    two = await one.another_tab()
    await one.say("Count")
    await expect(two.question).to_contain_text("Count")
    await expect(two.reply).to_contain_text(NUMBERS[5])
    await expect(two.reply.get_by_text("Replying…")).to_be_visible()
    await expect(two.stop).to_be_visible()
    await expect(two.reply).not_to_contain_text(NUMBERS[79])
    await two.replied()
    await one.replied()
    texts = [await chat.reply_text.inner_text() for chat in (one, two)]
    assert texts[0] == texts[1]
    assert re.findall(r"\d+ü世😀", texts[0]) == NUMBERS
    await expect(two.replies).to_have_count(2)

    await one.page.bring_to_front()  # A browser is slow with what is behind.
    await one.threads.get_by_role("listitem").hover()
    await one.threads.get_by_role("button", name="Rename: Hello").click()
    await one.page.get_by_role("textbox", name="Rename: Hello").fill("Counting")
    await one.page.keyboard.press("Enter")
    for chat in (one, two):
        await expect(chat.title).to_have_text("Counting")
        await expect(chat.page).to_have_title("Counting · memchat")
        await expect(chat.threads.get_by_role("link", name="Counting", exact=True)).to_be_visible()

    await one.threads.get_by_role("listitem").hover()
    await one.threads.get_by_role("link", name="Delete: Counting").click()
    await one.page.get_by_role("main").get_by_role("button", name="Delete").click()
    await expect(one.page.get_by_text("The thread was deleted.")).to_be_visible()
    await expect(two.page.get_by_text("This thread was deleted.").filter(visible=True)).to_have_count(2)
    await expect(two.threads.get_by_role("listitem")).to_have_count(0)


async def test_stop_keeps_what_had_come_and_regenerate_writes_it_anew(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 2_000, interval=0.02, times=1)
    chat: Chat = await chat_of(alice)
    await chat.say("Tell me everything")
    await expect(chat.reply_text).to_contain_text("word " * 20)
    await asyncio.sleep(0.7)  # A double click on Send is not meant for Stop.
    await chat.stop.click()
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    await expect(chat.composer).to_be_focused()
    await expect(chat.send).to_be_visible()
    kept = await chat.source()
    assert kept.startswith("word word")
    assert len(kept) < 10_000
    assert (await chat.reply_text.inner_text()).split() == kept.split()
    await chat.reload()
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    assert (await chat.reply_text.inner_text()).split() == kept.split()

    await chat.reply.get_by_role("button", name="Regenerate").click()
    await expect(chat.reply_text).to_have_text("You said: Tell me everything")
    await chat.replied()
    await expect(chat.replies).to_have_count(1)
    await expect(chat.questions).to_have_count(1)


async def test_a_killed_server_is_found_again_by_itself_and_the_reply_can_be_retried(
    site: Site, alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_CONNECTION_REFUSED", "WebSocket")
    provider.script(reply=" ".join(map(str, range(2_000))), interval=0.02, times=1)
    chat: Chat = await chat_of(alice)
    await chat.say("Tell me everything")
    # What was written more than a second ago is stored.
    await expect(chat.reply_text).to_contain_text(" 20 ")
    await expect(chat.reply_text).to_contain_text(" 100 ")
    site.kill()
    try:
        await expect(chat.page.get_by_text("Connecting again…").first).to_be_visible()
        await expect(chat.question).to_contain_text("Tell me everything")
        await expect(chat.reply_text).to_contain_text(" 20 ")
    finally:
        await asyncio.to_thread(site.start)
    problem = chat.reply.get_by_role("alert")
    await expect(problem).to_have_text("The server stopped while this reply was being written.", timeout=30_000)
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await expect(chat.reply_text).to_contain_text(" 20 ")
    kept = await chat.source()
    assert kept.split() == (await chat.reply_text.inner_text()).split()
    await chat.reply.get_by_role("button", name="Retry").click()
    await expect(chat.reply_text).to_have_text("You said: Tell me everything")
    await chat.replied()
    await expect(chat.questions).to_have_count(1)
    await expect(chat.replies).to_have_count(1)


async def test_what_is_said_without_a_connection_is_sent_once_when_it_is_back(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_INTERNET_DISCONNECTED", "WebSocket")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_contain_text("You are offline.")
    await chat.say("Are you there?")
    await expect(chat.question.get_by_text("Sending…")).to_be_visible()
    await expect(chat.replies).to_have_count(1)
    await chat.page.context.set_offline(False)
    await expect(chat.reply_text).to_have_text("You said: Are you there?")
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await chat.replied()
    await chat.reload()
    await expect(chat.questions).to_have_count(2)
    await expect(chat.replies).to_have_count(2)
    asked = [request["body"]["messages"][-1]["content"] for request in provider.report()["requests"]]
    assert sum("Are you there?" in str(newest) for newest in asked) == 1


async def test_what_waits_to_be_sent_survives_a_reload(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    sockets: list[WebSocketRoute] = []

    def refuse_the_first_two(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > 2:
            socket.connect_to_server()

    await chat.page.route_web_socket(re.compile("/ws/"), refuse_the_first_two)
    await chat.reload()
    await chat.say("Are you there?")
    await expect(chat.question.get_by_text("Sending…")).to_be_visible()
    await chat.reload()
    await expect(chat.question).to_contain_text("Are you there?")
    await expect(chat.question.get_by_text("Sending…")).to_be_visible()
    await sockets[1].close()
    await expect(chat.reply_text).to_have_text("You said: Are you there?")
    await expect(chat.questions).to_have_count(2)
    assert len(sockets) == 3


async def test_a_message_whose_acknowledgement_was_lost_is_not_sent_twice(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    lost: list[str] = []
    sockets: list[WebSocketRoute] = []

    def lose_one(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def pass_on(frame: str | bytes) -> None:
            if not lost and '"said"' in str(frame):
                lost.append(str(frame))
                await socket.close(code=4000)
            elif socket is sockets[-1]:
                socket.send(frame)

        sockets.append(socket)
        server.on_message(pass_on)

    await chat.page.route_web_socket(re.compile("/ws/"), lose_one)
    await chat.reload()
    await chat.ask("Are you there?")
    await expect(chat.reply_text).to_have_text("You said: Are you there?")
    assert lost
    assert len(sockets) == 2
    for _ in range(2):
        await expect(chat.questions).to_have_count(2)
        await expect(chat.replies).to_have_count(2)
        await chat.reload()
    assert len(provider.report()["requests"]) == 2


async def test_the_view_follows_at_the_end_and_lets_go_when_scrolled_up(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    lines = "".join(f"Line {number}\n\n" for number in range(400))
    provider.script(reply=lines, interval=0.02)
    chat: Chat = await chat_of(alice)
    await chat.say("Count")
    await expect(chat.reply_text).to_contain_text("Line 40")
    await expect(chat.jump).to_be_hidden()
    assert await _to_the_end(chat) < 4

    await chat.messages.hover()
    await chat.page.mouse.wheel(0, -200)
    await expect(chat.jump).to_be_visible()
    place = await _place(chat)
    await expect(chat.reply_text).to_contain_text("Line 90")
    assert await _place(chat) == place

    await chat.jump.click()
    await expect(chat.jump).to_be_hidden()
    await expect(chat.reply_text).to_contain_text("Line 140")
    assert await _to_the_end(chat) < 4

    await chat.messages.press("PageUp")
    await expect(chat.jump).to_be_visible()
    line = await _line_at_the_top(chat)
    await chat.page.keyboard.press("Escape")
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    # Rendered, the text has another height; the eye should find its line again all the same.
    assert abs(await _line_at_the_top(chat) - line) <= 2


async def _to_the_end(chat: Chat) -> float:
    """How many pixels are below: the least of some moments, for a piece may just have come and not be followed yet."""
    below: float = await chat.messages.evaluate(
        """async (region) => {
            let least = Infinity;
            for (let moment = 0; moment < 10; moment += 1) {
                await new Promise(requestAnimationFrame);
                least = Math.min(least, region.scrollHeight - region.scrollTop - region.clientHeight);
            }
            return least;
        }"""
    )
    return below


async def _place(chat: Chat) -> float:
    return await chat.messages.evaluate("region => region.scrollTop")


async def _line_at_the_top(chat: Chat) -> int:
    around = await chat.messages.evaluate(
        """region => {
            const { left, top, width } = region.getBoundingClientRect();
            const text = document.querySelector("[data-role=assistant] [data-text]").getBoundingClientRect();
            for (let y = top + 5; y < top + 100; y += 5) {
                const { offsetNode, offset } = document.caretPositionFromPoint(text.left + 1, y);
                const found = /Line (\\d+)/.exec(offsetNode.textContent.slice(Math.max(0, offset - 1), offset + 12));
                if (found) return Number(found[1]);
            }
        }"""
    )
    assert around is not None
    return around


async def test_a_thread_is_opened_at_its_newest_message(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="Line\n\n" * 100, interval=0)
    chat: Chat = await chat_of(alice)
    await chat.ask("Count")
    await chat.reload()
    await expect(chat.reply.get_by_role("button", name="Regenerate")).to_be_in_viewport()
    assert await _to_the_end(chat) < 4
    await expect(chat.jump).to_be_hidden()


async def test_a_selection_survives_the_pieces_and_the_end_of_a_reply(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=STORY, interval=0.02)
    chat: Chat = await chat_of(alice)
    await chat.say("Count")
    await expect(chat.reply_text).to_contain_text(NUMBERS[10])
    await chat.reply_text.evaluate(
        """element => {
            const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
            getSelection().setBaseAndExtent(node, 0, node, 4);
        }"""
    )
    selected = await chat.page.evaluate("getSelection().toString()")
    assert selected
    await expect(chat.reply_text).to_contain_text(NUMBERS[79])
    await chat.replied()
    assert await chat.page.evaluate("getSelection().toString()") == selected
    await chat.page.evaluate("getSelection().removeAllRanges()")
    await expect(chat.reply.locator("pre")).to_have_count(1)
