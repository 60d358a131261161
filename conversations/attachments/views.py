"""Takes in the files that people attach, and hands them back: to their owner, and so that nothing in them runs."""

from __future__ import annotations

import logging
import uuid

from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from conversations.attachments import storing
from conversations.attachments.errors import AttachmentProblem
from conversations.attachments.upload import take_files
from conversations.models import Attachment, AttachmentKind
from conversations.turns.frames import attachment_frame
from memchat.users.limits import with_retry_after

logger = logging.getLogger(__name__)

_STATUS = {"limited": 429, "too_large": 413, "busy": 503, "unavailable": 503}


@csrf_exempt  # only here, where nothing is read yet; `_attachments` below is protected
def attachments(request: HttpRequest) -> HttpResponse:
    """Takes in one file, or tells which of one's files are not sent yet."""
    take_files(request)
    return _attachments(request)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def _attachments(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        unsent = Attachment.objects.of(request.user).unsent()
        return JsonResponse({"attachments": [attachment_frame(one) for one in unsent]})
    file = request.FILES.get("file")
    try:
        if problem := request.upload_problem or ("" if file else "none"):  # type: ignore[attr-defined]
            raise AttachmentProblem(problem)
        stored = storing.take_in(request.user.pk, file)  # type: ignore[arg-type]
    except AttachmentProblem as problem:
        return _refusal(problem)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("a file could not be stored: %s", type(error).__name__)
        return _refusal(AttachmentProblem("unavailable"))
    return JsonResponse(attachment_frame(stored), status=201)


def _refusal(problem: AttachmentProblem) -> HttpResponse:
    told = {"error": {"kind": problem.kind, "text": problem.text}}
    return with_retry_after(JsonResponse(told, status=_STATUS.get(problem.kind, 400)), problem.retry_after)


@login_required
@require_http_methods(["POST", "DELETE"])
def remove(request: HttpRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """Removes a file that was not sent."""
    if not storing.give_up(request.user.pk, attachment_id):  # type: ignore[arg-type]
        raise Http404
    return HttpResponse(status=204)


@login_required
@require_safe
def original(request: HttpRequest, attachment_id: uuid.UUID, name: str) -> HttpResponse:
    """The file itself, to be saved; of an image the one drawn anew, to be seen. The address's name is for people."""
    return _served(request, attachment_id, "data")


@login_required
@require_safe
def preview(request: HttpRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """A small image; the image itself where that is small."""
    return _served(request, attachment_id, "preview")


def _served(request: HttpRequest, attachment_id: uuid.UUID, which: str) -> HttpResponse:
    mine = Attachment.objects.of(request.user).exclude(message__thread__expires_at__lte=timezone.now())
    found = mine.filter(pk=attachment_id).first()
    is_image = found is not None and found.kind == AttachmentKind.IMAGE
    if found is None or (which == "preview" and not is_image):
        raise Http404
    # What a file holds never changes. The browser asks all the same whether it may show it (again).
    tag = f'"{found.pk.hex}-{which}"'
    if is_image and request.headers.get("If-None-Match") == tag:
        return _closed(HttpResponse(status=304), tag, is_image)
    data = found.preview if which == "preview" and found.preview else found.data
    response = HttpResponse(bytes(data), content_type=found.media_type)
    disposition = content_disposition_header(not is_image, found.name)
    if disposition:
        response["Content-Disposition"] = disposition
    return _closed(response, tag, is_image)


def _closed(response: HttpResponse, tag: str, is_image: bool) -> HttpResponse:
    """Nothing in it runs, is guessed to be something else, or is shown by a page of another site."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache" if is_image else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # Browsers draw an image that is opened by itself with a style of their own.
    styles = "style-src 'unsafe-inline'; " if is_image else ""
    response["Content-Security-Policy"] = f"default-src 'none'; {styles}sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
