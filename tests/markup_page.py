"""A page as docs/protocol.md, "Markup", demands it, without a browser."""

from __future__ import annotations

from typing import Any

Frame = dict[str, Any]


class MarkupPage:
    """The blocks of one reply, and the one that is open."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.tail = ""
        self.done = False
        self.key: str | None = None
        self.at = 0
        self._parts: list[str] = []

    @property
    def html(self) -> str:
        return "".join(self.blocks) + self.tail

    def take(self, frame: Frame) -> bool:
        """Apply a frame; False when one before it is missing."""
        if "part" in frame:
            return self._take_whole(frame)
        if frame["key"] != self.key or frame["at"] > self.at + 1:
            return False
        if frame["at"] <= self.at:
            return True
        self.at = frame["at"]
        self.tail = _without_last(self.tail, frame["drop"]) + frame["html"]
        if frame.get("blocks"):
            settled = _without_last(self.tail, frame["left"])
            # Only a browser can tell where one block ends; here they stay together.
            self.blocks.append(settled)
            self.tail = self.tail[len(settled) :]
        self.done = bool(frame.get("done"))
        return True

    def _take_whole(self, frame: Frame) -> bool:
        if frame["part"] == 0:
            self._parts = []
        if frame["part"] != len(self._parts):
            return False
        self._parts.append(frame["html"])
        if "blocks" not in frame:
            return True
        if (frame["at"] <= self.at) if frame["key"] == self.key else (not frame["key"] and bool(self.key)):
            return True
        self.key, self.at, self.tail = frame["key"], frame["at"], "".join(self._parts)
        self.blocks = []
        for length in frame["blocks"]:
            block = _first(self.tail, length)
            self.blocks.append(block)
            self.tail = self.tail[len(block) :]
        self.done = bool(frame.get("done"))
        return True


def _first(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le")


def _without_last(text: str, units: int) -> str:
    encoded = text.encode("utf-16-le")
    return encoded[: len(encoded) - 2 * units].decode("utf-16-le")
