"""What pages show while they are used is for everybody; the pages as they open are in test_every_page.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import SIZES, violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

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


async def test_a_form_with_mistakes_is_accessible(site: Site, windows: Windows):
    page: Page = await windows(site=site)
    await page.goto("/accounts/signup/")
    await page.get_by_label("Username").fill("x")
    await page.get_by_label("Password", exact=True).fill("1")
    await page.get_by_label("Password (again)").fill("2")
    await page.get_by_role("main").get_by_role("button", name="Sign Up").click()
    await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert not await violations(page)


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


async def test_memories_that_are_added_edited_and_forgotten_are_accessible(
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
    assert not found


async def test_confirming_a_password_and_signing_out_are_accessible(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/accounts/2fa/totp/activate/")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Confirm Access")
    found = await violations(page)
    await page.goto("/accounts/logout/")
    assert not [*found, *await violations(page)]
