"""One browser tab's socket: reads commands, sends frames, and does nothing long itself.

Replies are written by runs, elsewhere. The consumer keeps both directions bounded: commands wait in a short line,
and a tab that does not read is sent no more pieces until it does.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from dataclasses import replace
from typing import Any

from channels.consumer import AsyncConsumer
from django.db import DatabaseError, InterfaceError

from conversations import commands, signed_in
from conversations.branches import messages_up_to, shown
from conversations.commands import Command
from conversations.errors import COMMAND_ERRORS, TurnError
from conversations.models import OPEN_STATES, Message, Thread
from conversations.providers.registry import is_configured
from conversations.review import SIGNED_OUT, reviewer
from conversations.turns import announce, frames, ledger
from conversations.turns.frames import Frame, encode
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat.database import in_database

logger = logging.getLogger(__name__)

WAITING_COMMANDS = 64
WINDOW_CHARS = 512 * 1024
"""How much may be on its way to a tab before it says that it `got` some of it."""
OPENED_MESSAGES = 100
OPENED_MAX_BYTES = 240_000

TOO_MANY, TRY_AGAIN = 4429, 1013


class ChatConsumer(AsyncConsumer):
    """A socket that is open. Implements `hub.Listener`."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes. No channel layer, no task per socket while nothing happens."""
        self._send = send
        await receive()
        try:
            person = await in_database(signed_in.from_headers, scope["headers"])
            refusal = SIGNED_OUT
        except (DatabaseError, InterfaceError):
            logger.warning("a socket could not be opened: the database cannot be reached")
            person, refusal = None, TRY_AGAIN
        await send({"type": "websocket.accept"})
        if person is None:
            await send({"type": "websocket.close", "code": refusal})
            return
        self.person = person
        self._commands: deque[dict[str, Any]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._outbox: deque[str] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._sent = self._got = 0
        self._lagging_since: float | None = None
        self._topic = ""
        self._closing = False
        hub.join(f"user.{person.user_id}", self)
        reviewer.watch(self)
        try:
            self._put({"type": "hello", "user": person.user_id, "window": WINDOW_CHARS})
            while (event := await receive())["type"] != "websocket.disconnect":
                self._queue(event)
        finally:
            self._closing = True
            reviewer.forget(self)
            hub.leave(f"user.{person.user_id}", self)
            if self._topic:
                hub.leave(self._topic, self)

    # --- Sending --------------------------------------------------------------------------------------------

    def deliver(self, frame: Frame, encoded: str) -> None:
        """Send a frame somebody published, unless this tab has stopped reading."""
        if self._sent - self._got > WINDOW_CHARS:
            self._note_lag()
        else:
            self._put_encoded(encoded)

    def _note_lag(self) -> None:
        if self._lagging_since is None:
            self._lagging_since = asyncio.get_running_loop().time()

    def _put(self, frame: Frame) -> None:
        self._put_encoded(encode(frame))

    def _put_encoded(self, encoded: str) -> None:
        if self._closing:
            return
        self._sent += len(encoded)
        self._outbox.append(encoded)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._outbox:
                await self._send({"type": "websocket.send", "text": self._outbox.popleft()})
        except Exception as error:  # the tab is gone already, and its disconnect is on the way
            logger.debug("a frame could not be sent: %s", type(error).__name__)
            self._outbox.clear()
        finally:
            self._writer = None

    def close_soon(self, code: int) -> None:
        """Close the socket from the server's side; frames that wait are dropped."""
        if not self._closing:
            self._closing = True
            self._outbox.clear()
            self._commands.clear()
            self._closer = asyncio.create_task(self._send({"type": "websocket.close", "code": code}))

    def lagging_for(self, now: float) -> float:
        """Seconds since this tab stopped reading, 0 while it reads."""
        return 0.0 if self._lagging_since is None else now - self._lagging_since

    # --- Reading --------------------------------------------------------------------------------------------

    def _queue(self, event: dict[str, Any]) -> None:
        if self._closing:
            return
        if len(self._commands) >= WAITING_COMMANDS:
            self.close_soon(TOO_MANY)
            return
        self._commands.append(event)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    async def _work(self) -> None:
        """Carry out what waits, one after the other, and end when nothing does."""
        try:
            while self._commands and not self._closing:
                event = self._commands.popleft()
                await self._handle(event.get("text"), event.get("bytes"))
        finally:
            self._worker = None

    async def _handle(self, text: str | None, data: bytes | None) -> None:
        ref: str | None = None
        try:
            command, ref = commands.parse(text, data)
            if self._sent - self._got > 2 * WINDOW_CHARS and not isinstance(command, commands.Got):
                # Answers to a tab that reads none of them would pile up in memory.
                self._note_lag()
                raise TurnError("slow_down")
            await self._carry_out(command, ref)
        except TurnError as error:
            self._put_error(getattr(error, "ref", ref), error.kind, str(error.text), error.retry_after)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("a command failed: %s", type(error).__name__)
            self._put_error(ref, "unavailable", str(COMMAND_ERRORS["unavailable"]), 2)
        except SignedOut:
            self.close_soon(SIGNED_OUT)
        except Exception:
            logger.exception("a command failed")
            self._put_error(ref, "unavailable", str(COMMAND_ERRORS["unavailable"]), 2)

    def _put_error(self, ref: str | None, kind: str, text: str, retry_after: float | None) -> None:
        frame: Frame = {"type": "error", "ref": ref, "kind": kind, "text": text}
        if retry_after is not None:
            frame["retry_after"] = retry_after
        self._put(frame)

    async def _carry_out(self, command: Command, ref: str | None) -> None:
        match command:
            case commands.Got(chars=chars):
                self._note_got(chars)
            case commands.Ping():
                self._put({"type": "pong", "ref": ref})
            case commands.Say():
                await self._say(command, ref)
            case commands.Open():
                await self._open(command, ref)
            case commands.Resume():
                await self._resume(command, ref)
            case commands.StopReply(message=message):
                stopped = await in_database(_as, self.person, ledger.request_stop, message)
                await self._stopping(stopped, message, ref)
            case commands.Retry(message=message):
                accepted = await in_database(_as, self.person, ledger.retry, message, owner=runner.owner)
                self._accepted(accepted, ref, None)

    # --- Commands -------------------------------------------------------------------------------------------

    async def _say(self, say: commands.Say, ref: str | None) -> None:
        if say.provider and not is_configured(say.provider, say.model_name):
            raise TurnError("unknown_provider")
        accepted = await in_database(
            _as,
            self.person,
            ledger.accept,
            say.thread,
            say.id,
            say.text,
            owner=runner.owner,
            provider=say.provider,
            model_name=say.model_name,
        )
        if accepted.again:
            reply = await in_database(_as, self.person, _reply, accepted.reply.pk)
            accepted = replace(accepted, reply=reply)
        self._accepted(accepted, ref, say.id)

    def _accepted(self, accepted: ledger.Accepted, ref: str | None, client_id: uuid.UUID | None) -> None:
        if accepted.claim is not None:
            runner.begin(accepted.claim, accepted.message)
        thread_id = accepted.thread.pk
        if client_id is not None:
            self._join(thread_id)
        message = frames.new_message_frame(accepted.message)
        reply = frames.message_frame(accepted.reply) if accepted.again else frames.new_message_frame(accepted.reply)
        self._put(
            {
                "type": "said",
                "ref": ref,
                "id": str(client_id) if client_id else None,
                "thread": str(thread_id),
                "title": str(accepted.thread),
                "message": message,
                "reply": reply,
            }
        )
        if accepted.again:
            return
        topic = f"thread.{thread_id}"
        if client_id is not None:
            hub.publish(topic, {"type": "message", "thread": str(thread_id), "message": message})
        hub.publish(topic, {"type": "message", "thread": str(thread_id), "message": reply})
        hub.publish(f"user.{self.person.user_id}", frames.thread_frame(accepted.thread))

    async def _open(self, command: commands.Open, ref: str | None) -> None:
        if not await in_database(_as, self.person, _owns, command.thread):
            raise TurnError("not_found")
        # Listening begins before reading, so that nothing falls between the two.
        self._join(command.thread)
        view = await in_database(_as, self.person, _view, command.thread, command.after)
        have = command.have
        self._put({"type": "opened", "ref": ref, **view.frame})
        for message in view.open_replies:
            offset = have.offset if have is not None and have.message == message.pk else 0
            self._put_pieces(message, offset)

    async def _resume(self, command: commands.Resume, ref: str | None) -> None:
        message = await in_database(_as, self.person, _reply, command.message)
        if message.state in OPEN_STATES:
            self._put_pieces(message, command.offset)
        else:
            for frame in frames.pieces(message.thread_id, message.pk, 0, message.text, command.offset):
                self._put(frame)
            self._put({**frames.ended_frame(message), "ref": ref})

    def _put_pieces(self, message: Message, offset: int) -> None:
        """What a reply has so far: exactly, when this process writes it, else up to its last checkpoint."""
        run = runner.live(message.pk)
        if run is not None:
            parts = run.pieces_from(offset)
        else:
            parts = frames.pieces(message.thread_id, message.pk, 0, message.text, offset)
        for frame in parts:
            self._put(frame)

    async def _stopping(self, stopped: ledger.Stopped, message_id: uuid.UUID, ref: str | None) -> None:
        self._put({"type": "stopping", "ref": ref, "message": str(message_id)})
        if stopped.ended:
            message = await in_database(_as, self.person, _reply, message_id)
            announce.ended(message, frames.changes_of(message), frames.memories_of(message))
        else:
            runner.stop_run(message_id)

    def _join(self, thread_id: uuid.UUID) -> None:
        topic = f"thread.{thread_id}"
        if topic != self._topic:
            if self._topic:
                hub.leave(self._topic, self)
            self._topic = topic
            hub.join(topic, self)

    def _note_got(self, chars: int) -> None:
        self._got = max(self._got, min(chars, self._sent))
        if self._lagging_since is not None and self._sent - self._got <= WINDOW_CHARS // 2:
            self._lagging_since = None
            self._put({"type": "lagged", "thread": self._topic.removeprefix("thread.")})


class SignedOut(Exception):
    """The person behind the socket has signed out, or may no longer sign in."""


def _as(person: signed_in.SignedIn, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Run a function for a person, after making sure that they still are who the socket was opened for."""
    if not signed_in.is_still(person):
        raise SignedOut
    return function(person.user_id, *args, **kwargs)


def _owns(user_id: int, thread_id: uuid.UUID) -> bool:
    return Thread.objects.of(user_id).filter(pk=thread_id).exists()


def _reply(user_id: int, message_id: uuid.UUID) -> Message:
    message = shown(user_id).filter(pk=message_id, role="assistant").first()
    if message is None:
        raise TurnError("not_found")
    return message


class _View:
    """What a tab that opens a thread is told."""

    __slots__ = ("frame", "open_replies")

    def __init__(self, frame: Frame, open_replies: list[Message]) -> None:
        self.frame = frame
        self.open_replies = open_replies


def _view(user_id: int, thread_id: uuid.UUID, after: uuid.UUID | None) -> _View:
    thread = Thread.objects.of(user_id).filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    messages = messages_up_to(thread.head_id, user_id, OPENED_MESSAGES)
    known = True
    if after is not None:
        positions = [index for index, message in enumerate(messages) if message.pk == after]
        known = bool(positions)
        messages = messages[positions[0] + 1 :] if positions else []
    elif messages and messages[0].depth:
        known = False
    whole = [frames.message_frame(message) for message in messages]
    if not known or len(encode({"messages": whole}).encode()) > OPENED_MAX_BYTES:
        # Too much has changed for a frame: the page loads itself again.
        return _View(
            {"thread": str(thread.pk), "title": str(thread), "messages": [], "busy": False, "reload": True}, []
        )
    open_replies = [message for message in messages if message.state in OPEN_STATES]
    return _View(
        {
            "thread": str(thread.pk),
            "title": str(thread),
            "messages": whole,
            "busy": bool(open_replies),
            "reload": False,
        },
        open_replies,
    )
