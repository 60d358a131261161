"""One thread as a file: as JSON with everything there is of it, and as Markdown to read."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.branches import with_versions
from conversations.models import Attachment, Learning, MemoryChange, MemoryUse, Message, MessageRole, Thread, ToolUse

BATCH = 200
_TITLE = re.compile(r"[^\w]+")
_TITLE_CHARS = 40

# Never exported: what is only worked out from the rest.
_OF_MESSAGE = ("thread", "user", "html", "html_version", "client_id")
# Nor what a file holds: that is a file of its own.
_OF_ATTACHMENT = ("user", "message", "data", "preview", "text")
_FILE_CHARS = 60


def name_of(thread: Thread) -> str:
    """A file's name for a thread, without its ending: day, title and id."""
    words = _TITLE.sub("-", thread.title.casefold())[:_TITLE_CHARS].strip("-_")
    return "-".join(
        part for part in (f"{timezone.localdate(thread.created_at):%Y-%m-%d}", words, str(thread.pk)) if part
    )


def file_of(attachment: Attachment) -> str:
    """Where an attachment lies in an archive with everything."""
    stem, dot, ending = attachment.name.rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    words = _TITLE.sub("-", stem.casefold())[:_FILE_CHARS].strip("-_")
    ending = _TITLE.sub("", ending)[:10]
    return f"attachments/{attachment.pk}" + (f"-{words}" if words else "") + (f".{ending}" if ending else "")


def as_json(thread: Thread) -> Iterator[str]:
    yield f'{{\n"thread": {in_json(row_of(thread, ("user",)))},\n"messages": '
    yield from listed(_whole(thread))
    yield "}\n"


def as_markdown(thread: Thread) -> Iterator[str]:
    yield f"# {thread.shown_title}\n"
    columns = _messages(thread).only("role", "text", "created_at", "thread", "parent")
    messages = columns.prefetch_related("attachments").iterator(chunk_size=BATCH)
    while batch := list(islice(messages, BATCH)):
        for message in with_versions(batch, thread.user_id):
            yield f"\n## {_heading(message)}\n\n{message.text}\n"
            if names := ", ".join(one.name for one in message.attachments.all()):
                yield "\n" + _("Attached: %(names)s") % {"names": names} + "\n"


def _heading(message: Message) -> str:
    """Who wrote a message, and when, and which of several versions it is: all branches are in the file."""
    who = _("You") if message.role == MessageRole.USER else _("Assistant")
    heading = f"{who}, {timezone.localtime(message.created_at):%Y-%m-%d %H:%M}"
    if (versions := message.versions) is None:
        return heading
    which = _("Version %(n)s of %(count)s") % {"n": versions.index, "count": versions.count}
    return f"{heading} ({which})"


def _messages(thread: Thread) -> models.QuerySet[Message]:
    messages = Message.objects.of(thread.user_id).filter(thread=thread).order_by("created_at", "depth", "pk")
    return messages.defer("html")


_HANG_ON_MESSAGES: tuple[tuple[str, Any, str], ...] = (
    ("memories_used", MemoryUse, "reply"),
    ("memory_changes", MemoryChange, "message"),
    ("tools_used", ToolUse, "reply"),
    ("learning", Learning, "message"),
)


def _whole(thread: Thread) -> Iterator[dict[str, Any]]:
    """The messages with what hangs on them. Django's own prefetching takes three times as long."""
    messages = _messages(thread).iterator(chunk_size=BATCH)
    while batch := list(islice(messages, BATCH)):
        found: dict[tuple[str, Any], list[dict[str, Any]]] = defaultdict(list)
        for name, model, field in _HANG_ON_MESSAGES:
            for row in model.objects.of(thread.user_id).filter(**{f"{field}__in": batch}):
                found[name, getattr(row, f"{field}_id")].append(row_of(row, ("id", "user", field)))
        attached: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for file in Attachment.objects.of(thread.user_id).filter(message__in=batch):
            attached[file.message_id].append({**row_of(file, _OF_ATTACHMENT), "file": file_of(file)})
        for message in batch:
            yield {
                **row_of(message, _OF_MESSAGE),
                "attachments": attached[message.pk],
                **{name: found[name, message.pk] for name, _model, _field in _HANG_ON_MESSAGES},
            }


# --- Rows ----------------------------------------------------------------------------------------------------------


def row_of(row: models.Model, without: tuple[str, ...]) -> dict[str, Any]:
    """All columns but these, so that a new one is exported without being named here."""
    return {
        field.name: field.value_from_object(row) for field in row._meta.concrete_fields if field.name not in without
    }


def in_json(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def listed(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    between = "["
    for row in rows:
        yield between + "\n" + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        between = ","
    yield "\n]\n" if between == "," else "[]\n"
