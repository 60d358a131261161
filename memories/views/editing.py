"""Changing one memory: adding, editing, pinning, forgetting, and having it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from memchat.web.scripts import wants_data
from memories import by_hand, writing
from memories.forms import MemoryForm
from memories.links import source_of
from memories.models import Ending, Memory
from memories.usage import with_usage
from memories.views.own import done, mine, one_of_mine, refused, told, where_from


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = MemoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = by_hand.add(request.user, form)
        if outcome.kind == "refused":
            form.add_error("text", outcome.reason)
        else:
            messages.success(
                request, _("Remembered.") if outcome.kind == "remembered" else _("This was known already.")
            )
            return redirect("memories:list")
    return render(request, "memories/form.html", {"form": form}, status=200 if not form.errors else 422)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    memory = get_object_or_404(with_usage(mine(request)), pk=pk)
    if memory.ended_at is not None:
        if request.method != "POST":
            return redirect("memories:history", pk=memory.pk)
        newest = with_usage(mine(request)).filter(namespace=memory.namespace, key=memory.key, ended_at=None).first()
        # Sent twice, the form has brought about the newest itself.
        if newest is None or newest.text != request.POST.get("text", "").strip():
            return _changed_meanwhile(request, newest)
        memory = newest
    form = MemoryForm.of(memory, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = by_hand.save(memory, form)
        if not outcome.reason:
            return done(request, _("Saved."))
        form.add_error("text", outcome.reason)
    context = {"form": form, "memory": memory, "source": source_of(request.user, memory), "next": where_from(request)}
    return render(request, "memories/form.html", context, status=200 if not form.errors else 422)


def _changed_meanwhile(request: HttpRequest, newest: Memory | None) -> HttpResponse:
    """The form again as it was sent, for what stands now in the place of the memory that it was about."""
    form = MemoryForm(request.POST) if newest is None else MemoryForm.of(newest, request.POST)
    context: dict[str, Any] = {"form": form, "memory": newest, "next": where_from(request)}
    if newest is None:
        context["action"] = reverse("memories:add")
        context["notice"] = _(
            "This memory was forgotten meanwhile. What you wrote is still here: saving remembers it anew."
        )
    else:
        context |= {"source": source_of(request.user, newest), "now": newest.text}
        context["action"] = reverse("memories:edit", args=[newest.pk])
        context["notice"] = _(
            "This memory was changed meanwhile. What you wrote is still here: saving puts it in the place of the "
            "newest version."
        )
    return render(request, "memories/form.html", context, status=409)


@login_required
@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    memory = one_of_mine(request, pk)
    pinned = request.POST.get("pinned") == "yes"
    outcome = writing.adjust(memory, pinned=pinned)
    if outcome.kind == "refused":
        return refused(request, outcome.reason)
    return done(request, _("Pinned.") if pinned else _("Not pinned any more."))


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    memory = one_of_mine(request, pk)
    writing.forget(memory)
    return done(request, forgotten=str(memory.pk))


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    return told(request, writing.undo_forget(one_of_mine(request, pk)), _("It is back."))


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return told(request, writing.restore(one_of_mine(request, pk)), _("It is back."))


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo that something was remembered. Asked twice it is done once."""
    memory = one_of_mine(request, pk)
    outcome = by_hand.take_back(request.user, memory)
    if outcome is not None and outcome.kind == "known" and memory.ending == Ending.SUPERSEDED:
        return done(request)
    if outcome is not None:
        return told(request, outcome, _("It is as it was before."))
    return done(request) if wants_data(request) else done(request, forgotten=str(memory.pk))


@login_required
@require_POST
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """For good, and only what was forgotten before: two steps, so that one slip loses nothing."""
    writing.erase(get_object_or_404(mine(request), pk=pk, ending=Ending.FORGOTTEN))
    messages.success(request, _("Removed for good."))
    return redirect("memories:forgotten")
