"""A browser, and pages whose console nobody may find anything in."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Response, async_playwright, expect

from tests.live.browser.chat import Chat
from tests.live.browser.chromium import ARGUMENTS, CHROMIUM
from tests.live.person import Person
from tests.live.site import Site

_HERE = Path(__file__).parent
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`${event.effectiveDirective} was violated: ${event.blockedURI} ${event.sample}`));
"""

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if iscoroutinefunction(item.obj):  # type: ignore[attr-defined]
                # One event loop for all of them, because they share a browser.
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser for all tests of this process; each opens windows of its own, which share nothing."""
    if CHROMIUM is None:
        reason = "there is no chromium; name one in MEMCHAT_CHROMIUM"
        if os.environ.get("MEMCHAT_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Windows:
    """Opens browser windows for people and notes what goes wrong in them.

    A message in a console, an exception, a violation of the content security policy and an answer with a status from
    500 on fail the test, unless it has allowed them.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._problems: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, *patterns: str) -> None:
        """Expect problems with texts such as these."""
        self._allowed += map(re.compile, patterns)

    async def __call__(self, person: Person | None = None, path: str = "/", *, site: Site, **options: Any) -> Page:
        """A new window, which shares nothing with the others; `options` are those of playwright's contexts."""
        context = await self._browser.new_context(base_url=site.url, **{"locale": "en-GB", **options})
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self._problems.append(f"uncaught: {error.error}"))
        context.on("response", self._note_response)
        await context.add_init_script(_TELL_VIOLATIONS)
        if person is not None:
            key = person.cookie("sessionid")
            await context.add_cookies([{"name": "sessionid", "value": key, "url": site.url, "httpOnly": True}])
        page = await context.new_page()
        await page.goto(path)
        return page

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self._problems.append(f"status {response.status} of {response.url}")

    async def close(self) -> None:
        """Close them all; what their consoles still had to say arrives before that."""
        for context in self._contexts:
            for page in context.pages:
                await page.title()
            await context.close()

    @property
    def problems(self) -> list[str]:
        return [problem for problem in self._problems if not any(one.search(problem) for one in self._allowed)]


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    windows = Windows(browser)
    yield windows
    await windows.close()
    if windows.problems:
        pytest.fail("In the browser: " + "\n".join(windows.problems), pytrace=False)


@pytest.fixture
def page_of(windows: Windows) -> Callable[..., Any]:
    """Give somebody a window in which they are signed in: `await page_of(alice, "/memories/")`."""

    async def open_page(person: Person, path: str = "/", **options: Any) -> Page:
        return await windows(person, path, site=person.site, **options)

    return open_page


@pytest.fixture
def chat_of(page_of: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a chat: `await chat_of(alice)`."""

    async def open_chat(person: Person, path: str = "/", **options: Any) -> Chat:
        return await Chat(await page_of(person, path, **options)).ready()

    return open_chat
