"""Who listens to what, within this process and, with Redis, across processes.

Frames are hints: whatever does not arrive is in the database. A topic is "thread.<id>", "thread.<id>.markup",
"user.<id>" or "run.<id>". All of it happens on the event loop; `publish_soon` is for other threads.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from django.conf import settings

from conversations.turns.frames import Frame, encode

logger = logging.getLogger(__name__)


class Listener(Protocol):
    def deliver(self, frame: Frame, encoded: str) -> None:
        """Take a frame; must neither block nor raise."""


class Hub:
    """The topics of one process and their listeners."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bridge: Bridge | None = None

    def start(self) -> None:
        """Bind to the running loop and, when Redis is configured, join the other processes."""
        self._loop = asyncio.get_running_loop()
        if settings.REDIS_URL and self._bridge is None:
            self._bridge = Bridge(self._hand_out)
            self._bridge.start()

    async def stop(self) -> None:
        bridge, self._bridge, self._loop = self._bridge, None, None
        if bridge is not None:
            await bridge.stop()

    def join(self, topic: str, listener: Listener) -> None:
        listeners = self._listeners[topic]
        if not listeners and self._bridge is not None:
            self._bridge.join(topic)
        listeners.add(listener)

    def leave(self, topic: str, listener: Listener) -> None:
        listeners = self._listeners.get(topic)
        if listeners is None:
            return
        listeners.discard(listener)
        if not listeners:
            del self._listeners[topic]
            if self._bridge is not None:
                self._bridge.leave(topic)

    def listens(self, topic: str) -> bool:
        """Whether anyone in this process listens."""
        return topic in self._listeners

    def publish(self, topic: str, frame: Frame) -> None:
        """Hand a frame to every listener of a topic, here and in the other processes."""
        if self._bridge is not None:
            encoded = encode(frame)
            self._bridge.publish(topic, frame, encoded)
            self._hand_out(topic, frame, encoded)
        elif topic in self._listeners:
            self._hand_out(topic, frame, encode(frame))

    def publish_soon(self, topic: str, frame: Frame) -> None:
        """The same from any thread, and without a running loop to no one: pages then show it on their next load."""
        self.call_soon(self.publish, topic, frame)

    def call_soon(self, function: Callable[..., object], *args: Any) -> None:
        """Run a function on this process's event loop, if it has one."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(function, *args)

    def _hand_out(self, topic: str, frame: Frame, encoded: str) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener.deliver(frame, encoded)


class Bridge:
    """Carries frames between processes over the channel layer. What it loses, the database still has."""

    QUEUE = 2_000
    RECONCILE_SECONDS = 2.0

    def __init__(self, hand_out: Callable[[str, Frame, str], None]) -> None:
        from channels.layers import get_channel_layer

        self._layer: Any = get_channel_layer()
        self._hand_out = hand_out
        self._origin = uuid.uuid4().hex
        self._channel = ""
        self._wanted: set[str] = set()
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._outgoing: asyncio.Queue[tuple[str, Frame, str]] = asyncio.Queue(self.QUEUE)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._send, self._receive, self._reconcile)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def join(self, topic: str) -> None:
        self._wanted.add(topic)
        self._changed.set()

    def leave(self, topic: str) -> None:
        self._wanted.discard(topic)
        self._changed.set()

    def publish(self, topic: str, frame: Frame, encoded: str) -> None:
        try:
            self._outgoing.put_nowait((topic, frame, encoded))
        except asyncio.QueueFull:
            logger.warning("too many frames wait for Redis; one was dropped")

    async def _send(self) -> None:
        while True:
            topic, frame, encoded = await self._outgoing.get()
            event = {"type": "frame", "origin": self._origin, "topic": topic, "frame": frame, "encoded": encoded}
            try:
                await self._layer.group_send(topic, event)
            except Exception as error:
                # Redis may be gone for a while: the chat goes on without it.
                logger.warning("Redis did not take a frame (%s)", type(error).__name__)
                await asyncio.sleep(0.2)

    async def _receive(self) -> None:
        """Hand out what comes, through a new channel whenever the old one fails."""
        while True:
            try:
                self._channel = await self._layer.new_channel("memchat")
                self._joined.clear()
                self._changed.set()
                while True:
                    event = await self._layer.receive(self._channel)
                    if event.get("origin") != self._origin:
                        self._hand_out(event["topic"], event["frame"], event["encoded"])
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("Redis cannot be read (%s); trying again", type(error).__name__)
                self._channel = ""
                await asyncio.sleep(1)

    async def _reconcile(self) -> None:
        """Bring the topics this process has joined in line with those it wants, until it succeeds."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.RECONCILE_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            channel = self._channel
            try:
                for topic in self._wanted - self._joined if channel else ():
                    await self._layer.group_add(topic, channel)
                    self._joined.add(topic)
                for topic in self._joined - self._wanted:
                    await self._layer.group_discard(topic, channel)
                    self._joined.discard(topic)
            except Exception as error:
                logger.warning("Redis could not be told what is listened to (%s)", type(error).__name__)
                await asyncio.sleep(0.5)


hub = Hub()
