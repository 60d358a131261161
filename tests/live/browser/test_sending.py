"""What becomes of a message whose way is not plain: refused, late, as a form, or under somebody else's session."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person

SOCKET = re.compile("/ws/")
WITHOUT_SERVER = ("WebSocket connection to", "net::ERR_")


async def refuse(page: Page, *texts: str) -> None:
    """Have the messages that say so refused, each once, and pass on everything else."""
    left = list(texts)

    def stand_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            command = json.loads(message)
            if command.get("text") in left:
                left.remove(command["text"])
                error = {"type": "error", "ref": command["ref"], "kind": "limited", "text": "Not so many."}
                socket.send(json.dumps(error))
            else:
                server.send(message)

        socket.on_message(pass_on)

    await page.route_web_socket(SOCKET, stand_between)
    await page.reload()


async def test_what_is_said_after_a_refused_message_stands_before_it(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("One")
    await refuse(chat.page, "Refused")
    await chat.say("Refused")
    again = chat.questions.get_by_role("button", name="Send again")
    await expect(again).to_be_visible()
    said = chat.questions.locator("[data-text]")
    for text in ("Two", "Three"):
        await chat.composer.fill(text)
        await chat.composer.press("Enter")
        await expect(chat.reply_text).to_have_text(f"You said: {text}")
        await chat.replied()
    await expect(said).to_have_text(["One", "Two", "Three", "Refused"])
    everything = chat.page.locator("#messages > * [data-text]")
    await expect(everything).to_have_text(
        ["One", "You said: One", "Two", "You said: Two", "Three", "You said: Three", "Refused"]
    )
    await again.click()
    await expect(chat.reply_text).to_have_text("You said: Refused")
    await expect(said).to_have_text(["One", "Two", "Three", "Refused"])


async def test_a_refused_message_that_is_edited_joins_what_is_being_written(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await refuse(chat.page, "Refused")
    await chat.say("Refused")
    await expect(chat.question.get_by_role("button", name="Edit")).to_be_visible()
    await chat.composer.fill("Half a sentence")
    await chat.question.get_by_role("button", name="Edit").click()
    await expect(chat.composer).to_have_value("Refused\n\nHalf a sentence")


async def test_refused_messages_that_are_edited_one_after_the_other_are_all_there(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await refuse(chat.page, "Refused 1", "Refused 2")
    edit = chat.questions.get_by_role("button", name="Edit")
    for number in (1, 2):
        await chat.say(f"Refused {number}")
        await expect(edit).to_have_count(number)
    await edit.first.click()
    await expect(chat.composer).to_have_value("Refused 1")
    await edit.click()
    await expect(chat.composer).to_have_value("Refused 2\n\nRefused 1")


async def test_a_thread_begins_with_the_next_message_when_the_first_is_refused(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    away = asyncio.Event()

    async def away_at_first(socket: WebSocketRoute) -> None:
        await away.wait()
        await socket.close(code=4000)

    await chat.page.route_web_socket(SOCKET, away_at_first)
    await chat.reload()
    for text in ("Refused", "Taken"):
        await chat.composer.fill(text)
        await chat.composer.press("Enter")
    await expect(chat.questions).to_have_count(2)
    await chat.page.unroute_all()
    await refuse(chat.page, "Refused")
    away.set()
    await expect(chat.reply_text).to_have_text("You said: Taken")
    await expect(chat.questions.locator("[data-text]")).to_have_text(["Taken", "Refused"])


async def test_what_was_sent_just_before_the_network_went_is_not_given_up(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    sockets: list[WebSocketRoute] = []
    is_back = asyncio.Event()

    async def lose(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if is_back.is_set():
            socket.connect_to_server()
        elif len(sockets) > 1:
            await socket.close(code=4000)
        else:
            server = socket.connect_to_server()

            async def swallow(message: str | bytes) -> None:
                if '"say"' in str(message):
                    await socket.close(code=4000)
                else:
                    server.send(message)

            socket.on_message(swallow)

    await chat.page.clock.install()
    await chat.page.route_web_socket(SOCKET, lose)
    await chat.reload()
    await chat.say("Are you there?")
    await expect(chat.page.locator("#banner")).to_contain_text("The connection was lost.")
    await chat.page.clock.fast_forward(25_000)
    await expect(chat.question.get_by_text("Sending…")).to_be_visible()
    is_back.set()
    await chat.page.clock.fast_forward(31_000)
    await expect(chat.reply_text).to_have_text("You said: Are you there?")


async def test_a_tab_does_not_go_on_under_the_session_of_the_next_person(
    alice: Person, bob: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    chat: Chat = await chat_of(alice)
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_contain_text("You are offline.")
    await chat.say("The canary is yellow")
    await chat.composer.fill("And it sings")
    key = bob.cookie("sessionid")
    await chat.page.context.add_cookies([{"name": "sessionid", "value": key, "url": bob.site.url, "httpOnly": True}])
    await chat.page.context.set_offline(False)
    await expect(chat.questions).to_have_count(0)
    await expect(chat.page.get_by_role("button", name=f"Account: {bob.name}")).to_be_attached()
    await expect(chat.composer).to_have_value("")
    assert "canary" not in bob.get("/")[1]
    left = "Object.values(localStorage).concat(Object.values(sessionStorage)).join()"
    assert "canary" not in await chat.page.evaluate(left)
    await chat.ask("Hello")


async def test_where_no_socket_gets_through_messages_go_as_forms_and_nothing_is_lost(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    provider.script(reply="word " * 200 + "End", interval=0.02)
    chat: Chat = await chat_of(alice)

    async def block(socket: WebSocketRoute) -> None:
        await socket.close(code=4000)

    await chat.page.route_web_socket(SOCKET, block)
    await chat.reload()
    await chat.say("Said early")
    await expect(chat.page.locator("#banner")).to_contain_text("Replies cannot be shown here as they are written.")
    await expect(chat.question.get_by_role("alert")).to_contain_text("No answer came from the server.")
    await chat.question.get_by_role("button", name="Send again").click()
    await expect(chat.composer).to_have_value("Said early")

    async def fail(route: Route) -> None:
        await route.abort()

    await chat.page.route("**/say/", fail)
    await chat.composer.press("Enter")
    await chat.page.wait_for_url("chrome-error://**")
    await chat.page.unroute("**/say/")
    await chat.page.goto("/")
    await expect(chat.composer).to_have_value("Said early")
    await chat.composer.press("Enter")
    await chat.page.wait_for_url("**/threads/**")
    await expect(chat.composer).to_have_value("")
    await expect(chat.reply.get_by_role("button", name="Stop")).to_be_visible()
    await expect(chat.reply_text).to_have_text(re.compile(r"End\s*$"), timeout=20_000)
    await expect(chat.questions).to_have_count(1)
    # Another version of it goes as a form, too.
    await chat.question.get_by_role("link", name="Edit this message").click()
    box = chat.question.get_by_role("textbox", name="Your message")
    await box.fill("Said\nlater")
    await box.press("Control+Enter")
    await expect(chat.question.locator("[data-text]")).to_have_text("Said\nlater")
    await expect(chat.question.get_by_text("Version 2 of 2")).to_be_visible()
    await expect(box).to_have_count(0)
    await chat.new_thread()
    await expect(chat.composer).to_have_value("")


async def test_a_reply_that_ended_while_the_tab_was_away_is_told_to_who_listens(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow(*WITHOUT_SERVER)
    provider.script(reply="Well. " * 100, interval=0.03)
    chat: Chat = await chat_of(alice)
    await chat.say("Hello")
    await expect(chat.reply_text).to_contain_text("Well.")
    await chat.page.context.set_offline(True)
    await expect(chat.page.locator("#banner")).to_contain_text("You are offline.")
    await asyncio.sleep(3)
    await chat.page.context.set_offline(False)
    await expect(chat.page.locator("#announcer")).to_contain_text("Well. Well.")
    await asyncio.sleep(8)
    await expect(chat.page.locator("#announcer")).to_contain_text("Well. Well.")


async def test_who_sends_a_form_signed_out_comes_back_to_its_page(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    page = chat.page.url.removeprefix(alice.site.url)
    await asyncio.to_thread(alice.sign_out)
    await expect(chat.page.locator("#banner")).to_contain_text("You are signed out.")
    await chat.page.evaluate("document.getElementById('composer').submit()")
    await expect(chat.page.get_by_role("heading", name="Sign In")).to_be_visible()
    assert page in chat.page.url
