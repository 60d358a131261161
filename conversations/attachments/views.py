"""Takes in the files that people attach on the pages, and hands them back."""

from __future__ import annotations

import logging
import uuid

from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from conversations.attachments import storing
from conversations.attachments.errors import STATUS, AttachmentProblem
from conversations.attachments.serving import served
from conversations.attachments.upload import take_files
from conversations.models import Attachment
from conversations.turns.frames import attachment_frame
from memchat.users.limits import with_retry_after

logger = logging.getLogger(__name__)


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
    return with_retry_after(JsonResponse(told, status=STATUS.get(problem.kind, 400)), problem.retry_after)


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
    return served(request, attachment_id, "data")


@login_required
@require_safe
def preview(request: HttpRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """A small image; the image itself where that is small."""
    return served(request, attachment_id, "preview")
