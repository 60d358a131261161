"""A reply is formatted while it is written: nothing flashes, jumps, is made anew or reaches out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Request, WebSocketRoute, expect

from tests.fake_providers import FakeProvidersProcess
from tests.hostile_markup import HOSTILE, OUTSIDE
from tests.live.browser.chat import Chat
from tests.live.person import Person

REPLY = """# Sorting

Sorting means **putting things into an order**, and there are *many* ways to do it.

1. Compare two things with `<`.
2. **Swap** them.
   - or do not
3. Do it again.

```python
def sort(items):
    return sorted(items)
```

| Way | Cost |
|-----|-----:|
| merge | $n^2$ |
| quick | **less** |

> Premature optimisation is a root of something.

$$
T(n) = \\frac{n}{2} + 1
$$

The last paragraph says what [the manual](https://example.org/manual) says, and then it ends[^1].

[^1]: As everything does.
"""

# What is read in the reply at every change, the nodes that its blocks were, and whatever moved.
WATCH = """element => {
    window.seen = [];
    window.shifts = [];
    new MutationObserver(() => window.seen.push(element.textContent))
        .observe(element, { childList: true, subtree: true, characterData: true });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            // Columns are as wide as the rows that are there: what a longer one moves, moves within its table.
            const moved = entry.sources.map(({ node }) => (node?.closest ? node : node?.parentElement))
                .filter((node) => element.contains(node) && !node.closest("table"));
            if (moved.length) window.shifts.push(entry.value);
        }
    }).observe({ type: "layout-shift" });
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => entry.duration)))
        .observe({ type: "longtask" });
}"""


async def test_a_reply_is_formatted_while_it_is_written(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=REPLY, pieces=200, interval=0.03)
    chat: Chat = await chat_of(alice)
    await chat.say("How are things sorted?")
    text = chat.reply_text
    await expect(text).to_have_attribute("aria-busy", "true")
    await expect(text.get_by_role("heading", name="Sorting")).to_be_visible()
    await text.evaluate(WATCH)
    await expect(text.locator("strong").first).to_have_text("putting things into an order")
    heading = await text.locator("h2").element_handle()
    await expect(text.locator("ol > li")).to_have_count(3)
    await expect(chat.reply.get_by_text("Replying…")).to_be_visible()
    # Its name would push aside what is said beside it.
    await expect(chat.reply.locator("[data-model]")).to_be_hidden()
    code = text.locator("pre")
    await expect(code.locator(".k").first).to_have_text("def")
    await expect(text.locator(".code-block").get_by_role("button", name="Copy this code")).to_be_visible()
    block = await code.element_handle()
    await expect(text.get_by_role("cell", name="less")).to_be_visible()
    await chat.replied()
    await expect(chat.reply.locator("[data-model]")).to_be_visible()

    # Finished blocks are the very nodes they were.
    assert heading and await heading.evaluate("node => node.isConnected")
    assert block and await block.evaluate("node => node.isConnected")
    await expect(text.locator("math")).to_have_count(2)
    await expect(text.locator("sup")).to_have_count(2)
    await expect(text).not_to_have_attribute("aria-busy", "true")
    seen = await chat.page.evaluate("window.seen")
    assert len(seen) > 20
    for sign in ("**", "`", "|--", "$$", "](", "[^", "> ", "# "):
        assert not [moment[-60:] for moment in seen if sign in moment], sign
    assert await chat.page.evaluate("window.shifts") == []
    # A busy machine has tasks that wait; none of ours may be long by itself.
    assert max(await chat.page.evaluate("window.longTasks"), default=0) < 200
    live = await _shape(chat)
    await chat.reload()
    assert await _shape(chat) == live


async def _shape(chat: Chat) -> str:
    """What the reply looks like, apart from what scripts add to code."""
    return await chat.reply_text.evaluate(
        """element => {
            const copy = element.cloneNode(true);
            for (const block of copy.querySelectorAll(".code-block")) block.replaceWith(block.firstElementChild);
            return Array.from(copy.children, (block) => block.outerHTML).join("");
        }"""
    )


async def test_a_selection_in_a_finished_block_survives_what_follows_and_the_end(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=REPLY, pieces=150, interval=0.03)
    chat: Chat = await chat_of(alice)
    await chat.say("How are things sorted?")
    await expect(chat.reply_text.locator("strong").first).to_have_text("putting things into an order")
    await chat.reply_text.locator("strong").first.evaluate("node => getSelection().selectAllChildren(node)")
    await chat.replied()
    assert await chat.page.evaluate("getSelection().toString()") == "putting things into an order"


async def test_a_reload_in_mid_reply_shows_it_formatted_and_goes_on(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=REPLY, pieces=150, interval=0.05)
    chat: Chat = await chat_of(alice)
    await chat.say("How are things sorted?")
    await expect(chat.reply_text.locator("ol > li").nth(1)).to_be_visible()
    await asyncio.sleep(1.1)  # What is older than a second is stored.
    await chat.page.reload(wait_until="commit")
    await expect(chat.reply.get_by_text("Replying…")).to_be_visible()
    await expect(chat.reply_text.locator("strong").first).to_have_text("putting things into an order")
    await expect(chat.reply_text.locator("pre .k").first).to_have_text("def")
    await chat.replied()
    live = await _shape(chat)
    await chat.reload()
    assert await _shape(chat) == live


async def test_a_second_tab_opened_in_mid_reply_shows_the_same(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=REPLY, pieces=150, interval=0.05)
    one: Chat = await chat_of(alice)
    await one.say("How are things sorted?")
    await expect(one.reply_text.locator("ol > li").nth(1)).to_be_visible()
    two = await one.another_tab()
    await expect(two.reply.get_by_text("Replying…")).to_be_visible()
    await expect(two.reply_text.locator("pre .k").first).to_have_text("def")
    await two.replied()
    await one.replied()
    assert await _shape(one) == await _shape(two)


async def test_frames_that_are_lost_or_come_twice_do_no_harm(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply=REPLY, pieces=150, interval=0.02)
    chat: Chat = await chat_of(alice, "/memories/")
    changes: list[dict[str, Any]] = []
    asked: list[str] = []

    def disturb(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(data: str | bytes) -> None:
            frame = json.loads(data)
            if frame["type"] == "markup" and "part" not in frame:
                changes.append(frame)
                if len(changes) in (3, 20) or "done" in frame:
                    return
                socket.send(data)
            socket.send(data)

        def note(data: str | bytes) -> None:
            if '"resume"' in str(data):
                asked.append(str(data))
            server.send(data)

        server.on_message(pass_on)
        socket.on_message(note)

    await chat.page.route_web_socket("**/ws/", disturb)
    await chat.page.goto("/")
    await chat.say("How are things sorted?")
    await expect(chat.reply_text.locator("pre .k").first).to_have_text("def")
    await chat.replied()
    await expect(chat.reply_text.locator("sup")).to_have_count(2)
    assert len(changes) > 20
    assert asked
    live = await _shape(chat)
    await chat.reload()
    assert await _shape(chat) == live


async def test_a_link_defined_at_the_end_works_without_a_reload(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(
        reply="Read [the manual].\n\nMore words.\n\n[the manual]: https://example.org/m\n", pieces=30, interval=0.02
    )
    chat: Chat = await chat_of(alice)
    await chat.ask("Where is it written?")
    await expect(chat.reply_text.get_by_role("link", name="the manual")).to_have_attribute(
        "href", "https://example.org/m"
    )


async def test_a_hostile_reply_runs_nothing_and_asks_nobody(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    outside: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((alice.site.url, "data:image/svg")):
            outside.append(request.url)

    chat.page.context.on("request", note)
    dialogs: list[str] = []
    chat.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    half = len(HOSTILE) // 2
    for part in (HOSTILE[:half], HOSTILE[half:]):
        text = "\n\n".join(one.replace("\0", "") for one in part)
        provider.script(reply=f"{text}\n\nThe end.", pieces=len(text) // 5, interval=0.001)
        await chat.ask("Show me")
        await expect(chat.reply_text).to_contain_text("The end.")
        elements = await chat.reply_text.evaluate(
            "element => element.querySelectorAll('script, img, iframe, svg:not(.icon), style, [src], [style]').length"
        )
        assert elements == 0
    await chat.reload()
    assert outside == []
    assert dialogs == []
    assert OUTSIDE in await chat.reply_text.inner_text()
