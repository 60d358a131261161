"""The page of a thread in a real browser: what is transferred, and how soon something is seen, also of a long thread.

python -m benchmarks.page [--json FILE] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.measures import median
from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chromium import chromium
from tests.live.conftest import models_of, running
from tests.live.long_threads import make_thread
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

MESSAGES = 100
LONG = 2_000
REPLY = "Some words of a reply, and more of them.\n\n- one\n- two\n\n```python\nprint(1)\n```\n\n" * 25

_WATCH = """
window.shift = 0;
window.tasks = [0];
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.tasks.push(one.duration);
}).observe({ type: "longtask", buffered: true });
"""
# Once the newest message is where one sees it, after a frame has been drawn.
_AT_THE_END = """() => {
    const last = document.querySelector("#messages > :last-child")?.getBoundingClientRect();
    const region = document.querySelector("#thread-scroll")?.getBoundingClientRect();
    return last && last.bottom > region.top && last.bottom <= region.bottom + 1 && performance.now();
}"""


@dataclass
class Opening:
    """One visit of a page with nothing in the browser's cache."""

    requests: int = 0
    bytes: int = 0
    first_paint: float = 0
    opened: float = 0
    server: float = 0
    shift: float = 0
    tasks: list[float] = field(default_factory=list)


@contextmanager
def _site(provider: FakeProvidersProcess) -> Iterator[Site]:
    sites = running(models_of(provider))
    try:
        yield next(sites)
    finally:
        sites.close()


async def _visitor(browser: Browser, person: Person) -> Page:
    context = await browser.new_context(base_url=person.site.url, viewport={"width": 1280, "height": 800})
    key = person.cookie("sessionid")
    await context.add_cookies([{"name": "sessionid", "value": key, "url": person.site.url, "httpOnly": True}])
    await context.add_init_script(_WATCH)
    return await context.new_page()


async def _open(browser: Browser, person: Person, path: str) -> Opening:
    page = await _visitor(browser, person)
    found = Opening()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")

    def begun(event: dict[str, Any]) -> None:
        found.requests += 1

    def finished(event: dict[str, Any]) -> None:
        found.bytes += int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", begun)
    session.on("Network.loadingFinished", finished)
    await page.goto(path)
    found.opened = await (await page.wait_for_function(_AT_THE_END)).json_value()
    await page.wait_for_load_state("networkidle")
    entries = "performance.getEntriesByType"
    # A browser notes what it has painted a moment later.
    painted = f"{entries}('paint').find((one) => one.name === 'first-contentful-paint')?.startTime"
    found.first_paint = await (await page.wait_for_function(painted)).json_value()
    found.server = await page.evaluate(f"{entries}('navigation')[0].responseEnd")
    found.shift = await page.evaluate("window.shift")
    await page.context.close()
    return found


async def _while_streaming(browser: Browser, person: Person) -> dict[str, float]:
    page = await _visitor(browser, person)
    await page.goto("/")
    await page.wait_for_load_state("networkidle")
    await page.evaluate("window.tasks.length = 1; window.shift = 0")
    await page.locator("#composer-text").fill("Hello")
    await page.locator("#composer-text").press("Enter")
    await page.wait_for_selector('.message[data-role="assistant"][data-state="complete"]', timeout=60_000)
    result = {"task": await page.evaluate("Math.max(...window.tasks)"), "shift": await page.evaluate("window.shift")}
    await page.context.close()
    return result


async def measure(rounds: int) -> dict[str, float]:
    executable = chromium()
    with FakeProvidersProcess() as provider, _site(provider) as site:
        provider.script(reply=REPLY, interval=0.005)
        ((name, key),) = site.make_accounts(1, PASSWORD)
        person = Person(site, name).with_session(key)
        thread, long_thread = make_thread(person, MESSAGES), make_thread(person, LONG)
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            await _open(browser, person, thread)
            short = [await _open(browser, person, thread) for _ in range(rounds)]
            long = [await _open(browser, person, long_thread) for _ in range(rounds)]
            streaming = [await _while_streaming(browser, person) for _ in range(min(rounds, 3))]
            await browser.close()
    return {
        "requests": max(one.requests for one in short),
        "kB transferred": round(max(one.bytes for one in short) / 1_000, 1),
        "first paint ms": round(median([one.first_paint for one in short])),
        "whole page from the server ms": round(median([one.server for one in short])),
        "2,000 messages: newest in view ms": round(median([one.opened for one in long])),
        "2,000 messages: whole page from the server ms": round(median([one.server for one in long])),
        "layout shift": round(max([one.shift for one in (*short, *long)] + [one["shift"] for one in streaming]), 4),
        "longest task while streaming ms": round(median([one["task"] for one in streaming])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(2 if options.quick else 7))
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
