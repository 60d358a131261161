"""What is done with a whole thread: renaming, keeping and deleting it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conversations import arranging
from conversations.errors import TurnError
from conversations.views.reach import own_thread
from memchat.web.scripts import wants_data


@login_required
@require_POST
def rename(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    found = own_thread(request, thread_id)
    try:
        arranging.rename(request.user.pk, found.pk, request.POST.get("title", ""))  # type: ignore[arg-type]
    except arranging.NotDone as problem:
        if wants_data(request):
            return HttpResponse(problem.text, status=400, content_type="text/plain; charset=utf-8")
        notices.error(request, problem.text)
    except TurnError:
        raise Http404 from None
    else:
        if wants_data(request):
            return HttpResponse(status=204)
    return redirect("thread", found.pk)


@login_required
@require_POST
def keep(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Make a temporary thread one that stays."""
    try:
        found = arranging.keep(request.user.pk, thread_id)  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("This thread is kept. Its memory is off until you switch it on."))
    return redirect("thread", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a thread with everything in it, and forget what the person chose of what was learned from it."""
    found = own_thread(request, thread_id)
    learned = arranging.learned_from(request.user, found.pk)
    if request.method != "POST":
        context = {
            "thread": found,
            "memories": learned.memories,
            "proposals": learned.proposals,
            "undo_days": settings.UNDO_DAYS,
        }
        return render(request, "conversations/delete_thread.html", context)
    everything = request.POST.get("forget_memories") == "yes"
    arranging.forget_learned(
        learned,
        None if everything else request.POST.getlist("memory"),
        None if everything else request.POST.getlist("proposal"),
        erases=request.POST.get("erase") == "yes",
    )
    try:
        arranging.delete(request.user, thread_id)
    except TurnError:
        raise Http404 from None
    if wants_data(request):
        return HttpResponse(status=204)
    notices.success(request, _("The thread was deleted."))
    return HttpResponseRedirect(reverse("home"))
