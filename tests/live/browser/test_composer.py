"""Where a person writes: what sends, what breaks the line, what is refused and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat
from tests.live.person import Person

MOST = 32_000


async def test_enter_sends_and_shift_enter_breaks_the_line(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await expect(chat.composer).to_be_focused()
    low = await _height(chat)
    await chat.page.keyboard.type("First")
    for word in ("second", "third", "fourth"):
        await chat.page.keyboard.press("Shift+Enter")
        await chat.page.keyboard.type(word)
    await expect(chat.composer).to_have_value("First\nsecond\nthird\nfourth")
    assert await _height(chat) > low + 40
    await expect(chat.questions).to_have_count(0)
    await chat.page.keyboard.press("Enter")
    await expect(chat.question.locator("[data-text]")).to_have_text("First\nsecond\nthird\nfourth")
    assert await chat.question.locator("[data-text]").inner_text() == "First\nsecond\nthird\nfourth"
    await expect(chat.composer).to_have_value("")
    await expect(chat.composer).to_be_focused()
    assert await _height(chat) == low
    await chat.replied()

    await chat.composer.fill("line\n" * 100)
    viewport = chat.page.viewport_size
    assert viewport and await _height(chat) <= 0.4 * viewport["height"] + 1


async def _height(chat: Chat) -> float:
    box = await chat.composer.bounding_box()
    assert box
    return box["height"]


async def test_the_enter_that_ends_a_composition_does_not_send(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.composer.focus()
    keyboard = await chat.page.context.new_cdp_session(chat.page)
    await keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    await expect(chat.composer).to_have_value("にほん")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    await keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    await keyboard.send("Input.insertText", {"text": "日本"})
    await keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    await expect(chat.composer).to_have_value("日本")
    await expect(chat.questions).to_have_count(0)
    await chat.page.keyboard.press("Enter")
    await expect(chat.question).to_contain_text("日本")
    await chat.replied()
    await expect(chat.reply_text).to_have_text("You said: 日本")


async def test_on_a_touch_screen_enter_breaks_the_line_and_the_button_sends(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    await chat.composer.tap()
    await chat.page.keyboard.type("One")
    await chat.page.keyboard.press("Enter")
    await chat.page.keyboard.type("two")
    await expect(chat.composer).to_have_value("One\ntwo")
    await chat.send.tap()
    await chat.replied()
    await expect(chat.questions).to_have_count(1)


async def test_nothing_to_send_is_not_sent(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await expect(chat.send).to_be_disabled()
    await chat.composer.fill("  \n ")
    await chat.page.keyboard.press("Enter")
    await expect(chat.send).to_be_disabled()
    await chat.send.focus()
    await expect(chat.send).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.composer).to_be_focused()
    await expect(chat.questions).to_have_count(0)


async def test_a_text_that_is_too_long_is_refused_with_a_count(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    # Counted as a person counts, not in the halves of an emoji.
    await chat.composer.fill("😀" + "x" * (MOST + 4))
    await expect(chat.composer).to_have_accessible_description("5 characters too many")
    await expect(chat.page.get_by_text("5 characters too many")).to_be_visible()
    await expect(chat.send).to_be_disabled()
    await chat.composer.press("Enter")
    await chat.send.click(force=True)
    await expect(chat.questions).to_have_count(0)
    await expect(chat.page.locator("#announcer")).to_have_text("5 characters too many")
    await chat.composer.press("End")
    for _ in range(5):
        await chat.composer.press("Backspace")
    await expect(chat.page.get_by_text("0 characters left")).to_be_visible()
    await chat.composer.press("Enter")
    await chat.replied()
    await expect(chat.questions).to_have_count(1)
    assert (await chat.question.locator("[data-text]").inner_text()) == "😀" + "x" * (MOST - 1)


async def test_a_draft_survives_a_reload_and_belongs_to_its_thread(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await chat.composer.fill("Half a sentence")
    await chat.reload()
    await expect(chat.composer).to_have_value("Half a sentence")
    await chat.new_thread()
    await expect(chat.composer).to_have_value("")
    await chat.composer.fill("Another half")
    await chat.page.go_back()
    await expect(chat.composer).to_have_value("Half a sentence")
    await chat.composer.press("Enter")
    await chat.replied()
    await chat.reload()
    await expect(chat.composer).to_have_value("")
    await chat.new_thread()
    await expect(chat.composer).to_have_value("Another half")


async def test_a_third_message_at_once_is_refused_where_it_stands_and_can_be_sent_again(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 1_000, interval=0.05, match="First")
    chat: Chat = await chat_of(alice)
    await chat.say("First")
    await expect(chat.reply_text).to_contain_text("word")
    await chat.say("Second")
    await expect(chat.replies).to_have_count(2)
    await chat.say("Third")
    await expect(chat.question.get_by_role("alert")).to_contain_text("One message of this thread is being answered")
    await chat.question.get_by_role("button", name="Edit").click()
    await expect(chat.questions).to_have_count(2)
    await expect(chat.composer).to_have_value("Third")
    await chat.say("Third, then")
    again = chat.question.get_by_role("button", name="Send again")
    await expect(again).to_be_visible()

    await chat.page.keyboard.press("Escape")
    await expect(chat.replies.first.get_by_text("You stopped this reply.")).to_be_visible()
    await expect(chat.replies.nth(1)).to_contain_text("You said: Second")
    await chat.replied()
    await again.click()
    await expect(chat.reply_text).to_have_text("You said: Third, then")
    await chat.replied()
    await chat.reload()
    await expect(chat.questions.locator("[data-text]")).to_have_text(["First", "Second", "Third, then"])


async def test_the_second_click_of_a_double_click_does_not_stop_the_reply(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="one two three", interval=0.3)
    chat: Chat = await chat_of(alice)
    await chat.composer.fill("Hello")
    await chat.send.evaluate(
        """button => new MutationObserver((_, observer) => {
            if (button.dataset.mode !== "stop") return;
            observer.disconnect();
            button.click();
        }).observe(button, { attributes: true })"""
    )
    await chat.send.click()
    await expect(chat.reply_text).to_have_text("one two three")
    await chat.replied()
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_hidden()
    await expect(chat.questions).to_have_count(1)


async def test_suggestions_fill_the_composer_and_send_nothing(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await chat.page.get_by_role("button", name="Tell it your name").click()
    await expect(chat.composer).to_have_value("Remember: my name is ")
    await expect(chat.composer).to_be_focused()
    await chat.page.keyboard.type("Ann")
    await expect(chat.composer).to_have_value("Remember: my name is Ann")
    await expect(chat.questions).to_have_count(0)


async def test_replies_and_code_are_copied_as_they_were_written(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    reply = "Some **bold** words.\n\n```python\nprint('<b>')  # two\n```\n"
    provider.script(reply=reply)
    chat: Chat = await chat_of(alice, permissions=["clipboard-read", "clipboard-write"])
    await chat.ask("Show me *code*")

    async def copied(name: str) -> str:
        button = chat.messages.get_by_role("button", name=name)
        await button.click()
        await expect(button).to_contain_class("copied")
        text: str = await chat.page.evaluate("navigator.clipboard.readText()")
        return text

    assert await copied("Copy this reply") == reply
    assert await copied("Copy this code") == "print('<b>')  # two\n"
    assert await copied("Copy this message") == "Show me *code*"
    await expect(chat.page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
