"""What a tab hears that has asked for replies as markup: their markup instead of their text."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from conversations import rendering
from conversations.models import OPEN_STATES, Message
from conversations.turns import frames
from conversations.turns.frames import Frame, encode
from conversations.turns.hub import Listener, hub
from conversations.turns.runner import runner

ASK_AGAIN_SECONDS = 0.5
"""A process that writes a reply is asked for its markup again after this long, and then twice as long each time."""


class MarkupTab:
    """Listens to a thread for a tab."""

    def __init__(self, tab: Listener, put: Callable[[Frame], None]) -> None:
        self._tab = tab
        self._put = put
        self._done = ""
        """The reply whose markup this tab was told to its end."""
        self._again: asyncio.TimerHandle | None = None

    def join(self, topic: str) -> None:
        hub.join(topic, self)
        hub.join(f"{topic}.markup", self)

    def leave(self, topic: str) -> None:
        hub.leave(topic, self)
        hub.leave(f"{topic}.markup", self)
        self.stop_asking()

    def deliver(self, frame: Frame, encoded: str) -> None:
        kind = frame["type"]
        if kind == "piece":
            return
        if kind == "markup":
            self.stop_asking()
            if "done" in frame:
                self._done = frame["message"]
        elif kind == "started":
            self._ask(uuid.UUID(frame["message"]))
        elif kind == "ended":
            self.stop_asking()
            if frame["message"]["id"] == self._done:
                # It has all of it.
                frame = {**frame, "message": {**frame["message"], "html": None}}
                encoded = encode(frame)
        self._tab.deliver(frame, encoded)

    async def show(self, message: Message) -> None:
        """What there is of a reply that is being written."""
        run = runner.live(message.pk)
        if run is not None:
            run.tell_markup(self._put)
            return
        self._ask(message.pk)
        if message.text and message.state in OPEN_STATES:
            # The process that writes it may be gone: what is stored, until it answers.
            stored = await asyncio.to_thread(rendering.so_far, message.text)
            names = {"thread": str(message.thread_id), "message": str(message.pk), "epoch": 0, "key": ""}
            for frame in frames.whole_markup(names, 0, stored.blocks, stored.tail):
                self._put(frame)

    def _ask(self, reply_id: uuid.UUID, wait: float = ASK_AGAIN_SECONDS) -> None:
        """Ask the process that writes a reply, until it is heard: it may not listen yet, or Redis may be away."""
        self.stop_asking()
        if runner.live(reply_id) is None:
            runner.show_markup(reply_id)
            self._again = asyncio.get_running_loop().call_later(wait, self._ask, reply_id, 2 * wait)

    def stop_asking(self) -> None:
        """Also when the tab is gone."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
