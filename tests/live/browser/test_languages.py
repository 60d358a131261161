"""The chat page in a language that is written from right to left, in the browser of somebody who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.person import Person

NARROW = {"width": 320, "height": 640}


async def _sideways(page: Page) -> int:
    return int(await page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"))


async def test_the_chat_is_arabic_and_mirrored_for_those_who_read_arabic(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    provider.script(reply="Servus!", match="مرحبا")
    page: Page = await page_of(alice, locale="ar")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    composer = page.get_by_role("textbox", name="الرسالة", exact=True)
    await composer.fill("مرحبا")
    await composer.press("Enter")
    reply = page.get_by_role("article", name=re.compile("^رد")).last
    await expect(reply).to_contain_text("Servus!")
    await expect(page.get_by_role("button", name="إرسال", exact=True)).to_be_visible()

    # The time, which a script writes, has the digits that the server writes.
    await expect(reply.get_by_role("time")).to_contain_text(re.compile(r"[0-9]+:[0-9]{2}"))
    # What a socket tells comes in the language of its page.
    await expect(reply.locator("[data-usage-label]")).to_have_text(re.compile("^[0-9]+ رم"))
    threads = page.get_by_role("navigation", name="المحادثات", exact=True)
    box, scroll = await threads.bounding_box(), await page.locator("#thread-scroll").bounding_box()
    assert box is not None
    assert scroll is not None
    assert box["x"] > scroll["x"], "the list of threads stands at the right"
    assert not await violations(page)

    await page.set_viewport_size(NARROW)
    assert await _sideways(page) <= 0
    assert not await violations(page)


async def test_the_language_is_chosen_in_the_account_menu(alice: Person, page_of: Callable[..., Any]):
    page: Page = await page_of(alice, "/memories/")
    await page.get_by_role("button", name="Account:").click()
    await page.get_by_role("button", name="Deutsch").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Erinnerungen")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url.endswith("/memories/")
