"""The list of threads, the shortcuts, and getting around with the keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat
from tests.live.person import Person


async def test_everything_is_within_reach_of_the_keyboard(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    keyboard = chat.page.keyboard
    await keyboard.type("Hello")
    await keyboard.press("Enter")
    await chat.replied()
    await expect(chat.composer).to_be_focused()

    await keyboard.press("Control+Shift+O")
    await expect(chat.title).to_have_text("New thread")
    await chat.ready()
    await expect(chat.composer).to_be_focused()
    await expect(chat.questions).to_have_count(0)

    help_dialog = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    await keyboard.press("Control+/")
    await expect(help_dialog).to_be_visible()
    await expect(help_dialog.get_by_role("button", name="Close")).to_be_focused()
    await keyboard.press("Escape")
    await expect(help_dialog).to_be_hidden()
    await expect(chat.composer).to_be_focused()

    await chat.page.get_by_role("link", name="memchat").focus()
    await keyboard.press("Shift+Tab")
    await expect(chat.page.get_by_role("link", name="Skip to content")).to_be_in_viewport(ratio=1)
    await keyboard.press("Shift+Tab")
    skip = chat.page.get_by_role("link", name="Skip to the message box")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport(ratio=1)
    await keyboard.press("Enter")
    await expect(chat.composer).to_be_focused()

    await chat.page.goto("/memories/")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(chat.page.get_by_role("main")).to_be_focused()


async def test_a_reply_is_stopped_with_escape_and_the_focus_is_in_the_composer(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 1_000, interval=0.03)
    chat: Chat = await chat_of(alice)
    await chat.say("Hello")
    await expect(chat.reply_text).to_contain_text("word")
    # In a dialog the key closes the dialog.
    await chat.page.keyboard.press("Control+/")
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.get_by_role("dialog")).to_have_count(0)
    await expect(chat.stop).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    await expect(chat.composer).to_be_focused()


async def test_shortcuts_can_be_turned_off(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await chat.page.get_by_role("button", name="Account:").click()
    await chat.page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    await dialog.get_by_role("checkbox").uncheck()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()
    for _ in range(2):
        await chat.page.keyboard.press("Control+/")
        await expect(dialog).to_be_hidden()
        await chat.reload()


async def test_focus_is_never_out_of_sight(alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]):
    provider.script(reply="A paragraph.\n\n```python\nprint(1)\n```\n\n" * 12)
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await chat.page.get_by_role("link", name="memchat").focus()
    seen = set()
    for _ in range(60):
        await chat.page.keyboard.press("Tab")
        where = await _focused(chat.page)
        if where is None:
            break
        assert where["visible"], f"out of sight: {where['what']}"
        seen.add(where["what"])
    assert any("Copy this code" in what for what in seen)
    assert any("Regenerate" in what for what in seen)
    assert any("composer-text" in what for what in seen)


async def _focused(page: Page) -> dict[str, Any] | None:
    found: dict[str, Any] | None = await page.evaluate(
        """async () => {
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const element = document.activeElement;
            if (element === document.body) return null;
            const { left, top, width, height, bottom, right } = element.getBoundingClientRect();
            const inside = [left, Math.max(top, 1), Math.min(right, innerWidth) - 1, Math.min(bottom, innerHeight) - 1];
            const at = document.elementFromPoint((inside[0] + inside[2]) / 2, (inside[1] + inside[3]) / 2);
            const label = element.getAttribute("aria-label") ?? element.textContent;
            const what = `${element.tagName} ${element.id} ${label}`;
            return { what: what.replace(/\\s+/g, " ").slice(0, 120), visible: element.contains(at) };
        }"""
    )
    return found


async def test_a_thread_is_renamed_in_place_and_escape_leaves_it_as_it_was(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    rename = chat.threads.get_by_role("button", name="Rename: Hello")
    field = chat.threads.get_by_role("textbox")
    await rename.focus()
    await chat.page.keyboard.press("Enter")
    await expect(field).to_be_focused()
    await field.fill("Something else")
    await chat.page.keyboard.press("Escape")
    await expect(field).to_have_count(0)
    await expect(rename).to_be_focused()
    await expect(chat.title).to_have_text("Hello")
    await chat.page.keyboard.press("Enter")
    await field.fill("  Greetings  ")
    await chat.page.keyboard.press("Enter")
    await expect(chat.title).to_have_text("Greetings")
    await chat.reload()
    await expect(chat.title).to_have_text("Greetings")
    link = chat.threads.get_by_role("link", name="Greetings", exact=True)
    await expect(link).to_have_attribute("aria-current", "page")


async def test_a_title_that_is_being_written_survives_what_happens_to_its_thread(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    thread = chat.page.url.split("/threads/")[1].strip("/")
    await chat.threads.get_by_role("button", name="Rename: Hello").press("Enter")
    field = chat.threads.get_by_role("textbox")
    await field.fill("Half a ti")
    await asyncio.to_thread(alice.post, f"/threads/{thread}/rename/", title="Elsewhere")
    await expect(chat.title).to_have_text("Elsewhere")
    await expect(field).to_have_value("Half a ti")
    await field.press("Escape")
    await expect(chat.threads.get_by_role("link", name="Elsewhere", exact=True)).to_be_visible()
    # A title moves nothing.
    await chat.new_thread()
    await chat.ask("Newer")
    await asyncio.to_thread(alice.post, f"/threads/{thread}/rename/", title="Elsewhere again")
    await expect(chat.threads.get_by_role("link", name="Elsewhere again", exact=True)).to_be_visible()
    links = chat.threads.locator(".thread-link")
    assert (await links.all_inner_texts())[:2] == ["Newer", "Elsewhere again"]


async def test_on_a_phone_the_threads_are_a_drawer(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    await chat.composer.fill("Hello")
    await chat.send.tap()
    await chat.replied()
    await expect(chat.threads).to_be_hidden()
    await chat.page.get_by_role("button", name="Threads").tap()
    await expect(chat.threads.get_by_role("link", name="Hello", exact=True)).to_be_visible()
    await chat.threads.get_by_role("link", name="New thread").tap()
    await expect(chat.title).to_have_text("New thread")
    await expect(chat.threads).to_be_hidden()
