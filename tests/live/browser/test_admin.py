"""What staff see in the admin, under the same content security policy as everything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat, sign_in
from tests.live.browser.conftest import Windows
from tests.live.conftest import OPERATOR
from tests.live.person import Person
from tests.live.site import Site


async def test_staff_enter_the_admin_through_the_site_and_inspect_memories(
    site: Site, alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: the canary is yellow")

    page: Page = await windows(None, "/admin/", site=site)
    await expect(page).to_have_url(re.compile("/accounts/login/"))
    await sign_in(page, Person(site, OPERATOR))
    await expect(page).to_have_url(f"{site.url}/admin/")
    await expect(page.get_by_role("heading", name="Site administration")).to_be_visible()

    await page.goto("/admin/memories/memory/")
    await page.locator("#searchbar").fill(f"@{alice.name} canary")
    await page.get_by_role("button", name="Search").click()
    row = page.locator("#result_list tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text(alice.name)
    await expect(row).not_to_contain_text("canary")
    await page.get_by_role("link", name="Show them, and note it").click()
    await expect(row).to_contain_text("the canary is yellow")
    await page.get_by_label("Why you look").fill("Somebody asked about canaries")
    await page.get_by_role("button", name="Keep").click()
    await row.get_by_role("link").first.click()
    await expect(page.locator("#content")).to_contain_text("the canary is yellow")
    await expect(page.get_by_role("heading", name="Used in replies")).to_be_visible()
    await page.get_by_role("link", name="Forget on request").click()
    await expect(page.get_by_label("Reason")).to_have_value("Somebody asked about canaries")

    await page.goto(f"/admin/users/accesslogentry/?q={alice.name}")
    await expect(page.get_by_role("row").filter(has_text="Somebody asked about canaries").first).to_be_visible()
    for name, heading in (
        ("overview", "Memory overview"),
        ("procrastinate/procrastinatejob", "job"),
        ("conversations/providerrule", "Which providers may be sent memories"),
        ("conversations/learning", "learning"),
    ):
        await page.goto(f"/admin/{name}/")
        await expect(page.get_by_role("heading", level=1)).to_contain_text(heading)

    await page.goto("/admin/conversations/message/?texts=shown")
    row = page.get_by_role("row").filter(has_text="Remember: the canary is yellow").first
    await row.get_by_role("link").first.click()
    await expect(page.locator("#content")).to_contain_text("the canary is yellow")
    for name in ("conversations/thread", "users/user", "memories/memory"):
        await page.goto(f"/admin/{name}/")
        await expect(page.locator("#result_list")).to_be_visible()
    await page.goto("/admin/users/user/")
    await page.get_by_role("link", name=OPERATOR).click()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    # The two lists of permissions are built by the admin's scripts.
    await expect(page.locator(".selector").first).to_be_visible()

    await page.evaluate("localStorage.setItem('memchat:draft:1:new', 'For nobody else')")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    assert await page.evaluate("localStorage.getItem('memchat:draft:1:new')") is None


async def test_the_admin_is_not_for_everyone(site: Site, alice: Person, page_of: Callable[..., Any], windows: Windows):
    windows.allow("status of 403")
    page: Page = await page_of(alice, "/admin/")
    await expect(page.get_by_role("heading", name="Site administration")).to_have_count(0)
    await expect(page.get_by_role("link", name="Admin", exact=True)).to_have_count(0)
