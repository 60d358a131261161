"""What a person is told when something went wrong, and that nothing they wrote is lost by it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, JSHandle, WebSocketRoute, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat, sign_in
from tests.live.browser.conftest import ARGUMENTS, CHROMIUM, Windows
from tests.live.person import Person

FAILURES = {
    "overloaded": "The model's provider is overloaded at the moment.",
    "drop_midstream": "The connection to the model broke.",
    "server_error": "Something went wrong at the model's provider.",
    "empty": "The model sent an empty reply.",
}


async def heard(chat: Chat) -> JSHandle:
    """What the page tells assistive technology from now on."""
    return await chat.page.evaluate_handle("""() => {
        const status = document.getElementById("announcer");
        const said = [];
        new MutationObserver(() => status.textContent && said.push(status.textContent)).observe(
            status, { childList: true, subtree: true });
        return said;
    }""")


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_is_told_in_plain_words_and_can_be_retried(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], failure: str
):
    provider.script(fail=failure, reply="It began well and then", after=3)
    chat: Chat = await chat_of(alice)
    await chat.say("Tell me more")
    problem = chat.reply.get_by_role("alert")
    await expect(problem).to_contain_text(FAILURES[failure])
    await expect(chat.question).to_contain_text("Tell me more")
    await chat.reload()
    await expect(problem).to_contain_text(FAILURES[failure])
    if failure == "drop_midstream":
        await expect(chat.reply_text).to_contain_text("It began well")

    provider.reset()
    await chat.reply.get_by_role("button", name="Retry").click()
    await expect(chat.reply_text).to_have_text("You said: Tell me more")
    await chat.replied()
    await expect(chat.page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    await expect(chat.questions).to_have_count(1)
    await expect(chat.replies).to_have_count(1)


async def test_a_rate_limit_says_when_to_try_again(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(fail="rate_limited", retry_after="42")
    chat: Chat = await chat_of(alice)
    await chat.say("Hello")
    await expect(chat.reply.get_by_role("alert")).to_contain_text("asks to slow down")
    await expect(chat.reply.get_by_role("alert")).to_contain_text("42 seconds")


async def test_what_no_retry_can_help_offers_none(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(fail="bad_key")
    chat: Chat = await chat_of(alice)
    await chat.say("Hello")
    await expect(chat.reply.get_by_role("alert")).to_contain_text("does not accept this site's key")
    await expect(chat.reply.get_by_role("button", name="Retry")).to_be_hidden()
    await chat.reload()
    await expect(chat.reply.get_by_role("button", name="Retry")).to_be_hidden()


async def test_a_server_that_restarts_is_called_that_and_connected_to_again(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    restarting = asyncio.Event()

    async def send_away(socket: WebSocketRoute) -> None:
        if restarting.is_set():
            socket.connect_to_server()
        else:
            await socket.close(code=1012)

    await chat.page.route_web_socket("**/ws/", send_away)
    await chat.reload()
    await expect(chat.page.locator("#banner")).to_contain_text("The server is restarting.")
    restarting.set()
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await chat.ask("Hello")


async def test_a_message_that_a_full_disk_keeps_waiting_is_sent_by_itself_once_there_is_room(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    refused: list[str] = []

    def stand_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            command = json.loads(message)
            if command["do"] == "say" and not refused:
                refused.append(command["id"])
                error = {"type": "error", "ref": command["ref"], "kind": "read_only", "retry_after": 2}
                socket.send(json.dumps({**error, "text": "The server's disk is full."}))
            else:
                server.send(message)

        socket.on_message(pass_on)

    await chat.page.route_web_socket("**/ws/", stand_between)
    await chat.reload()
    await chat.say("Hello")
    await expect(chat.page.locator("#banner")).to_contain_text(
        "The server's disk is full. Your text is kept here; it is sent again."
    )
    await chat.replied()
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await expect(chat.questions).to_have_count(1)
    assert len(refused) == 1


async def test_a_problem_never_hides_that_one_is_signed_out(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await asyncio.to_thread(alice.sign_out)
    banner = chat.page.locator("#banner")
    await expect(banner).to_contain_text("You are signed out.")
    await chat.page.get_by_role("button", name="Thread options").click()
    await chat.page.get_by_role("button", name="Pin", exact=True).click()
    await expect(chat.page.get_by_role("status").filter(has_text="That did not work.")).to_be_attached()
    await expect(banner).to_contain_text("You are signed out.")
    await expect(banner.get_by_role("link", name="Sign in again")).to_be_visible()


async def test_a_problem_goes_when_it_is_closed_and_when_what_failed_has_worked(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_FAILED")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    banner, pin = chat.page.locator("#banner"), chat.page.get_by_role("button", name="Pin", exact=True)
    await chat.page.route("**/pin/", lambda route: route.abort())
    await chat.page.get_by_role("button", name="Thread options").click()
    await pin.click()
    await expect(banner).to_contain_text("That did not work.")
    await chat.page.keyboard.press("Escape")
    await banner.get_by_role("button", name="Close").click()
    await expect(banner).to_be_hidden()

    await chat.page.get_by_role("button", name="Thread options").click()
    await pin.click()
    await expect(banner).to_contain_text("That did not work.")
    await chat.page.unroute("**/pin/")
    await pin.click()
    await expect(banner).to_be_hidden()


async def test_a_double_click_asks_for_one_reply_and_is_told_of_no_problem(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    provider.script(reply="word " * 20, interval=0.05)
    await chat.reply.get_by_role("button", name="Regenerate", exact=True).dblclick()
    await expect(chat.reply_text).to_contain_text("word word")
    await chat.replied()
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await expect(chat.reply.locator("[data-version]")).to_have_text("2 / 2")


async def test_without_a_connection_no_button_leaves_the_page_and_a_stop_is_made_up_for(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_INTERNET_DISCONNECTED", "WebSocket")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    banner, url = chat.page.locator("#banner"), chat.page.url
    await chat.page.context.set_offline(True)
    await expect(banner).to_contain_text("You are offline.")
    await chat.reply.get_by_role("button", name="Regenerate", exact=True).click()
    await expect(banner).to_contain_text("This needs a connection.")
    await chat.page.context.set_offline(False)
    await expect(banner).to_be_hidden()

    provider.script(reply="word " * 600, interval=0.05)
    await chat.say("More")
    # The form of a page that was loaded while a reply is written must not be sent either.
    await chat.reload()
    await expect(chat.reply_text).to_contain_text("word word")
    said = await heard(chat)
    await chat.page.context.set_offline(True)
    await expect(banner).to_contain_text("You are offline.")
    await chat.composer.press("Escape")
    await expect(banner).to_contain_text("The reply is stopped as soon as you are connected again.")
    await banner.get_by_role("button", name="Close").click()
    await expect(banner).to_contain_text("You are offline.")
    await said.evaluate("said => said.length = 0")
    await chat.page.wait_for_timeout(7_500)
    assert "Still writing" not in await said.json_value()
    assert chat.page.url == url
    await chat.page.context.set_offline(False)
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()
    await expect(chat.send).to_be_visible()


async def test_a_stop_that_a_breaking_connection_took_is_sent_again(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_INTERNET_DISCONNECTED", "WebSocket")
    provider.script(reply="word " * 600, interval=0.05)
    chat: Chat = await chat_of(alice)
    # What is sent while the way is broken is taken, and arrives nowhere.
    await chat.page.evaluate("""() => {
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) {
            if (window.broken) window.broken.push(data);
            else send.call(this, data);
        };
    }""")
    await chat.say("More")
    await expect(chat.reply_text).to_contain_text("word word")
    await expect(chat.stop).to_be_visible()
    await chat.page.evaluate("window.broken = []")
    await chat.composer.press("Escape")
    await chat.page.wait_for_function("window.broken.some((data) => data.includes('stop'))")
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_contain_text("You are offline.")
    await chat.page.evaluate("window.broken = null")
    await chat.page.context.set_offline(False)
    await expect(chat.reply.get_by_text("You stopped this reply.")).to_be_visible()


async def test_a_session_that_ended_elsewhere_asks_to_sign_in_again_and_loses_nothing(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    thread = chat.page.url
    await asyncio.to_thread(alice.sign_out)
    banner = chat.page.locator("#banner")
    await expect(banner).to_contain_text("You are signed out. What you were writing is kept.")
    await chat.say("Said too late")
    await chat.composer.fill("And half a sentence")
    await banner.get_by_role("link", name="Sign in again").click()
    await sign_in(chat.page, alice)
    await expect(chat.page).to_have_url(thread)
    await expect(chat.composer).to_have_value("And half a sentence")
    await expect(chat.reply_text).to_have_text("You said: Said too late")
    await chat.replied()
    await expect(chat.questions).to_have_count(2)
    await expect(chat.replies).to_have_count(2)


async def test_signing_out_leaves_no_draft_behind(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.composer.fill("For nobody else")
    await chat.page.get_by_role("button", name="Account:").click()
    await chat.page.get_by_role("button", name="Sign out").click()
    await expect(chat.page.get_by_role("heading", name="Sign In")).to_be_visible()
    assert await chat.page.evaluate("Object.values(localStorage).concat(Object.values(sessionStorage))") == []
    await chat.page.goto("/")
    await expect(chat.page.get_by_role("heading", name="Sign In")).to_be_visible()
    await sign_in(chat.page, alice)
    await expect(chat.composer).to_have_value("")


async def test_what_is_being_written_when_another_tab_signs_out_is_kept_for_the_same_person_in_its_tab_alone(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await chat.composer.fill("Half a sentence")
    await chat.question.get_by_role("link", name="Edit this message").press("Enter")
    await chat.page.get_by_role("textbox", name="Your message").fill("Hello again")
    other = await chat.another_tab()
    await other.page.get_by_role("button", name="Account:").click()
    await other.page.get_by_role("button", name="Sign out").click()
    banner = chat.page.locator("#banner")
    await expect(banner).to_contain_text("You are signed out. What you were writing is kept.")
    await chat.composer.press("End")
    await chat.composer.press_sequentially(", and on")
    assert await other.page.evaluate("Object.values(localStorage).concat(Object.values(sessionStorage))") == []

    await banner.get_by_role("link", name="Sign in again").click()
    await sign_in(chat.page, alice)
    await expect(chat.composer).to_have_value("Half a sentence, and on")
    await expect(chat.page.get_by_role("textbox", name="Your message")).to_have_value("Hello again")
    again = await chat.another_tab()
    await expect(again.composer).to_have_value("Half a sentence, and on")


async def test_going_back_after_signing_out_shows_nothing_of_what_was_there(
    alice: Person, provider: FakeProvidersProcess, browser: Browser
):
    # Every browser keeps pages whole to go back to. Playwright turns that off; the one without windows has not got it.
    keeping_browser = browser.browser_type.launch(
        executable_path=shutil.which("chromium") or CHROMIUM,
        args=[*ARGUMENTS, "--headless=new"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    async with await keeping_browser as keeping:
        page = await keeping.new_page(base_url=alice.site.url, locale="en-GB")
        await page.goto("/")
        await sign_in(page, alice)
        chat = await Chat(page).ready()
        await chat.ask("The canary is yellow")
        await chat.reload()
        await page.get_by_role("button", name="Account:").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
        await page.evaluate("setTimeout(() => history.back(), 50)")
        await page.wait_for_timeout(1_500)
        await expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
        assert "canary" not in await page.content()


async def test_a_page_that_the_browser_brings_back_is_asked_for_anew(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("The canary is yellow")
    await asyncio.to_thread(alice.sign_out)
    await expect(chat.page.locator("#banner")).to_contain_text("You are signed out.")
    await chat.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(chat.page.get_by_role("heading", name="Sign In")).to_be_visible()


async def test_a_message_for_a_thread_that_is_gone_is_given_back_where_its_person_is_by_then(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    thread = chat.page.url
    await chat.new_thread()
    await chat.ask("Something else")
    other = chat.page.url
    await chat.page.goto(thread)
    await chat.ready()
    await expect(chat.page.locator("#banner")).to_be_hidden()
    await chat.page.evaluate("WebSocket.prototype.send = () => {}")
    await chat.say("Of importance")
    await asyncio.to_thread(alice.post, thread.removeprefix(alice.site.url) + "delete/")
    await chat.page.goto(other)
    await expect(chat.page.locator("#banner")).to_contain_text("A message in another thread was not sent")
    await expect(chat.composer).to_have_value("Of importance")
    await chat.reload()
    await expect(chat.composer).to_have_value("Of importance")
    await expect(chat.page.locator("#banner")).to_be_hidden()


async def test_a_thread_deleted_while_it_is_replied_to_says_so_and_what_is_written_goes_to_a_new_one(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    provider.script(reply="word " * 600, interval=0.05)
    await chat.say("More")
    await expect(chat.reply_text).to_contain_text("word")
    await asyncio.to_thread(alice.post, chat.page.url.removeprefix(alice.site.url) + "delete/")
    banner = chat.page.locator("#banner")
    await expect(banner).to_contain_text("This thread was deleted.")
    await expect(chat.send).to_be_visible()
    await chat.composer.fill("What now")
    await chat.composer.press("Enter")
    await expect(chat.title).to_have_text("New thread")
    await expect(chat.composer).to_have_value("What now")
    await expect(chat.page.locator("#banner")).to_be_hidden()


async def test_a_thread_of_somebody_else_is_no_page(
    alice: Person, bob: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], page_of, windows
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: the canary is yellow")
    windows.allow("status of 404")
    page = await page_of(bob, chat.page.url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    await expect(page.locator("body")).not_to_contain_text("canary")
