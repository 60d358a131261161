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
from django.utils.translation import override

from conversations import commands, signed_in
from conversations.branches import messages_up_to, reachable, with_versions
from conversations.commands import Command
from conversations.errors import COMMAND_ERRORS, TurnError
from conversations.markup_tab import MarkupTab
from conversations.models import OPEN_STATES, Message, Thread
from conversations.review import SIGNED_OUT, reviewer
from conversations.settled import bring_up_to_date
from conversations.turns import accepting, announce, frames, ledger, steering, wording
from conversations.turns.asked import check_model
from conversations.turns.frames import Frame, encode
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat import room, wall
from memchat.database import in_database
from memchat.monitoring import metrics, readiness
from memchat.web.closing import RESTARTING, TRY_AGAIN

logger = logging.getLogger(__name__)

WAITING_COMMANDS = 64
WINDOW_CHARS = 512 * 1024
"""How much may be on its way to a tab before it says that it `got` some of it."""
OPENED_MESSAGES = 100
OPENED_MAX_BYTES = 240_000
OPENED_NOTES = 5
HELD_FRAMES = 1_000

TOO_MANY = 4429
_BEGINS_A_REPLY = (commands.Say, commands.Edit, commands.Retry, commands.GoOn)


class ChatConsumer(AsyncConsumer):
    """A socket that is open. Implements `hub.Listener`."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes. No channel layer, no task per socket while nothing happens."""
        self._send = send
        await receive()
        if readiness.draining:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": RESTARTING})
            return
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
        self._held: list[tuple[Frame, str]] | None = None
        self._markup: MarkupTab | None = None
        self._closing = False
        hub.join(f"user.{person.user_id}", self)
        reviewer.watch(self)
        metrics.sockets.inc()
        try:
            self._put({"type": "hello", "user": person.user_id, "window": WINDOW_CHARS})
            while (event := await receive())["type"] != "websocket.disconnect":
                self._queue(event)
        finally:
            self._closing = True
            metrics.sockets.dec()
            reviewer.forget(self)
            hub.leave(f"user.{person.user_id}", self)
            self._leave()
            if self._markup is not None:
                self._markup.stop_asking()

    # --- Sending --------------------------------------------------------------------------------------------

    def deliver(self, frame: Frame, encoded: str) -> None:
        """Send a frame somebody published, unless this tab has stopped reading."""
        if self._held is not None and len(self._held) < HELD_FRAMES:
            self._held.append((frame, encoded))
        elif self._sent - self._got > WINDOW_CHARS:
            self._note_lag()
        else:
            worded = wording.in_language(frame, self.person.language)
            self._put_encoded(encoded if worded is frame else encode(worded))

    def _note_lag(self) -> None:
        if self._lagging_since is None:
            self._lagging_since = asyncio.get_running_loop().time()

    def _put(self, frame: Frame) -> None:
        self._put_encoded(encode(wording.in_language(frame, self.person.language)))

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

    def awaits_a_reply(self) -> bool:
        """Whether this tab shows a thread in which this process is writing."""
        return runner.writes_in(self._topic.removeprefix("thread."))

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
            if readiness.draining and isinstance(command, _BEGINS_A_REPLY):
                # Not answered: the page sends it again, with its id, wherever it gets connected to.
                self.close_soon(RESTARTING)
                return
            if isinstance(command, _BEGINS_A_REPLY) and room.is_read_only():
                raise TurnError("read_only", retry_after=room.RETRY_SECONDS)
            await self._carry_out(command, ref)
        except TurnError as error:
            self._put_error(getattr(error, "ref", ref), error.kind, error.text, error.retry_after)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("a command failed: %s", type(error).__name__)
            kind = "read_only" if room.note(error) else "unavailable"
            self._put_error(ref, kind, COMMAND_ERRORS[kind], room.RETRY_SECONDS if kind == "read_only" else 2)
        except SignedOut:
            self.close_soon(SIGNED_OUT)
        except Exception:
            logger.exception("a command failed")
            self._put_error(ref, "unavailable", COMMAND_ERRORS["unavailable"], 2)

    def _put_error(self, ref: str | None, kind: str, text: Any, retry_after: float | None) -> None:
        with override(self.person.language):
            frame: Frame = {"type": "error", "ref": ref, "kind": kind, "text": str(text)}
        if retry_after is not None:
            frame["retry_after"] = retry_after
        self._put(frame)

    async def _carry_out(self, command: Command, ref: str | None) -> None:
        match command:
            case commands.Got(chars=chars):
                self._note_got(chars)
            case commands.Markup():
                topic = self._topic
                self._leave()
                self._markup = self._markup or MarkupTab(self, self._put)
                if topic:
                    self._join_topic(topic)
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
            case _:
                await self._carry_out_more(command, ref)

    async def _carry_out_more(self, command: Command, ref: str | None) -> None:
        match command:
            case commands.Retry() | commands.Edit() | commands.GoOn():
                await self._steer(command, ref)
            case commands.Show(message=message):
                branch = await in_database(_as, self.person, _show, message)
                announce.branch_shown(branch)
                self._put({**branch, "ref": ref})
            case commands.Seen(thread=thread):
                if await in_database(_as, self.person, steering.mark_seen, thread):
                    announce.seen(self.person.user_id, thread)

    # --- Commands -------------------------------------------------------------------------------------------

    async def _steer(self, command: commands.Retry | commands.Edit | commands.GoOn, ref: str | None) -> None:
        """Begin another version of a reply, or of a message together with its reply."""
        if not isinstance(command, commands.GoOn):
            check_model(command.provider, command.model_name)
        accepted = await in_database(_as, self.person, _steer, command)
        self._accepted(accepted, ref, command.id if isinstance(command, commands.Edit) else None)

    async def _say(self, say: commands.Say, ref: str | None) -> None:
        check_model(say.provider, say.model_name)
        accepted = await in_database(
            _as,
            self.person,
            accepting.accept,
            say.thread,
            say.id,
            say.text,
            owner=runner.owner,
            provider=say.provider,
            model_name=say.model_name,
            memory_mode=say.memory_mode,
            temporary=say.temporary,
            attachments=say.attachments,
        )
        if accepted.again:
            reply = await in_database(_as, self.person, _reply, accepted.reply.pk)
            accepted = replace(accepted, reply=reply)
        self._accepted(accepted, ref, say.id)

    def _accepted(self, accepted: accepting.Accepted, ref: str | None, client_id: uuid.UUID | None) -> None:
        if accepted.claim is not None:
            runner.begin(accepted.claim, accepted.message)
        thread_id = accepted.thread.pk
        if client_id is not None:
            self._join(thread_id)
        message = frames.new_message_frame(accepted.message, accepted.attachments)
        reply = frames.message_frame(accepted.reply) if accepted.again else frames.new_message_frame(accepted.reply)
        self._put(
            {
                "type": "said",
                "ref": ref,
                "id": str(client_id) if client_id else None,
                **frames.thread_state(accepted.thread),
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
        # Listening begins before reading, so that nothing falls between the two. What is heard meanwhile is newer than
        # what is read, and told after it.
        self._held = []
        try:
            self._join(command.thread)
            view = await in_database(_as, self.person, _view, command.thread, command.after)
            have = command.have
            self._put({"type": "opened", "ref": ref, **view.frame})
            for message in view.open_replies:
                offset = have.offset if have is not None and have.message == message.pk else 0
                await self._put_reply(message, offset)
        finally:
            held, self._held = self._held, None
            for frame, encoded in held:
                self.deliver(frame, encoded)

    async def _resume(self, command: commands.Resume, ref: str | None) -> None:
        message = await in_database(_as, self.person, _reply, command.message)
        if message.state in OPEN_STATES:
            await self._put_reply(message, command.offset)
        else:
            if self._markup is None:
                for frame in frames.pieces(message.thread_id, message.pk, 0, message.text, command.offset):
                    self._put(frame)
            self._put({**frames.ended_frame(message), "ref": ref})

    async def _put_reply(self, message: Message, offset: int) -> None:
        """What a reply has so far: exactly, when this process writes it, else up to its last checkpoint."""
        if self._markup is not None:
            await self._markup.show(message)
            return
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
            self._leave()
            self._join_topic(topic)

    def _join_topic(self, topic: str) -> None:
        self._topic = topic
        if self._markup is not None:
            self._markup.join(topic)
        else:
            hub.join(topic, self)

    def _leave(self) -> None:
        """Listen to no thread any more."""
        topic, self._topic = self._topic, ""
        if topic and self._markup is not None:
            self._markup.leave(topic)
        elif topic:
            hub.leave(topic, self)

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
    with override(person.language), wall.person(person.user_id):
        return function(person.user_id, *args, **kwargs)


def _steer(user_id: int, command: commands.Retry | commands.Edit | commands.GoOn) -> accepting.Accepted:
    owner = runner.owner
    match command:
        case commands.Edit(message, own_id, text, provider, model_name):
            accepted = steering.edit(
                user_id, message, own_id, text, owner=owner, provider=provider, model_name=model_name
            )
        case commands.Retry(message, retry_id, provider, model_name):
            accepted = steering.retry(
                user_id, message, owner=owner, client_id=retry_id, provider=provider, model_name=model_name
            )
        case commands.GoOn(message, retry_id):
            accepted = steering.go_on(user_id, message, owner=owner, client_id=retry_id)
    if accepted.again:
        accepted = replace(accepted, reply=_reply(user_id, accepted.reply.pk))
    with_versions([accepted.message, accepted.reply], user_id)
    return accepted


def _show(user_id: int, message_id: uuid.UUID) -> Frame:
    return announce.branch_frame(steering.show_branch(user_id, message_id))


def _owns(user_id: int, thread_id: uuid.UUID) -> bool:
    return Thread.objects.of(user_id).filter(pk=thread_id).exists()


def _reply(user_id: int, message_id: uuid.UUID) -> Message:
    message = reachable(user_id).filter(pk=message_id, role="assistant").first()
    if message is None:
        raise TurnError("not_found")
    bring_up_to_date([message])
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
    state = frames.thread_state(thread)
    messages = messages_up_to(thread.head_id, user_id, OPENED_MESSAGES)
    known = True
    shown_already: list[Message] = []
    if after is not None:
        positions = [index for index, message in enumerate(messages) if message.pk == after]
        known = bool(positions)
        at = positions[0] + 1 if positions else len(messages)
        shown_already, messages = messages[:at], messages[at:]
    elif messages and messages[0].depth:
        known = False
    bring_up_to_date(messages)
    whole = [frames.message_frame(message) for message in messages]
    room = OPENED_MAX_BYTES - _size(whole)
    if not known or room < 0:
        # Too much has changed for a frame: the page loads itself again.
        return _View({**state, "messages": [], "notes": [], "versions": {}, "busy": False, "reload": True}, [])
    open_replies = [message for message in messages if message.state in OPEN_STATES]
    return _View(
        {
            **state,
            "messages": whole,
            "notes": _notes(shown_already, room),
            "versions": _versions(shown_already),
            "busy": bool(open_replies),
            "reload": False,
        },
        open_replies,
    )


def _versions(messages: list[Message]) -> Frame:
    """Which versions those are that are shown already: there may be others beside them by now."""
    return {str(one.pk): frames.versions_frame(one)["versions"] for one in messages if one.versions}


def _notes(messages: list[Message], room: int) -> list[Frame]:
    """What the newest settled replies have to do with memory: that may have changed since they were shown."""
    found = [frames.memory_frame_of(message) for message in reversed(messages) if message.role == "assistant"]
    found = [one for one in found[:OPENED_NOTES] if one["changes"] or one["memories"]]
    while found and _size(found) > room:
        found.pop()
    return found


def _size(whole: list[Frame]) -> int:
    return len(encode({"list": whole}).encode())
