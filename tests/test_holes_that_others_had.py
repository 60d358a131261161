"""Holes that programs of this kind were found to have, one test for each class of them: memchat has none of these."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import uuid
from typing import Any

import psycopg
import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from conversations import signed_in
from conversations.models import Attachment, Message, State, Thread
from conversations.turns import accepting, ending, ledger
from conversations.turns.ending import Ending
from memchat.asgi import application
from memchat.database import close_threads, in_database
from memories.models import Memory, Origin
from memories.search import search
from memories.writing import remember

SECRET = "my safe is behind the painting of Vermeer"


@pytest.fixture
def page(client: Client, alice: Any) -> Client:
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    return client


def turn_of(user: Any, text: str = SECRET, reply: str = "I see, Vermeer.") -> accepting.Accepted:
    accepted = accepting.accept(user.pk, None, uuid.uuid4(), text, owner="here")
    assert accepted.claim is not None
    ending.finish(accepted.claim, Ending(State.COMPLETE, reply))
    return accepted


class Socket:
    """A tab's socket, through the application as it is served."""

    def __init__(self, client: Client) -> None:
        cookie = client.cookies["sessionid"].value
        headers = [(b"origin", settings.ALLOWED_ORIGINS[0].encode()), (b"cookie", f"sessionid={cookie}".encode())]
        self.wire = WebsocketCommunicator(application, "/ws/", headers)

    async def __aenter__(self) -> Socket:
        connected, _ = await self.wire.connect(timeout=10)
        assert connected
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.disconnect(timeout=10)

    async def receive(self) -> Any:
        return json.loads(await self.wire.receive_from(timeout=10))

    async def ask(self, **command: Any) -> Any:
        """The answer to a command; what is said besides is left."""
        await self.wire.send_to(json.dumps({**command, "ref": "mine"}))
        while (frame := await self.receive()).get("ref") != "mine":
            pass
        return frame


# --- A foreign id accepted in a body ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_id_of_somebody_else_in_a_form_is_as_good_as_none(page: Client, alice: Any, bob: Any) -> None:
    foreign = turn_of(bob)
    own = turn_of(alice, "Hello", "Hello yourself.")
    file = Attachment.objects.create(
        user=bob, name="plan.txt", kind="text", media_type="text/plain", size=4, data=b"safe", text="safe"
    )
    memory = remember(bob, SECRET, origin=Origin.SAID).memory
    assert memory is not None
    missing = str(uuid.uuid4())

    for thread in (str(foreign.thread.pk), missing):
        assert page.post(reverse("say"), {"thread": thread, "text": "Hi"}).status_code == 404
    answers = [page.post(reverse("say"), {"text": "Hi", "attachment": one}) for one in (str(file.pk), missing)]
    assert [one.status_code for one in answers] == [400, 400]
    assert "plan.txt" not in answers[0].content.decode()
    for leaf in (str(foreign.reply.pk), missing):
        assert page.post(reverse("thread_share", args=[own.thread.pk]), {"leaf": leaf}).status_code == 404
    for form in ("memories:forget_selected", "memories:undo_selected"):
        page.post(reverse(form), {"pk": [str(memory.pk)]})
    assert Memory.objects.of(bob).current().count() == 1
    assert Message.objects.of(bob).count() == 2
    assert not Attachment.objects.exclude(message=None).exists()


# --- Resuming without asking whose it is -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_nobody_resumes_opens_stops_or_steers_what_is_somebody_elses(page: Client, bob: Any) -> None:
    accepted = await in_database(lambda: accepting.accept(bob.pk, None, uuid.uuid4(), SECRET, owner="elsewhere"))
    assert accepted.claim is not None
    await in_database(ledger.checkpoint, [ledger.Part(accepted.claim, "Behind the painting")])
    thread, reply, question = str(accepted.thread.pk), str(accepted.reply.pk), str(accepted.message.pk)
    commands: list[dict[str, Any]] = [
        {"do": "resume", "message": reply, "offset": 0},
        {"do": "open", "thread": thread, "have": {"message": reply, "offset": 0}},
        {"do": "say", "thread": thread, "id": str(uuid.uuid4()), "text": "And then?"},
        {"do": "stop", "message": reply},
        {"do": "retry", "message": reply},
        {"do": "continue", "message": reply},
        {"do": "show", "message": reply},
        {"do": "edit", "message": question, "id": str(uuid.uuid4()), "text": "Else"},
    ]
    async with Socket(page) as socket:
        for command in commands:
            refused = await socket.ask(**command)
            as_text = json.dumps(command)
            for one in (thread, reply, question):
                as_text = as_text.replace(one, str(uuid.uuid4()))
            assert refused == await socket.ask(**json.loads(as_text)), command
            assert refused["type"] == "error"
    stored = await in_database(lambda: Message.objects.of(bob).count())
    assert stored == 2
    close_threads()


# --- A list that shows what the search hides -------------------------------------------------------------------------


@pytest.mark.django_db
def test_lists_searches_and_exports_end_at_the_same_wall(page: Client, alice: Any, bob: Any) -> None:
    turn = turn_of(bob)
    Thread.objects.filter(pk=turn.thread.pk).update(title="Vermeer", tags=["Vermeer"], archived=True)
    remember(bob, SECRET, origin=Origin.SAID)
    turn_of(alice, "Hello", "Hello yourself.")
    remember(alice, "I like tea", origin=Origin.SAID)
    places = ["home", "threads_list", "threads_archived", "search", "shared", "usage", "imports", "attachments"]
    places += [f"memories:{one}" for one in ("list", "forgotten", "proposals", "export", "export_markdown")]
    for place in places:
        for query in ({}, {"q": "Vermeer"}, {"q": "painting", "page": "1"}, {"tag": "Vermeer"}):
            response = page.get(reverse(place), query)
            body = b"".join(response) if response.streaming else response.content  # type: ignore[arg-type]
            # What was looked for stands in the box again; what it is about does not.
            assert b"behind the painting" not in body, place
            assert "Vermeer" in query.values() or b"Vermeer" not in body, place
            assert str(turn.thread.pk).encode() not in body, place


# --- An account that is closed, and its second door ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_a_closed_account_opens_no_door_with_a_session_that_was_left(page: Client, alice: Any) -> None:
    turn = await in_database(turn_of, alice)
    shared = await in_database(_share, page, turn)
    doors = [reverse("thread", args=[turn.thread.pk]), reverse("message_source", args=[turn.reply.pk]), "/memories/"]
    doors += [reverse("account_export"), reverse("memories:export"), "/attachments/", "/search/?q=Vermeer"]
    async with Socket(page) as before:
        assert (await before.receive())["type"] == "hello"
        # Not as the admin does it, which ends the sessions too: with the session still there.
        await in_database(lambda: type(alice).objects.filter(pk=alice.pk).update(is_active=False))
        await before.wire.send_to(json.dumps({"do": "open", "thread": str(turn.thread.pk), "ref": "mine"}))
        closed = await before.wire.receive_output(timeout=10)
        assert closed["type"] == "websocket.close", closed
    answers = await in_database(lambda: [page.get(door) for door in doors])
    for door, answer in zip(doors, answers, strict=True):
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"], door
    async with Socket(page) as after:
        assert (await after.wire.receive_output(timeout=10))["type"] == "websocket.close"
    assert await in_database(lambda: Client().get(shared).status_code) == 404
    close_threads()


def _share(page: Client, turn: accepting.Accepted) -> str:
    page.post(reverse("thread_share", args=[turn.thread.pk]), {"leaf": str(turn.reply.pk)})
    return reverse("shared_thread", args=[turn.thread.shared.get().token])


# --- An error that nobody catches, and the process that ends with it -------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_a_command_that_fails_in_an_unforeseen_way_ends_neither_the_socket_nor_the_process(
    page: Client, alice: Any, bob: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    turn = await in_database(turn_of, alice)
    other = Client()
    await in_database(lambda: other.force_login(bob, "django.contrib.auth.backends.ModelBackend"))

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(SECRET)

    strays: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: strays.append(context))
    async with Socket(page) as socket, Socket(other) as theirs:
        with monkeypatch.context() as broken:
            broken.setattr(signed_in, "is_still", breaks)
            failed = await socket.ask(do="open", thread=str(turn.thread.pk))
        assert (failed["type"], failed["kind"]) == ("error", "unavailable")
        assert SECRET not in json.dumps(failed)
        for garbage in ('{"do": "open"', "[]", '{"do": {}}', '{"do": "say", "text": "\\ud800", "id": 1}', "1" * 5_000):
            await socket.wire.send_to(garbage)
        assert (await socket.ask(do="open", thread=str(turn.thread.pk)))["type"] == "opened"
        assert (await theirs.ask(do="ping"))["type"] == "pong"
    assert strays == []
    close_threads()


# --- A cancelled query that answers the next one ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_what_a_cancelled_question_asked_the_database_is_never_the_next_persons_answer(
    alice: Any, bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATABASE_THREADS", 1)
    close_threads()
    for user in (alice, bob):
        await in_database(turn_of, user, f"I am {user.username}")

    def slowly(user_id: int) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT text, pg_sleep(0.05) FROM conversations_message WHERE user_id = %s ORDER BY depth", [user_id]
            )
            return [text for text, _ in cursor.fetchall()]

    def at_once(user_id: int) -> list[str]:
        return list(Message.objects.of(user_id).filter(role="user").values_list("text", flat=True))

    for _round in range(5):
        # Its tab is gone while the one thread that there is still waits for the answer.
        asked = asyncio.create_task(in_database(slowly, alice.pk))
        await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await in_database(at_once, bob.pk) == ["I am bob"]

    asked_on: list[int] = []

    def cut_off_once(user_id: int) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            asked_on.append(cursor.fetchone()[0])
        if len(asked_on) == 1:
            with psycopg.connect(**_parameters(), autocommit=True) as beside:
                beside.execute("SELECT pg_terminate_backend(%s)", asked_on)
        return slowly(user_id)

    # Broken off, it is asked again for the same person on another connection, and the next person gets theirs.
    both = await asyncio.gather(in_database(cut_off_once, alice.pk), in_database(at_once, bob.pk))
    assert both == [["I am alice", "I see, Vermeer."], ["I am bob"]]
    assert len(set(asked_on)) == 2
    close_threads()


def _parameters() -> dict[str, Any]:
    wanted = connection.get_connection_params()
    return {name: wanted[name] for name in ("host", "port", "user", "password", "dbname") if wanted.get(name)}


# --- Retrieval by the name of a collection ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_namespace_or_key_leads_to_somebody_elses_memories(page: Client, alice: Any, bob: Any) -> None:
    namespace, key = f"memories/{bob.pk}", "safe"
    stored = remember(bob, SECRET, origin=Origin.SAID, namespace=namespace, key=key).memory
    assert stored is not None
    # The same names are hers to use, and lead to what is hers.
    own = remember(alice, "I like tea", origin=Origin.SAID, namespace=namespace, key=key).memory
    assert own is not None and own.pk != stored.pk
    found = search(alice, SECRET)
    assert stored.pk not in {one.memory_id for one in found}
    for query in ({"namespace": namespace}, {"q": SECRET}, {"q": namespace}, {"user": bob.pk}, {"key": key}):
        answer = page.get("/memories/", query).content.decode()
        # What was looked for stands in the box again; nothing of it is found.
        assert str(stored.pk) not in re.findall(r"/memories/(\d+)/", answer)
    file = json.dumps(
        {"format": "memchat-memories", "memories": [{"text": "I own it", "namespace": namespace, "key": key}]}
    ).encode()
    preview = page.post("/memories/import/", {"file": SimpleUploadedFile("memories.json", file)})
    assert "Vermeer" not in preview.content.decode()
    stored.refresh_from_db()
    assert stored.text == SECRET and stored.ended_at is None
