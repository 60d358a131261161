"""The markup of replies that have ended: as it is stored, or made anew where there is none or it is by older rules."""

from __future__ import annotations

from collections.abc import Iterable

from conversations import rendering
from conversations.models import OPEN_STATES, Message, MessageRole


def bring_up_to_date(messages: Iterable[Message]) -> None:
    """Render what needs it, and store that: imported replies have no markup, and others one by older rules."""
    for message in messages:
        is_reply = message.role == MessageRole.ASSISTANT and message.state not in OPEN_STATES
        if is_reply and message.html_version != rendering.VERSION:
            message.html, message.html_version = rendering.render(message.text), rendering.VERSION
            mine = Message.objects.of(message.user_id).filter(pk=message.pk)
            mine.update(html=message.html, html_version=message.html_version)
