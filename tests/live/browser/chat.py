"""What a person sees and does on the page of a thread."""

from __future__ import annotations

import re
from typing import Self

from playwright.async_api import Locator, Page, expect

from tests.live.person import Person


class Chat:
    """One tab. Its parts are found by the names that assistive technology gives them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.get_by_role("textbox", name="Message", exact=True)
        self.send = page.get_by_role("button", name="Send", exact=True)
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.jump = page.get_by_role("button", name="Jump to latest")
        self.title = page.get_by_role("heading", level=1)
        self.threads = page.get_by_role("navigation", name="Threads")
        self.messages = page.get_by_role("region", name="Messages")
        self.questions = page.get_by_role("article", name="You", exact=True)
        self.replies = page.get_by_role("article", name=re.compile("^Reply"))

    @property
    def question(self) -> Locator:
        """The newest."""
        return self.questions.last

    @property
    def reply(self) -> Locator:
        """The newest."""
        return self.replies.last

    @property
    def reply_text(self) -> Locator:
        """What the newest reply says, without what is said about it."""
        return self.reply.locator("[data-text]")

    async def ready(self) -> Self:
        """Wait until the page's scripts are at work."""
        await self.page.wait_for_load_state()
        return self

    async def say(self, text: str) -> Self:
        await self.composer.fill(text)
        await self.composer.press("Enter")
        await expect(self.question).to_contain_text(" ".join(text.split())[:80])
        return self

    async def replied(self) -> Self:
        """Wait until no reply is being written any more."""
        await expect(self.stop).to_have_count(0)
        await expect(self.page.get_by_text("Sending…").filter(visible=True)).to_have_count(0)
        await expect(self.reply.get_by_role("time")).to_be_visible()
        return self

    async def ask(self, text: str) -> Self:
        """Say something and wait for the whole reply."""
        return await (await self.say(text)).replied()

    async def new_thread(self) -> Self:
        await self.threads.get_by_role("link", name="New thread").first.click()
        await expect(self.title).to_have_text("New thread")
        return await self.ready()

    async def reload(self) -> Self:
        await self.page.reload()
        return await self.ready()

    async def another_tab(self) -> Chat:
        """The same thread in a second tab of the same browser."""
        page = await self.page.context.new_page()
        await page.goto(self.page.url)
        return await Chat(page).ready()

    async def reply_id(self) -> str:
        """The id of the newest reply."""
        found = await self.page.locator('.message[data-role="assistant"]').last.get_attribute("data-message")
        assert found
        return found

    async def source(self) -> str:
        """What the server has stored of the newest reply."""
        answer = await self.page.request.get(f"/messages/{await self.reply_id()}/source/")
        assert answer.status == 200
        return (await answer.body()).decode()

    async def choose(self, model: str) -> Self:
        """Choose a model by a part of its label."""
        select = self.page.get_by_role("combobox", name="Model")
        label = await select.locator("option", has_text=model).first.inner_text()
        await select.select_option(label=label)
        return self


async def sign_in(page: Page, person: Person) -> None:
    """Fill in the form that the page shows."""
    await page.get_by_label("Login").fill(person.name)
    await page.get_by_label("Password").fill(person.password)
    await page.get_by_role("main").get_by_role("button", name="Sign In").click()
