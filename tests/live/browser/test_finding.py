"""Finding threads again: the search, pins, the archive, tags, links that are shared, and files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

LONG = """
from conversations.finding import indexing
from conversations.models import Message, Thread
from memchat.users.models import User

user = User.objects.get(username={name!r})
thread = Thread.objects.create(user=user, title="A long one")
rows, parent = [], None
for depth in range(200):
    text = "Here is the needle." if depth == 40 else f"Hay {{depth}}. " * 20
    role = "assistant" if depth % 2 else "user"
    parent = Message(thread=thread, user=user, parent=parent, depth=depth, role=role, text=text)
    rows.append(parent)
Message.objects.bulk_create(rows)
thread.head = parent
thread.save()
indexing.index([row.pk for row in rows])
print(thread.pk)
"""


def long_thread(person: Person) -> str:
    """A thread of 200 messages with one needle among the older ones; its id."""
    return person.site.manage("shell", "-v0", "-c", LONG.format(name=person.name)).strip()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Search threads")


async def open_menu(page: Page) -> Locator:
    panel = page.locator("#thread-panel")
    if not await panel.is_visible():
        await page.get_by_role("button", name="Thread options").click()
    await expect(panel).to_be_visible()
    return panel


async def test_a_thread_is_found_and_opened_with_the_keyboard_alone(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="They live on Rottnest.", match="quokka")
    chat: Chat = await chat_of(alice)
    await chat.ask("Where do quokkas live?")
    await chat.new_thread()
    await chat.ask("Something else")
    page, keyboard = chat.page, chat.page.keyboard
    await keyboard.press("Control+k")
    field = dialog(page).get_by_role("combobox", name="Search threads and messages")
    await expect(field).to_be_focused()
    await keyboard.type("rottnest", delay=20)
    option = dialog(page).get_by_role("option")
    await expect(option).to_have_count(1)
    await expect(option.locator("mark")).to_have_text("Rottnest")
    await expect(dialog(page).get_by_role("status")).to_have_text("1 result")
    await keyboard.press("ArrowDown")
    await expect(option).to_have_attribute("aria-selected", "true")
    await expect(field).to_have_attribute("aria-activedescendant", await option.get_attribute("id") or "")
    assert not await violations(page)
    await keyboard.press("Enter")
    await expect(chat.title).to_have_text("Where do quokkas live?")
    await expect(chat.replies.last).to_contain_text("They live on Rottnest.")


async def test_the_search_dialog_is_a_list_one_steps_through_and_leaves_with_escape(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    for animal in ("ant", "bee"):
        await chat.ask(f"The zoo has one {animal}")
        await chat.new_thread()
    page, keyboard = chat.page, chat.page.keyboard
    await chat.threads.get_by_role("link", name="Search").click()
    await keyboard.type("zoo")
    options = dialog(page).get_by_role("option")
    await expect(options.nth(3)).to_be_visible()
    count = await options.count()
    await keyboard.press("ArrowUp")
    await expect(options.nth(count - 1)).to_have_attribute("aria-selected", "true")
    await keyboard.press("ArrowDown")
    await expect(dialog(page).locator('[aria-selected="true"]')).to_have_count(0)
    await keyboard.press("ArrowDown")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await keyboard.press("ControlOrMeta+a")
    await keyboard.type("no such word anywhere xyzzyq")
    await expect(dialog(page).get_by_role("status")).to_have_text("Nothing found.")
    await expect(dialog(page).get_by_role("listbox")).to_be_hidden()
    await keyboard.press("Escape")
    await expect(dialog(page)).to_be_hidden()
    await keyboard.press("Control+k")
    await expect(dialog(page)).to_be_visible()
    await keyboard.press("Control+k")
    await expect(dialog(page)).to_be_hidden()


async def test_enter_without_a_choice_leads_to_the_page_of_the_search(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Where do quokkas live?")
    page = chat.page
    await page.keyboard.press("Control+k")
    await page.keyboard.type("quokka")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    await expect(page.get_by_role("searchbox", name="Titles and messages")).to_have_value("quokka")
    await expect(page.locator(".snippet mark").first).to_have_text("quokkas")
    assert not await violations(page)


async def test_a_result_opens_an_old_message_where_it_stands(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    thread = long_thread(alice)
    page: Page = await page_of(alice, "/search/?q=needle")
    await page.locator(".found a").first.click()
    needle = page.locator(".message", has_text="Here is the needle.")
    await expect(needle).to_be_focused()
    await expect(needle).to_be_in_viewport(ratio=0.9)
    assert f"/threads/{thread}/?at=" in page.url
    assert not await violations(page)
    await page.get_by_role("link", name="Back to the newest messages").click()
    await expect(page.locator(".message", has_text="Hay 199.")).to_be_in_viewport()


async def test_pinning_archiving_and_tagging_happen_in_place_and_in_other_tabs(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("First")
    other = await chat.another_tab()
    await chat.new_thread()
    await chat.ask("Second")
    page = chat.page
    groups = chat.threads.get_by_role("heading", level=2)
    panel = await open_menu(page)

    await panel.get_by_role("button", name="Pin", exact=True).click()
    await expect(panel.get_by_role("button", name="Unpin")).to_be_focused()
    await expect(groups).to_have_text(["Pinned", "Today"])
    await expect(other.threads.get_by_role("heading", level=2)).to_have_text(["Pinned", "Today"])
    link = other.threads.get_by_role("link", name="Second", exact=True)
    await expect(
        other.threads.locator("[data-pinned-group]").get_by_role("link", name="Second", exact=True)
    ).to_be_visible()

    await panel.get_by_label("Tags").fill("work")
    await panel.get_by_label("Tags").press("Enter")
    await expect(panel.get_by_role("button", name="Remove the tag: work")).to_be_visible()
    await expect(chat.threads.get_by_role("link", name="work", exact=True)).to_be_visible()
    await expect(other.threads.get_by_role("link", name="work", exact=True)).to_be_visible()
    await panel.get_by_label("Tags").fill("urgent")
    await panel.get_by_label("Tags").press("Enter")
    await expect(panel.get_by_role("listitem")).to_have_text([re.compile("work"), re.compile("urgent")])
    assert not await violations(page)
    await panel.get_by_role("button", name="Remove the tag: work").click()
    await expect(panel.get_by_role("button", name="Remove the tag: work")).to_have_count(0)

    await panel.get_by_role("button", name="Archive", exact=True).click()
    await expect(page.locator("#archived-mark")).to_be_visible()
    await expect(chat.threads.get_by_role("link", name="Second", exact=True)).to_have_count(0)
    await expect(link).to_have_count(0)

    # Whoever writes in it again has it back, untouched by a reload.
    await page.keyboard.press("Escape")
    await chat.ask("Going on")
    await expect(page.locator("#archived-mark")).to_be_hidden()
    await expect(link).to_be_visible()
    await chat.reload()
    await expect(chat.threads.get_by_role("link", name="Second", exact=True)).to_be_visible()


async def test_the_list_shows_only_threads_with_a_tag(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Untagged")
    await chat.new_thread()
    await chat.ask("Tagged")
    panel = await open_menu(chat.page)
    await panel.get_by_label("Tags").fill("work")
    await panel.get_by_role("button", name="Add").click()
    await chat.threads.get_by_role("link", name="work", exact=True).click()
    await expect(chat.threads.get_by_role("link", name="Untagged", exact=True)).to_have_count(0)
    await expect(chat.threads.get_by_role("link", name="Tagged", exact=True)).to_be_visible()
    assert not await violations(chat.page)
    await chat.threads.get_by_role("link", name=re.compile("^work")).click()
    await expect(chat.threads.get_by_role("link", name="Untagged", exact=True)).to_be_visible()


async def test_an_archived_thread_is_brought_back_from_its_page(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Finished")
    panel = await open_menu(chat.page)
    await panel.get_by_role("button", name="Archive", exact=True).click()
    await expect(chat.threads.get_by_role("link", name="Finished", exact=True)).to_have_count(0)
    await chat.page.keyboard.press("Escape")
    await chat.threads.get_by_role("link", name="Archived threads").click()
    page = chat.page
    await expect(page.get_by_role("link", name="Finished")).to_be_visible()
    assert not await violations(page)
    await page.get_by_role("button", name="Bring back").click()
    await expect(page.get_by_text("Nothing is archived.")).to_be_visible()
    await page.goto("/")
    await expect(chat.threads.get_by_role("link", name="Finished", exact=True)).to_be_visible()


async def test_a_thread_is_shared_read_signed_out_and_taken_back(
    site: Site, alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    provider.script(reply="Some **bold** words and `code`.\n\n```python\nprint(1)\n```", match="Hello")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    page = chat.page
    panel = await open_menu(page)
    await panel.get_by_role("link", name="Share…").click()
    await expect(page.get_by_text("word for word")).to_be_visible()
    await expect(page.locator(".said strong")).to_have_text("bold")
    assert not await violations(page)
    await page.get_by_role("button", name="Make a link").click()
    field = page.get_by_role("textbox", name="Link")
    address = await field.input_value()
    assert address.startswith(f"{site.url}/shared/")
    await page.get_by_role("button", name="Copy the link").click()
    await expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert not await violations(page)

    path = address.removeprefix(site.url)
    visitor: Page = await windows(path=path, site=site)
    await expect(visitor.get_by_role("heading", level=1)).to_have_text("Hello")
    await expect(visitor.locator(".said strong")).to_have_text("bold")
    await expect(visitor.get_by_text(alice.name)).to_have_count(0)
    assert await visitor.context.cookies() == []
    assert await visitor.get_by_role("link").count() == 0
    assert not await violations(visitor)

    windows.allow("status of 404")
    await page.get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("The link does not work any more.")).to_be_visible()
    await visitor.reload()
    await expect(visitor.get_by_role("heading", level=1)).to_have_text("There is nothing here")


async def test_a_thread_is_taken_along_as_a_file(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], tmp_path: Path
):
    provider.script(reply="Some **bold** words.", match="Hello")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    texts = {}
    for kind, ending in (("Markdown", "md"), ("JSON", "json")):
        panel = await open_menu(chat.page)
        async with chat.page.expect_download() as waiting:
            await panel.get_by_role("link", name=f"Export as {kind}").click()
        download = await waiting.value
        assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d-hello-[0-9a-f-]{{36}}\.{ending}", download.suggested_filename)
        await download.save_as(tmp_path / ending)
        texts[ending] = (tmp_path / ending).read_text()
    assert texts["md"].startswith("# Hello\n")
    assert "Some **bold** words." in texts["md"]
    assert json.loads(texts["json"])["messages"][1]["text"] == "Some **bold** words."


async def test_finding_and_sharing_work_without_scripts(
    site: Site, alice: Person, provider: FakeProvidersProcess, windows: Windows
):
    thread = long_thread(alice)
    page: Page = await windows(alice, f"/threads/{thread}/", site=site, java_script_enabled=False)
    threads = page.get_by_role("navigation", name="Threads")
    await (await open_menu(page)).get_by_role("button", name="Pin", exact=True).click()
    await expect(threads.get_by_role("heading", name="Pinned")).to_be_visible()
    panel = await open_menu(page)
    for name in ("hay", "stack"):
        panel = await open_menu(page)
        await panel.get_by_label("Tags").fill(name)
        await panel.get_by_label("Tags").press("Enter")
        await expect(threads.get_by_role("link", name=name, exact=True)).to_be_visible()
    await (await open_menu(page)).get_by_role("button", name="Remove the tag: hay").click()
    await expect(threads.get_by_role("link", name="hay", exact=True)).to_have_count(0)
    await (await open_menu(page)).get_by_role("button", name="Archive", exact=True).click()
    await expect(page.locator("#archived-mark")).to_be_visible()
    await threads.get_by_role("link", name="Search").click()
    await page.get_by_role("searchbox").fill("needle")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".found .badge")).to_have_text(["Archived"])
    await page.locator(".found a").first.click()
    await expect(page.locator(".message", has_text="Here is the needle.")).to_be_in_viewport()
    await (await open_menu(page)).get_by_role("link", name="Share…").click()
    await page.get_by_role("button", name="Make a link").click()
    await expect(page.get_by_role("textbox", name="Link")).to_have_value(re.compile("/shared/"))
    await page.get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("You have shared nothing.")).to_be_visible()


async def test_nothing_scrolls_sideways_on_a_narrow_screen(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    thread = long_thread(alice)
    page: Page = await page_of(alice, f"/threads/{thread}/", viewport={"width": 320, "height": 640})
    panel = await open_menu(page)
    await panel.get_by_label("Tags").fill("w" * 40)
    await panel.get_by_role("button", name="Add").click()
    await expect(panel.get_by_role("button", name="Remove the tag:")).to_be_visible()
    wide = "() => document.documentElement.scrollWidth > innerWidth"
    inner = "(element) => element.scrollWidth > element.clientWidth"
    assert not await page.evaluate(wide)
    assert not await panel.evaluate(inner)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("hay")
    await expect(dialog(page).get_by_role("option").first).to_be_visible()
    assert not await dialog(page).evaluate(inner)
    for path in ("/search/?q=needle", "/threads/archived/", f"/threads/{thread}/share/", "/shared/"):
        await page.goto(path)
        assert not await page.evaluate(wide), path
