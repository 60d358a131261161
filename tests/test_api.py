"""The API for programs: what pages and socket can do, by token, with errors that programs can go by."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import shlex
import uuid
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from psycopg.errors import DiskFull
from psycopg_pool import ConnectionPool, PoolTimeout

from conversations.attachments.errors import wording
from conversations.models import Message, State, Thread
from conversations.turns import accepting, claims, ending
from conversations.turns.ending import Ending
from conversations.turns.hub import hub
from conversations.turns.preparation import note_start, prepare
from memchat import room, wall
from memchat.api import completions, events
from memchat.api.errors import STATUS
from memchat.management.commands import chat
from memchat.users import tokens
from memchat.users.models import AccessToken, Scope, User
from memories.items.values import Kept
from memories.models import Memory, Origin, Proposal
from memories.writing import bring, remember
from tests.files import picture
from tests.live.site import ROOT

pytestmark = pytest.mark.django_db


class Program:
    """Something that has a token of somebody."""

    def __init__(self, user: User | None, *scopes: str) -> None:
        self._client = Client()
        self._token = tokens.make(user, "program", scopes or Scope.values)[1] if user else ""

    def __call__(self, method: str, path: str, sent: Any = None, **headers: str) -> Any:
        body = sent if isinstance(sent, bytes) else b"" if sent is None else json.dumps(sent).encode()
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return self._client.generic(method, f"/api/v1{path}", body, "application/json", headers=headers)

    def attach(self, data: bytes, name: str = "notes.txt", field: str = "file") -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._client.post("/api/v1/attachments", {field: SimpleUploadedFile(name, data)}, headers=headers)


@pytest.fixture
def hers(alice: User) -> Program:
    return Program(alice)


@pytest.fixture
def his(bob: User) -> Program:
    return Program(bob)


def told(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json()


def refused(response: Any, status: int, code: str) -> Any:
    error = told(response, status)["error"]
    assert error["code"] == code, error
    assert error["message"]
    return error


def end(message_id: str, text: str = "Well.", **how: Any) -> None:
    """As if its run had written it."""
    run = Message.objects.get(pk=message_id).run
    claim = claims.claim_next(run.thread_id, "here")
    assert claim
    ending.finish(claim, Ending(how.pop("state", State.COMPLETE), text, **how))


def said(program: Program, text: str = "Hello", **more: Any) -> Any:
    return told(program("POST", "/messages", {"text": text, **more}), 202)


# --- Who is let in -------------------------------------------------------------------------------------------------


def test_without_a_token_nobody_is_let_in_whatever_cookie_they_have(alice: User) -> None:
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    for header in ({}, {"Authorization": "Bearer memchat_" + "x" * 43}, {"Authorization": "Basic YTpi"}):
        response = client.get("/api/v1/threads", headers=header)
        refused(response, 401, "not_signed_in")
        assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_does_what_its_scopes_say_and_nothing_else(alice: User) -> None:
    reader = Program(alice, "threads:read")
    told(reader("GET", "/threads"))
    assert "threads:write" in refused(reader("POST", "/messages", {"text": "Hi"}), 403, "missing_scope")["message"]
    refused(reader("GET", "/memories"), 403, "missing_scope")
    refused(reader("GET", "/account/export"), 403, "missing_scope")


def test_answers_are_kept_by_nobody(hers: Program) -> None:
    assert "no-store" in hers("GET", "/threads")["Cache-Control"]


# --- Threads -------------------------------------------------------------------------------------------------------


def test_threads_are_listed_page_by_page(hers: Program, alice: User, bob: User) -> None:
    now = timezone.now()
    for number in range(5):
        Thread.objects.create(user=alice, title=f"{number}", active_at=now - timedelta(minutes=number // 2))
    Thread.objects.create(user=bob, title="his")
    seen, cursor = [], ""
    while True:
        page = told(hers("GET", f"/threads?limit=2&cursor={cursor}"))
        seen += [one["title"] for one in page["items"]]
        if not (cursor := page["next"]):
            break
    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert {*seen[:2]} == {"0", "1"}


def test_a_thread_is_begun_arranged_and_deleted(hers: Program) -> None:
    thread = told(hers("POST", "/threads", {"title": "  A   plan "}), 201)
    assert (thread["title"], thread["head"]) == ("A plan", None)
    path = f"/threads/{thread['id']}"
    changed = told(
        hers("PATCH", path, {"title": "Plans", "pinned": True, "tags": ["a", "A", "b"], "memory_mode": "read"})
    )
    assert (changed["title"], changed["pinned"], changed["tags"]) == ("Plans", True, ["a", "b"])
    assert changed["memory_mode"] == "read"
    assert told(hers("PATCH", path, {"archived": True}))["pinned"] is False
    assert [one["id"] for one in told(hers("GET", "/threads?archived=true"))["items"]] == [thread["id"]]
    assert [one["id"] for one in told(hers("GET", "/threads?tag=b"))["items"]] == [thread["id"]]
    refused(hers("PATCH", path, {"title": " "}), 422, "refused")
    refused(hers("PATCH", path, {"colour": "red"}), 422, "bad_field")
    assert hers("DELETE", path).status_code == 204
    refused(hers("GET", path), 404, "not_found")


def test_a_change_with_a_wrong_part_changes_nothing(hers: Program) -> None:
    path = f"/threads/{told(hers('POST', '/threads', {'title': 'A plan'}), 201)['id']}"
    refused(hers("PATCH", path, {"title": "Plans", "pinned": True, "tags": ["x" * 200]}), 422, "refused")
    unchanged = told(hers("GET", path))
    assert (unchanged["title"], unchanged["pinned"]) == ("A plan", False)


def test_a_temporary_thread_is_in_no_list_until_it_is_kept(hers: Program) -> None:
    thread = told(hers("POST", "/threads", {"temporary": True}), 201)
    assert thread["memory_mode"] == "off"
    assert told(hers("GET", "/threads"))["items"] == []
    refused(hers("PATCH", f"/threads/{thread['id']}", {"memory_mode": "write"}), 422, "refused")
    kept = told(hers("PATCH", f"/threads/{thread['id']}", {"temporary": False, "memory_mode": "write"}))
    assert (kept["temporary"], kept["memory_mode"]) == (False, "write")
    assert len(told(hers("GET", "/threads"))["items"]) == 1


def test_what_was_learned_from_a_thread_is_forgotten_with_it_when_that_is_asked_for(hers: Program, alice: User) -> None:
    thread = Thread.objects.create(user=alice)
    memory = remember(alice, "I keep bees", origin=Origin.LEARNED, source_thread=thread.pk).memory
    weaker = Program(alice, "threads:write")
    refused(weaker("DELETE", f"/threads/{thread.pk}?forget_memories=true"), 403, "missing_scope")
    assert hers("DELETE", f"/threads/{thread.pk}?forget_memories=true").status_code == 204
    memory.refresh_from_db()
    assert memory.ending == "forgotten"


def test_threads_are_searched_and_exported(hers: Program) -> None:
    sent = said(hers, "Where do quokkas live?")
    end(sent["reply"]["id"], "On an island.")
    found = told(hers("GET", "/threads/search?q=quokkas"))["items"]
    assert found[-1]["message"] == sent["message"]["id"]
    assert "quokkas" in found[-1]["snippet"]
    thread = sent["thread"]["id"]
    assert "On an island." in hers("GET", f"/threads/{thread}/export?format=md").content.decode()
    exported = json.loads(hers("GET", f"/threads/{thread}/export").content)
    assert [one["text"] for one in exported["messages"]] == ["Where do quokkas live?", "On an island."]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_a_page_of_what_was_found_has_as_much_as_was_asked_for(hers: Program, limit: int) -> None:
    for number in range(3):
        end(said(hers, f"Where do quokkas live? {number}")["reply"]["id"], "On an island.")
    found: list[Any] = []
    following = ""
    while following is not None:
        page = told(hers("GET", f"/threads/search?q=quokkas&limit={limit}&cursor={following}"))
        found += page["items"]
        assert len(page["items"]) <= limit
        following = page["next"]
    titles = min(3, (limit + 1) // 2)
    assert [one["message"] is None for one in found] == [True] * titles + [False] * 3
    assert len({(one["thread"], one["message"]) for one in found}) == titles + 3


# --- Messages ------------------------------------------------------------------------------------------------------


def test_a_message_is_sent_once_however_often_it_arrives(hers: Program) -> None:
    mine = str(uuid.uuid4())
    first = said(hers, id=mine)
    again = told(hers("POST", "/messages", {"text": "Hello", "id": mine}))
    assert again["again"] is True
    assert [again[name]["id"] for name in ("thread", "message", "reply")] == [
        first[name]["id"] for name in ("thread", "message", "reply")
    ]
    assert Message.objects.count() == 2
    end(first["reply"]["id"], "Hi there.")
    assert told(hers("POST", "/messages", {"text": "Hello", "id": mine}))["reply"]["text"] == "Hi there."


def test_messages_are_listed_from_the_newest_back(hers: Program) -> None:
    sent = said(hers, "One")
    thread = sent["thread"]["id"]
    end(sent["reply"]["id"])
    end(said(hers, "Two", thread=thread)["reply"]["id"], "And two.")
    page = told(hers("GET", f"/threads/{thread}/messages?limit=3"))
    assert [one["text"] for one in page["items"]] == ["Well.", "Two", "And two."]
    older = told(hers("GET", f"/threads/{thread}/messages?limit=3&cursor={page['next']}"))
    assert [one["text"] for one in older["items"]] == ["One"]
    assert older["next"] is None


def test_a_reply_is_stopped_written_anew_and_gone_on_with(hers: Program) -> None:
    sent = said(hers)
    thread, reply = sent["thread"]["id"], sent["reply"]["id"]
    refused(hers("POST", f"/messages/{reply}/retry", {}), 409, "not_ended")
    assert told(hers("POST", f"/messages/{reply}/stop"), 202)["state"] == "stopped"
    another = told(hers("POST", f"/messages/{reply}/retry", {}), 202)["reply"]["id"]
    end(another, "Half a sen", state=State.STOPPED)
    longer = told(hers("POST", f"/messages/{another}/continue", {}), 202)["reply"]["id"]
    end(longer, "Half a sentence.", stop_reason="end")
    refused(hers("POST", f"/messages/{longer}/continue", {}), 409, "has_its_end")
    assert told(hers("GET", f"/messages/{longer}"))["versions"] == {
        "index": 3, "count": 3, "previous": another, "next": None,
    }  # fmt: skip
    edited = told(hers("POST", f"/messages/{sent['message']['id']}/edit", {"text": "Hello again"}), 202)
    end(edited["reply"]["id"])
    shown = told(hers("POST", f"/messages/{sent['message']['id']}/show"))
    assert shown["head"] == longer
    assert told(hers("GET", f"/threads/{thread}"))["head"] == longer


def test_a_version_of_a_message_says_so_however_it_is_told(hers: Program, alice: User) -> None:
    first = said(hers, "First")["reply"]["id"]
    end(first)
    asked = {"id": str(uuid.uuid4())}
    begun = told(hers("POST", f"/messages/{first}/retry", asked), 202)["reply"]
    assert (begun["versions"]["index"], begun["versions"]["count"]) == (2, 2)
    again = told(hers("POST", f"/messages/{first}/retry", asked))["reply"]
    stopped = told(hers("POST", f"/messages/{begun['id']}/stop", {}), 202)
    token = AccessToken.objects.of(alice).get()
    with wall.person(alice.pk):
        looked_up = events._looked_up(token, uuid.UUID(begun["id"]))
    assert looked_up is not None
    assert begun["versions"] == again["versions"] == stopped["versions"] == looked_up[2]["versions"]
    edit = {"id": str(uuid.uuid4()), "text": "Second"}
    question = told(hers("GET", f"/messages/{begun['parent']}"))
    edited = told(hers("POST", f"/messages/{question['id']}/edit", edit), 202)["message"]
    assert told(hers("POST", f"/messages/{question['id']}/edit", edit))["message"]["versions"] == edited["versions"]
    assert edited["versions"]["count"] == 2


def test_an_event_tells_a_message_as_an_answer_does(hers: Program, alice: User) -> None:
    reply = said(hers, "Hello", temporary=True)["reply"]["id"]
    end(reply)
    sent = {"id": str(uuid.uuid4()), "text": "Once more", "thread": told(hers("GET", f"/messages/{reply}"))["thread"]}
    told(hers("POST", "/messages", sent), 202)
    answer = told(hers("POST", "/messages", sent))
    streamed = hers("POST", "/messages", sent, Accept="text/event-stream")

    async def first() -> bytes:
        return await anext(streamed.streaming_content)

    event = json.loads(asyncio.run(first()).decode().partition("data: ")[2])
    assert event == answer


def test_a_model_that_is_named_without_its_provider_is_not_another_one(hers: Program) -> None:
    refused(hers("POST", "/messages", {"text": "Hi", "model": "gpt-small"}), 422, "unknown_provider")
    sent = said(hers, provider="offline", model="offline")
    end(sent["reply"]["id"])
    again = hers("POST", f"/messages/{sent['reply']['id']}/retry", {"model": "gpt-small"})
    refused(again, 422, "unknown_provider")


def test_what_is_wrong_with_a_message_is_said(hers: Program, settings: Any) -> None:
    refused(hers("POST", "/messages", {"text": "  "}), 422, "empty")
    refused(hers("POST", "/messages", {"text": "x" * (settings.MESSAGE_MAX_CHARS + 1)}), 422, "too_long")
    refused(hers("POST", "/messages", {"text": "Hi", "provider": "nobody", "model": "x"}), 422, "unknown_provider")
    refused(hers("POST", "/messages", {"text": "Hi", "thread": str(uuid.uuid4())}), 404, "not_found")
    thread = said(hers)["thread"]["id"]
    said(hers, thread=thread)
    refused(hers("POST", "/messages", {"text": "Third", "thread": thread}), 409, "busy")


def test_files_are_taken_in_sent_and_handed_back(hers: Program, his: Program) -> None:
    notes, image = (
        told(hers.attach(data, name), 201) for data, name in ((b"Oars, rope", "../list.txt"), (picture(), "boat.png"))
    )
    assert (notes["name"], notes["kind"], notes["chars"], notes["cut"]) == ("list.txt", "text", 10, False)
    assert (image["kind"], image["media_type"], image["width"], image["height"]) == ("image", "image/png", 60, 40)
    assert [one["id"] for one in told(hers("GET", "/attachments"))["items"]] == [notes["id"], image["id"]]
    assert told(his("GET", "/attachments"))["items"] == []
    ids = [notes["id"], image["id"]]
    refused(his("POST", "/messages", {"text": "Mine", "attachments": ids}), 422, "attachment_gone")
    message = said(hers, "", attachments=ids)["message"]
    assert message["attachments"] == [notes, image]
    assert told(hers("GET", f"/messages/{message['id']}"))["attachments"] == [notes, image]
    assert told(hers("GET", "/attachments"))["items"] == []
    file = hers("GET", f"/attachments/{notes['id']}")
    assert (file.content, file["Content-Disposition"]) == (b"Oars, rope", 'attachment; filename="list.txt"')
    assert "sandbox" in file["Content-Security-Policy"]
    refused(hers("POST", "/messages", {"text": "Again", "attachments": ids}), 422, "attachment_gone")


def test_another_reply_still_names_the_files_of_its_question(hers: Program) -> None:
    file = told(hers.attach(b"Oars"), 201)
    sent = said(hers, "What is missing?", attachments=[file["id"]])
    end(sent["reply"]["id"])
    again = told(hers("POST", f"/messages/{sent['reply']['id']}/retry", {}), 202)
    assert again["message"]["attachments"] == [file]


def test_a_file_can_be_given_up_until_it_is_sent(hers: Program, his: Program) -> None:
    kept, other = told(hers.attach(b"One"), 201), told(hers.attach(b"Two"), 201)
    refused(his("DELETE", f"/attachments/{other['id']}"), 404, "not_found")
    assert hers("DELETE", f"/attachments/{other['id']}").status_code == 204
    refused(hers("GET", f"/attachments/{other['id']}"), 404, "not_found")
    said(hers, attachments=[kept["id"]])
    refused(hers("DELETE", f"/attachments/{kept['id']}"), 404, "not_found")


def test_what_cannot_be_attached_is_refused_with_a_reason(hers: Program, settings: Any) -> None:
    settings.ATTACHMENT_MAX_MB, settings.ATTACHMENTS_PER_MESSAGE = 1, 2
    for answer, status, code in (
        (hers.attach(bytes(range(256)) * 4, "x.bin"), 422, "binary"),
        (hers.attach(b"PK\x03\x04" + b"x" * 99, "x.docx"), 422, "archive"),
        (hers.attach(b"x" * (1024 * 1024 + 1)), 413, "too_large"),
        (hers.attach(b"x", field="document"), 422, "none"),
        (hers("POST", "/attachments", {"file": "x"}), 422, "none"),
    ):
        assert refused(answer, status, code)["param"] == "file"
    ids = [told(hers.attach(text), 201)["id"] for text in (b"a", b"b", b"c")]
    refused(hers("POST", "/messages", {"text": "", "attachments": ids}), 422, "too_many_attachments")
    refused(hers("POST", "/messages", {"text": "", "attachments": ["x"]}), 422, "bad_field")
    settings.UPLOADS_PER_DAY = 1
    answer = hers.attach(b"d")
    assert int(answer["Retry-After"]) > 0
    refused(answer, 429, "limited")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=é", "multipart/form-data; boundary=b"]
)
def test_a_form_that_is_none_is_told_so(alice: User, kind: str) -> None:
    headers = {"Authorization": f"Bearer {tokens.make(alice, 'program', Scope.values)[1]}"}
    answer = Client().generic("POST", "/api/v1/attachments", b"--b\r\n\r\nx", kind, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["code"] in {"bad_request", "none"}


def test_limits_are_those_of_the_site_and_say_when(hers: Program, settings: Any) -> None:
    settings.MESSAGES_PER_MINUTE = 2
    said(hers)
    told(hers("POST", "/threads", {}), 201)
    for path, sent in (("/messages", {"text": "Hi"}), ("/threads", {})):
        response = hers("POST", path, sent)
        refused(response, 429, "limited")
        assert 0 < int(response["Retry-After"]) <= 60
    assert Message.objects.count() == 2


def test_a_reply_says_what_it_had_to_do_with_memory(hers: Program, alice: User) -> None:
    sent = said(hers, "Remember: my name is Bob")
    claim = claims.claim_next(uuid.UUID(sent["thread"]["id"]), "here")
    prepared = prepare(claim)  # type: ignore[arg-type]
    note_start(claim, prepared)  # type: ignore[arg-type]
    ending.finish(claim, Ending(State.COMPLETE, "Noted."))  # type: ignore[arg-type]
    reply = told(hers("GET", f"/messages/{sent['reply']['id']}"))
    assert [(one["kind"], one["text"]) for one in reply["changes"]] == [("remembered", "my name is Bob")]
    [used] = reply["memories"]
    path = f"/messages/{reply['id']}/memories/{used['id']}"
    assert hers("PUT", path, {"not_relevant": True}).status_code == 204
    assert told(hers("GET", f"/messages/{reply['id']}"))["memories"][0]["not_relevant"] is True


# --- Memories ------------------------------------------------------------------------------------------------------


def add(program: Program, text: str, **more: Any) -> Any:
    return told(program("POST", "/memories", {"text": text, **more}), 201)["memory"]


def test_a_memory_is_added_once_corrected_and_has_its_history(hers: Program) -> None:
    memory = add(hers, "I like tea", pinned=True, category="preference")
    assert (memory["origin"], memory["pinned"], memory["state"]) == ("api", True, "current")
    assert told(hers("POST", "/memories", {"text": "I like tea"}))["kind"] == "known"
    changed = told(hers("PATCH", f"/memories/{memory['id']}", {"text": "I like green tea"}))["memory"]
    assert (changed["supersedes"], changed["pinned"], changed["category"]) == (memory["id"], True, "preference")
    history = told(hers("GET", f"/memories/{changed['id']}/history"))
    assert [(one["text"], one["state"]) for one in history] == [
        ("I like tea", "superseded"), ("I like green tea", "current"),
    ]  # fmt: skip
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    assert told(hers("PATCH", f"/memories/{changed['id']}", {"expires_on": day}))["memory"]["expires_at"]
    assert told(hers("PATCH", f"/memories/{changed['id']}", {"expires_on": None}))["memory"]["expires_at"] is None
    back = told(hers("POST", f"/memories/{memory['id']}/restore"))["memory"]
    assert back["text"] == "I like tea"
    assert told(hers("POST", f"/memories/{back['id']}/take-back"))["memory"]["text"] == "I like green tea"
    refused(hers("PATCH", f"/memories/{memory['id']}", {"pinned": True}), 409, "refused")


@pytest.mark.parametrize("text", ["I play the viola", '{"theme": "light"}'])
def test_what_a_program_corrects_came_through_it_and_was_not_written_by_hand(
    hers: Program, alice: User, text: str
) -> None:
    if text.startswith("{"):
        bring(alice, "memories.plans", "theme", Kept({"theme": "dark"}))
    else:
        remember(alice, "I play the cello", origin=Origin.SAID)
    memory = Memory.objects.of(alice).get().pk
    assert told(hers("PATCH", f"/memories/{memory}", {"text": text}))["memory"]["origin"] == "api"
    assert told(hers("GET", "/memories?origin=written"))["items"] == []


def test_long_data_of_a_program_is_corrected_as_on_its_page(hers: Program, alice: User) -> None:
    data = json.dumps({"steps": ["left"] * 7_000, "pace": "slow"})
    assert len(data) > 40_000
    bring(alice, "memories.plans", "walk", Kept(json.loads(data)))
    walk = Memory.objects.of(alice).get().pk
    corrected = told(hers("PATCH", f"/memories/{walk}", {"text": data.replace("slow", "quick")}))["memory"]
    assert Memory.objects.of(alice).get(pk=corrected["id"]).value["pace"] == "quick"
    refused(hers("PATCH", f"/memories/{corrected['id']}", {"text": data.replace("left", "left" * 2)}), 409, "refused")
    statement = told(hers("POST", "/memories", {"text": "I play the cello"}), 201)["memory"]["id"]
    refused(hers("PATCH", f"/memories/{statement}", {"text": "cello " * 1_000}), 422, "bad_field")


def test_memories_are_listed_narrowed_and_searched(hers: Program, his: Program) -> None:
    first = add(hers, "I play the cello", category="preference")
    second = add(hers, "My sister is called Ann", category="person")
    add(his, "I play the cello too")
    assert [one["id"] for one in told(hers("GET", "/memories"))["items"]] == [second["id"], first["id"]]
    page = told(hers("GET", "/memories?limit=1"))
    assert told(hers("GET", f"/memories?limit=1&cursor={page['next']}"))["items"][0]["id"] == first["id"]
    assert [one["id"] for one in told(hers("GET", "/memories?category=person"))["items"]] == [second["id"]]
    [found, *_] = told(hers("GET", "/memories?q=cello"))["items"]
    assert (found["id"], "words" in found["reasons"]) == (first["id"], True)
    assert told(hers("GET", "/memories?q=cello&category=person"))["items"] == []


def test_memories_are_forgotten_and_had_back_one_by_one_and_together(hers: Program) -> None:
    ids = [add(hers, text)["id"] for text in ("I like tea", "I own a boat", "I keep bees")]
    assert hers("DELETE", f"/memories/{ids[0]}").status_code == 204
    assert hers("DELETE", f"/memories/{ids[0]}").status_code == 204
    assert sorted(told(hers("POST", "/memories/forget", {"ids": ids}))["ids"]) == ids[1:]
    assert told(hers("GET", "/memories"))["items"] == []
    assert len(told(hers("GET", "/memories?state=forgotten"))["items"]) == 3
    assert told(hers("POST", f"/memories/{ids[0]}/undo"))["memory"]["state"] == "current"
    assert told(hers("POST", "/memories/undo", {"ids": ids}))["count"] == 2
    refused(hers("POST", "/memories/forget-all", {"confirm": "yes"}), 422, "bad_field")
    assert told(hers("POST", "/memories/forget-all", {"confirm": "forget"}))["count"] == 3
    assert told(hers("POST", "/memories/undo-all"))["count"] == 3
    hers("DELETE", f"/memories/{ids[1]}")
    refused(hers("POST", f"/memories/{ids[0]}/erase"), 404, "not_found")
    assert hers("POST", f"/memories/{ids[1]}/erase").status_code == 204
    refused(hers("GET", f"/memories/{ids[1]}"), 404, "not_found")
    told(hers("POST", "/memories/forget-all", {"confirm": "forget"}))
    assert hers("POST", "/memories/erase-all", {"confirm": "forget"}).status_code == 204
    assert not Memory.objects.exists()


def test_secrets_and_too_much_are_refused_in_words(hers: Program, settings: Any) -> None:
    refused(hers("POST", "/memories", {"text": "My password is hunter2-Xy9"}), 409, "refused")
    refused(hers("POST", "/memories", {"text": "x" * (settings.MEMORY_MAX_CHARS + 1)}), 422, "bad_field")
    assert (
        refused(hers("POST", "/memories", {"text": "I like tea", "expires_on": "2001-01-01"}), 422, "bad_field")[
            "param"
        ]
        == "expires_on"
    )


def test_proposals_wait_for_a_word(hers: Program, alice: User) -> None:
    for number in (1, 2):
        Proposal.objects.create(
            user=alice, text=f"I am a nun {number}", sensitive="religion", origin="learned", fingerprint=str(number)
        )
    second, first = told(hers("GET", "/memories/proposals"))["items"]
    approved = told(hers("POST", f"/memories/proposals/{first['id']}/approve", {"text": "I was a nun"}))
    assert approved["memory"]["text"] == "I was a nun"
    assert hers("POST", f"/memories/proposals/{second['id']}/reject").status_code == 204
    assert told(hers("GET", "/memories/proposals"))["items"] == []


def test_memories_go_into_a_file_and_back(hers: Program, his: Program) -> None:
    add(hers, "I like tea"), add(hers, "I own a boat")
    response = hers("GET", "/memories/export")
    exported = b"".join(response.streaming_content)
    assert "I own a boat" in b"".join(hers("GET", "/memories/export?format=md").streaming_content).decode()
    add(his, "I like tea")
    look = told(his("POST", "/memories/import/look", exported))
    assert [one["text"] for one in look["new"]] == ["I own a boat"]
    assert [one["text"] for one in look["same"]] == ["I like tea"]
    assert told(his("POST", "/memories/import", exported))["remembered"] == 1
    assert told(his("POST", "/memories/import", exported))["remembered"] == 0
    refused(his("POST", "/memories/import", {"hello": 1}), 422, "bad_file")


# --- The account ---------------------------------------------------------------------------------------------------


def test_the_account_is_seen_and_its_settings_changed(hers: Program, alice: User) -> None:
    shown = told(hers("GET", "/account"))
    assert (shown["username"], shown["memory_on"], shown["token"]["name"]) == ("alice", True, "program")
    told(hers("PATCH", "/account", {"custom_instructions": "Be brief\x00"}), 422)
    told(hers("PATCH", "/account", {"custom_instructions": "Be brief"}))
    assert told(hers("PATCH", "/account", {"memory_on": False}))["custom_instructions"] == "Be brief"
    alice.refresh_from_db()
    assert (alice.memory_on, alice.custom_instructions) == (False, "Be brief")
    assert told(hers("GET", "/models"))["items"][-1]["provider"] == "offline"


def test_everything_of_a_person_is_a_zip_file(hers: Program) -> None:
    response = hers("GET", "/account/export")
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")


# --- What nobody should send ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [b"", b"{", b"nonsense", b'{"text": NaN}', b"[" * 100_000, b"\xff\xfe", b'{"text": 1e999999}', b"9" * 10_000],
)
def test_what_is_no_json_is_told_so(hers: Program, sent: bytes) -> None:
    response = hers("POST", "/messages", sent)
    assert response.status_code in {400, 422}, response.content
    assert response.json()["error"]["code"] in {"bad_json", "bad_field"}


@pytest.mark.parametrize(
    "sent",
    [
        [], "text", 1, None, {"text": 1}, {"text": None}, {"text": ["a"]}, {"text": "Hi", "id": "x"},
        {"text": "\ud800"},
        {"text": "Hi", "thread": 5}, {"text": "Hi", "temporary": "perhaps"}, {"text": "Hi", "memory_mode": "on"},
        {"text": "Hi", "\ud800": 1}, {"text": "Hi", "provider": "x" * 500},
    ],
)  # fmt: skip
def test_fields_of_the_wrong_shape_are_named(hers: Program, sent: Any) -> None:
    refused(hers("POST", "/messages", sent), 422, "bad_field")
    assert not Message.objects.exists()


def test_nul_and_surrogates_are_stored_by_nobody(hers: Program) -> None:
    assert said(hers, "a\x00b")["message"]["text"] == "ab"
    assert add(hers, "I like \U0001f375 tea")["text"] == "I like \U0001f375 tea"
    for path in ("/threads?tag=%00", "/memories?q=%00", "/threads/search?q=%00a", "/memories?q=%ed%a0%80"):
        told(hers("GET", path))
    for path in ("/threads?cursor=%00", "/threads?limit=0", "/threads?limit=" + "9" * 5000, "/memories?cursor=1.2.3",
                 "/memories?q=a&cursor=x", "/memories?since=never", "/threads?cursor=9999999999999999.1",
                 "/memories/proposals?cursor=x"):  # fmt: skip
        assert hers("GET", path).status_code == 422, path


def test_what_is_too_large_is_refused_unread(hers: Program) -> None:
    refused(hers("POST", "/messages", b'{"text": "' + b"x" * 3_000_000 + b'"}'), 413, "too_large")
    refused(hers("POST", "/memories/import", b"x" * 2_100_000), 413, "too_large")


def test_an_address_that_is_not_there_is_told_in_the_same_shape(hers: Program) -> None:
    refused(hers("GET", "/nothing"), 404, "not_found")
    refused(hers("GET", f"/threads/{uuid.uuid4()}"), 404, "not_found")
    assert hers("PUT", "/threads").status_code == 405


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("DELETE", "/api/v1/account", "GET, PATCH"),
        ("PUT", "/api/v1/threads", "GET, POST"),
        ("POST", "/api/v1/openapi.json", "GET"),
        ("POST", "/v1/models", "GET"),
        ("POST", "/v1/models/memchat", "GET"),
        ("GET", "/v1/chat/completions", "POST"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_told_in_the_same_shape(
    method: str, address: str, allowed: str, alice: User
) -> None:
    token = tokens.make(alice, "program", Scope.values)[1]
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        answer = Client(enforce_csrf_checks=True).generic(method, address, headers=headers)
        error = refused(answer, 405, "bad_method")
        assert (answer["Allow"], error["type"]) == (allowed, "invalid_request_error")


def test_a_database_that_is_away_or_full_is_no_error_of_the_program(hers: Program, monkeypatch: Any) -> None:
    # Left as it is now, whatever is noted meanwhile.
    monkeypatch.setattr(room, "_full_until", 0.0)

    def fails(error: Exception) -> Callable[..., Any]:
        def fail(*args: Any, **kwargs: Any) -> Any:
            raise error

        return fail

    monkeypatch.setattr(accepting, "accept", fails(OperationalError("away")))
    response = hers("POST", "/messages", {"text": "Hi"})
    assert refused(response, 503, "unavailable")["message"] == "The server cannot answer right now."
    assert response["Retry-After"]
    full = DatabaseError("full")
    full.__cause__ = DiskFull()
    monkeypatch.setattr(accepting, "accept", fails(full))
    error = refused(hers("POST", "/messages", {"text": "Hi"}), 503, "read_only")
    # Nobody but a page keeps a text and sends it again.
    assert error["message"] == "The server's disk is full, so nothing can be stored right now."
    refused(hers("POST", "/threads", {}), 503, "read_only")


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed"), DatabaseError("other")])
def test_a_database_that_is_away_when_a_token_is_looked_up_is_told_in_the_same_shape(
    error: Exception, client: Client, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def away(shown: str) -> Any:
        raise error

    monkeypatch.setattr(tokens, "holder", away)
    for address in ("/api/v1/account", "/v1/models"):
        response = client.get(address)
        refused(response, 503, "unavailable")
        assert response["Retry-After"] == "2", address
    response = client.post("/v1/chat/completions", "{}", "application/json")
    refused(response, 503, "unavailable")
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.django_db(transaction=True)
def test_a_pool_without_a_connection_to_give_is_told_in_the_same_shape(hers: Program, monkeypatch: Any) -> None:
    def none_left(*args: Any, **kwargs: Any) -> Any:
        raise PoolTimeout("couldn't get a connection after 20.00 sec")

    with monkeypatch.context() as patched:
        connection.close()
        patched.setattr(ConnectionPool, "getconn", none_left)
        response = hers("GET", "/account")
    refused(response, 503, "unavailable")
    assert response["Retry-After"]


# --- Its streams ---------------------------------------------------------------------------------------------------

LINES = "one\u2028two\u2029three\x85four\nfive"


@pytest.mark.parametrize("sent", [events.event("piece", {"text": LINES}, 4), completions._data({"text": LINES})])
def test_an_event_has_its_data_on_one_line_whatever_ends_lines_elsewhere(sent: bytes) -> None:
    [data] = [line for line in sent.decode().splitlines() if not line.startswith(("id: ", "event: ")) and line]
    assert json.loads(data.removeprefix("data: ")) == {"text": LINES}


async def test_a_reply_that_another_process_writes_is_told_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored of it lags behind what is told, and is looked at all the time."""
    reply, stored = uuid.uuid4(), "one "

    async def looked_up(*_asked: Any) -> tuple[bool, str, dict[str, Any]]:
        return True, stored, {}

    def tell(offset: int, text: str) -> None:
        frame = {"type": "piece", "message": str(reply), "offset": offset, "end": offset + len(text), "text": text}
        hub.publish("thread.t", frame)

    async def heard() -> str:
        return json.loads((await asyncio.wait_for(anext(stream), 5)).decode().partition("data: ")[2])["text"]

    monkeypatch.setattr(events, "LOOK_SECONDS", 0)
    monkeypatch.setattr(events, "_look", looked_up)
    stream = events._events(AccessToken(), reply, "t", 0, ())
    async with aclosing(stream):
        assert await heard() == stored
        for at, word in ((4, "two "), (8, "three "), (14, "four ")):
            tell(at, word)
            assert await heard() == word


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_the_terminal_ends_lines_at_line_feeds_alone(size: int) -> None:
    data = json.dumps({"text": LINES}, ensure_ascii=False)
    sent = f": still here\n\nid: 4\nevent: piece\ndata: {data}\n\nevent: ended\ndata: {{}}\n\n".encode()
    pieces = (sent[at : at + size] for at in range(0, len(sent), size))
    heard = list(chat._events(httpx2.Response(200, content=pieces)))
    assert heard == [("piece", {"text": LINES}), ("ended", {})]


# --- Its description -----------------------------------------------------------------------------------------------


def test_it_describes_itself(client: Client) -> None:
    described = json.loads(client.get("/api/v1/openapi.json").content)
    assert described["openapi"].startswith("3.")
    assert "/api/v1/threads/{thread_id}/messages" in described["paths"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["security"], (method, path)
            assert "404" in operation["responses"], (method, path)
            assert {"200", "201", "202", "204"} & {*operation["responses"]}, (method, path)
    page = client.get("/api/v1/docs/").content.decode()
    assert "/api/v1/memories/{memory_id}/take-back" in page
    assert "memories:write" in page
    assert "<code>Authorization: Bearer memchat_…</code>" in page and "`" not in page
    assert "Sign in" in page


def test_it_says_what_kind_of_file_each_export_is(client: Client, hers: Program) -> None:
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    thread = said(hers)["thread"]["id"]
    for path, kinds in {
        "/threads/{thread_id}/export": {"json": "application/json", "md": "text/markdown"},
        "/memories/export": {"json": "application/json", "md": "text/markdown"},
        "/account/export": {"": "application/zip"},
    }.items():
        assert {*paths[f"/api/v1{path}"]["get"]["responses"]["200"]["content"]} == {*kinds.values()}
        for name, kind in kinds.items():
            answer = hers("GET", path.format(thread_id=thread) + (f"?format={name}" if name else ""))
            assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)


def test_its_page_knows_who_is_signed_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/api/v1/docs/").content.decode()
    assert "Sign out" in page and "Sign in" not in page


def test_the_examples_of_the_docs_work(alice: User) -> None:
    """As curl would send them."""
    page = (ROOT / "docs" / "api.md").read_text()
    token = tokens.make(alice, "curl", Scope.values)[1]
    lines = [line for line in page.splitlines() if line.startswith("curl ")]
    assert len(lines) > 5
    for line in lines:
        _curl, *words = shlex.split(line.replace("$TOKEN", token))
        headers, body, file, address = {}, None, None, ""
        while words:
            match words.pop(0):
                case "-H":
                    name, _colon, value = words.pop(0).partition(": ")
                    headers[name] = value
                case "-d":
                    body = words.pop(0)
                case "-F":
                    file = SimpleUploadedFile("notes.txt", b"What I wrote down")
                    assert words.pop(0) == "file=@notes.txt"
                case word:
                    address = word.replace("$MEMCHAT", "")
        if file is not None:
            answer = Client().post(address, {"file": file}, headers=headers)
        else:
            method = "POST" if body else "GET"
            answer = Client().generic(method, address, body or "", headers.pop("Content-Type", ""), headers=headers)
        assert 200 <= answer.status_code < 300, (line, answer.content)


def test_the_docs_name_every_scope_and_code() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    for word in (*Scope.values, *STATUS, *re.findall(r'^        "(\w+)": _\(', inspect.getsource(wording), re.M)):
        assert f"`{word}`" in page or word == "slow_down", word
