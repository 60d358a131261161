"""Sharing a thread: what would be seen, the links one has given away, and the page that they lead to."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import sharing
from conversations.models import SharedThread
from conversations.views.reach import id_or_none, own_message, own_thread


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Show exactly what others would see, then make the copy: of what was shown, whatever has been said since."""
    thread = own_thread(request, thread_id)
    try:
        if request.method == "POST":
            shared = sharing.share(thread, _confirmed(request, thread_id))
            return redirect(f"{reverse('shared')}?new={shared.pk}#shared-{shared.pk}")
        copy = sharing.copy_of(thread, thread.head_id)
    except sharing.NotShared as problem:
        notices.error(request, str(problem))
        return redirect("thread", thread.pk)
    said = sharing.shown(copy.said)
    context = {"thread": thread, "said": said, "leaf": copy.leaf, "title": thread.shown_title}
    return render(request, "sharing/share.html", context)


def _confirmed(request: HttpRequest, thread_id: uuid.UUID) -> uuid.UUID:
    """The message up to which the person has seen what they share."""
    leaf = id_or_none(request.POST.get("leaf"))
    if leaf is None or own_message(request, leaf).thread_id != thread_id:
        raise Http404
    return leaf


@never_cache
@login_required
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The links one has given away."""
    shared = SharedThread.objects.of(request.user).select_related("thread").defer("said")
    return render(
        request,
        "sharing/own.html",
        {"links": [_link(request, one) for one in shared], "new": id_or_none(request.GET.get("new"))},
    )


def _link(request: HttpRequest, shared: SharedThread) -> dict[str, Any]:
    path = reverse("shared_thread", args=[shared.token])
    return {"shared": shared, "url": request.build_absolute_uri(path), "path": path}


@login_required
@require_POST
def revoke(request: HttpRequest, shared_id: uuid.UUID) -> HttpResponse:
    """Take a link back: its copy is removed, so nothing is left to be read."""
    removed, _rows = SharedThread.objects.of(request.user).filter(pk=shared_id).delete()
    if not removed:
        raise Http404
    notices.success(request, _("The link does not work any more."))
    return redirect("shared")


@never_cache
@require_GET
def read(request: HttpRequest, token: str) -> HttpResponse:
    """A copy, for whoever has its link. It neither reads nor sets a cookie."""
    shared = sharing.by_token(token)
    if shared is None:
        raise Http404
    context = {"title": shared.title, "said": sharing.shown(shared.said), "created_at": shared.created_at}
    response = render(request, "sharing/shared.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # The address is the key: no page that is linked to gets to know it.
    response["Referrer-Policy"] = "no-referrer"
    return response
