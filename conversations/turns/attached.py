"""What was attached to the messages of a prompt, read from the database as far as a prompt could hold it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models.functions import Left

from conversations.branches import History
from conversations.models import Attachment, AttachmentKind
from conversations.prompts import Said
from conversations.quoting import NOTHING, Enclosed, Picture, QuotedFile

MOST_PICTURES = 10
"""In one prompt, the newest; a request with more is slow, dear, and may be too large."""


def enclosures(
    user_id: int, messages: Sequence[uuid.UUID], *, max_chars: int, with_pictures: bool
) -> dict[uuid.UUID, Enclosed]:
    """What was attached to these messages, with the newest texts up to `max_chars` and images."""
    at = {pk: place for place, pk in enumerate(messages)}
    rows = list(Attachment.objects.of(user_id).filter(message__in=messages))
    rows.sort(key=lambda row: (-at[row.message_id], row.position))
    texts, pictures = _wanted(rows, max_chars, MOST_PICTURES if with_pictures else 0)
    held = Attachment.objects.of(user_id).filter(pk__in=texts | pictures)
    texts_read = dict(held.filter(pk__in=texts).values_list("pk", Left("text", max_chars)))
    pictures_read = dict(held.filter(pk__in=pictures).values_list("pk", "data"))
    found: dict[uuid.UUID, Enclosed] = {}
    for row in rows:
        found[row.message_id] = found.get(row.message_id, NOTHING) + _enclosed(row, texts_read, pictures_read)
    return found


def _wanted(newest_first: Sequence[Attachment], max_chars: int, count: int) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Which texts, and which images, are worth reading."""
    texts: set[uuid.UUID] = set()
    pictures: set[uuid.UUID] = set()
    for row in newest_first:
        if row.kind == AttachmentKind.TEXT and max_chars > 0:
            texts.add(row.pk)
            max_chars -= row.chars
        elif row.kind == AttachmentKind.IMAGE and len(pictures) < count:
            pictures.add(row.pk)
    return texts, pictures


def _enclosed(
    row: Attachment, texts: Mapping[uuid.UUID, str], pictures: Mapping[uuid.UUID, memoryview | bytes]
) -> Enclosed:
    if row.kind == AttachmentKind.IMAGE:
        data = bytes(pictures.get(row.pk, b""))
        return Enclosed(pictures=(Picture(row.name, row.media_type, data, row.width or 1, row.height or 1),))
    text = texts.get(row.pk)
    # Nobody who wrote the file can know what it is called here.
    cut = row.cut or len(text or "") < row.chars
    file = QuotedFile(row.pk.hex[:12], row.name, text or "", cut, row.pages or 0, tuple(row.unread_pages))
    return Enclosed(files=(file,)) if text is not None else Enclosed(notes=(file.left_out,))


def with_enclosures(history: History, found: Mapping[uuid.UUID, Enclosed]) -> tuple[Said, ...]:
    """The messages of a history, each with what was attached to it."""
    if not found:
        return history.said
    pairs = zip(history.said, history.ids, strict=True)
    return tuple(Said(said.role, said.text, found.get(pk, NOTHING)) for said, pk in pairs)
