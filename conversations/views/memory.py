"""How threads and replies stand with memory: a thread's switch, and whether a memory was relevant to a reply."""

from __future__ import annotations

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations import arranging
from conversations.errors import TurnError
from conversations.models import MessageRole
from conversations.turns import frames
from conversations.views.reach import own_message
from memchat.web.scripts import wants_data

_PLAIN = "text/plain; charset=utf-8"


@login_required
@require_POST
def thread_memory(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Switch what a thread may do with its person's memories."""
    try:
        arranging.set_memory_mode(request.user.pk, thread_id, request.POST.get("memory_mode", ""))  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    except arranging.NotDone as problem:
        return HttpResponse(problem.text, status=400, content_type=_PLAIN)
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("Saved."))
    return redirect("thread", thread_id)


@login_required
@require_POST
def not_relevant(request: HttpRequest, message_id: uuid.UUID, memory_id: int) -> HttpResponse:
    """Note that a memory did not belong into the prompt of a reply, or take that back."""
    reply = own_message(request, message_id)
    answer = request.POST.get("not_relevant", "")
    if answer not in {"yes", "no"}:
        return HttpResponse(_("Say “yes” or “no”."), status=400, content_type=_PLAIN)
    try:
        arranging.mark_not_relevant(reply.user_id, reply.pk, memory_id, answer == "yes")
    except TurnError:
        raise Http404 from None
    if wants_data(request):
        return HttpResponse(status=204)
    return redirect(f"{reverse('thread', args=[reply.thread_id])}#message-{reply.pk}")


@never_cache
@login_required
@require_GET
def notes(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """What a reply has to do with memory, as the socket would tell it."""
    reply = own_message(request, message_id)
    if reply.role != MessageRole.ASSISTANT:
        raise Http404
    return JsonResponse(frames.memory_frame_of(reply))
