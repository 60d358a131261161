"""With JavaScript turned off: signing in, reading, sending and looking after one's memories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat, sign_in
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site


async def test_signing_in_reading_and_sending_work_without_scripts(
    site: Site, alice: Person, provider: FakeProvidersProcess, windows: Windows
):
    provider.script(reply="Some **bold** words.", interval=0.3, match="Hello")
    page: Page = await windows(site=site, java_script_enabled=False)
    await sign_in(page, alice)
    chat = Chat(page)
    await chat.composer.fill("Hello")
    await chat.send.click()
    await expect(chat.question.locator("[data-text]")).to_have_text("Hello")
    await expect(page.get_by_role("button", name="Copy this message")).to_have_count(0)
    await _reload_until_ended(chat)
    await expect(chat.reply_text).to_have_text("Some bold words.")
    await expect(chat.reply.locator("strong")).to_have_text("bold")

    provider.script(reply="word " * 1_000, interval=0.05, match="On and on")
    await chat.composer.fill("On and on")
    await chat.send.click()
    await chat.reply.get_by_role("button", name="Stop").click()
    await _reload_until_ended(chat)
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    provider.reset()
    await chat.reply.get_by_role("button", name="Regenerate").click()
    await _reload_until_ended(chat)
    await expect(chat.reply_text).to_have_text("You said: On and on")
    await expect(chat.replies).to_have_count(2)

    await chat.threads.get_by_role("link", name="New thread").click()
    await chat.threads.get_by_role("link", name="Hello", exact=True).click()
    await expect(chat.replies).to_have_count(2)
    await page.get_by_role("button", name="Thread options").click()
    await page.get_by_label("Title").fill("Greetings")
    await page.get_by_role("button", name="Rename", exact=True).click()
    await expect(chat.title).to_have_text("Greetings")
    await page.get_by_role("button", name="Thread options").click()
    await page.get_by_role("link", name="Delete this thread").click()
    await page.get_by_role("main").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("The thread was deleted.")).to_be_visible()
    await expect(chat.threads.get_by_role("listitem")).to_have_count(0)


async def _reload_until_ended(chat: Chat) -> None:
    more = chat.reply.get_by_role("link", name="Reload to see more")
    for _ in range(60):
        if not await more.count():
            break
        await more.click()
    await expect(chat.reply.get_by_role("button", name="Regenerate").or_(more)).to_be_visible()
    await expect(more).to_have_count(0)


async def test_what_cannot_be_sent_is_given_back_without_scripts(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any], windows: Windows
):
    windows.allow("status of 400")
    chat = Chat(await page_of(alice, java_script_enabled=False))
    await chat.composer.fill("x" * 32_001)
    await chat.send.click()
    await expect(chat.page.get_by_text("That message has 1 character too many.")).to_be_visible()
    await expect(chat.composer).to_have_value("x" * 32_001)


async def test_memories_are_looked_after_without_scripts(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    page: Page = await page_of(alice, "/memories/", java_script_enabled=False)
    main = page.get_by_role("main")
    await main.get_by_role("link", name="Add").click()
    await page.get_by_role("textbox").first.fill("I live in Bern")
    await page.get_by_role("button", name="Save").click()
    await expect(main).to_contain_text("I live in Bern")
    await main.get_by_role("link", name="Edit").click()
    await page.get_by_role("textbox").first.fill("I live in Basel")
    await page.get_by_role("button", name="Save").click()
    await expect(main).to_contain_text("I live in Basel")
    await expect(main).not_to_contain_text("Bern")
    await main.get_by_role("button", name="Forget", exact=True).click()
    await expect(main).to_contain_text("Nothing is remembered of you yet")
    await main.get_by_role("button", name="Undo").click()
    await expect(main.get_by_text("I live in Basel", exact=True)).to_be_visible()
    await main.get_by_role("button", name="Forget", exact=True).click()
    async with page.expect_download() as download:
        await main.get_by_role("link", name="Export as JSON").click()
    assert (await (await download.value).path()).read_bytes()
