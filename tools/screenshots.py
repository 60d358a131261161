"""Take the pictures in docs/screenshots anew: `make screenshots`, or `python -m tools.screenshots [directory]`.

A site of its own, a provider on loopback that says what is written here, and a chromium (MEMCHAT_CHROMIUM, else the one
on the path). Nothing of a site that exists is touched.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date
from itertools import product
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chromium import chromium
from tests.live.conftest import running
from tests.live.person import Person
from tests.live.site import ROOT, Site
from tools.palette import with_palette

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
MOST_BYTES = 1_000_000
"""All of them together."""

EARLIER = [
    ("What shall we see on three days in Lisbon?", "Remember: my daughter Mira loves trams", 6),
    ("Ideas for a birthday", "Remember: Mira turns six on 3 May", 1),
    ("A quick dinner for tonight", "Remember: I cannot eat peanuts", 1),
    ("Introductions", "Remember: my name is Bob", 0),
]
QUICK = "What do I put into a rucksack for a day in the mountains?"
QUICK_ANSWER = """Little, and in this order:

1. Water, at least one and a half litres
2. A warm layer and a rain jacket, also in July
3. Something to eat that does not melt
4. A charged phone, a small light and plasters

Leave the time you mean to be back with somebody.
"""
ASK = "Remember: I write Python. How do I count the days until Mira's birthday?"
ANSWER = """Mira turns six on 3 May. In Python:

```python
from datetime import date

birthday = date({year}, 5, 3)
print((birthday - date.today()).days)
```
"""

_BACKDATE = """
from datetime import timedelta
from django.utils import timezone
from conversations.models import Thread
for title, days in {days!r}.items():
    Thread.objects.filter(title=title).update(active_at=timezone.now() - timedelta(days=days))
Thread.objects.update(unread=False)
"""


async def tell_story(site: Site, provider: FakeProvidersProcess) -> tuple[Person, dict[str, str]]:
    """Give somebody a past and two threads; returns them and the addresses of what is photographed."""
    provider.script(reply="With pleasure.", interval=0)
    bob = Person(site, "bob").sign_up()
    async with bob.tab() as tab:
        for question, remember, _ in EARLIER:
            said, _, _ = await tab.reply_to(question)
            await tab.reply_to(remember, said["thread"])
        provider.script(reply=QUICK_ANSWER, interval=0)
        temporary, _, _ = await tab.reply_to(QUICK, temporary=True)
        provider.script(reply=ANSWER.format(year=date.today().year + 1), interval=0)
        said, _, _ = await tab.reply_to(ASK)
    bob.post(f"/threads/{said['thread']}/rename/", title="Days until Mira's birthday")
    await asyncio.to_thread(
        site.manage, "shell", "-v0", "-c", _BACKDATE.format(days={title: days for title, _, days in EARLIER if days})
    )
    return bob, {
        "chat": f"/threads/{said['thread']}/",
        "memories": "/memories/",
        "temporary": f"/threads/{temporary['thread']}/",
        "search": "/",
    }


async def picture(
    browser: Browser, site: Site, person: Person | None, path: str, target: Path, dark: bool, phone: bool
) -> None:
    context = await browser.new_context(
        base_url=site.url,
        viewport=PHONE if phone else DESKTOP,
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    if person is not None:
        key = person.cookie("sessionid")
        await context.add_cookies([{"name": "sessionid", "value": key, "url": site.url, "httpOnly": True}])
    page = await context.new_page()
    await page.goto(path)
    await settle(page)
    if target.name.startswith("search"):
        await page.keyboard.press("Control+k")
        await page.locator("#search-text").fill("birthday")
        await expect(page.locator("#search-results [role=option]").first).to_be_visible()
    png = await page.screenshot()
    # The site's own policy would not let a script work on a picture.
    await page.goto("about:blank")
    target.write_bytes(await with_palette(page, png))
    await context.close()
    print(f"{target}: {target.stat().st_size // 1_000} kB")


async def settle(page: Page) -> None:
    """Wait until the page is connected and nothing moves or blinks."""
    if await page.locator("#composer").count():
        await expect(page.locator("#banner")).to_be_hidden()
        for details in await page.locator(".memories-used:not([hidden])").all():
            await details.evaluate("details => { details.open = true; }")
        await page.evaluate("document.activeElement.blur()")
    await page.wait_for_load_state("networkidle")
    await page.evaluate("document.fonts.ready.then(() => null)")


async def take(directory: Path) -> None:
    executable = chromium()
    directory.mkdir(parents=True, exist_ok=True)
    with FakeProvidersProcess() as provider:
        sites = running({"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": provider.url, "MEMCHAT_LEARNING": "no"})
        site = next(sites)
        try:
            bob, paths = await tell_story(site, provider)
            async with async_playwright() as driver:
                browser = await driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
                for dark, phone in product((False, True), (False, True)):
                    end = f"{'-phone' if phone else ''}{'-dark' if dark else ''}.png"
                    for name, path in paths.items():
                        await picture(browser, site, bob, path, directory / f"{name}{end}", dark, phone)
                    await picture(browser, site, None, "/accounts/login/", directory / f"sign-in{end}", dark, phone)
                await browser.close()
        finally:
            sites.close()
    size = sum(file.stat().st_size for file in directory.glob("*.png"))
    print(f"{size // 1_000} kB in all")
    if size > MOST_BYTES:
        raise SystemExit(f"That is more than {MOST_BYTES // 1_000} kB.")


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"))
