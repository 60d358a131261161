"""Copies of threads that people share by a link.

A copy is made once and never changes. It holds what was said on the branch that is shown, and which model replied: no
name, no memory, no time, no id, nothing that leads back. It goes with its thread, its person, and when they say so.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from conversations import rendering
from conversations.branches import messages_up_to
from conversations.models import OPEN_STATES, Message, MessageRole, SharedThread, Thread
from conversations.turns.frames import shown_model
from memchat import wall

MOST_MESSAGES = 2_000
MOST_BYTES = 5_000_000
LINKS_PER_PERSON = 500
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class NotShared(Exception):
    """A thread cannot be shared; the words are for its person."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a copy as it is shown."""

    role: str
    text: str
    html: SafeString
    model: str
    files: int
    """How many were attached; they are not in the copy."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy holds, and the last message that it could hold: all up to that one stays as it is."""

    said: list[dict[str, Any]]
    leaf: uuid.UUID


def copy_of(thread: Thread, leaf: uuid.UUID | None) -> Copy:
    """A copy of a thread up to one of its messages, or to where a reply is still being written. Raises NotShared."""
    if thread.temporary:
        raise NotShared(_("A temporary thread cannot be shared. Keep it first."))
    found = messages_up_to(leaf, thread.user_id, MOST_MESSAGES + 1)
    found = list(takewhile(lambda message: message.state not in OPEN_STATES, found))
    said = [_said(message) for message in found if _is_to_be_seen(message, thread)]
    if not said:
        raise NotShared(_("There is nothing in this thread to share yet."))
    if len(found) > MOST_MESSAGES or len(json.dumps(said)) > MOST_BYTES:
        raise NotShared(_("This thread is too long to be shared. Export it instead."))
    return Copy(said, found[-1].pk)


def _is_to_be_seen(message: Message, thread: Thread) -> bool:
    return message.thread_id == thread.pk and bool(message.text.strip() or message.attachments.all())


def _said(message: Message) -> dict[str, Any]:
    if message.role == MessageRole.USER:
        return {"role": "user", "text": message.text, "files": len(message.attachments.all())}
    is_current = message.html_version == rendering.VERSION
    return {
        "role": "assistant",
        "text": message.text,
        "html": message.html if is_current else rendering.render(message.text),
        "version": rendering.VERSION,
        "model": shown_model(message),
    }


def shown(said: list[dict[str, Any]]) -> list[Said]:
    """A copy ready to be shown. What was rendered by older rules is rendered anew, which its text has not changed."""
    return [
        Said(
            one["role"],
            one["text"],
            mark_safe(_html(one)),  # noqa: S308  sanitised by conversations.rendering
            one.get("model", ""),
            one.get("files", 0),
        )
        for one in said
    ]


def _html(one: dict[str, Any]) -> str:
    if one["role"] == "user":
        return ""
    html: str = one["html"] if one["version"] == rendering.VERSION else rendering.render(one["text"])
    return html


def share(thread: Thread, leaf: uuid.UUID | None) -> SharedThread:
    """Make a copy that whoever knows its link may read. Raises NotShared."""
    said = copy_of(thread, leaf).said
    if SharedThread.objects.of(thread.user_id).count() >= LINKS_PER_PERSON:
        raise NotShared(_("You have %(max)d shared links. Revoke one first.") % {"max": LINKS_PER_PERSON})
    shared: SharedThread = SharedThread.objects.create(
        token=secrets.token_urlsafe(32), user_id=thread.user_id, thread=thread, title=thread.shown_title, said=said
    )
    return shared


def by_token(token: str) -> SharedThread | None:
    """The copy that a link leads to: the one place where somebody's rows are reached without being theirs."""
    if not _TOKEN.fullmatch(token):
        return None
    with wall.everyone("whoever has the link may read the copy"):
        found: SharedThread | None = SharedThread.objects.filter(token=token, user__is_active=True).first()
    return found
