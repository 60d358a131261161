"""Files: taken in to be sent with a message, handed back, and given up. The same files as those of the pages."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import Router, Status

from conversations.attachments import storing
from conversations.attachments.errors import AttachmentProblem
from conversations.attachments.serving import served
from conversations.attachments.upload import take_files
from conversations.errors import TurnError
from conversations.models import Attachment
from memchat.api import making, shapes
from memchat.api.errors import ERRORS
from memchat.api.reading import Bearer, Problem
from memchat.users.models import Scope

router = Router(tags=["attachments"])
reads, writes = Bearer(Scope.READ_THREADS), Bearer(Scope.WRITE_THREADS)
_FILE = {"type": "string", "format": "binary"}
_FORM = {"schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}}


@router.get(
    "/attachments", auth=reads, response={200: shapes.Attachments, **ERRORS}, summary="The files that wait to be sent"
)
def list_attachments(request: HttpRequest) -> Any:
    return {"items": [making.attachment(one) for one in Attachment.objects.of(request.user).unsent()]}


@router.post(
    "/attachments",
    auth=writes,
    response={201: shapes.AttachmentShape, **ERRORS},
    openapi_extra={"requestBody": {"content": {"multipart/form-data": _FORM}, "required": True}},
    summary="Take in a file, to be sent with a message",
)
def take_in_attachment(request: HttpRequest) -> Any:
    """Texts, PDFs and images (PNG, JPEG, WebP, GIF). What a file is, is decided by what stands in it.

    It waits a day for the message that names it among its `attachments`.
    """
    take_files(request)
    file = _sent(request)
    if problem := request.upload_problem or ("" if file else "none"):  # type: ignore[attr-defined]
        raise AttachmentProblem(problem)
    assert file is not None
    return Status(201, making.attachment(storing.take_in(request.user.pk, file)))  # type: ignore[arg-type]


@router.get(
    "/attachments/{uuid:attachment_id}",
    auth=reads,
    response=ERRORS,
    openapi_extra=shapes.file_of("What is kept of it", "application/octet-stream"),
    summary="Get a file itself",
)
def get_attachment(request: HttpRequest, attachment_id: uuid.UUID) -> Any:
    return served(request, attachment_id, "data")


@router.delete(
    "/attachments/{uuid:attachment_id}",
    auth=writes,
    response={204: None, **ERRORS},
    summary="Give up a file that was not sent",
)
def delete_attachment(request: HttpRequest, attachment_id: uuid.UUID) -> Any:
    if not storing.give_up(request.user.pk, attachment_id):  # type: ignore[arg-type]
        raise TurnError("not_found")
    return Status(204, None)


def _sent(request: HttpRequest) -> UploadedFile | None:
    """The file of the form. Raises Problem where what was sent is no form."""
    try:
        return request.FILES.get("file")
    except (MultiPartParserError, SuspiciousOperation):
        raise Problem("bad_request", _("That could not be read."), 400) from None
