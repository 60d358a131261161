"""Files that come with a message that is sent as a form, without any script."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from conversations.attachments import storing
from conversations.attachments.errors import AttachmentProblem
from conversations.attachments.names import safe_name
from conversations.models import Attachment
from conversations.turns.frames import attachment_frame


def marks_of(request: HttpRequest) -> str:
    """What tells the files of a form from those of another that says the same."""
    files = [f"{file.name}:{file.size}" for file in request.FILES.getlist("files")]
    return "\n".join([*request.POST.getlist("attachment"), *files])


def take_posted(request: HttpRequest) -> tuple[list[uuid.UUID], list[str]]:
    """The form's files, those of an earlier attempt first, and what is wrong with others."""
    ids, problems = _own_ids(request), []
    for file in request.FILES.getlist("files"):
        try:
            if len(ids) >= settings.ATTACHMENTS_PER_MESSAGE:
                raise AttachmentProblem("too_many")
            ids.append(storing.take_in(request.user.pk, file).pk)  # type: ignore[arg-type]
        except AttachmentProblem as problem:
            problems.append(f"{safe_name(file.name or '')}: {problem.text}")
    return ids, problems


def waiting(user_id: int, ids: Collection[uuid.UUID]) -> list[dict[str, Any]]:
    """Those of the files that can still be sent, as a page shows them."""
    return [attachment_frame(one) for one in Attachment.objects.of(user_id).unsent().filter(pk__in=ids)]


def _own_ids(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for raw in request.POST.getlist("attachment"):
        try:
            found.append(uuid.UUID(raw))
        except ValueError:
            continue
    return found
