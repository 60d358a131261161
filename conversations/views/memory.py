"""How threads and replies stand with memory: a thread's switch, and whether a memory was relevant to a reply."""

from __future__ import annotations

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations.models import MemoryUse, MessageRole, Thread
from conversations.turns import announce, frames
from conversations.views.reach import own_message, own_thread, wants_data
from memories import writing
from memories.access import MemoryMode

_PLAIN = "text/plain; charset=utf-8"


@login_required
@require_POST
def thread_memory(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Switch what a thread may do with its person's memories."""
    found = own_thread(request, thread_id)
    mode = request.POST.get("memory_mode", "")
    if mode not in MemoryMode.values:
        return HttpResponse(_("Choose one of: on, read only, off."), status=400, content_type=_PLAIN)
    if not Thread.objects.of(request.user).filter(pk=found.pk, temporary=False).update(memory_mode=mode):
        return HttpResponse(_("A temporary thread has no memory."), status=400, content_type=_PLAIN)
    found.memory_mode = mode
    announce.thread_changed(found)
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("Saved."))
    return redirect("thread", found.pk)


@login_required
@require_POST
def not_relevant(request: HttpRequest, message_id: uuid.UUID, memory_id: int) -> HttpResponse:
    """Note that a memory did not belong into the prompt of a reply, or take that back."""
    reply = own_message(request, message_id)
    answer = request.POST.get("not_relevant", "")
    if answer not in {"yes", "no"}:
        return HttpResponse(_("Say “yes” or “no”."), status=400, content_type=_PLAIN)
    says_so = answer == "yes"
    with transaction.atomic():
        uses = MemoryUse.objects.of(request.user).filter(reply=reply.pk, memory=memory_id)
        use = uses.select_for_update(of=("self",)).select_related("memory").first()
        if use is None:
            raise Http404
        if use.not_relevant != says_so:
            use.not_relevant = says_so
            use.save(update_fields=["not_relevant"])
            if says_so:
                writing.lower(use.memory)
            else:
                writing.raise_again(use.memory)
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
