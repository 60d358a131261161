"""Attachments in the database: taken in, given up, and removed when they were never sent."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from conversations.attachments.errors import AttachmentProblem
from conversations.attachments.reading import read
from conversations.models import Attachment
from memchat.database import give_back
from memchat.users.limits import LimitReached, count_upload

KEPT_HOURS = 24
"""How long a file waits to be sent."""
MOST_UNSENT = 60
"""Of one person; then the oldest goes."""


def take_in(user_id: int, file: UploadedFile) -> Attachment:
    """Store a file that its person may send with a message. Raises AttachmentProblem."""
    if (file.size or 0) > settings.ATTACHMENT_MAX_MB * 1024 * 1024:
        raise AttachmentProblem("too_large")
    # Counted whatever becomes of it: reading is what costs. It may wait for others, and keeps no connection meanwhile.
    _count(user_id, file.size or 0)
    give_back()
    file.seek(0)
    found = read(file, file.name or "")
    with transaction.atomic():
        attachment = Attachment.objects.create(
            user_id=user_id,
            name=found.name,
            kind=found.kind,
            media_type=found.media_type,
            size=len(found.data),
            data=found.data,
            preview=found.preview,
            text=found.text,
            chars=len(found.text or ""),
            cut=found.cut,
            pages=found.pages,
            unread_pages=list(found.unread_pages),
            width=found.width,
            height=found.height,
        )
        _remove_surplus(user_id)
    return attachment


def _count(user_id: int, size: int) -> None:
    try:
        count_upload(user_id, size)
    except LimitReached as limit:
        raise AttachmentProblem("limited", limit.text, limit.retry_after) from None


def _remove_surplus(user_id: int) -> None:
    newest_first = Attachment.objects.of(user_id).unsent().order_by("-created_at", "-pk")
    surplus = list(newest_first.values_list("pk", flat=True)[MOST_UNSENT:])
    Attachment.objects.of(user_id).unsent().filter(pk__in=surplus).delete()


def give_up(user_id: int, attachment_id: uuid.UUID) -> bool:
    """Remove a file that was not sent; False when there is none."""
    removed, _ = Attachment.objects.of(user_id).unsent().filter(pk=attachment_id).delete()
    return bool(removed)


def remove_unsent(limit: int = 200) -> int:
    """Remove files that nobody sent in time; how many there were."""
    left = Attachment.objects.unsent().filter(created_at__lt=timezone.now() - timedelta(hours=KEPT_HOURS))
    ids = list(left.order_by("created_at").values_list("pk", flat=True)[:limit])
    # Asked again: one may be sent at this moment.
    return int(Attachment.objects.unsent().filter(pk__in=ids).delete()[0])
