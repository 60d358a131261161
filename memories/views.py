"""The page on which people see and control what is remembered of them. Everything works without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from memories import writing
from memories.forms import ForgetAllForm, ImportForm, MemoryForm, SearchForm
from memories.links import source_url
from memories.models import Category, Ending, Memory, MemoryQuerySet, Origin
from memories.search import search

PAGE_SIZE = 30
_CURSOR = re.compile(r"(-?\d{1,18})-(\d{1,18})")


@never_cache
@login_required
@require_GET
def memory_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "category": ""}
    if asked["q"]:
        shown, more = search(request.user, asked["q"], category=asked["category"]), ""
    else:
        current = _mine(request).current()
        if asked["category"]:
            current = current.filter(category=asked["category"])
        shown, more = _page(current, request, {"category": asked["category"]})
    return render(
        request,
        "memories/list.html",
        {
            "form": form,
            "asked": asked,
            "memories": _with_sources(shown),
            "more": more,
            "forgotten": _just_forgotten(request),
            "has_any": bool(shown) or _mine(request).current().exists(),
        },
    )


@never_cache
@login_required
@require_GET
def forgotten_list(request: HttpRequest) -> HttpResponse:
    shown, more = _page(_mine(request).filter(ending=Ending.FORGOTTEN), request, {})
    return render(request, "memories/forgotten.html", {"memories": _with_sources(shown), "more": more})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = MemoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = writing.remember(
            request.user,
            form.cleaned_data["text"],
            origin=Origin.WRITTEN,
            category=form.cleaned_data["category"] or None,
            pinned=form.cleaned_data["pinned"],
            expires_at=form.expires_at,
        )
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
    memory = _one(request, pk)
    if memory.ended_at is not None:
        return redirect("memories:history", pk=memory.pk)
    form = MemoryForm(request.POST) if request.method == "POST" else MemoryForm.of(memory)
    if request.method == "POST" and form.is_valid():
        refusal = _save(memory, form)
        if not refusal:
            messages.success(request, _("Saved."))
            return redirect("memories:list")
        form.add_error("text", refusal)
    context = {"form": form, "memory": memory, "source": source_url(memory)}
    return render(request, "memories/form.html", context, status=200 if not form.errors else 422)


def _save(memory: Memory, form: MemoryForm) -> str:
    """Carry out what a valid form says about a memory; why not, if it cannot be."""
    outcome = writing.correct(memory, form.cleaned_data["text"])
    if outcome.memory is not None:
        outcome = writing.adjust(
            outcome.memory,
            category=form.cleaned_data["category"] or outcome.memory.category,
            pinned=form.cleaned_data["pinned"],
            expires_at=form.expires_at,
        )
    return outcome.reason


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    memory = _one(request, pk)
    writing.forget(memory)
    return redirect(f"{reverse('memories:list')}?{urlencode({'forgotten': memory.pk})}")


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    _tell(request, writing.undo_forget(_one(request, pk)))
    return redirect("memories:list")


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    _tell(request, writing.restore(_one(request, pk)))
    return redirect("memories:list")


@login_required
@require_POST
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """For good, and only what was forgotten before: two steps, so that one slip loses nothing."""
    writing.erase(get_object_or_404(_mine(request), pk=pk, ending=Ending.FORGOTTEN))
    messages.success(request, _("Removed for good."))
    return redirect("memories:forgotten")


@login_required
@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    memory = _one(request, pk)
    outcome = writing.adjust(
        memory, category=memory.category, pinned=request.POST.get("pinned") == "yes", expires_at=memory.expires_at
    )
    if outcome.kind == "refused":
        messages.error(request, outcome.reason)
    return redirect("memories:list")


@never_cache
@login_required
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    memory = _one(request, pk)
    versions = _mine(request).filter(namespace=memory.namespace, key=memory.key).order_by("-created_at", "-pk")
    return render(request, "memories/history.html", {"memory": memory, "versions": _with_sources(list(versions[:200]))})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget_all(request: HttpRequest) -> HttpResponse:
    form = ForgetAllForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = len(writing.forget_all(request.user))
        messages.success(request, ngettext("%d memory forgotten.", "%d memories forgotten.", count) % count)
        return redirect("memories:list")
    count = _mine(request).current().count()
    return render(
        request, "memories/forget_all.html", {"form": form, "count": count}, status=422 if form.errors else 200
    )


@never_cache
@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """All current memories as a file."""
    day = timezone.localdate()
    listed = [
        {
            "text": memory.text,
            "category": memory.category,
            "origin": memory.origin,
            "pinned": memory.pinned,
            "created_at": memory.created_at.isoformat(),
            "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
        }
        for memory in _mine(request).current().order_by("created_at", "pk").iterator(chunk_size=1000)
    ]
    response = JsonResponse({"memories": listed}, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="memories-{day:%Y-%m-%d}.json"'
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kinds = [_import_one(request, entry) for entry in form.cleaned_data["file"]]
        counts = {kind: kinds.count(kind) for kind in ("remembered", "known", "refused")}
        messages.success(
            request,
            _("%(remembered)d imported, %(known)d known already, %(refused)d not stored.") % counts,
        )
        return redirect("memories:list")
    return render(request, "memories/import.html", {"form": form}, status=422 if form.errors else 200)


def _import_one(request: HttpRequest, entry: dict[str, Any]) -> str:
    category = entry.get("category")
    return writing.remember(
        request.user,
        entry["text"],
        origin=Origin.IMPORTED,
        category=category if category in Category.values else None,
        pinned=entry.get("pinned") is True,
    ).kind


# --- Steps ---------------------------------------------------------------------------------------------------------


def _mine(request: HttpRequest) -> MemoryQuerySet:
    return Memory.objects.of(request.user).without_vectors()


def _one(request: HttpRequest, pk: int) -> Memory:
    """The memory, if there is one and it is theirs; nobody learns which of the two it was not."""
    return get_object_or_404(_mine(request), pk=pk)


def _page(memories: MemoryQuerySet, request: HttpRequest, keep: dict[str, str]) -> tuple[list[Memory], str]:
    """One page of memories, newest first, and the query string of the next; empty on the last."""
    place = _CURSOR.fullmatch(request.GET.get("before", ""))
    if place:
        try:
            when = datetime.fromtimestamp(int(place[1]) / 1_000_000, UTC)
        except (ValueError, OverflowError, OSError):
            when = datetime.max.replace(tzinfo=UTC)
        memories = memories.filter(
            Q(created_at__lt=when) | Q(created_at=when, pk__lt=int(place[2])), created_at__lte=when
        )
    shown = list(memories.order_by("-created_at", "-pk")[: PAGE_SIZE + 1])
    if len(shown) <= PAGE_SIZE:
        return shown, ""
    shown.pop()
    microseconds = round((shown[-1].created_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
    kept = {name: value for name, value in keep.items() if value}
    return shown, urlencode({**kept, "before": f"{microseconds}-{shown[-1].pk}"})


def _with_sources(memories: list[Memory]) -> list[dict[str, Any]]:
    return [{"memory": memory, "source": source_url(memory)} for memory in memories]


def _just_forgotten(request: HttpRequest) -> Memory | None:
    """What the person forgot a moment ago, for the notice that offers to undo it."""
    pk = request.GET.get("forgotten", "")
    if not re.fullmatch(r"[0-9]{1,18}", pk):
        return None
    return _mine(request).filter(pk=int(pk), ending=Ending.FORGOTTEN).first()


def _tell(request: HttpRequest, outcome: writing.Outcome) -> None:
    if outcome.kind == "refused":
        messages.error(request, outcome.reason)
    else:
        messages.success(request, _("It is back.") if outcome.kind == "remembered" else _("This was known already."))
