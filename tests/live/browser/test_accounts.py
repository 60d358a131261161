"""The site's door, as a person uses it."""

from __future__ import annotations

import secrets

from playwright.async_api import Page, expect

from tests.live.browser.chat import Chat, sign_in
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site


async def test_signing_up_leads_to_the_chat_and_signing_in_again_to_where_one_wanted_to_go(
    site: Site, windows: Windows
):
    carol = Person(site, f"carol-{secrets.token_hex(4)}")
    page: Page = await windows(site=site)
    await page.get_by_role("navigation").get_by_role("link", name="Sign up").click()
    await page.get_by_label("Username").fill(carol.name)
    await page.get_by_label("Password", exact=True).fill(carol.password)
    await page.get_by_label("Password (again)").fill("something else")
    await page.get_by_role("main").get_by_role("button", name="Sign Up").click()
    await expect(page.get_by_label("Password (again)")).to_have_accessible_description(
        "You must type the same password each time."
    )
    await page.get_by_label("Password", exact=True).fill(carol.password)
    await page.get_by_label("Password (again)").fill(carol.password)
    await page.get_by_role("main").get_by_role("button", name="Sign Up").click()
    chat = Chat(page)
    await expect(chat.title).to_have_text("New thread")
    await expect(page.get_by_role("button", name=f"Account: {carol.name}")).to_be_visible()

    await page.get_by_role("button", name="Account:").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/memories/")
    await sign_in(page, Person(site, carol.name, "not-her-password-1"))
    await expect(page.get_by_role("alert")).to_be_visible()
    await sign_in(page, carol)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Memories")


async def test_the_chosen_appearance_holds_on_every_page(site: Site, alice: Person, windows: Windows):
    page: Page = await windows(alice, site=site)
    await page.get_by_role("button", name="Account:").click()
    await page.get_by_role("radio", name="Dark").check(force=True)
    for path in ("/", "/memories/"):
        await page.goto(path)
        background = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert sum(map(int, background.removeprefix("rgb(").removesuffix(")").split(","))) < 200
