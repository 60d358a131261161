"""One thread as a download."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from conversations.exporting import as_json, as_markdown, name_of
from conversations.models import Thread
from conversations.views.reach import own_thread

_KINDS: dict[str, tuple[Callable[[Thread], Iterator[str]], str]] = {
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "json": (as_json, "application/json"),
}


@never_cache
@login_required
@require_GET
def export(request: HttpRequest, thread_id: uuid.UUID, kind: str) -> HttpResponse:
    if kind not in _KINDS:
        raise Http404
    thread = own_thread(request, thread_id)
    write, content_type = _KINDS[kind]
    # As bytes, which are a quarter of what the same text takes in memory.
    response = HttpResponse((piece.encode() for piece in write(thread)), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, f"{name_of(thread)}.{kind}") or "attachment"
    return response
