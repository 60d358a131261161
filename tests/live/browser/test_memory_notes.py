"""Memory where people meet it: under a reply, in the head of a thread, and when a thread is deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

BOAT = "my boat is called Dora"


@pytest.fixture
def alice(learning_site: Site, newcomer: Callable[[Site], Person], provider: FakeProvidersProcess) -> Person:
    """She is on the site that learns; without a script it finds nothing."""
    provider.script(endpoint="learning", reply=learned())
    return newcomer(learning_site)


def learned(*facts: dict[str, str]) -> str:
    return json.dumps({"facts": list(facts), "outdated": []})


def chips(chat: Chat) -> Locator:
    """What the newest reply says of memory."""
    return chat.reply.get_by_role("list", name="Memory updated").get_by_role("listitem")


async def remembers(person: Person, text: str) -> bool:
    return text in person.get("/memories/")[1]


async def used(chat: Chat) -> Locator:
    """The memories that the newest reply used, opened."""
    await chat.reply.get_by_text("Memories used:").click()
    return chat.reply.locator(".memories-used").get_by_role("listitem")


async def test_what_is_remembered_is_undone_in_one_tab_and_every_tab_says_so(
    alice: Person, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask(f"Remember: {BOAT}")
    await expect(chips(chat)).to_contain_text("you asked", use_inner_text=True)
    other = await chat.another_tab()
    await expect(chips(other).get_by_role("button", name="Undo")).to_be_visible()
    await chips(chat).get_by_role("button", name="Undo").click()
    await expect(chips(chat).get_by_text("Forgotten")).to_be_focused()
    for tab in (chat, other, await chat.reload()):
        await expect(chips(tab)).to_contain_text("Forgotten", use_inner_text=True)
        await expect(chips(tab).get_by_role("button", name="Undo")).to_have_count(0)
        await expect(chips(tab).get_by_role("link", name="Edit")).to_have_count(0)
    assert not await remembers(alice, BOAT)


async def test_an_update_shows_both_texts_and_undo_brings_the_old_one_back(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: I live in Vienna")
    provider.script(
        endpoint="learning",
        reply=learned({"statement": "I live in Oslo", "quote": "moved to Oslo", "category": "place", "replaces": "M1"}),
    )
    await chat.ask("I moved to Oslo. Where do I live?")
    await expect(chips(chat)).to_contain_text(
        "Updated Before: I live in Vienna Now: I live in Oslo learned", use_inner_text=True
    )
    await expect(chips(chat).get_by_role("deletion")).to_contain_text("I live in Vienna")
    assert await remembers(alice, "I live in Oslo")
    await chips(chat).get_by_role("button", name="Undo").click()
    await expect(chips(chat)).to_contain_text("Undone", use_inner_text=True)
    await chat.reload()
    await expect(chips(chat)).to_contain_text("Undone", use_inner_text=True)
    assert await remembers(alice, "I live in Vienna")
    assert not await remembers(alice, "I live in Oslo")


async def test_what_is_learned_late_appears_in_every_tab_and_after_a_reload(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(
        endpoint="learning",
        first_delay=1.5,
        reply=learned({"statement": BOAT, "quote": "boat Dora", "category": "fact"}),
    )
    chat: Chat = await chat_of(alice)
    await chat.ask("Our boat Dora needs new sails. Which ones?")
    await expect(chips(chat)).to_have_count(0)
    other = await chat.another_tab()
    await chat.page.evaluate(
        """() => {
            window.shifts = 0;
            new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifts += one.value; })
                .observe({ type: "layout-shift" });
        }"""
    )
    await expect(chips(chat)).to_contain_text(f"Remembered {BOAT} learned", use_inner_text=True)
    await expect(chips(other)).to_contain_text(f"Remembered {BOAT} learned", use_inner_text=True)
    await expect(chat.page.get_by_role("status").filter(has_text="Memory updated")).to_have_count(1)
    assert await chat.page.evaluate("window.shifts") == 0
    await chat.reload()
    await expect(chips(chat)).to_contain_text(f"Remembered {BOAT} learned", use_inner_text=True)


async def test_what_is_sensitive_waits_and_is_answered_in_place(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(
        endpoint="learning",
        reply=learned({"statement": "I have asthma", "quote": "My asthma", "category": "health"}),
    )
    chat: Chat = await chat_of(alice)
    await chat.ask("My asthma is worse in spring. Why?")
    await expect(chips(chat)).to_contain_text("Waits for your approval I have asthma", use_inner_text=True)
    assert not await remembers(alice, "You approved it")
    await chips(chat).get_by_role("button", name="Remember it").first.click()
    await expect(chips(chat).get_by_text("You approved it")).to_be_focused()
    await chat.reload()
    await expect(chips(chat)).to_contain_text("Remembered I have asthma", use_inner_text=True)
    assert await remembers(alice, "I have asthma")


async def test_a_used_memory_is_called_not_relevant_forgotten_and_had_back_in_place(
    alice: Person, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask(f"Remember: {BOAT}")
    await chat.new_thread()
    await chat.ask("What is my boat called?")
    [line] = await (await used(chat)).all()
    await expect(line).to_contain_text("by meaning")
    await expect(line.get_by_role("link", name="Correct")).to_have_attribute("href", re.compile("/edit/$"))
    await line.get_by_role("button", name="Not relevant").click()
    await expect(line.get_by_text("Not relevant here")).to_be_focused()
    await chat.reload()
    [line] = await (await used(chat)).all()
    await expect(line).to_contain_text("Not relevant here")
    await line.get_by_role("button", name="Relevant after all").click()
    await expect(line.get_by_text("Not relevant here")).to_be_hidden()

    await line.get_by_role("button", name="Forget").click()
    await expect(line.get_by_text("Forgotten")).to_be_focused()
    assert not await remembers(alice, BOAT)
    await line.get_by_role("button", name="Undo").click()
    await expect(line.get_by_role("button", name="Forget")).to_be_visible()
    assert await remembers(alice, BOAT)


async def test_what_could_not_be_undone_says_so_and_the_page_stays_true(
    alice: Person, chat_of: Callable[..., Any], windows: Windows
):
    chat: Chat = await chat_of(alice)
    await chat.ask(f"Remember: {BOAT}")
    await chat.page.route("**/memories/*/forget/", lambda route: route.abort())
    windows.allow("ERR_FAILED")
    await chips(chat).get_by_role("button", name="Undo").click()
    await expect(chat.page.locator("#banner")).to_contain_text("That did not work.")
    await expect(chips(chat)).not_to_contain_text("Forgotten", use_inner_text=True)
    await expect(chips(chat).get_by_role("button", name="Undo")).to_be_enabled()


async def test_the_thread_s_memory_is_switched_with_the_keyboard_and_other_tabs_follow(
    alice: Person, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    other = await chat.another_tab()
    summary = chat.page.locator("#memory-control summary")
    await summary.focus()
    await chat.page.keyboard.press("Enter")
    await chat.page.keyboard.press("Tab")
    await expect(chat.page.get_by_role("radio", name="On", exact=False).first).to_be_focused()
    await chat.page.keyboard.press("ArrowDown")
    await expect(other.page.locator("#memory-control summary")).to_have_text("Memory: read only", use_inner_text=True)
    await chat.page.keyboard.press("Escape")
    await expect(summary).to_be_focused()
    await chat.reload()
    await expect(summary).to_have_text("Memory: read only", use_inner_text=True)
    await chat.ask(f"Remember: {BOAT}")
    await expect(chips(chat)).to_contain_text("Not stored This thread only reads your memories.", use_inner_text=True)


async def test_a_new_thread_begins_with_the_memory_that_was_chosen_for_it(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await chat.page.locator("#memory-control summary").click()
    await chat.page.get_by_role("radio", name="Off").check()
    await expect(chat.page.get_by_text("Memory is off in this thread: nothing is read")).to_be_visible()
    await chat.ask(f"Remember: {BOAT}")
    await expect(chips(chat)).to_contain_text("Memory is off in this thread.", use_inner_text=True)
    await chat.reload()
    await expect(chat.page.locator("#memory-control summary")).to_have_text("Memory: off", use_inner_text=True)


async def test_a_temporary_thread_says_so_all_the_time_is_in_no_list_and_can_be_kept(
    alice: Person, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    other: Chat = await chat_of(alice)
    await chat.page.get_by_role("checkbox", name="Temporary thread").check()
    banner = chat.page.locator("#temporary-banner")
    await expect(banner).to_contain_text("neither reads nor adds to your memories")
    await chat.ask(f"Remember: {BOAT}")
    await expect(chips(chat)).to_contain_text("This is a temporary thread", use_inner_text=True)
    await expect(banner.get_by_role("time")).to_be_visible()
    await expect(chat.page.locator("#memory-control")).to_be_hidden()
    await expect(chat.page).to_have_title("Remember: my boat is called Dora · memchat")
    for tab in (chat, other, await chat.reload()):
        await expect(tab.threads.get_by_role("listitem")).to_have_count(0)
    await expect(banner).to_be_visible()

    await chat.page.get_by_role("button", name="Keep this thread").click()
    await expect(banner).to_be_hidden()
    await expect(chat.page.locator("#memory-control summary")).to_be_focused()
    await expect(chat.page.locator("#memory-control summary")).to_have_text("Memory: off", use_inner_text=True)
    for tab in (chat, other, await chat.reload()):
        await expect(tab.threads.get_by_role("link", name=f"Remember: {BOAT}", exact=True)).to_be_visible()


async def test_deleting_a_thread_forgets_what_is_chosen_of_what_it_taught(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    await chat.ask(f"Remember: {BOAT}")
    await chat.ask("Remember: my cat is called Mia")
    await chat.page.get_by_role("button", name="Thread options").click()
    await chat.page.get_by_role("link", name="Delete this thread").click()
    await expect(chat.page.get_by_role("checkbox", name=BOAT)).not_to_be_checked()
    assert not await violations(chat.page)
    await chat.page.get_by_role("checkbox", name=BOAT).check()
    await chat.page.get_by_role("button", name="Delete").click()
    await expect(chat.page.get_by_text("The thread was deleted.")).to_be_visible()
    assert not await remembers(alice, BOAT)
    assert await remembers(alice, "my cat is called Mia")


async def test_all_of_it_is_accessible_and_large_enough_to_hit(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Remember: I live in Vienna")
    await chat.ask("Remember: my password is hunter2swordfish")
    provider.script(
        endpoint="learning",
        reply=learned(
            {"statement": "I live in Oslo", "quote": "moved to Oslo", "category": "place", "replaces": "M1"},
            {"statement": "I have asthma", "quote": "my asthma", "category": "health"},
        ),
    )
    await chat.ask("We moved to Oslo for my asthma. Where do I live?")
    await expect(chips(chat)).to_have_count(2)
    await used(chat)
    await chat.page.locator("#memory-control summary").click()
    found = await violations(chat.page)
    assert not found
    small = await chat.page.evaluate(
        """() => ["#messages", ".thread-top"]
            .flatMap((part) => Array.from(document.querySelectorAll(`${part} :is(a, button, summary)`)))
            .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
            .map(([text, box]) => `${text} ${box.width} x ${box.height}`)"""
    )
    assert not small
