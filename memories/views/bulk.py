"""Changing many memories at once, and having them back."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from memories import by_hand, writing
from memories.forms import ForgetAllForm
from memories.models import Ending
from memories.views.own import chosen_ids, done, mine, refused
from memories.writing.checks import too_many


@login_required
@require_POST
def forget_selected(request: HttpRequest) -> HttpResponse:
    gone = by_hand.forget_some(request.user, chosen_ids(request))
    if not gone:
        return refused(request, _("Choose what to forget first."))
    return done(request, forgotten=",".join(map(str, gone)))


@login_required
@require_POST
def undo_selected(request: HttpRequest) -> HttpResponse:
    """Have back what was forgotten together."""
    return _have_back(request, chosen_ids(request))


@login_required
@require_POST
def undo_all(request: HttpRequest) -> HttpResponse:
    """Have back everything that is forgotten."""
    return _have_back(request, by_hand.all_forgotten(request.user))


def _have_back(request: HttpRequest, ids: list[int]) -> HttpResponse:
    back = writing.undo_forget_many(request.user, ids)
    # Sent twice, it has brought them back itself.
    if left := mine(request).filter(pk__in=ids, ending=Ending.FORGOTTEN).count():
        messages.warning(request, _why_not(request, left))
    return done(request, ngettext("%d memory is back.", "%d memories are back.", back) % back if back else "")


def _why_not(request: HttpRequest, left: int) -> str:
    if mine(request).filter(ended_at=None).count() >= settings.MEMORIES_PER_PERSON:
        return too_many()
    return (
        ngettext(
            "%d memory stays forgotten: something that is remembered now says the same or took its place.",
            "%d memories stay forgotten: something that is remembered now says the same or took their place.",
            left,
        )
        % left
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget_all(request: HttpRequest) -> HttpResponse:
    form = ForgetAllForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = len(writing.forget_all(request.user))
        messages.success(request, ngettext("%d memory forgotten.", "%d memories forgotten.", count) % count)
        return redirect("memories:forgotten")
    context = {
        "form": form,
        "count": mine(request).filter(ended_at=None).count(),
        "days": settings.UNDO_DAYS,
        "until": timezone.now() + timedelta(days=settings.UNDO_DAYS),
    }
    return render(request, "memories/forget_all.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase_all(request: HttpRequest) -> HttpResponse:
    """Remove for good all that was forgotten."""
    form = ForgetAllForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        writing.erase_forgotten(request.user)
        messages.success(request, _("Everything that was forgotten is removed for good."))
        return redirect("memories:list")
    context = {"form": form, "count": mine(request).filter(ending=Ending.FORGOTTEN).count()}
    return render(request, "memories/erase_all.html", context, status=422 if form.errors else 200)
