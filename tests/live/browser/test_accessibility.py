"""Every page for everybody: no violation that axe knows of, and no scrolling sideways on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
RICH = """## A heading

Some **bold**, *slanted* and `literal` words, and [a link](https://example.org/).

> Somebody said so.

1. One
2. Two

| Name | Number |
|------|-------:|
| Ann  |      1 |

```python
@decorated
def greet(name: str) -> None:
    '''Say hello.'''
    for number in range(10):  # a comment
        print(f"Hello {name}!", number, None, 1.5e3)
```
"""

axe = Axe()


async def violations(page: Page) -> list[str]:
    """What axe finds in light and dark, on a desktop and on a phone."""
    found = []
    for theme in ("light", "dark"):
        for size, viewport in SIZES.items():
            await page.set_viewport_size(viewport)
            await page.emulate_media(color_scheme=theme)
            results = await axe.run(page)
            for one in results.response["violations"]:
                nodes = "; ".join(f"{node['target']} {node['failureSummary']}" for node in one["nodes"][:3])
                found.append(f"{page.url} {theme} {size}: {one['id']}: {nodes}")
    return found


OUTSIDE = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]


async def test_pages_before_signing_in_are_accessible(site: Site, windows: Windows):
    page: Page = await windows(site=site)
    found = []
    for path in OUTSIDE:
        await page.goto(path)
        found += await violations(page)
    await page.goto("/accounts/signup/")
    await page.get_by_label("Username").fill("x")
    await page.get_by_label("Password", exact=True).fill("1")
    await page.get_by_label("Password (again)").fill("2")
    await page.get_by_role("main").get_by_role("button").click()
    await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    found += await violations(page)
    assert not found


async def test_a_new_thread_its_menus_and_dialogs_are_accessible(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    found = await violations(chat.page)
    await chat.page.set_viewport_size(SIZES["phone"])
    await chat.page.get_by_role("button", name="Threads").click()
    await expect(chat.threads).to_be_visible()
    found += await violations(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.page.get_by_role("button", name="Account:").click()
    found += await violations(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.page.keyboard.press("Control+/")
    found += await violations(chat.page)
    assert not found


async def test_a_thread_without_a_language_model_is_accessible(
    offline_site: Site, newcomer: Callable[[Site], Person], chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(newcomer(offline_site))
    await expect(chat.page.get_by_text("No language model is connected yet.")).to_be_visible()
    assert not await violations(chat.page)


async def test_messages_replies_memories_and_failures_are_accessible(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: my name is Bob")
    provider.script(reply=RICH, match="What is")
    await chat.ask("What is my name?")
    await chat.reply.get_by_text("Memories used: 1").click()
    provider.script(fail="overloaded", match="Fail")
    await chat.ask("Fail")
    await expect(chat.reply.get_by_role("alert")).to_be_visible()
    await chat.page.get_by_role("button", name="Thread options").click()
    found = await violations(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.messages.press("Home")
    await expect(chat.jump).to_be_visible()
    found += await violations(chat.page)
    await chat.composer.fill("x" * 32_001)
    found += await violations(chat.page)
    await chat.page.goto(f"{chat.page.url}delete/")
    found += await violations(chat.page)
    assert not found


async def test_a_reply_while_it_is_written_is_accessible(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 2_000, interval=0.1)
    chat: Chat = await chat_of(alice)
    await chat.say("Hello")
    await expect(chat.reply_text).to_contain_text("word")
    found = await violations(chat.page)
    await expect(chat.stop).to_be_visible()
    await chat.stop.click()
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    found += await violations(chat.page)
    assert not found


async def test_the_pages_of_memories_are_accessible(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    page: Page = await page_of(alice, "/memories/")
    found = await violations(page)
    for text in ("I live in Bern", "My cat is called Tom"):
        await page.goto("/memories/add/")
        await page.get_by_role("textbox").first.fill(text)
        await page.get_by_role("button", name="Save").click()
    found += await violations(page)
    await page.get_by_role("link", name="Edit").first.click()
    found += await violations(page)
    await page.get_by_role("link", name="History").click()
    found += await violations(page)
    await page.goto("/memories/")
    await page.get_by_role("button", name="Forget").first.click()
    found += await violations(page)
    for path in ("/memories/forgotten/", "/memories/forget-all/", "/memories/import/"):
        await page.goto(path)
        found += await violations(page)
    assert not found


ACCOUNT = ["email", "password/change", "2fa", "2fa/totp/activate", "sessions", "logout"]


async def test_the_pages_of_an_account_are_accessible(site: Site, alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/accounts/2fa/totp/activate/")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Confirm Access")
    found = await violations(page)
    await page.get_by_label("Password").fill(alice.password)
    await page.get_by_role("main").get_by_role("button").first.click()
    for path in ACCOUNT:
        await page.goto(f"/accounts/{path}/")
        assert page.url == f"{site.url}/accounts/{path}/"
        found += await violations(page)
    assert not found


async def test_a_page_that_does_not_exist_is_accessible(alice: Person, page_of: Callable[..., Any], windows: Windows):
    windows.allow("status of 404")
    page: Page = await page_of(alice, "/no-such-page/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert not await violations(page)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_nothing_scrolls_sideways_on_a_screen_of_320_pixels(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], direction: str
):
    provider.script(reply=RICH + "\n\n" + "long" * 60 + "\n\n```\n" + "code " * 60 + "\n```\n", match="What is")
    chat: Chat = await chat_of(alice, viewport={"width": 320, "height": 640})
    await chat.ask("Remember: my name is " + "Bob" * 40)
    await chat.ask("What is my name? " + "w" * 200)
    await chat.reply.get_by_text("Memories used: 1").click()
    thread = chat.page.url
    too_wide = []
    for path in (thread, "/", "/memories/", "/memories/add/", *OUTSIDE, *(f"/accounts/{path}/" for path in ACCOUNT)):
        await chat.page.goto(path)
        await chat.page.evaluate("direction => document.documentElement.dir = direction", direction)
        for wide in await chat.page.evaluate(
            """() => ["html", "main", "#thread-scroll"].map((name) => document.querySelector(name))
                .filter((element) => element && element.scrollWidth > element.clientWidth)
                .map((element) => `${element.tagName} ${element.scrollWidth}`)"""
        ):
            too_wide.append(f"{path}: {wide}")
    assert not too_wide
