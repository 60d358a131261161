"""Files in a browser: chosen, dropped, pasted, removed, sent and shown again."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from playwright.async_api import FilePayload, Locator, Route, expect

from tests.fake_providers import FakeProvidersProcess
from tests.files import photograph, picture
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person


def payload(name: str, data: bytes, kind: str = "text/plain") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


LEASE = payload("lease.txt", b"The notice period is three months.")
CAT = payload("cat.png", picture(), "image/png")

DROP = """
async ([target, name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    const element = document.querySelector(target);
    for (const kind of ["dragenter", "dragover", "drop"])
        element.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""
PASTE = (
    DROP[: DROP.index("    for (")]
    + """
    transfer.setData("text/html", "<img>");
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}
"""
)


def chips(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name="Attached files").locator(".chip")


def cards(message: Locator) -> Locator:
    return message.get_by_role("list", name="Attached files").get_by_role("listitem")


async def attach(chat: Chat, *files: FilePayload) -> None:
    async with chat.page.expect_file_chooser() as chooser:
        await chat.page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files(list(files))


async def attached(chat: Chat, *names: str) -> None:
    """Wait until these files, and no others, can be sent."""
    await expect(chips(chat)).to_have_count(len(names))
    for name in names:
        await expect(chips(chat).filter(has_text=name)).to_be_visible()
    await expect(chat.page.locator(".chip progress:visible")).to_have_count(0)


async def give_up(person: Person, chat: Chat, name: str) -> None:
    """Remove a file that waits to be sent, behind the page's back."""
    told = await (await chat.page.request.get("/attachments/")).json()
    (found,) = [one["id"] for one in told["attachments"] if one["name"] == name]
    assert person.post(f"/attachments/{found}/remove/")[0] == 204


async def test_files_are_attached_sent_and_still_there_after_a_reload(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    # The scripts of these tests themselves, where an image is opened: nothing runs there.
    windows.allow("Blocked script execution in '.*/attachments/")
    chat: Chat = await chat_of(alice)
    await attach(chat, LEASE, CAT)
    await attached(chat, "lease.txt", "cat.png")
    await expect(chips(chat).first).to_contain_text("Text · 34")
    other = await chat.another_tab()
    await chat.ask("How long is the notice?")
    await expect(chips(chat)).to_have_count(0)
    for _ in range(2):
        await expect(cards(chat.question)).to_have_count(2)
        await expect(cards(chat.question).first).to_have_text("lease.txtText · 34 bytes")
        image = chat.question.get_by_role("img", name="cat.png")
        await expect(image).to_be_visible()
        assert await image.evaluate("(image) => image.complete && image.naturalWidth") == 60
        assert await image.evaluate("(image) => image.getBoundingClientRect().height") == 40
        await expect(chips(chat)).to_have_count(0)
        await chat.reload()
    async with chat.page.context.expect_page() as opening:
        await cards(chat.question).last.get_by_role("link", name="cat.png").click()
    shown = await opening.value
    await shown.wait_for_load_state()
    assert await shown.evaluate("document.images[0].naturalWidth") == 60
    await shown.close()
    link = cards(chat.question).first.get_by_role("link")
    answer = await chat.page.request.get(await link.get_attribute("href") or "")
    assert await answer.body() == LEASE["buffer"]
    assert answer.headers["content-disposition"].startswith("attachment")
    await other.page.goto(chat.page.url)
    await expect(cards(other.question)).to_have_count(2)
    sent = provider.report()["requests"][0]["body"]["messages"][-1]["content"]
    assert [part["type"] for part in sent] == ["image", "text"]
    assert "three months" in sent[1]["text"]


async def test_other_tabs_see_the_files_of_a_message(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    other = await chat.another_tab()
    await attach(chat, CAT)
    await attached(chat, "cat.png")
    await chat.send.click()
    await expect(other.question.get_by_role("img", name="cat.png")).to_be_visible()
    await expect(other.question.locator("[data-text]")).to_be_hidden()


async def test_a_message_may_be_a_file_alone(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await expect(chat.send).to_have_attribute("aria-disabled", "true")
    await attach(chat, LEASE)
    await attached(chat, "lease.txt")
    await expect(chat.send).to_have_attribute("aria-disabled", "false")
    await chat.composer.press("Enter")
    await chat.replied()
    await expect(chat.title).to_have_text("lease.txt")
    await expect(chat.reply_text).to_have_text("You said: See the attached file.")


async def test_a_message_that_is_sent_while_its_file_is_uploaded_goes_when_the_file_is_there(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_FAILED")
    chat: Chat = await chat_of(alice)
    arrived, waits = asyncio.Event(), chat.page.locator(".awaits-files")
    fails = True

    async def upload(route: Route) -> None:
        await arrived.wait()
        await (route.abort() if fails else route.continue_())

    await chat.page.route("**/attachments/", upload)
    await attach(chat, LEASE)
    await chat.composer.fill("How long is it")
    await chat.composer.press("Enter")
    await expect(waits).to_have_text("The message is sent once its files are uploaded.")
    await chat.page.keyboard.type("?")
    await expect(waits).to_be_hidden()
    await chat.composer.press("Enter")
    arrived.set()
    # It does not go without the file that it was to go with.
    await expect(chips(chat).filter(has_text="could not be uploaded")).to_be_visible()
    await expect(waits).to_be_hidden()
    await expect(chat.composer).to_have_value("How long is it?")
    await expect(chat.questions).to_have_count(0)

    await chips(chat).get_by_role("button").click()
    arrived.clear()
    fails = False
    await attach(chat, LEASE)
    await chat.composer.press("Enter")
    await expect(waits).to_be_visible()
    arrived.set()
    await expect(cards(chat.question)).to_have_count(1)
    await chat.replied()
    await expect(chat.questions).to_have_count(1)
    assert "three months" in str(provider.report()["requests"][0]["body"]["messages"][-1])


async def test_files_are_removed_with_the_keyboard(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await attach(chat, LEASE, CAT)
    await attached(chat, "lease.txt", "cat.png")
    await expect(chat.composer).to_be_focused()
    await chat.page.keyboard.press("Shift+Tab")
    await expect(chat.page.get_by_role("button", name="Remove cat.png")).to_be_focused()
    await chat.page.keyboard.press("Shift+Tab")
    await chat.page.keyboard.press("Enter")
    await attached(chat, "cat.png")
    await expect(chat.page.get_by_role("button", name="Remove cat.png")).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chips(chat)).to_have_count(0)
    await expect(chat.composer).to_be_focused()
    await expect(chat.page.get_by_role("status").filter(has_text="Removed: cat.png")).to_have_count(1)
    assert (await (await chat.page.request.get("/attachments/")).json())["attachments"] == []


async def test_what_was_attached_but_not_sent_is_kept_for_its_thread(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    await attach(chat, LEASE, CAT)
    await attached(chat, "lease.txt", "cat.png")
    await chat.reload()
    await attached(chat, "lease.txt", "cat.png")
    await give_up(alice, chat, "cat.png")
    await chat.reload()
    await attached(chat, "lease.txt")
    await chat.ask("Read this")
    await chat.reload()
    await expect(chips(chat)).to_have_count(0)
    await attach(chat, CAT)
    await attached(chat, "cat.png")
    await chat.new_thread()
    await expect(chips(chat)).to_have_count(0)
    await chat.page.go_back()
    await attached(chat, "cat.png")
    await chat.page.get_by_role("button", name=alice.name).or_(chat.page.locator(".account-menu summary")).first.click()
    await chat.page.get_by_role("button", name="Sign out").first.click()
    await chat.page.wait_for_url("**/login/**")
    assert await chat.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('attached'))") == []


async def test_files_are_dropped_and_images_pasted(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    encoded = base64.b64encode(LEASE["buffer"]).decode()
    await chat.page.evaluate(DROP, ["#messages", "lease.txt", "text/plain", encoded])
    await attached(chat, "lease.txt")
    await chat.page.evaluate(PASTE, ["#composer-text", "image.png", "image/png", base64.b64encode(picture()).decode()])
    await attached(chat, "lease.txt", "image.png")
    await chat.page.evaluate(
        PASTE.replace("text/html", "text/plain"), ["#composer-text", "cell.png", "image/png", encoded]
    )
    await attached(chat, "lease.txt", "image.png")


async def test_what_cannot_be_attached_says_why_and_the_rest_is_sent(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("status of 400")
    chat: Chat = await chat_of(alice)
    large = payload("large.txt", b"x" * (10 * 1024 * 1024 + 1))
    await attach(chat, LEASE, large, payload("program.bin", bytes(range(256))))
    await expect(chips(chat).filter(has_text="larger than 10 MB")).to_contain_text("large.txt")
    await expect(chips(chat).filter(has_text="neither text nor a PDF nor an image")).to_contain_text("program.bin")
    assert await violations(chat.page) == []
    await attach(chat, *[payload(f"{number}.txt", b"x") for number in range(10)])
    await expect(chips(chat).filter(has_text="A message takes at most 10 files.")).to_contain_text("9.txt")
    await chat.composer.fill("Look")
    await expect(chat.send).to_have_attribute("aria-disabled", "false")
    await chat.ask("Look")
    await expect(chips(chat)).to_have_count(0)
    await expect(cards(chat.question)).to_have_count(10)
    assert await violations(chat.page) == []


async def test_the_page_says_before_sending_that_a_model_does_not_see(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    note = chat.page.get_by_text("This model cannot see images.")
    await chat.choose("local-small")
    await expect(note).to_be_hidden()
    await attach(chat, CAT)
    await attached(chat, "cat.png")
    await expect(note).to_be_visible()
    await chat.choose("gpt-small")
    await expect(note).to_be_hidden()
    await chat.choose("local-small")
    await chat.ask("What is it?")
    await expect(note).to_be_hidden()
    sent = provider.report()["requests"][-1]["body"]["messages"][-1]["content"]
    assert "[an image that this model cannot see: cat.png]" in sent


async def test_a_photograph_is_shown_small_and_moves_nothing(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice, viewport={"width": 390, "height": 844})
    await attach(chat, payload("photo.jpg", photograph((3000, 2000)), "image/jpeg"))
    await attached(chat, "photo.jpg")
    await chat.ask("Look")
    image = chat.question.get_by_role("img", name="photo.jpg")
    await expect(image).to_be_visible()
    assert await image.evaluate("(image) => image.naturalWidth") == 480
    width, height = await image.evaluate("(image) => [image.clientWidth, image.clientHeight]")
    assert width <= 240 and abs(width / height - 1.5) < 0.02
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await violations(chat.page) == []


async def test_files_go_with_a_form_where_there_are_no_scripts(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any], windows: Windows
):
    windows.allow("status of 400")
    chat = Chat(await page_of(alice, java_script_enabled=False))
    await expect(chat.page.locator("#attach")).to_be_hidden()
    field = chat.page.get_by_label("Attach files")
    await field.set_input_files([LEASE, payload("program.bin", bytes(range(256)))])
    await chat.composer.fill("Look at this")
    await chat.send.click()
    await expect(chat.page.get_by_text("program.bin: It is neither text")).to_be_visible()
    await expect(chat.composer).to_have_value("Look at this")
    await expect(chat.page.get_by_role("checkbox", name="lease.txt")).to_be_checked()
    await field.set_input_files([CAT])
    await chat.send.click()
    await expect(cards(chat.question)).to_have_count(2)
    await expect(chat.question.get_by_role("img", name="cat.png")).to_be_visible()
    await expect(chat.question.locator("[data-text]")).to_have_text("Look at this")


async def test_a_message_that_was_refused_gives_its_files_back(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("status of 404")  # what is removed from the message is gone already
    chat: Chat = await chat_of(alice)
    await attach(chat, LEASE, CAT)
    await attached(chat, "lease.txt", "cat.png")
    await give_up(alice, chat, "lease.txt")
    await chat.composer.fill("Look")
    await chat.send.click()
    await expect(chat.question.get_by_text("A file of this message is no longer here.")).to_be_visible()
    await chat.question.get_by_role("button", name="Edit").click()
    await attached(chat, "lease.txt", "cat.png")
    await chat.page.get_by_role("button", name="Remove lease.txt").click()
    await chat.send.click()
    await chat.replied()
    await expect(cards(chat.question)).to_have_count(1)
