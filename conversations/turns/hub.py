"""Who listens to what, within this process and, with Redis, across processes.

Frames are hints: whatever does not arrive is in the database. A topic is "thread.<id>", "user.<id>" or "run.<id>".
All of it happens on the event loop; `publish_soon` is for other threads.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable
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

    def __init__(self, hand_out: Callable[[str, Frame, str], None]) -> None:
        from channels.layers import get_channel_layer

        self._layer: Any = get_channel_layer()
        self._hand_out = hand_out
        self._origin = uuid.uuid4().hex
        self._topics: set[str] = set()
        self._outgoing: asyncio.Queue[tuple[str, ...] | tuple[str, str, Frame, str]] = asyncio.Queue(self.QUEUE)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def join(self, topic: str) -> None:
        self._topics.add(topic)
        self._put(("join", topic))

    def leave(self, topic: str) -> None:
        self._topics.discard(topic)
        self._put(("leave", topic))

    def publish(self, topic: str, frame: Frame, encoded: str) -> None:
        self._put(("publish", topic, frame, encoded))

    def _put(self, item: Any) -> None:
        try:
            self._outgoing.put_nowait(item)
        except asyncio.QueueFull:
            logger.warning("too many frames wait for Redis; one was dropped")

    async def _send(self) -> None:
        while True:
            kind, topic, *rest = await self._outgoing.get()
            try:
                if kind == "publish":
                    frame, encoded = rest
                    event = {
                        "type": "frame",
                        "origin": self._origin,
                        "topic": topic,
                        "frame": frame,
                        "encoded": encoded,
                    }
                    await self._layer.group_send(topic, event)
                elif kind == "join" and topic in self._topics:
                    await self._layer.group_add(topic, await self._channel())
                elif kind == "leave" and topic not in self._topics:
                    await self._layer.group_discard(topic, await self._channel())
            except Exception as error:
                logger.warning("Redis did not take a frame (%s)", type(error).__name__)
                await asyncio.sleep(0.2)

    _own_channel: str = ""

    async def _channel(self) -> str:
        if not self._own_channel:
            self._own_channel = await self._layer.new_channel("memchat")
        return self._own_channel

    async def _receive(self) -> None:
        while True:
            try:
                channel = await self._channel()
                for topic in tuple(self._topics):
                    await self._layer.group_add(topic, channel)
                while True:
                    event = await self._layer.receive(channel)
                    if event.get("origin") != self._origin:
                        self._hand_out(event["topic"], event["frame"], event["encoded"])
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("Redis cannot be read (%s); trying again", type(error).__name__)
                self._own_channel = ""
                await asyncio.sleep(1)


hub = Hub()
