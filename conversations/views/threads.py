"""What is done with a whole thread: renaming, keeping and deleting it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conversations import temporary
from conversations.errors import TurnError
from conversations.models import TITLE_MAX_CHARS, Thread
from conversations.turns import announce, ledger
from conversations.turns.hub import hub
from conversations.turns.runner import runner
from conversations.views.reach import own_thread, wants_data
from memchat.text import storable
from memories import writing
from memories.models import Ending, Memory, MemoryQuerySet, Proposal, ProposalQuerySet


@login_required
@require_POST
def rename(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    found = own_thread(request, thread_id)
    title = " ".join(storable(request.POST.get("title", "")).split())
    if not title or len(title) > TITLE_MAX_CHARS:
        text = _("A title has between 1 and %(max)d characters.") % {"max": TITLE_MAX_CHARS}
        if wants_data(request):
            return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
        notices.error(request, text)
        return redirect("thread", found.pk)
    found.title, found.titled_by_hand = title, True
    found.save(update_fields=["title", "titled_by_hand"])
    announce.thread_changed(found)
    return HttpResponse(status=204) if wants_data(request) else redirect("thread", found.pk)


@login_required
@require_POST
def keep(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Make a temporary thread one that stays."""
    with transaction.atomic():
        found = _locked(request, thread_id)
        temporary.keep(found)
    announce.thread_changed(found)
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("This thread is kept. Its memory is off until you switch it on."))
    return redirect("thread", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a thread with everything in it, and forget what the person chose of what was learned from it."""
    found = own_thread(request, thread_id)
    # Of each memory its newest version; what was forgotten before can still be removed for good.
    learned = Memory.objects.of(request.user).filter(source_thread=found.pk, superseded_by=None).without_vectors()
    learned = learned.exclude(ending=Ending.SUPERSEDED).order_by("created_at", "pk")
    waiting = Proposal.objects.of(request.user).filter(source_thread=found.pk)
    if request.method != "POST":
        context = {
            "thread": found,
            "memories": learned,
            "proposals": waiting,
            "undo_days": settings.UNDO_DAYS,
        }
        return render(request, "conversations/delete_thread.html", context)
    _forget_chosen(request, learned, waiting)
    with transaction.atomic():
        # In the order in which accepting and finishing take their locks.
        found = _locked(request, thread_id)
        running = list(found.runs.values_list("reply_id", flat=True))
        found.delete()
    # What is kept no longer leads to a page that is not there.
    writing.cut_off_from(request.user, thread_id)
    for reply_id in running:
        hub.call_soon(runner.stop_run, reply_id)
    announce.gone(found.user_id, thread_id)
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("The thread was deleted."))
    return HttpResponseRedirect(reverse("home"))


def _forget_chosen(request: HttpRequest, learned: MemoryQuerySet, waiting: ProposalQuerySet) -> None:
    everything = request.POST.get("forget_memories") == "yes"
    erases = request.POST.get("erase") == "yes"
    memories, proposals = request.POST.getlist("memory"), request.POST.getlist("proposal")
    for memory in learned:
        if everything or str(memory.pk) in memories:
            writing.forget(memory)
            if erases:
                writing.erase(memory)
    for proposal in waiting:
        if everything or str(proposal.pk) in proposals:
            writing.reject(proposal)


def _locked(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    try:
        return ledger.lock_thread(request.user.pk, thread_id)  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
