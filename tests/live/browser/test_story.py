"""What memchat is for: one thread is told something, the next one knows it, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person
from tests.live.site import Site

MODELS = {"anthropic": "Anthropic", "openai": "OpenAI", "compatible": "Local model", "offline": "Offline", "unset": ""}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
async def test_what_one_thread_is_told_the_next_one_knows_and_nobody_else_does(
    request: pytest.FixtureRequest,
    newcomer: Callable[[Site], Person],
    provider: FakeProvidersProcess,
    chat_of: Callable[..., Any],
    model: str,
):
    site = request.getfixturevalue("site" if model else "offline_site")
    alice, bob = newcomer(site), newcomer(site)

    chat = await chat_of(alice)
    if model:
        await chat.choose(model)
    await chat.ask("Hi! Remember: my name is Bob")
    await expect(chat.reply_text).to_contain_text("my name is Bob")
    chip = chat.reply.get_by_role("list", name="Memory updated")
    await expect(chip).to_contain_text("my name is Bob")
    await expect(chip.get_by_role("button", name="Undo")).to_be_visible()
    await chat.reload()
    await expect(chip).to_contain_text("my name is Bob")

    await chat.new_thread()
    if model:
        await chat.choose(model)
    await chat.ask("What is my name?")
    await expect(chat.reply_text).to_contain_text("Bob")
    await chat.reply.get_by_text("Memories used: 1").click()
    await expect(chat.reply.get_by_role("link", name="my name is Bob")).to_be_visible()
    await expect(chat.threads.get_by_role("listitem")).to_have_count(2)

    other = await chat_of(bob)
    if model:
        await other.choose(model)
    await other.ask("What is my name?")
    await expect(other.reply_text).not_to_be_empty()
    await expect(other.messages).not_to_contain_text("Bob")
    await expect(other.reply.get_by_text("Memories used")).to_be_hidden()

    await chat.page.get_by_role("link", name="Memories", exact=True).click()
    await expect(chat.page.get_by_role("main")).to_contain_text("my name is Bob")
    await other.page.get_by_role("link", name="Memories", exact=True).click()
    await expect(other.page.get_by_role("main")).to_contain_text("Nothing is remembered of you yet")
    await expect(other.page.get_by_role("main")).not_to_contain_text("Bob")


async def test_what_was_remembered_can_be_undone_where_it_is_told(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat = await chat_of(alice)
    await chat.ask("Remember: my name is Bob")
    await chat.reply.get_by_role("button", name="Undo").click()
    updated = chat.reply.get_by_role("list", name="Memory updated")
    await expect(updated.get_by_text("Forgotten")).to_be_focused()
    await chat.new_thread()
    await chat.ask("What is my name?")
    await expect(chat.reply_text).to_have_text("I do not know your name.")
    await chat.page.goto("/memories/")
    await expect(chat.page.get_by_role("main")).to_contain_text("Nothing is remembered of you yet")


async def test_a_memory_leads_to_the_message_it_came_from(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat = await chat_of(alice)
    await chat.ask("Remember: the canary is yellow")
    for number in range(3):
        await chat.ask(f"Message {number}\n" * 12)
    thread = chat.page.url
    await chat.page.goto("/memories/")
    await chat.page.get_by_role("main").get_by_role("link", name="Said in a thread").click()
    assert chat.page.url.startswith(thread)
    await expect(chat.questions.filter(has_text="the canary is yellow")).to_be_in_viewport()
    await expect(chat.jump).to_be_visible()
