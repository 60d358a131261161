"""What people expect of the pages and no other test says; and where each expectation is proven."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.fake_providers import FakeProvidersProcess
from tests.live.browser.accessibility import violations
from tests.live.browser.chat import Chat
from tests.live.browser.conftest import Windows
from tests.live.person import Person
from tests.live.site import Site

TESTS = Path(__file__).resolve().parent.parent.parent

PROVEN_BY = {
    # The composer
    "Enter sends, Shift+Enter breaks": "test_enter_sends_and_shift_enter_breaks_the_line",
    "Enter during composition never sends": "test_the_enter_that_ends_a_composition_does_not_send",
    "on touch screens Enter breaks": "test_on_a_touch_screen_enter_breaks_the_line_and_the_button_sends",
    "grows to a cap, then scrolls": "test_the_composer_grows_to_a_cap_and_then_scrolls",
    "a draft per thread, across reload": "test_a_draft_survives_a_reload_and_belongs_to_its_thread",
    "removed at sign-out": "test_signing_out_leaves_no_draft_behind",
    "empty: aria-disabled, focusable": "test_nothing_to_send_is_not_sent",
    "Send is Stop, Esc stops, the focus returns": (
        "test_a_reply_is_stopped_with_escape_and_the_focus_is_in_the_composer"
    ),
    "over-long text, before sending": "test_a_text_that_is_too_long_is_refused_with_a_count",
    "over-long text, on the server": "test_what_cannot_be_sent_is_given_back_without_scripts",
    "what is sent waits for its files": (
        "test_a_message_that_is_sent_while_its_file_is_uploaded_goes_when_the_file_is_there"
    ),
    # Streaming
    "one's own message at once": "test_ones_own_message_is_there_at_once",
    "then that it is replied to": "test_a_screen_reader_is_told_how_a_reply_comes_along",
    "follows at the end, lets go, Jump to latest": "test_the_view_follows_at_the_end_and_lets_go_when_scrolled_up",
    "finished blocks are not made anew": "test_a_reply_is_formatted_while_it_is_written",
    "a selection survives": "test_a_selection_in_a_finished_block_survives_what_follows_and_the_end",
    "stopped replies keep their text": "test_stop_keeps_what_had_come_and_regenerate_writes_it_anew",
    "reload": "test_a_reload_in_mid_reply_loses_and_repeats_nothing",
    "a second tab": "test_two_tabs_show_the_same_while_it_happens",
    "a second tab, opened in mid reply": "test_a_second_tab_opened_in_mid_reply_shows_the_same",
    "opened at the newest": "test_a_thread_is_opened_at_its_newest_message",
    # Messages
    "copy message and code, with feedback": "test_replies_and_code_are_copied_as_they_were_written",
    "regenerate": "test_any_reply_is_regenerated_by_another_model_this_once",
    "edit and resend, branches": "test_a_message_is_edited_in_its_place_and_the_older_branch_stays_reachable",
    "an edit outlives its tab": "test_an_edit_that_was_never_sent_is_gone_on_with_in_another_tab",
    "errors in plain words, role=alert": "test_a_failure_is_told_in_plain_words_and_can_be_retried",
    "a rate limit says when": "test_a_rate_limit_says_when_to_try_again",
    "code scrolls inside itself, by keyboard": "test_code_scrolls_inside_itself_and_by_keyboard",
    "a direction for each block": "test_each_block_finds_its_own_writing_direction",
    "nothing from elsewhere": "test_a_hostile_reply_runs_nothing_and_asks_nobody",
    # Threads
    "grouped by day": "test_threads_are_listed_latest_first_under_their_day",
    "search with Ctrl+K": "test_a_thread_is_found_and_opened_with_the_keyboard_alone",
    "search over titles and text": "test_the_page_shows_titles_and_messages_with_links_to_them",
    "a result on another branch": "test_a_message_on_another_branch_is_shown_on_that_branch",
    "on a phone": "test_on_a_phone_the_threads_are_a_drawer",
    "rename in place": "test_a_thread_is_renamed_in_place_and_escape_leaves_it_as_it_was",
    "pin, archive, tags": "test_pinning_archiving_and_tagging_happen_in_place_and_in_other_tabs",
    "delete asks first": "test_deleting_a_thread_asks_first_and_then_deletes_everything_in_it",
    "Load more is a link": "test_every_thread_is_reached_once_by_loading_more",
    "aria-current": "test_a_thread_is_renamed_in_place_and_escape_leaves_it_as_it_was",
    "new thread by shortcut": "test_everything_is_within_reach_of_the_keyboard",
    "the title names the page": "test_every_page_has_a_title_of_its_own",
    # First use
    "prompts fill and do not send": "test_suggestions_fill_the_composer_and_send_nothing",
    "what it does, and whether memory is on": "test_the_page_says_that_memory_is_off_where_it_is",
    "no key: staff and others": (
        "test_without_a_model_staff_read_what_to_set_and_others_whom_to_ask_on_accessible_pages"
    ),
    # Connection
    "a banner, and back at once on `online`": "test_a_lost_connection_says_so_and_comes_back_at_once",
    "also where it hangs": "test_a_connection_that_hangs_when_the_network_goes_is_said_to_be_lost",
    "sent once": "test_what_is_said_without_a_connection_is_sent_once_when_it_is_back",
    "waits longer each time": "test_the_waits_between_attempts_grow_and_differ",
    "session expired": "test_a_session_that_ended_elsewhere_asks_to_sign_in_again_and_loses_nothing",
    # Memory
    "a chip with Undo": "test_what_is_remembered_is_undone_in_one_tab_and_every_tab_says_so",
    "failures too": "test_a_failure_is_told_with_its_reason",
    "old and new text": "test_an_update_shows_both_texts_and_undo_brings_the_old_one_back",
    "still there after a reload": "test_what_is_learned_late_appears_in_every_tab_and_after_a_reload",
    "memories used: exactly those": "test_exactly_what_stood_in_the_prompt_is_recorded",
    "memories used, with what one can do": (
        "test_a_used_memory_is_called_not_relevant_forgotten_and_had_back_in_place"
    ),
    "the manager: list, search, filter, add": "test_memories_are_added_searched_and_filtered",
    "search by words and meaning": "test_search_finds_by_words_and_by_meaning_best_first",
    "edit": "test_an_edit_keeps_the_old_text_as_history",
    "pin": "test_pinning_and_unpinning",
    "expiry": "test_changing_only_what_is_around_the_text_makes_no_new_version",
    "history": "test_the_history_shows_what_was_said_before_and_brings_it_back",
    "delete all, typed": "test_everything_is_forgotten_after_a_typed_word_and_can_be_had_back",
    "the message it came from, last used": "test_a_memory_says_in_which_thread_it_was_said_and_how_often_it_was_used",
    "export and import": "test_memories_are_taken_along_to_another_account",
    "off": "test_memory_is_switched_off_where_replies_are_written_and_on_again",
    "neither read nor written": "test_a_thread_without_memory_neither_reads_nor_writes",
    "deleting a thread offers to forget": "test_deleting_a_thread_forgets_what_is_chosen_of_what_it_taught",
    "temporary threads": "test_a_temporary_thread_says_so_all_the_time_is_in_no_list_and_can_be_kept",
    # For everyone
    "announcements": "test_a_screen_reader_is_told_how_a_reply_comes_along",
    "axe, 320 px, 200 %, right to left": "test_pages_without_arguments",
    "both themes": "test_a_chosen_theme_is_as_readable_as_the_systems",
    "skip links, keyboard": "test_everything_is_within_reach_of_the_keyboard",
    "targets of 24 px": "test_pages_of_a_thread",
    "the focus is never under the composer": "test_focus_is_never_out_of_sight",
    "reduced motion": "test_with_reduced_motion_nothing_moves_for_long",
    "forced colours": "test_with_forced_colours_controls_keep_their_outlines_and_the_focus_is_seen",
    "shortcuts are listed": "test_everything_is_within_reach_of_the_keyboard",
    "shortcuts can be turned off": "test_shortcuts_can_be_turned_off",
    "without scripts: sign in, read, send": "test_signing_in_reading_and_sending_work_without_scripts",
    "without scripts: memories and export": "test_memories_are_looked_after_without_scripts",
}
"""What is expected, and the test that proves it. Besides, no test of a browser passes with anything in its console."""


def test_every_expectation_has_a_test():
    tests = set()
    for file in TESTS.rglob("test_*.py"):
        tests |= set(re.findall(r"def (test_\w+)", file.read_text()))
    assert not set(PROVEN_BY.values()) - tests


async def test_the_composer_grows_to_a_cap_and_then_scrolls(alice: Person, chat_of: Callable[..., Any]):
    chat: Chat = await chat_of(alice)
    heights = []
    for lines in (1, 4, 8, 200):
        await chat.composer.fill("\n".join(["line"] * lines))
        heights.append(await chat.composer.evaluate("element => element.clientHeight"))
    assert heights[0] < heights[1] < heights[2] <= heights[3] <= 320
    assert await chat.composer.evaluate("element => element.scrollHeight > element.clientHeight")
    await chat.composer.fill("")
    assert await chat.composer.evaluate("element => element.clientHeight") == heights[0]


async def test_ones_own_message_is_there_at_once(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    waits = []
    for number in range(3):
        await chat.composer.fill(f"Message {number}")
        await chat.page.evaluate(
            """() => {
                const start = () => { window.sent = performance.now(); };
                addEventListener("keydown", start, { capture: true, once: true });
                new MutationObserver((_, observer) => requestAnimationFrame(() => {
                    window.shown = performance.now();
                    observer.disconnect();
                })).observe(document.querySelector("#messages"), { childList: true });
            }"""
        )
        await chat.composer.press("Enter")
        await chat.replied()
        waits.append(await chat.page.evaluate("window.shown - window.sent"))
    assert statistics.median(waits) < 200


async def test_a_screen_reader_is_told_how_a_reply_comes_along(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="word " * 90 + "end.", interval=0.1)
    chat: Chat = await chat_of(alice)
    announcer = chat.page.locator("#announcer")
    await expect(announcer).to_have_role("status")
    await chat.page.evaluate(
        """() => {
            window.said = [];
            const status = document.getElementById("announcer");
            new MutationObserver(() => status.textContent && window.said.push(status.textContent))
                .observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    await chat.say("Hello")
    await expect(chat.reply_text).to_contain_text("word")
    # The messages themselves would be read out piece by piece.
    assert await chat.page.locator("#thread-scroll [aria-live], #thread-scroll [role=status], [role=log]").count() == 0
    await chat.replied()
    await expect(announcer).to_contain_text("end.")
    said: list[str] = await chat.page.evaluate("window.said")
    assert said[0] == "Replying"
    assert "Still writing" in said[1:-1]
    assert said[-1].startswith("Reply: word word")
    assert len([one for one in said if one.startswith("Reply:")]) == 1


async def test_code_scrolls_inside_itself_and_by_keyboard(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    provider.script(reply="```python\n" + "x = 1; " * 80 + "\n```\n")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    code = chat.reply.locator("pre")
    assert await code.evaluate("element => element.scrollWidth > element.clientWidth")
    await code.focus()
    await expect(code).to_be_focused()
    for _ in range(3):
        await chat.page.keyboard.press("ArrowRight")
    await chat.page.wait_for_timeout(500)
    assert await code.evaluate("element => element.scrollLeft") > 0
    assert await chat.messages.evaluate("region => region.scrollLeft") == 0


async def test_every_page_has_a_title_of_its_own(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any]
):
    chat: Chat = await chat_of(alice)
    titles = {await chat.page.title()}
    await chat.ask("Trams of Lisbon")
    titles.add(await chat.page.title())
    assert "Trams of Lisbon · memchat" in titles
    paths = ["/memories/", "/memories/add/", "/memories/settings/", "/accounts/data/", "/search/", "/usage/"]
    for path in paths:
        await chat.page.goto(path)
        titles.add(await chat.page.title())
    assert len(titles) == len(paths) + 2
    assert all(re.fullmatch(r"\S.* · memchat", title) for title in titles)


async def test_without_a_model_staff_read_what_to_set_and_others_whom_to_ask_on_accessible_pages(
    offline_site: Site, newcomer: Callable[[Site], Person], chat_of: Callable[..., Any]
):
    person, staff = newcomer(offline_site), newcomer(offline_site)
    offline_site.manage(
        "shell",
        "-v0",
        "-c",
        f"from memchat.users.models import User; User.objects.filter(username={staff.name!r}).update(is_staff=True)",
    )
    chat: Chat = await chat_of(person)
    await expect(chat.page.get_by_text("No language model is connected yet.")).to_be_visible()
    await expect(chat.page.get_by_text("Ask your administrator to connect one.")).to_be_visible()
    await expect(chat.page.get_by_text("ANTHROPIC_API_KEY")).to_have_count(0)
    assert not await violations(chat.page)
    await chat.ask("Remember: my name is Bob")
    chat = await chat_of(staff)
    await expect(chat.page.get_by_text("ANTHROPIC_API_KEY")).to_be_visible()
    assert not await violations(chat.page)


async def test_a_lost_connection_says_so_and_comes_back_at_once(
    alice: Person, provider: FakeProvidersProcess, chat_of: Callable[..., Any], windows: Windows
):
    windows.allow("ERR_INTERNET_DISCONNECTED")
    chat: Chat = await chat_of(alice)
    await chat.ask("Hello")
    await chat.page.context.set_offline(True)
    banner = chat.page.locator("#banner")
    await expect(banner).to_contain_text("You are offline.")
    await chat.page.wait_for_timeout(3_000)
    await chat.page.context.set_offline(False)
    await expect(banner).to_be_hidden(timeout=4_000)
    await chat.ask("Hello again")


async def test_a_connection_that_hangs_when_the_network_goes_is_said_to_be_lost(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    page: Page = await page_of(alice, "/memories/")
    await page.context.add_init_script(
        "window.WebSocket = class extends EventTarget { static CONNECTING = 0; readyState = 0; close() {} };"
    )
    await page.goto("/")
    await expect(page.locator("#composer")).to_be_visible()
    await page.context.set_offline(True)
    await expect(page.locator("#banner")).to_contain_text("You are offline.", timeout=5_000)


async def test_the_waits_between_attempts_grow_and_differ(
    alice: Person, provider: FakeProvidersProcess, page_of: Callable[..., Any]
):
    """No server is asked to be away: the page's own sockets are counted, each of which fails."""
    page: Page = await page_of(alice, "/memories/")
    await page.context.add_init_script(
        """window.attempts = [];
        window.WebSocket = class extends EventTarget {
            static CONNECTING = 0;
            constructor() {
                super();
                window.attempts.push(performance.now());
                setTimeout(() => this.onclose({ code: 1006 }), 5);
            }
            close() {}
        };"""
    )
    await page.goto("/")
    await expect(page.locator("#banner")).to_contain_text("The connection was lost.")
    attempts: list[float] = []
    while len(attempts) < 5:
        await page.wait_for_timeout(200)
        attempts = await page.evaluate("window.attempts")
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    for number, wait in enumerate(waits[:4]):
        assert 250 * 2**number <= wait <= 500 * 2**number + 400, waits
    assert len({round(wait / 2**number) for number, wait in enumerate(waits)}) > 1
