"""Bringing conversations over in a browser: choosing a file, seeing what is in it, watching, and going on with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.exports import simple_chatgpt, simple_claude, zipped
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

EXPORT = zipped(
    conversations=[
        simple_claude("d-1", "A clause in a contract"),
        *(simple_chatgpt(f"c-{n}", f"Trip number {n}", turns=2) for n in range(60)),
    ],
    memories=["I like tea", "I have diabetes", "My password is hunter2!x"],
)
FILE = {"name": "export.zip", "mimeType": "application/zip", "buffer": EXPORT}


async def choose(page: Page) -> None:
    await page.get_by_label("File", exact=True).set_input_files([FILE])  # type: ignore[list-item]
    await page.get_by_role("button", name="Look into the file").click()


async def test_conversations_come_over_with_a_preview_and_go_on_here(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/")
    await page.get_by_role("link", name="Import from ChatGPT or Claude").click()
    found = await violations(page)
    await choose(page)
    await expect(page.get_by_text("61 new conversations")).to_be_visible()
    await page.get_by_text("Show titles").click()
    await expect(page.get_by_text("Trip number 0")).to_be_visible()
    await expect(page.get_by_role("checkbox", name="I like tea")).to_be_checked()
    await expect(page.get_by_role("checkbox", name="I have diabetes")).not_to_be_checked()
    await expect(page.get_by_role("checkbox", name="password")).to_have_count(0)
    found += await violations(page)
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_text("61 conversations added")).to_be_visible()
    found += await violations(page)
    await page.get_by_role("link", name="A clause in a contract").click()
    chat = await Chat(page).ready()
    await expect(chat.title).to_have_text("A clause in a contract")
    await expect(chat.reply_text).to_have_text("A clause in a contract: it is that.")
    await expect(chat.reply_text.locator("em")).to_have_text("that")
    await expect(chat.reply.get_by_role("heading")).to_contain_text("Claude")
    await chat.ask("And in plain words?")
    await expect(chat.replies).to_have_count(2)
    await page.goto("/memories/")
    await expect(page.get_by_text("I like tea")).to_be_visible()
    await expect(page.get_by_text("I have diabetes")).to_have_count(0)
    assert not found


async def test_a_wrong_file_says_so_and_another_one_can_be_chosen(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/import/")
    wrong = {"name": "diary.zip", "mimeType": "application/zip", "buffer": b"Dear diary"}
    await page.get_by_label("File", exact=True).set_input_files([wrong])  # type: ignore[list-item]
    await page.get_by_role("button", name="Look into the file").click()
    await expect(page.get_by_role("alert")).to_contain_text("neither a ZIP file nor a JSON file")
    assert not await violations(page)
    await page.get_by_role("link", name="Import another file").click()
    await choose(page)
    await expect(page.get_by_text("61 new conversations")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("Nothing was imported.")).to_be_visible()


async def test_importing_works_without_scripts(site: Site, alice: Person, windows: Windows):
    page: Page = await windows(alice, "/import/", site=site, java_script_enabled=False)
    await choose(page)
    await _reload_until(page, "61 new conversations")
    await page.get_by_role("button", name="Import", exact=True).click()
    await _reload_until(page, "61 conversations added")


async def _reload_until(page: Page, text: str) -> None:
    more = page.get_by_role("link", name="Reload to see how far it is")
    for _ in range(100):
        if await page.get_by_text(text).count():
            return
        await page.wait_for_timeout(200)
        if await more.count():
            await more.click()
    raise AssertionError(f"{text} never came")
