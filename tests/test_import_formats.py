"""What is read of the files that ChatGPT and Claude hand out, and of files that pretend to be such."""

from __future__ import annotations

import io
import json
import random
import struct
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import ijson
import psutil
import pytest

from conversations.imports import documents, statements
from conversations.imports.errors import ImportProblem
from conversations.imports.found import MESSAGE_MAX_CHARS, FoundMemory, FoundThread, FoundVersion, Unreadable
from conversations.imports.gathered import Gathered
from conversations.imports.reading import Reading
from memories.exchange.entries import Entry, packed, unpacked
from tests.exports import BASE, chatgpt, claude, claude_message, node, simple_chatgpt, simple_claude, zipped

LIMIT = 100 * 1024 * 1024


def read(content: Any, limit: int = LIMIT) -> list[Any]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(Reading(io.BytesIO(data), len(data), max_bytes=limit))


def thread(content: Any) -> FoundThread:
    found = [one for one in read([content]) if isinstance(one, FoundThread)]
    assert len(found) == 1
    return found[0]


def said(found: FoundThread) -> list[tuple[str, str]]:
    """The branch that is shown, oldest first."""
    by_key = {message.key: message for message in found.messages}
    branch, key = [], found.head
    while key is not None:
        branch.append((by_key[key].role, by_key[key].text))
        key = by_key[key].parent
    return branch[::-1]


def problem(content: Any, **how: Any) -> str:
    with pytest.raises(ImportProblem) as raised:
        read(content, **how)
    return raised.value.kind


# --- ChatGPT ---------------------------------------------------------------------------------------------------------


def test_a_chatgpt_conversation_is_read_with_title_dates_and_model():
    found = thread(simple_chatgpt())
    assert (found.source, found.key, found.title) == ("chatgpt", "c-1", "Lisbon")
    assert found.created_at == datetime.fromtimestamp(BASE, UTC)
    assert found.active_at == datetime.fromtimestamp(BASE + 500, UTC)
    assert said(found) == [("user", "Lisbon: question 0?"), ("assistant", "Lisbon: **answer** 0.")]
    assert [message.model_name for message in found.messages] == ["", "ChatGPT · gpt-4o"]


def test_the_branch_that_was_shown_is_the_head_and_the_others_are_kept():
    found = thread(
        chatgpt(
            node("root", None),
            node("q", "root", "user", "Where to?"),
            node("old", "q", "assistant", "To Porto."),
            node("q-old", "old", "user", "Why there?"),
            node("new", "q", "assistant", "To Lisbon."),
            current="new",
        )
    )
    assert said(found) == [("user", "Where to?"), ("assistant", "To Lisbon.")]
    assert {message.text: message.parent for message in found.messages} == {
        "Where to?": None,
        "To Porto.": "q",
        "To Lisbon.": "q",
        "Why there?": "old",
    }


def test_steps_tools_thoughts_and_hidden_messages_are_left_out_and_the_reply_around_them_is_one():
    hidden = {"is_visually_hidden_from_conversation": True}
    found = thread(
        chatgpt(
            node("root", None),
            node("ctx", "root", "user", {"content_type": "user_editable_context", "user_profile": "I am Bob"}),
            node("hid", "ctx", "user", "Secretly", metadata=hidden),
            node("q", "hid", "user", "Plot this."),
            node("say", "q", "assistant", "Let me see."),
            node("think", "say", "assistant", {"content_type": "thoughts", "thoughts": [{"content": "Hm"}]}),
            node("code", "think", "assistant", {"content_type": "code", "text": "plot()"}, recipient="python"),
            node("out", "code", "tool", {"content_type": "execution_output", "text": "42"}),
            node("done", "out", "assistant", "It rises.\ue200cite\ue202turn0search1\ue201 Always【12†source】."),
        )
    )
    assert said(found) == [("user", "Plot this."), ("assistant", "Let me see.\n\nIt rises. Always.")]


def test_pictures_and_files_leave_a_note_and_the_words_beside_them_stay():
    content = {"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}, "What is this?"]}
    attachments = [{"name": "cat.png", "mime_type": "image/png"}, {"name": "notes.pdf", "mime_type": "application/pdf"}]
    spoken = {"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "Meow?"}]}
    drawn = {"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}]}
    found = thread(
        chatgpt(
            node("q", None, "user", content, metadata={"attachments": attachments}),
            node("a", "q", "assistant", "A cat."),
            node("q2", "a", "user", spoken),
            node("draw", "q2", "tool", drawn),
        )
    )
    assert said(found) == [
        ("user", "[notes.pdf]\n\n[image]\n\nWhat is this?"),
        ("assistant", "A cat."),
        ("user", "Meow?"),
        ("assistant", "[image]"),
    ]


def test_an_export_that_names_only_children_and_no_current_node_is_read_too():
    item = simple_chatgpt(turns=2)
    for key, one in item["mapping"].items():
        one["children"] = [other for other, child in item["mapping"].items() if child.get("parent") == key]
    for one in item["mapping"].values():
        del one["parent"]
    del item["current_node"], item["conversation_id"]
    found = thread(item)
    assert [text for _, text in said(found)][-1] == "Lisbon: **answer** 1."
    assert found.key == "c-1"


def test_a_circle_of_nodes_ends():
    found = read([chatgpt(node("a", "b", "user", "One"), node("b", "a", "assistant", "Two"))])
    assert [one.messages for one in found] == [[]]


def test_a_conversation_of_ten_thousand_messages_is_read():
    assert len(said(thread(simple_chatgpt(turns=5_000)))) == 10_000


def test_what_chatgpt_had_remembered_is_found_in_the_conversations_that_carry_it():
    context = {
        "content_type": "model_editable_context",
        "model_set_context": "1. [2024-05-01]. User's name is Bob.\n\n2. [2024-06-02]. User likes tea.",
    }
    found = thread(
        chatgpt(
            node("ctx", None, "assistant", context),
            node("q", "ctx", "user", "I moved to Oslo"),
            node("bio", "q", "assistant", "User lives in Oslo.", recipient="bio"),
            node("upd", "bio", "tool", "Model set context updated."),
            node("a", "upd", "assistant", "Noted."),
        )
    )
    assert found.memories == [
        FoundMemory("User's name is Bob.", date(2024, 5, 1)),
        FoundMemory("User likes tea.", date(2024, 6, 2)),
        FoundMemory("User lives in Oslo.", date(2023, 11, 14)),
    ]
    assert said(found) == [("user", "I moved to Oslo"), ("assistant", "Noted.")]


# --- Claude ----------------------------------------------------------------------------------------------------------


def test_a_claude_conversation_is_read_with_title_and_dates():
    found = thread(simple_claude())
    assert (found.source, found.key, found.title) == ("claude", "d-1", "A clause")
    assert found.created_at == datetime(2025, 2, 3, 10, tzinfo=UTC)
    assert found.active_at == datetime(2025, 2, 4, 11, tzinfo=UTC)
    assert said(found) == [("user", "A clause: what is it?"), ("assistant", "A clause: it is *that*.")]


def test_of_claudes_blocks_only_the_words_are_kept():
    blocks = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Before."},
        {"type": "tool_use", "name": "artifacts", "input": {"content": "a whole document"}},
        {"type": "tool_result", "content": [{"type": "text", "text": "OK"}]},
        {"type": "text", "text": "After."},
    ]
    pasted = [
        {"file_name": "", "extracted_content": "What I pasted."},
        {"file_name": "deed.pdf", "extracted_content": "…"},
    ]
    found = thread(
        claude(
            claude_message("1", "human", "Read this.", attachments=pasted, files=[{"file_name": "photo.jpg"}]),
            claude_message("2", "assistant", "Before. This block is not supported.", content=blocks),
            claude_message("3", "human", "", content=[]),
        )
    )
    assert said(found) == [
        ("user", "What I pasted.\n\n[deed.pdf]\n\n[photo.jpg]\n\nRead this."),
        ("assistant", "Before.\n\nAfter."),
    ]


def test_where_a_document_was_written_beside_the_conversation_its_name_stands():
    blocks = [
        {"type": "text", "text": "Here it is."},
        {"type": "tool_use", "name": "artifacts", "input": {"command": "create", "title": "The deed", "content": "…"}},
        {"type": "tool_use", "name": "artifacts", "input": {"command": "update", "old_str": "a", "new_str": "b"}},
        {"type": "tool_use", "name": "web_search", "input": {"title": "no document"}},
        {"type": "text", "text": "Anything else?"},
    ]
    of_claude = claude(claude_message("1", "human", "Write it."), claude_message("2", "assistant", "", content=blocks))
    written = json.dumps({"name": 'The "deed"', "type": "document", "content": "…"})
    of_chatgpt = chatgpt(
        node("1", None, "user", "Write it."),
        node("2", "1", "assistant", written, recipient="canmore.create_textdoc"),
        node("3", "2", "tool", "Created."),
        node("4", "3", "assistant", '{"updates": []}', recipient="canmore.update_textdoc"),
        node("5", "4", "assistant", "Anything else?"),
    )
    assert said(thread(of_claude))[1] == ("assistant", "Here it is.\n\n[The deed]\n\nAnything else?")
    assert said(thread(of_chatgpt))[1] == ("assistant", '[The "deed"]\n\nAnything else?')


@pytest.mark.parametrize(
    "written", ["", "{", "[]", '{"name": 1}', '{"name": "\\u"}', '{"name": "' + "x" * 500, "[" * 5_000]
)
def test_a_document_without_a_name_spoils_nothing(written):
    found = thread(
        chatgpt(
            node("1", None, "user", "Write it."),
            node("2", "1", "assistant", written, recipient="canmore.create_textdoc"),
            node("3", "2", "assistant", "Done."),
        )
    )
    assert said(found) == [("user", "Write it."), ("assistant", "Done.")]


def test_an_older_claude_export_has_its_words_in_text_alone():
    message = claude_message("1", "human", "Hello")
    del message["content"]
    assert said(thread(claude(message))) == [("user", "Hello")]


def test_claudes_branches_are_kept_and_the_newest_is_shown():
    root = "00000000-0000-4000-8000-000000000000"
    found = thread(
        claude(
            claude_message("1", "human", "Hello", parent_message_uuid=root),
            claude_message("2", "assistant", "Old", parent_message_uuid="1"),
            claude_message("3", "assistant", "New", parent_message_uuid="1"),
        )
    )
    assert said(found) == [("user", "Hello"), ("assistant", "New")]
    assert len(found.messages) == 3


@pytest.mark.parametrize("in_a_list", [True, False])
def test_what_claude_remembers_is_taken_apart_into_statements(in_a_list):
    text = "**Work context**\n\nBob builds bridges in Oslo.\n\n- Likes tea\n- [2025-01-02] - Has a dog"
    summary = {"conversations_memory": text, "project_memories": {"p-1": "Writes a book."}, "account_uuid": "a-1"}
    found = read(zipped(conversations=[simple_claude()], memories=[summary] if in_a_list else summary))
    assert [one for one in found if isinstance(one, FoundMemory)] == [
        FoundMemory("Bob builds bridges in Oslo."),
        FoundMemory("Likes tea"),
        FoundMemory("Has a dog", date(2025, 1, 2)),
        FoundMemory("Writes a book."),
    ]


def test_a_long_paragraph_becomes_several_statements_cut_at_sentences():
    found = statements.in_text("I build bridges. " * 200)
    assert len(found) > 2
    assert all(len(one.text) <= statements.LONGEST and one.text.endswith("bridges.") for one in found)


@pytest.mark.parametrize(
    "listed",
    [
        [{"content": "Likes tea", "created_at": "2024-05-01T00:00:00Z"}],
        {"memories": [{"text": "Likes tea", "created_at": BASE}]},
        ["Likes tea"],
    ],
)
def test_lists_of_memories_are_read_whatever_their_shape(listed):
    assert [one.text for one in read(zipped(memories=listed))] == ["Likes tea"]


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_zip_a_split_export_and_a_bare_json_file_give_the_same():
    whole = [simple_chatgpt(f"c-{n}", f"Number {n}") for n in range(4)]
    split = zipped(
        {
            "export/conversations-000.json": whole[:2],
            "export/conversations-001.json": whole[2:],
            "export/user.json": {"id": "u-1"},
            "export/chat.html": b"<html>",
            "__MACOSX/export/._conversations-000.json": b"junk",
        }
    )
    bare = json.dumps(whole).encode()
    titles = [f"Number {n}" for n in range(4)]
    for content in (bare, b"\xef\xbb\xbf" + bare, zipped(conversations=whole), split):
        assert [one.title for one in read(content)] == titles
    assert [one.title for one in read(whole[0])] == ["Number 0"]


def test_both_backends_of_the_parser_read_alike(monkeypatch):
    content = [simple_chatgpt(title="Grüße 😀"), simple_claude()]
    fast = [said(one) for one in read(content)]
    monkeypatch.setattr(ijson, "basic_parse", documents._PATIENT.basic_parse)
    assert [said(one) for one in read(content)] == fast


def test_a_number_larger_than_a_machines_spoils_nothing():
    items = [simple_chatgpt("c-1", "One"), {**simple_chatgpt("c-2", "Two"), "serial": 10**30}, simple_claude()]
    assert [one.title for one in read(items)] == ["One", "Two", "A clause"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "not_an_export"),
        (b"Dear diary", "not_an_export"),
        (b"%PDF-1.7", "not_an_export"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (zipped({"notes.txt": b"hello"}), "nothing_found"),
        (zipped(conversations=b"[{"), "damaged"),
        (zipped(conversations=b""), "damaged"),
        (b"[1] and more", "damaged"),
        (b"[" * 5_000, "damaged"),
        (b'[{"mapping": ' + b'{"a":' * 500 + b"1" + b"}" * 501 + b"]", "damaged"),
        (b"[NaN]", "damaged"),
        (b'["\xff\xfe"]', "damaged"),
        (b"[" + b"9" * 10_000 + b"]", "damaged"),
        (b"[" + b"1," * 100_001 + b"1]", "too_many_entries"),
    ],
)
def test_what_is_no_export_is_refused_with_its_reason(content, kind):
    assert problem(content) == kind


def test_a_zip_cut_short_is_damaged():
    whole = zipped(conversations=[simple_chatgpt(turns=50)])
    assert problem(whole[: len(whole) // 2]) == "damaged"
    middle = bytearray(whole)
    middle[200:260] = bytes(60)
    assert problem(bytes(middle)) == "damaged"


def test_a_zip_with_a_password_says_so():
    content = bytearray(zipped(conversations=[]))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert problem(bytes(content)) == "encrypted"


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped(conversations=b"[" + b" " * 20_000_000 + b"]")
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert problem(bomb) == "too_large"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_what_unpacks_to_more_than_the_limit_is_refused():
    random.seed(1)
    noise = json.dumps([random.random() for _ in range(20_000)]).encode()
    assert problem(zipped(conversations=noise), limit=100_000) == "too_large"


def test_a_zip_that_lies_about_its_sizes_is_damaged():
    content = bytearray(zipped(conversations=[simple_chatgpt(turns=50)]))
    at = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 100)
    assert problem(bytes(content)) == "damaged"


def test_a_zip_with_too_many_files_is_refused_by_the_length_of_its_list():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(51_000):
            archive.writestr(f"file-{number}.png", b"")
    assert problem(buffer.getvalue()) == "too_many_files"


def test_names_in_a_zip_lead_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../conversations.json", json.dumps([simple_chatgpt()]))
        archive.writestr("/etc/conversations/x.json", json.dumps([simple_claude()]))
    assert len(read(buffer.getvalue())) == 2
    assert not list(tmp_path.iterdir())


# --- Hostile contents ------------------------------------------------------------------------------------------------


def test_text_that_cannot_be_stored_is_made_storable():
    raw = json.dumps([simple_chatgpt(title="x")]).replace("question", "a\\u0000b\\ud800c").encode()
    found = read(raw)[0]
    for one in [found.title, *(message.text for message in found.messages)]:
        assert "\x00" not in one
        one.encode()


A_REPLY_THAT_BROKE_OFF = (
    {"role": "user", "text": "Look", "attachments": [{"name": "b.pdf"}]},
    {"role": "assistant", "text": "I", "state": "failed", "stop_reason": "refusal", "error_kind": "refused"},
)


@pytest.mark.parametrize("junk", [None, 1, True, "text", [], {}, [[]], {"a": {}}, 1.5e300])
def test_wrong_types_anywhere_never_raise(junk):
    for template in (simple_chatgpt(), simple_claude(), own(*A_REPLY_THAT_BROKE_OFF)):
        for path in list(paths(template)):
            item = json.loads(json.dumps(template))
            target = item
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = junk
            for one in read([item, simple_claude("other", "Other")]):
                assert isinstance(one, FoundThread | FoundMemory | Unreadable)
                assert not isinstance(one, FoundThread) or whole(one)


def paths(value: Any, before: tuple[Any, ...] = ()) -> Any:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*before, key)
        yield from paths(child, (*before, key))


def whole(found: FoundThread) -> bool:
    """Whether parents come first and the head is there."""
    seen: set[str] = set()
    for message in found.messages:
        assert message.parent is None or message.parent in seen
        assert message.text.strip()
        seen.add(message.key)
    assert found.head is None or found.head in seen
    return True


def test_a_message_longer_than_any_page_can_show_is_cut():
    found = thread(chatgpt(node("q", None, "user", "word " * 100_000)))
    assert len(found.messages[0].text) <= MESSAGE_MAX_CHARS
    assert found.messages[0].text.endswith("[…]")


def test_dates_that_cannot_be_are_left_out():
    found = thread({**simple_chatgpt(), "create_time": 1e18, "update_time": "yesterday"})
    assert found.created_at is None
    assert found.active_at is None


def test_one_conversation_too_large_to_hold_is_skipped_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(documents, "HEAVIEST_ENTRY", 100_000)
    found = read([simple_chatgpt(turns=500), simple_claude()])
    assert [type(one) for one in found] == [Unreadable, FoundThread]


def test_a_string_without_an_end_is_not_gathered(monkeypatch):
    monkeypatch.setattr(documents, "LONGEST_TOKEN", 1_000_000)
    assert problem(b'["' + b"x" * 3_000_000 + b'"]') == "too_large"


def test_a_large_file_is_never_in_memory_whole():
    """Twenty megabytes, read with a few."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.part = (json.dumps(simple_chatgpt(title="A title of some length " * 20, turns=200)) + ",").encode()
            self.size = 1 + 75 * len(self.part) + 1
            self.at = 0

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset
            return self.at

        def read(self, size: int = -1) -> bytes:
            start = self.at
            if start >= self.size:
                return b""
            if start == 0:
                self.at = 1
                return b"["
            if start == self.size - 1:
                self.at += 1
                return b"]"
            inside = (start - 1) % len(self.part)
            piece = self.part[inside : inside + size]
            if start + len(piece) == self.size - 1:
                self.at += len(piece)
                return piece[:-1] + b" "
            self.at += len(piece)
            return piece

    file = Endless()
    assert file.size > 20_000_000
    memory = psutil.Process().memory_info
    before = memory().rss
    sizes = [memory().rss for one in Reading(file, file.size, max_bytes=LIMIT) if isinstance(one, FoundThread)]
    assert len(sizes) == 75
    assert max(sizes) - before < 10_000_000


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({}, 1),
        ({"expires_at": "2020-01-01T00:00:00+00:00"}, 0),
        ({"expires_at": "8000-01-01T00:00:00+00:00"}, 1),
        ({"ending": "forgotten"}, 0),
        ({"item": {"value": {"n": 1}}}, 0),
    ],
)
def test_what_is_over_or_data_of_a_program_is_no_statement(more, count):
    assert len(statements.in_entry({"text": "I am in Lisbon", **more})) == count


# --- memchat's own ---------------------------------------------------------------------------------------------------


def own_memory(text: str, **more: Any) -> dict[str, Any]:
    return {"namespace": "memories", "text": text, "category": "fact", "origin": "written", "ending": "", **more}


def gathered(content: Any) -> list[Entry]:
    found = Gathered()
    for one in read(content):
        if isinstance(one, FoundVersion):
            found.add_version(one)
        else:
            found.add([one])
    return found.entries()


def test_ones_own_memories_bring_what_they_said_before_and_nothing_that_programs_keep():
    old = {"key": "a", "ending": "superseded"}
    listed = [
        own_memory("I live in Graz", created_at="2024-01-01", ended_at="2024-02-01", **old),
        own_memory("I live in Linz", created_at="2024-02-01", ended_at="2024-03-01", **old),
        own_memory("I sing", key="b", ending="forgotten"),
        own_memory("42", key="c", item={"value": {"n": 42}}),
        own_memory("I live in Wien", key="a", pinned=True),
    ]
    file = {"format": "memchat-memories", "version": 2, "memories": [listed[1], *listed[2:], listed[0]]}
    (entry,) = gathered(zipped(memories=file))
    assert (entry.text, entry.pinned, entry.category) == ("I live in Wien", True, "fact")
    assert [version.text for version in entry.history] == ["I live in Graz", "I live in Linz"]


@pytest.mark.parametrize("junk", [None, 1, True, "text", [], {}, [[]], {"a": {}}, 1.5e300])
def test_wrong_types_in_ones_own_memories_never_raise(junk):
    times = dict.fromkeys(("created_at", "ended_at", "valid_from", "expires_at"), "2024-01-01T00:00:00+00:00")
    row = own_memory("I live in Graz", key="a", pinned=True, supersedes=1, **times)
    for ending in ("", "superseded"):
        for name in row:
            listed = [{**row, "ending": ending, name: junk}, own_memory("I live in Wien", key="a")]
            for one in gathered(zipped(memories=listed)):
                assert packed(unpacked(packed(one))) == packed(one)


def own(*messages: dict[str, Any]) -> dict[str, Any]:
    """A thread as this site exports it, each message after the one before it."""
    rows = [{"id": f"m{at}", "parent": f"m{at - 1}" if at else None, **one} for at, one in enumerate(messages)]
    return {"thread": {"id": "t-1", "title": "A contract", "head": rows[-1]["id"]}, "messages": rows}


def test_files_of_ones_own_export_leave_their_names_with_and_without_words_beside_them():
    found = thread(
        own(
            {"role": "user", "text": "", "attachments": [{"name": "contract.pdf"}, {"name": "plan.png"}]},
            {"role": "assistant", "text": "The contract says three months."},
            {"role": "user", "text": "And this one?", "attachments": [{"name": "b.pdf"}]},
        )
    )
    assert said(found) == [
        ("user", "[contract.pdf]\n\n[plan.png]"),
        ("assistant", "The contract says three months."),
        ("user", "[b.pdf]\n\nAnd this one?"),
    ]
    assert whole(found)


@pytest.mark.parametrize(
    ("row", "ended"),
    [
        ({"state": "complete", "stop_reason": "end"}, ("complete", "end", "")),
        ({"state": "complete", "stop_reason": "length"}, ("complete", "length", "")),
        ({"state": "stopped"}, ("stopped", "", "")),
        ({"state": "interrupted", "error_kind": "server_stopped"}, ("interrupted", "", "server_stopped")),
        ({"state": "streaming"}, ("interrupted", "", "")),
        ({"state": "failed", "stop_reason": "refusal", "error_kind": "refused"}, ("failed", "refusal", "refused")),
        ({"state": "complete", "error_kind": "refused"}, ("failed", "", "refused")),
        ({"state": "no such state", "stop_reason": "x" * 99, "error_kind": "no such kind"}, ("complete", "", "")),
        ({"state": ["failed"], "stop_reason": {}, "error_kind": 7}, ("complete", "", "")),
    ],
)
def test_a_reply_of_ones_own_export_ends_as_it_ended(row, ended):
    found = thread(own({"role": "user", "text": "Hello", **row}, {"role": "assistant", "text": "I", **row}))
    question, reply = found.messages
    assert (question.state, question.stop_reason, question.error_kind) == ("complete", "", "")
    assert (reply.state, reply.stop_reason, reply.error_kind) == ended
