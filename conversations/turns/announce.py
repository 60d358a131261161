"""Tells every tab that a reply has ended."""

from __future__ import annotations

from conversations.models import Message
from conversations.turns import frames
from conversations.turns.frames import Frame
from conversations.turns.hub import hub


def ended(message: Message, changes: list[Frame] | None = None, memories: list[Frame] | None = None) -> None:
    """The reply to the tabs of its thread, and that one has ended to all tabs of its owner. From any thread."""
    hub.publish_soon(f"thread.{message.thread_id}", frames.ended_frame(message, changes, memories))
    hub.publish_soon(f"user.{message.user_id}", {"type": "settled", "thread": str(message.thread_id)})
