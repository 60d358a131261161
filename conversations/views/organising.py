"""How threads are kept in order: pinned, archived, and marked with tags."""

from __future__ import annotations

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.errors import TurnError
from conversations.models import TAG_MAX_CHARS, TAGS_PER_THREAD, Thread
from conversations.turns import announce, ledger
from conversations.views.reach import wants_data
from conversations.views.thread_list import tags_of
from memchat.text import storable

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
    with transaction.atomic():
        thread = _kept(request, thread_id)
        # What is pinned is not put away, and the other way round.
        if value:
            thread.pinned = thread.archived = False
        setattr(thread, name, value)
        thread.save(update_fields=["pinned", "archived"])
    return _done(request, thread)


@login_required
@require_POST
def tag(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Give a thread a tag (`add`), or take one off (`remove`)."""
    added, removed = (_tidied(request.POST.get(name, "")) for name in ("add", "remove"))
    with transaction.atomic():
        thread = _kept(request, thread_id)
        problem = ""
        if removed:
            thread.tags = [name for name in thread.tags if name.casefold() != removed.casefold()]
        elif problem := _problem(thread, added):
            pass
        elif added.casefold() not in {name.casefold() for name in thread.tags}:
            # One that is there already is spelt as it is spelt there.
            known = {name.casefold(): name for name in tags_of(thread.user_id)}
            thread.tags = [*thread.tags, known.get(added.casefold(), added)]
        thread.save(update_fields=["tags"])
    if not problem:
        return _done(request, thread)
    if wants_data(request):
        return HttpResponse(problem, status=400, content_type="text/plain; charset=utf-8")
    notices.error(request, problem)
    return redirect("thread", thread.pk)


def _tidied(name: str) -> str:
    return " ".join(storable(name).split())


def _problem(thread: Thread, added: str) -> str:
    if not added or len(added) > TAG_MAX_CHARS:
        return _("A tag has between 1 and %(max)d characters.") % {"max": TAG_MAX_CHARS}
    if len(thread.tags) >= TAGS_PER_THREAD:
        return _("A thread has %(max)d tags at the most.") % {"max": TAGS_PER_THREAD}
    return ""


def _kept(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    """The thread, locked. A temporary one is in no list, so there is nothing to keep in order."""
    try:
        thread = ledger.lock_thread(request.user.pk, thread_id)  # type: ignore[arg-type]
    except TurnError:
        raise Http404 from None
    if thread.temporary:
        raise Http404
    return thread


def _done(request: HttpRequest, thread: Thread) -> HttpResponse:
    announce.thread_changed(thread)
    if wants_data(request):
        return HttpResponse(status=204)
    if request.POST.get("back") == "archived":
        return redirect("threads_archived")
    return redirect("thread", thread.pk)
