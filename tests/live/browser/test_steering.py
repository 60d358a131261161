"""Steering a thread on its page: other wordings, other replies, going on, stepping through versions; what is unread."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, WebSocketRoute, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.conftest import models_of
from tests.live.person import Person
from tests.live.site import Site

WITHOUT_SERVER = ("WebSocket connection to", "net::ERR_")


def versions(message: Locator) -> Locator:
    return message.get_by_text(re.compile(r"^Version \d+ of \d+$"))


async def step(message: Locator, name: str) -> None:
    await message.get_by_role("button", name=name).click()


async def rewrite(chat: Chat, text: str, question: Locator | None = None) -> None:
    message = question or chat.question
    await message.get_by_role("link", name="Edit this message").click()
    await message.get_by_role("textbox", name="Your message").fill(text)
    await message.get_by_role("button", name="Save & send").click()


async def questions(chat: Chat) -> list[str]:
    return await chat.questions.locator("[data-text]").all_inner_texts()


async def test_a_message_is_edited_in_its_place_and_the_older_branch_stays_reachable(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    await chat.ask("Number two")
    first = chat.questions.first
    await first.get_by_role("link", name="Edit this message").click()
    box = first.get_by_role("textbox", name="Your message")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Number one")
    await box.fill("Something else")
    await box.press("Escape")
    await expect(box).to_have_count(0)
    await expect(first.get_by_role("link", name="Edit this message")).to_be_focused()
    await expect(first.locator("[data-text]")).to_have_text("Number one")

    await first.get_by_role("link", name="Edit this message").press("Enter")
    await box.fill("Number 1")
    await box.press("Control+Enter")
    await expect(chat.questions).to_have_count(1)
    await chat.replied()
    await expect(chat.reply_text).to_have_text("You said: Number 1")
    await expect(versions(chat.question)).to_have_text("Version 2 of 2")

    await chat.question.get_by_role("button", name="Earlier version").focus()
    await chat.page.keyboard.press("Enter")
    await expect(chat.questions).to_have_count(2)
    assert await questions(chat) == ["Number one", "Number two"]
    await expect(versions(chat.questions.first)).to_have_text("Version 1 of 2")
    await expect(chat.questions.first.get_by_role("button", name="Later version")).to_be_focused()
    await expect(chat.questions.first.get_by_role("button", name="Earlier version")).to_be_disabled()
    await chat.reload()
    assert await questions(chat) == ["Number one", "Number two"]
    await chat.page.keyboard.press("Tab")
    await step(chat.questions.first, "Later version")
    await expect(chat.questions).to_have_count(1)
    assert await questions(chat) == ["Number 1"]


async def edited_without_a_connection(chat: Chat) -> Chat:
    """The same chat, after an edit that cannot be sent yet."""
    await chat.ask("Number one")
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_be_visible()
    await rewrite(chat, "Number 1")
    await expect(chat.page.get_by_text("Sending…").filter(visible=True)).to_have_count(1)
    return chat


async def test_what_is_edited_without_a_connection_is_sent_once_it_is_back(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat = await edited_without_a_connection(await chat_of(alice))
    await expect(chat.questions.filter(visible=True)).to_have_count(1)
    await chat.page.context.set_offline(False)
    await chat.replied()
    await expect(chat.reply_text).to_have_text("You said: Number 1")
    await expect(versions(chat.question)).to_have_text("Version 2 of 2")
    await chat.reload()
    assert await questions(chat) == ["Number 1"]


async def test_an_edit_that_was_never_sent_is_gone_on_with_in_another_tab(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat = await edited_without_a_connection(await chat_of(alice))
    page, url = await chat.page.context.new_page(), chat.page.url
    await chat.page.close()
    await page.context.set_offline(False)
    await page.goto(url)
    later = await Chat(page).ready()
    box = later.page.get_by_role("textbox", name="Your message")
    await expect(box).to_have_value("Number 1")
    await box.press("Control+Enter")
    await later.replied()
    await expect(later.reply_text).to_have_text("You said: Number 1")
    await step(later.question, "Earlier version")
    await expect(later.question.locator("[data-text]")).to_have_text("Number one")
    await later.reload()
    await expect(box).to_have_count(0)


async def test_an_edit_that_is_refused_gives_the_message_back(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    other = await chat.another_tab()
    await chat.question.get_by_role("link", name="Edit this message").click()
    provider.script(reply="word " * 400, interval=0.05, match="On and on")
    await other.say("On and on")
    await expect(other.reply_text).to_contain_text("word")
    box = chat.page.get_by_role("textbox", name="Your message")
    await box.fill("Number 1")
    await box.press("Control+Enter")
    refused = chat.page.get_by_text("A reply of this thread is still being written.")
    await expect(refused).to_be_visible()
    await expect(chat.questions.filter(visible=True)).to_have_count(3)
    await other.composer.press("Escape")
    await expect(other.reply.get_by_text("You stopped this reply.")).to_be_visible()
    # Whichever way it is gone on with, nothing that was written is lost.
    await chat.questions.first.get_by_role("link", name="Edit this message").click()
    await expect(box).to_have_value("Number 1")
    await box.fill("Or number one")
    await chat.page.get_by_role("button", name="Edit", exact=True).click()
    await expect(box).to_have_value("Number 1\n\nOr number one")
    await box.fill("Number 1")
    await box.press("Control+Enter")
    await expect(chat.reply_text).to_have_text("You said: Number 1")
    await expect(chat.questions).to_have_count(1)


async def test_any_reply_is_regenerated_by_another_model_this_once(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.choose("gpt-small")
    await chat.ask("Number one")
    await chat.ask("Number two")
    first = chat.replies.first
    await first.get_by_role("link", name="Regenerate with another model").click()
    choice = first.get_by_role("combobox", name="Model for this reply")
    await expect(choice).to_be_focused()
    await choice.press("Escape")
    await expect(choice).to_have_count(0)
    await first.get_by_role("link", name="Regenerate with another model").click()
    await choice.select_option("openai:gpt-large")
    await chat.page.locator("[data-retry-model]").get_by_role("button", name="Regenerate").click()
    await expect(chat.questions).to_have_count(1)
    await chat.replied()
    await expect(chat.reply.locator("[data-model]")).to_have_text("gpt-large")
    await expect(versions(chat.reply)).to_have_text("Version 2 of 2")
    await expect(chat.page.get_by_role("combobox", name="Model", exact=True)).to_have_value("openai:gpt-small")
    await step(chat.reply, "Earlier version")
    await expect(chat.questions).to_have_count(2)
    await expect(chat.replies.first.locator("[data-model]")).to_have_text("gpt-small")
    await chat.ask("Number three")
    await expect(chat.reply.locator("[data-model]")).to_have_text("gpt-small")
    await chat.replies.first.get_by_text("tokens").first.click()
    await expect(chat.replies.first.get_by_text(re.compile(r"\d+ read, \d+ written"))).to_be_visible()


async def test_a_stopped_reply_is_continued_as_one_reply(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="**one** two three " * 60, interval=0.03, match="Count")
    chat: Chat = await chat_of(alice)
    await chat.say("Count")
    await expect(chat.reply_text).to_contain_text("one two three one")
    await expect(chat.reply.get_by_role("button", name="Continue")).to_be_hidden()
    await chat.page.keyboard.press("Escape")
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    provider.reset()
    provider.script(reply="and that is all.", match="broke off", interval=0.05)
    await chat.reply.get_by_role("button", name="Continue").click()
    await expect(chat.reply_text).to_have_text(re.compile("^one two three one.* and that is all.$", re.S))
    await chat.replied()
    await expect(chat.replies).to_have_count(1)
    await expect(chat.reply.get_by_role("button", name="Continue")).to_be_hidden()
    await expect(versions(chat.reply)).to_have_text("Version 2 of 2")
    await chat.reload()
    await expect(chat.reply_text).to_contain_text("and that is all.")
    await step(chat.reply, "Earlier version")
    await expect(chat.reply.get_by_role("button", name="Continue")).to_be_visible()


async def test_what_a_killed_server_cut_off_is_continued_when_it_is_back(
    own_directory: Path, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess, windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    site = Site(own_directory / "data", {**models_of(provider), "MEMCHAT_RUN_LEASE": "2", "MEMCHAT_RUN_SWEEP": "0.5"})
    try:
        alice = newcomer(site.start())
        provider.script(reply="one two three " * 100, interval=0.05, match="Count")
        chat = await Chat(await windows(alice, site=site)).ready()
        await chat.say("Count")
        await expect(chat.reply_text).to_contain_text("one two three " * 20)
        site.kill()
        provider.reset()
        provider.script(reply="and that is all.", match="broke off")
        await asyncio.to_thread(site.start)
        again = chat.reply.get_by_role("button", name="Continue")
        await expect(again).to_be_visible(timeout=60_000)
        await again.click()
        await expect(chat.reply_text).to_contain_text("and that is all.")
        await chat.replied()
        await expect(chat.reply_text).to_contain_text("one two three")
        await expect(chat.replies).to_have_count(1)
    finally:
        site.destroy()


async def test_two_tabs_follow_each_other_from_branch_to_branch(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    other = await chat.another_tab()
    await rewrite(other, "Number 1")
    await expect(chat.question.locator("[data-text]")).to_have_text("Number 1")
    await expect(chat.reply_text).to_have_text("You said: Number 1")
    await expect(versions(chat.question)).to_have_text("Version 2 of 2")
    await chat.replied()
    await step(chat.question, "Earlier version")
    await expect(other.question.locator("[data-text]")).to_have_text("Number one")
    await expect(other.questions).to_have_count(1)
    await chat.ask("Number two")
    await expect(other.questions).to_have_count(2)


async def test_a_tab_that_was_away_shows_the_branch_that_is_shown_now(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    away: Chat = await chat_of(alice, chat.page.url)
    await away.page.context.set_offline(True)
    await expect(away.page.locator("#banner")).to_be_visible()
    await rewrite(chat, "Number 1")
    await chat.replied()
    await away.page.context.set_offline(False)
    reload = away.page.get_by_role("button", name="Reload the page")
    await expect(reload.or_(away.page.get_by_text("You said: Number 1"))).to_be_visible()
    if await reload.count() and await reload.is_visible():
        await reload.click()
    await expect(away.question.locator("[data-text]")).to_have_text("Number 1")


async def test_a_reply_that_ended_elsewhere_is_marked_until_it_is_seen(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 60, interval=0.1, match="Take your time")
    chat: Chat = await chat_of(alice)
    await chat.say("Take your time")
    await expect(chat.page).to_have_url(re.compile("/threads/"))
    await expect(chat.reply_text).to_contain_text("word")
    await chat.new_thread()
    row = chat.threads.get_by_role("listitem").filter(has_text="Take your time")
    await expect(row.get_by_text("New reply:")).to_be_attached()
    await expect(row.locator(".unread-mark")).to_be_visible()
    await expect(chat.page).to_have_title(re.compile(r"^\(1\) New thread"))
    other = await chat.another_tab()
    await expect(other.page).to_have_title(re.compile(r"^\(1\) New thread"))
    await row.get_by_role("link", name="Take your time", exact=True).click()
    await expect(chat.page).to_have_title(re.compile("^Take your time"))
    await expect(other.page).to_have_title(re.compile("^New thread"))
    await expect(other.threads.locator(".unread-mark").filter(visible=True)).to_have_count(0)


async def test_a_reply_that_ends_in_a_hidden_tab_shows_in_its_title_until_the_tab_is_seen(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 10, interval=0.05, match="Take your time")
    chat: Chat = await chat_of(alice)
    await _show(chat.page, "hidden")
    await chat.say("Take your time")
    await expect(chat.page).to_have_title(re.compile(r"^\(1\) Take your time"))
    await _show(chat.page, "visible")
    await expect(chat.page).to_have_title(re.compile("^Take your time"))
    await chat.reload()
    await expect(chat.page).to_have_title(re.compile("^Take your time"))


async def _show(page: Page, state: str) -> None:
    """What a browser does when another tab comes to the front; a browser without a screen never does."""
    await page.evaluate(
        """(state) => {
            Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


async def test_titles_and_deletions_missed_while_away_are_made_up_for(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat: Chat = await chat_of(alice)
    await chat.ask("To be renamed")
    renamed = chat.page.url.split("/threads/")[1].strip("/")
    await chat.new_thread()
    await chat.ask("To be deleted")
    deleted = chat.page.url.split("/threads/")[1].strip("/")
    await chat.new_thread()
    rows = chat.threads.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_be_visible()
    await asyncio.to_thread(alice.post, f"/threads/{renamed}/rename/", title="Under a new name")
    await asyncio.to_thread(alice.post, f"/threads/{deleted}/delete/")
    await chat.page.context.set_offline(False)
    await expect(rows).to_have_count(1)
    await expect(rows.get_by_role("link", name="Under a new name", exact=True)).to_be_visible()


async def test_what_happened_before_the_first_connection_is_made_up_for(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat: Chat = await chat_of(alice)
    await chat.ask("To be deleted")
    deleted = chat.page.url.split("/threads/")[1].strip("/")
    gets_through = False

    async def connect(socket: WebSocketRoute) -> None:
        if gets_through:
            socket.connect_to_server()
        else:
            await socket.close(code=4000)

    await chat.page.route_web_socket(re.compile(r"/ws/"), connect)
    await chat.new_thread()
    await expect(chat.page.locator("#banner")).to_be_visible()
    await asyncio.to_thread(alice.post, f"/threads/{deleted}/delete/")
    gets_through = True
    await expect(chat.threads.get_by_role("listitem")).to_have_count(0)


async def test_a_list_that_cannot_be_fetched_at_once_is_fetched_until_it_is_there(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER, "status of 503", "status 503 of")
    chat: Chat = await chat_of(alice)
    await chat.ask("To be deleted")
    deleted = chat.page.url.split("/threads/")[1].strip("/")
    await chat.new_thread()
    rows = chat.threads.get_by_role("listitem")
    await expect(rows).to_have_count(1)
    answers = [lambda route: route.abort("internetdisconnected"), lambda route: route.fulfill(status=503)]
    await chat.page.route("**/threads/list/**", lambda route: answers.pop()(route) if answers else route.continue_())
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_be_visible()
    await asyncio.to_thread(alice.post, f"/threads/{deleted}/delete/")
    await chat.page.context.set_offline(False)
    await expect(rows).to_have_count(0)
    assert not answers


async def test_versions_are_stepped_through_without_scripts(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], page_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    plain = Chat(await page_of(alice, chat.page.url, java_script_enabled=False))
    await plain.question.get_by_role("link", name="Edit this message").click()
    await plain.page.get_by_label("Your message").fill("Number 1")
    await plain.page.get_by_role("button", name="Save & send").click()
    await expect(plain.question.locator("[data-text]")).to_have_text("Number 1")
    await expect(versions(plain.question)).to_have_text("Version 2 of 2")
    await expect(chat.reply_text).to_have_text("You said: Number 1")
    await chat.replied()
    await step(plain.question, "Earlier version")
    await expect(plain.question.locator("[data-text]")).to_have_text("Number one")
    await expect(chat.question.locator("[data-text]")).to_have_text("Number one")
    await plain.reply.get_by_role("link", name="Regenerate with another model").click()
    await plain.page.get_by_label("Model for this reply").select_option("openai:gpt-large")
    await plain.page.get_by_role("button", name="Regenerate").click()
    await expect(chat.reply.locator("[data-model]")).to_have_text("gpt-large")


async def test_everything_that_steers_is_accessible(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    await rewrite(chat, "Number 1")
    await chat.replied()
    await chat.reply.get_by_text("tokens").first.click()
    await chat.reply.get_by_role("link", name="Regenerate with another model").click()
    await chat.question.get_by_role("link", name="Edit this message").click()
    found = await violations(chat.page)
    await chat.page.goto("/usage/")
    assert not [*found, *await violations(chat.page)]


async def test_an_editor_comes_back_with_its_message_when_another_tab_has_shown_another_branch(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    await chat.ask("Number two")
    await chat.question.get_by_role("link", name="Edit this message").press("Enter")
    box = chat.page.get_by_role("textbox", name="Your message")
    await box.fill("Number two, at length")
    other = await chat.another_tab()
    await rewrite(other, "Number 1", other.questions.first)
    await other.replied()
    await expect(box).to_have_count(0)
    await step(chat.questions.first, "Earlier version")
    await expect(box).to_have_value("Number two, at length")


async def test_an_edited_message_goes_to_the_model_that_is_chosen(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Number one")
    await chat.choose("gpt-large")
    await rewrite(chat, "Number 1")
    await chat.replied()
    await expect(chat.reply.locator("[data-model]")).to_contain_text("gpt-large")
