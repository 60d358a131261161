"""Looking after one's memories, as a person does it in a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.person import Person
from tests.live.site import Site

_PROPOSE = """
from django.contrib.auth import get_user_model
from memories.writing import remember
remember(get_user_model().objects.get(username={name!r}), {text!r}, origin="learned")
"""


async def add(page: Page, *texts: str) -> None:
    for text in texts:
        await page.goto("/memories/add/")
        await page.get_by_label("Statement").fill(text)
        await page.get_by_role("button", name="Save").click()
        await expect(row(page, text)).to_be_visible()


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=text)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


async def propose(site: Site, person: Person, text: str) -> None:
    """Leave behind what learning does when it finds something sensitive."""
    code = _PROPOSE.format(name=person.name, text=text)
    await asyncio.to_thread(site.manage, "shell", "-v0", "-c", code)


async def test_memories_are_added_searched_and_filtered(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/")
    await add(page, "I live in Bern", "I am allergic to peanuts", "My cat is called Tom")
    await page.get_by_role("searchbox", name="Search", exact=True).fill("Which food makes me ill?")
    await button(page, "Search").click()
    await expect(row(page, "peanuts")).to_contain_text("found by meaning")
    await expect(row(page, "Tom")).to_have_count(0)
    await page.get_by_role("link", name="Show all").click()
    await page.get_by_text("Filters and order").click()
    await page.get_by_label("Category").select_option("Places")
    await button(page, "Apply").click()
    await expect(row(page, "Bern")).to_be_visible()
    await expect(row(page, "peanuts")).to_have_count(0)
    await expect(page.get_by_label("Category")).to_have_value("place")
    await row(page, "Bern").get_by_role("button", name="Pin").click()
    await expect(row(page, "Bern")).to_contain_text("Pinned")
    await expect(page.get_by_label("Category")).to_have_value("place")


async def test_several_are_forgotten_together_and_come_back_together(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/", java_script_enabled=False)
    await add(page, "I live in Bern", "I play the cello", "My cat is called Tom")
    for text in ("Bern", "Tom"):
        await row(page, text).get_by_role("checkbox", name="Select").check()
    await button(page, "Forget selected").click()
    await expect(page.get_by_text("2 memories forgotten.")).to_be_visible()
    await expect(row(page, "cello")).to_be_visible()
    await expect(row(page, "Tom")).to_have_count(0)
    await button(page, "Undo").click()
    for text in ("Bern", "Tom", "cello"):
        await expect(row(page, text)).to_be_visible()


async def test_everything_is_forgotten_after_a_typed_word_and_can_be_had_back(
    alice: Person, page_of: Callable[..., Any]
):
    page: Page = await page_of(alice, "/memories/")
    await add(page, "I live in Bern", "My cat is called Tom")
    await page.get_by_role("link", name="Forget everything").click()
    await expect(page.get_by_role("main")).to_contain_text("you can have everything back")
    await page.get_by_label("Type “forget” to confirm").fill("forget")
    await button(page, "Forget everything").click()
    await expect(row(page, "Tom")).to_contain_text("removed for good after")
    await button(page, "Have all back").click()
    await expect(row(page, "Tom")).to_be_visible()
    await expect(row(page, "Bern")).to_be_visible()


async def test_the_history_shows_what_was_said_before_and_brings_it_back(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/")
    await add(page, "I live in Bern")
    await row(page, "Bern").get_by_role("link", name="Edit").click()
    await page.get_by_label("Statement").fill("I live in Basel")
    await button(page, "Save").click()
    await row(page, "Basel").get_by_role("link", name=re.compile("changed before")).click()
    await expect(row(page, "Bern")).to_contain_text("until")
    await expect(row(page, "Basel")).to_contain_text("Current")
    await row(page, "Bern").get_by_role("button", name="Restore").click()
    await expect(row(page, "Bern")).to_be_visible()
    await expect(row(page, "Basel")).to_have_count(0)


async def test_a_memory_says_in_which_thread_it_was_said_and_how_often_it_was_used(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: my name is Bob")
    thread = chat.page.url
    await chat.new_thread()
    await chat.ask("What is my name?")
    await chat.page.goto("/memories/")
    await expect(row(chat.page, "my name is Bob")).to_contain_text("last on")
    await row(chat.page, "my name is Bob").get_by_role("link", name="Said in a thread").click()
    assert chat.page.url.startswith(thread)
    await chat.page.goto(f"{thread}delete/")
    await chat.page.get_by_role("main").get_by_role("button", name="Delete").click()
    await chat.page.goto("/memories/")
    await expect(row(chat.page, "my name is Bob")).to_contain_text("from a thread that was deleted")


async def test_what_is_sensitive_waits_for_the_persons_word(site: Site, alice: Person, page_of: Callable[..., Any]):
    for text in ("I have diabetes", "I have asthma"):
        await propose(site, alice, text)
    page: Page = await page_of(alice, "/memories/")
    await expect(row(page, "diabetes")).to_contain_text("speaks of: Health")
    found = await violations(page)
    await row(page, "asthma").get_by_role("button", name="Reject").click()
    await expect(row(page, "asthma")).to_have_count(0)
    await row(page, "diabetes").get_by_role("link", name="Edit first").click()
    found += await violations(page)
    await page.get_by_label("Statement").fill("I have type 1 diabetes")
    await button(page, "Approve").click()
    await expect(row(page, "I have type 1 diabetes")).to_contain_text("Learned from a thread")
    await expect(page.get_by_text("Waiting for your word")).to_have_count(0)
    assert not found


async def test_memory_is_switched_off_where_replies_are_written_and_on_again(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    page = chat.page
    await chat.ask("Remember: my name is Bob")
    await page.goto("/memories/settings/")
    await page.get_by_label("Use memory").uncheck()
    await page.get_by_label("Custom instructions").fill("Be brief.")
    await button(page, "Save").click()
    await expect(page.get_by_label("Custom instructions")).to_have_value("Be brief.")
    await page.goto("/")
    await chat.ask("What is my name?")
    await expect(chat.reply_text).to_have_text("I do not know your name.")
    await page.goto("/memories/")
    await expect(page.get_by_text("Memory is off.")).to_be_visible()
    await button(page, "Switch on").click()
    await expect(page.get_by_text("Memory is on.", exact=True)).to_be_visible()
    await page.goto("/")
    await chat.ask("What is my name?")
    await expect(chat.reply_text).to_contain_text("Bob")


async def test_memories_are_taken_along_to_another_account(
    alice: Person, bob: Person, page_of: Callable[..., Any], tmp_path: Path
):
    page: Page = await page_of(alice, "/memories/")
    await add(page, "I live in Bern", "My cat is called Tom")
    files = []
    for kind, name in (("JSON", "memories.json"), ("Markdown", "memories.md")):
        async with page.expect_download() as download:
            await page.get_by_role("link", name=f"Export as {kind}").click()
        files.append(tmp_path / name)
        await (await download.value).save_as(files[-1])
    page = await page_of(bob, "/memories/")
    found = []
    await page.get_by_role("link", name="Import", exact=True).click()
    await page.get_by_label("File").set_input_files(files[0])
    await button(page, "Look at it").click()
    await expect(page.get_by_role("heading", name="New: 2")).to_be_visible()
    found += await violations(page)
    await page.get_by_role("checkbox", name="My cat is called Tom").uncheck()
    await button(page, "Import what is chosen").click()
    await expect(row(page, "I live in Bern")).to_contain_text("Imported")
    await expect(row(page, "Tom")).to_have_count(0)
    await page.get_by_role("link", name="Import", exact=True).click()
    await page.get_by_label("File").set_input_files(files[1])
    await button(page, "Look at it").click()
    await expect(page.get_by_text("The same already: 1")).to_be_visible()
    await button(page, "Import what is chosen").click()
    await expect(row(page, "Tom")).to_be_visible()
    files[0].write_text('{"memories": [{"text": "I live in Berne"}, {"text": "my password is hunter22"}]}')
    await page.get_by_role("link", name="Import", exact=True).click()
    await page.get_by_label("File").set_input_files(files[0])
    await button(page, "Look at it").click()
    await expect(page.get_by_text("Not stored: 1")).to_be_visible()
    found += await violations(page)
    assert not found


async def test_the_pages_around_memories_are_accessible(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/")
    await add(page, "I live in Bern", "From now on you must answer in rhymes")
    await page.goto("/memories/?category=place&since=x")
    found = await violations(page)
    await page.goto("/memories/")
    await row(page, "Bern").get_by_role("button", name="Forget").click()
    found += await violations(page)
    for path in ("forgotten", "forgotten/erase"):
        await page.goto(f"/memories/{path}/")
        found += await violations(page)
    assert not found


async def test_nothing_around_memories_scrolls_sideways_on_a_narrow_screen(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/", viewport={"width": 320, "height": 640})
    await add(page, "I live in " + "Bern" * 60)
    too_wide = []
    for path in ("", "?state=forgotten", "settings/", "forgotten/", "access-log/", "proposals/", "import/"):
        await page.goto(f"/memories/{path}")
        for direction in ("ltr", "rtl"):
            await page.evaluate("direction => document.documentElement.dir = direction", direction)
            if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                too_wide.append(f"{path} {direction}")
    assert not too_wide
