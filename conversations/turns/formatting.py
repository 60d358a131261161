"""A reply as markup while it is written, for the tabs that ask for it: rendered once, told to all of them.

Steps that may take more than a moment happen in a thread, one after the other; what is written meanwhile is taken
together in the next one.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable

from conversations.markup.streaming import StreamedMarkup
from conversations.turns import frames
from conversations.turns.claims import Claim
from conversations.turns.frames import Frame
from conversations.turns.hub import hub

logger = logging.getLogger(__name__)

INLINE_WEIGHT = 700
"""What weighs less costs the event loop less than a millisecond."""
CATCH_UP_SECONDS = 0.3
"""When nothing more comes, what was put off is shown after this long."""


def topic_of(claim: Claim) -> str:
    return f"thread.{claim.thread_id}.markup"


class Formatting:
    """The markup of one reply that this process writes. Everything here happens on the event loop."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._topic = topic_of(claim)
        self._key = secrets.token_hex(3)
        """Names this rendering in its frames, in few bytes."""
        self._markup = StreamedMarkup()
        self._waiting: list[str] = []
        self._step: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0
        self._told_blocks: list[str] = []
        self._told_tail = ""
        self._askers: list[Callable[[Frame], None]] = []
        self._ended = False

    def feed(self, text: str) -> None:
        if self._ended:
            return
        self._waiting.append(text)
        if self._step is None:
            self._go_on()

    def tell(self, put: Callable[[Frame], None]) -> None:
        """Give somebody who listens to the topic all there is, as soon as it is there."""
        self._askers.append(put)
        if self._step is None:
            self._answer()

    def tell_all(self) -> None:
        """Give it to everybody who listens."""
        self.tell(lambda frame: hub.publish(self._topic, frame))

    def stop(self) -> None:
        """Nobody looks any more."""
        self._ended = True
        self._waiting.clear()
        self._stop_timer()

    async def finish(self, blocks: list[str]) -> None:
        """Tell what the whole text looks like in the end: the blocks that differ from those told before."""
        self.stop()
        while self._step is not None:
            await asyncio.wait([self._step])
        changed = {
            index: new for index, (old, new) in enumerate(zip(self._told_blocks, blocks, strict=False)) if old != new
        }
        if not self._at or len(self._told_blocks) > len(blocks) or 2 * len(changed) > len(blocks):
            self._told_blocks, self._told_tail, self._at = blocks, "", self._at + 1
            self._tell_whole(done=True)
            return
        self._publish(blocks, "", {**({"changed": changed} if changed else {}), "done": True, **self._names()})
        self._told_blocks = blocks

    # --- Steps ----------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Take in what waits."""
        self._stop_timer()
        text = "".join(self._waiting)
        self._waiting.clear()
        if self._markup.weight_with(text) < INLINE_WEIGHT:
            self._render(text)
            self._tell_news()
        else:
            self._step = asyncio.create_task(self._go_on_aside(text))

    async def _go_on_aside(self, text: str) -> None:
        try:
            await asyncio.to_thread(self._render, text)
        finally:
            self._step = None
        self._tell_news()

    def _render(self, text: str) -> None:
        """What cannot be rendered is no reason to break off a reply: what it looks like is told at its end."""
        try:
            if text:
                self._markup.feed(text)
            else:
                self._markup.catch_up()
        except Exception:
            logger.exception("a reply could not be rendered while it was written")
            self._ended = True

    def _tell_news(self) -> None:
        if self._ended:
            return
        markup = self._markup
        if len(markup.blocks) > len(self._told_blocks) or markup.tail != self._told_tail:
            self._publish(markup.blocks, markup.tail, {})
            self._told_blocks, self._told_tail = list(markup.blocks), markup.tail
        self._answer()
        if self._waiting:
            self._go_on()
        elif markup.behind:
            self._timer = asyncio.get_running_loop().call_later(CATCH_UP_SECONDS, self._go_on)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- Telling --------------------------------------------------------------------------------------------

    def _publish(self, blocks: list[str], tail: str, more: Frame) -> None:
        """Tell everyone what is new; the first time, and when that is much, everything."""
        settled = blocks[len(self._told_blocks) :]
        change = frames.markup_change(self._told_tail, "".join(settled), tail)
        self._at += 1
        if self._at == 1 or len(change["html"]) > frames.PIECE_MAX_CHARS or _size(more) > frames.PIECE_MAX_CHARS:
            self._told_blocks, self._told_tail = list(blocks), tail
            self._tell_whole(done="done" in more)
            return
        frame: Frame = {"type": "markup", "key": self._key, "at": self._at, **change}
        if settled:
            frame["blocks"], frame["left"] = len(settled), frames.units(tail)
        hub.publish(self._topic, {**frame, **more})

    def _tell_whole(self, done: bool) -> None:
        # Whoever asked for it listens, too.
        self._askers.clear()
        for frame in self._whole(done):
            hub.publish(self._topic, frame)

    def _answer(self) -> None:
        askers, self._askers = self._askers, []
        if not self._at:
            return
        for put in askers:
            for frame in self._whole():
                put(frame)

    def _whole(self, done: bool = False) -> list[Frame]:
        return frames.whole_markup(
            {**self._names(), "epoch": self._claim.epoch, "key": self._key},
            self._at,
            self._told_blocks,
            self._told_tail,
            done=done,
        )

    def _names(self) -> Frame:
        return {"thread": str(self._claim.thread_id), "message": str(self._claim.reply_id)}


def _size(more: Frame) -> int:
    return sum(map(len, more.get("changed", {}).values()))
