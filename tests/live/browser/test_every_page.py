"""Every page the site has, found by its own list of addresses, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.browser.test_accessibility import RICH
from tests.live.person import Person
from tests.live.site import Site

NO_PAGES = re.compile(
    r"""admin/                                       # Django's own, looked at in test_admin.py
    | accounts/(login|signup|password/reset)         # for those who are not signed in
    | accounts/(export|reauthenticate|inactive|deleted|social|3rdparty|confirm-email)
    | accounts/(logout|2fa/(reauthenticate|recovery-codes|authenticate|webauthn|trust|login))
    | accounts/2fa/totp/deactivate | accounts/login/ | accounts/password/set
    | memories/(export|forget-selected|undo-selected|settings/switch|forgotten/(undo|erase)|import/chosen)
    | api/v1/(?!docs/) | v1/                       # for programs
    | say/ | language/ | manifest | threads/list/ | first-staff/ | attachments/""",
    re.VERBOSE,
)


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Every address that takes no arguments."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        elif isinstance(one, URLPattern) and not re.search(r"[<(?]", path) and not NO_PAGES.match(path):
            yield f"/{path}"


async def problems(page: Page) -> list[str]:
    """What axe finds in both themes, on a desktop and a phone, and what fits no narrow screen or no larger text."""
    found = await violations(page)
    for direction in ("ltr", "rtl"):
        for width, text in ((320, "100%"), (640, "200%")):
            await page.set_viewport_size({"width": width, "height": 640})
            for wide in await page.evaluate(_TOO_WIDE, [direction, text]):
                found.append(f"{page.url} {direction} {width} px, text {text}: {wide}")
    await page.evaluate(_TOO_WIDE, ["ltr", "100%"])
    counts = await page.evaluate(
        "['h1', 'main', 'html[lang][dir]', 'title'].map(s => document.querySelectorAll(s).length)"
    )
    return found + ([f"{page.url}: h1, main, html, title: {counts}"] if counts != [1, 1, 1, 1] else [])


_TOO_WIDE = """([direction, text]) => {
    document.documentElement.dir = direction;
    document.documentElement.style.fontSize = text;
    return ["html", "main", "#thread-scroll"].map((name) => document.querySelector(name))
        .filter((element) => element && element.scrollWidth > element.clientWidth)
        .map((element) => `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}`);
}"""


@pytest.mark.timeout(600)
async def test_pages_without_arguments(alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: my name is Bob")
    page = chat.page
    await page.goto("/accounts/delete/")
    await page.get_by_label("Password").fill(alice.password)
    await page.get_by_role("main").get_by_role("button").first.click()
    found = []
    visited = list(addresses())
    assert {"/", "/memories/", "/memories/settings/", "/search/", "/usage/", "/accounts/data/"} <= set(visited)
    for path in visited:
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found += await problems(page)
    assert not found, "\n".join(found)


@pytest.mark.timeout(300)
async def test_pages_of_a_thread(alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]):
    provider.script(reply=RICH + "\n\n" + "long" * 60 + "\n\n```\n" + "code " * 60 + "\n```\n", match="What is")
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: my name is " + "Bob" * 40)
    await chat.ask("What is my name? " + "w" * 200)
    await chat.reply.get_by_text("Memories used: 1").click()
    page, thread = chat.page, chat.page.url
    found = await problems(page)
    question = await page.locator('.message[data-role="user"]').last.get_attribute("data-message")
    reply = await chat.reply_id()
    for path in (f"{thread}delete/", f"{thread}share/", f"/messages/{question}/edit/", f"/messages/{reply}/retry/"):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found += await problems(page)
    assert not found, "\n".join(found)


@pytest.mark.timeout(300)
async def test_a_new_thread_and_a_temporary_one(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    found = await problems(chat.page)
    await chat.page.get_by_label("Temporary").check()
    await chat.ask("Hello")
    await expect(chat.page.locator("#temporary-banner")).to_be_visible()
    found += await problems(chat.page)
    assert not found, "\n".join(found)


@pytest.mark.timeout(300)
async def test_pages_before_signing_in_and_about_errors(site: Site, alice: Person, windows: Windows):
    windows.allow("status of 40")
    page: Page = await windows(site=site)
    found = []
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/deleted/",
        "/nothing/",
    ):
        await page.goto(path)
        found += await problems(page)
    # A form from a page that was open too long.
    await page.goto("/accounts/login/")
    await page.evaluate("document.querySelector('main [name=csrfmiddlewaretoken]').value = 'stale'")
    await page.get_by_label("Login").fill("alice")
    await page.get_by_label("Password").fill("x")
    await page.get_by_role("main").get_by_role("button", name="Sign In").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This form had gone stale")
    found += await problems(page)
    assert not found, "\n".join(found)


async def test_a_chosen_theme_is_as_readable_as_the_systems(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    """The two themes are the same whether the system or the person chooses them."""
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    page = chat.page
    colours = (
        "() => ['background-color', 'color'].map((name) => getComputedStyle(document.body).getPropertyValue(name))"
    )
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        by_system = await page.evaluate(colours)
        await page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        await page.get_by_role("button", name="Account:").click()
        await page.get_by_role("radio", name=scheme.capitalize()).check(force=True)
        assert await page.evaluate(colours) == by_system
        frame = await page.evaluate(
            "[...document.querySelectorAll('[data-theme-color]')].find((one) => matchMedia(one.media).matches).content"
        )
        assert frame == {"dark": "#1a1f1c", "light": "#ffffff"}[scheme]
        await page.get_by_role("radio", name="System").check(force=True)
        await page.keyboard.press("Escape")


async def test_with_forced_colours_controls_keep_their_outlines_and_the_focus_is_seen(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice, forced_colors="active")
    await chat.ask("Remember: my name is Bob")
    outlined = """(element) => { const { borderTopStyle, borderTopWidth, outlineStyle } = getComputedStyle(element);
        return (borderTopStyle !== 'none' && borderTopWidth !== '0px') || outlineStyle !== 'none'; }"""
    for selector in (".composer", ".send", ".change", '.message[data-role="user"] .message-text'):
        assert await chat.page.locator(selector).last.evaluate(outlined), selector
    await chat.page.get_by_role("link", name="memchat").focus()
    for _ in range(25):
        await chat.page.keyboard.press("Tab")
        unseen = await chat.page.evaluate(
            """() => { const element = document.activeElement;
            const shown = element.closest('.composer:focus-within, label:focus-within') ?? element;
            const { outlineStyle, outlineWidth } = getComputedStyle(shown);
            const plain = outlineStyle === 'none' || outlineWidth === '0px';
            return element !== document.body && plain && element.outerHTML; }"""
        )
        assert not unseen, unseen


async def test_with_reduced_motion_nothing_moves_for_long(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 400, interval=0.05)
    chat: Chat = await chat_of(alice, reduced_motion="reduce")
    await chat.say("Hello")
    await expect(chat.reply_text).to_contain_text("word")
    durations = await chat.page.evaluate(
        "document.getAnimations().map((one) => one.effect.getComputedTiming().endTime).filter((time) => time > 10)"
    )
    assert durations == []
    await chat.stop.click()
