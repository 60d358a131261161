"""A reply as server-sent events while it is written: pieces of its text, then the whole of it.

The id of an event is how many characters of the reply there are with it, so that a program which lost the connection
asks for the rest (`Last-Event-ID`). As for tabs, what is told at once are hints: what got lost is looked up.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError
from django.http import StreamingHttpResponse

from conversations.branches import reachable, with_versions
from conversations.models import OPEN_STATES, Message
from conversations.turns.frames import Frame
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from memchat import wall
from memchat.api import making
from memchat.database import give_back, in_database
from memchat.text import on_one_line
from memchat.users import tokens
from memchat.users.models import AccessToken

LOOK_SECONDS = 2.0
"""How often the database is asked, for what was not heard and for whether the token still holds."""
SILENCE_SECONDS = 15.0
HELD_FRAMES = 2_000


def response(
    token: AccessToken, reply: Message, offset: int, first: Sequence[tuple[str, dict[str, Any]]] = ()
) -> StreamingHttpResponse:
    """An answer that goes on until the reply has ended. `first` are events that come before anything of it."""
    give_back()
    answer = StreamingHttpResponse(
        _events(token, reply.pk, str(reply.thread_id), offset, first), content_type="text/event-stream"
    )
    answer["Cache-Control"] = "no-store"
    # Proxies that gather answers would gather this one until its end.
    answer["X-Accel-Buffering"] = "no"
    return answer


def offset_of(last_event_id: str) -> int:
    """How much of a reply a program has; what is no number is nothing."""
    return int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10 else 0


class Heard:
    """Implements `hub.Listener`: what is told of one reply, until somebody has time for it."""

    def __init__(self, reply_id: uuid.UUID) -> None:
        self._reply_id = str(reply_id)
        self._pieces: deque[Frame] = deque(maxlen=HELD_FRAMES)
        self._news = asyncio.Event()
        self.has_ended = False

    def deliver(self, frame: Frame, encoded: str) -> None:
        match frame["type"]:
            case "piece" if frame["message"] == self._reply_id:
                self._pieces.append(frame)
            case "ended" if frame["message"]["id"] == self._reply_id:
                self.has_ended = True
            case _:
                return
        self._news.set()

    async def wait(self) -> None:
        """Until there is news, or it is time to look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._news.wait()
        self._news.clear()

    def take(self) -> list[Frame]:
        pieces = list(self._pieces)
        self._pieces.clear()
        return pieces


async def _events(
    token: AccessToken,
    reply_id: uuid.UUID,
    thread_id: str,
    sent: int,
    first: Sequence[tuple[str, dict[str, Any]]],
) -> AsyncIterator[bytes]:
    for name, data in first:
        yield event(name, data)
    heard = Heard(reply_id)
    topic = f"thread.{thread_id}"
    # Listening begins before reading, so that nothing falls between the two.
    hub.join(topic, heard)
    loop = asyncio.get_running_loop()
    spoke, looks_at = loop.time(), 0.0
    is_open, text = True, ""
    try:
        while True:
            pieces = heard.take()
            lacks_some = bool(pieces) and pieces[0]["offset"] > sent
            if lacks_some or heard.has_ended or loop.time() >= looks_at:
                looks_at = loop.time() + LOOK_SECONDS
                found = await _look(token, reply_id)
                if found is None:
                    yield event("gone", {"message": str(reply_id)})
                    return
                is_open, text, whole = found
                run = runner.live(reply_id)
                known = run.pieces_from(sent) if run is not None and is_open else [_piece(text)]
                # Of a reply that another process writes what was heard goes further than what is stored.
                pieces = [*known, *pieces]
            for piece in pieces:
                if piece["offset"] <= sent < piece["end"]:
                    text_now = piece["text"][sent - piece["offset"] :]
                    sent = piece["end"]
                    spoke = loop.time()
                    yield event("piece", {"text": text_now}, sent)
            if not is_open:
                yield event("ended", whole, len(text))
                return
            if loop.time() - spoke >= SILENCE_SECONDS:
                spoke = loop.time()
                yield b": still here\n\n"
            await heard.wait()
    finally:
        hub.leave(topic, heard)


def event(name: str, data: dict[str, Any], at: int | None = None) -> bytes:
    number = "" if at is None else f"id: {at}\n"
    written = on_one_line(json.dumps(data, ensure_ascii=False, cls=DjangoJSONEncoder))
    return f"{number}event: {name}\ndata: {written}\n\n".encode()


def _piece(text: str) -> Frame:
    return {"offset": 0, "end": len(text), "text": text}


async def _look(token: AccessToken, reply_id: uuid.UUID) -> tuple[bool, str, dict[str, Any]] | None:
    """Whether a reply is still written, its text as far as it is stored, and when it has ended all of it."""
    while True:
        try:
            with wall.person(token.user_id):
                return await in_database(_looked_up, token, reply_id)
        except (DatabaseError, InterfaceError):
            await asyncio.sleep(LOOK_SECONDS)


def _looked_up(token: AccessToken, reply_id: uuid.UUID) -> tuple[bool, str, dict[str, Any]] | None:
    if not tokens.is_still(token):
        return None
    message: Message | None = reachable(token.user_id).filter(pk=reply_id).first()
    if message is None:
        return None
    is_open = message.state in OPEN_STATES
    return is_open, message.text, {} if is_open else making.message(*with_versions([message], token.user_id))
