"""Hands files back: to their owner, and so that nothing in them runs."""

from __future__ import annotations

import uuid
from typing import Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from conversations.models import Attachment, AttachmentKind


def served(request: HttpRequest, attachment_id: uuid.UUID, which: Literal["data", "preview"]) -> HttpResponse:
    """A file of the person who asks, or what it looks like in small. Raises Http404."""
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
