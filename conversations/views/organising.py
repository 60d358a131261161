"""How threads are kept in order: pinned, archived, and marked with tags."""

from __future__ import annotations

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations import arranging
from conversations.errors import TurnError
from conversations.models import Thread
from memchat.web.scripts import wants_data

_YES_NO = {"yes": True, "no": False}


@login_required
@require_POST
def pin(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Put a thread above the others, or back among them."""
    return _switch(request, thread_id, "pinned")


@login_required
@require_POST
def archive(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Put a thread away, or bring it back."""
    return _switch(request, thread_id, "archived")


def _switch(request: HttpRequest, thread_id: uuid.UUID, name: str) -> HttpResponse:
    value = _YES_NO.get(request.POST.get(name, ""))
    if value is None:
        return HttpResponse(_("That is neither yes nor no."), status=400, content_type="text/plain; charset=utf-8")
    try:
        return _done(request, arranging.switch(request.user.pk, thread_id, name, value))  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    except arranging.NotDone as problem:
        return _not_done(request, thread_id, problem)


@login_required
@require_POST
def tag(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Give a thread a tag (`add`), or take one off (`remove`)."""
    user_id: int = request.user.pk  # type: ignore[assignment]
    removed = request.POST.get("remove", "")
    try:
        if arranging.is_tag(removed):
            thread = arranging.remove_tag(user_id, thread_id, removed)
        else:
            thread = arranging.add_tag(user_id, thread_id, request.POST.get("add", ""))
    except TurnError:
        raise Http404 from None
    except arranging.NotDone as problem:
        return _not_done(request, thread_id, problem)
    return _done(request, thread)


def _not_done(request: HttpRequest, thread_id: uuid.UUID, problem: arranging.NotDone) -> HttpResponse:
    if wants_data(request):
        return HttpResponse(problem.text, status=400, content_type="text/plain; charset=utf-8")
    notices.error(request, problem.text)
    return redirect("thread", thread_id)


def _done(request: HttpRequest, thread: Thread) -> HttpResponse:
    if wants_data(request):
        return HttpResponse(status=204)
    if request.POST.get("back") == "archived":
        cursor = request.POST.get("threads_before", "")
        return redirect(reverse("threads_archived", query={"threads_before": cursor} if cursor else None))
    return redirect("thread", thread.pk)
