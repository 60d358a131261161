"""Seeing memories: the list, what was forgotten, and the history of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from memories import by_hand
from memories.forms import FilterForm
from memories.models import Ending, Memory, MemoryQuerySet, Proposal
from memories.search import Found, search, search_among
from memories.usage import most_used_first, with_usage
from memories.views.own import CURSORS, MOST_AT_ONCE, is_id, mine, one_of_mine, place_in_list, with_sources
from memories.views.paging import Page, newest, ranked

PROPOSALS_SHOWN = 3
VERSIONS_SHOWN = 200


@never_cache
@login_required
@require_GET
def memory_list(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    page, reasons = _found(request, form)
    if not page.rows and any(name in request.GET for name in CURSORS) and mine(request).exists():
        # What stood on the last page is gone.
        rest = {name: value for name, value in request.GET.items() if name not in CURSORS}
        return redirect(f"{reverse('memories:list')}?{urlencode(rest)}")
    proposals = list(Proposal.objects.of(request.user)[: PROPOSALS_SHOWN + 1])
    current = mine(request).current()
    return render(
        request,
        "memories/list.html",
        {
            "form": form,
            "asked": form.asked,
            "kept": urlencode(form.kept),
            "here": urlencode(place_in_list(request.GET)),
            "memories": [
                {**row, "reasons": reasons.get(row["memory"].pk, ())} for row in with_sources(request, page.rows)
            ],
            "more": page.more,
            "undo": _just_forgotten(request),
            "proposals": with_sources(request, proposals[:PROPOSALS_SHOWN]),
            "more_proposals": len(proposals) > PROPOSALS_SHOWN,
            "count": current.count(),
            "most": settings.MEMORIES_PER_PERSON,
        },
    )


@never_cache
@login_required
@require_GET
def forgotten_list(request: HttpRequest) -> HttpResponse:
    page = newest(mine(request).filter(ending=Ending.FORGOTTEN), request, by="ended_at")
    kept_for = timedelta(days=settings.UNDO_DAYS)
    rows = [
        {**row, "removed_at": row["memory"].ended_at + kept_for if settings.UNDO_DAYS else None}
        for row in with_sources(request, page.rows)
    ]
    context = {"memories": rows, "more": page.more, "days": settings.UNDO_DAYS}
    return render(request, "memories/forgotten.html", context)


@never_cache
@login_required
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions of a memory as a story, the oldest first."""
    memory = one_of_mine(request, pk)
    versions = with_usage(mine(request).filter(namespace=memory.namespace, key=memory.key))
    shown = list(versions.order_by("-created_at", "-pk")[:VERSIONS_SHOWN])[::-1]
    rows = [{**row, "period": _period(row["memory"])} for row in with_sources(request, shown)]
    return render(request, "memories/history.html", {"memory": memory, "versions": rows})


# --- Steps ---------------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, form: FilterForm) -> tuple[Page, dict[int, tuple[str, ...]]]:
    """The page that was asked for, and why each memory on it was found, when words were searched for."""
    asked, kept = form.asked, form.kept
    among = _narrowed(request, asked)
    if asked["q"]:
        found = search_among(request.user, among, asked["q"]) if form.is_narrowed else search(request.user, asked["q"])
        page = ranked(found, request, kept)
        return Page(_in_order(request, page.rows), page.more), {one.memory_id: one.reasons for one in page.rows}
    if asked["sort"] == "used":
        return ranked(most_used_first(among), request, kept), {}
    return newest(with_usage(among), request, kept), {}


def _in_order(request: HttpRequest, found: list[Found]) -> list[Memory]:
    rows = with_usage(mine(request)).in_bulk([one.memory_id for one in found])
    return [rows[one.memory_id] for one in found if one.memory_id in rows]


def _narrowed(request: HttpRequest, asked: dict[str, Any]) -> MemoryQuerySet:
    named = {name: asked[name] for name in ("state", "category", "origin", "pinned", "since", "until")}
    return by_hand.Narrowing(**named).among(mine(request))


def _just_forgotten(request: HttpRequest) -> dict[str, Any]:
    """What the person forgot a moment ago, for the notice that offers to undo it: a few of them, or a whole batch."""
    raw = request.GET.get("forgotten", "")
    ids = [int(pk) for pk in raw.split(",")[:MOST_AT_ONCE] if is_id(pk)]
    if not ids:
        return {}
    gone = list(mine(request).filter(pk__in=ids, ending=Ending.FORGOTTEN))
    return {"memories": gone, "first": gone[0]} if gone else {}


def _period(memory: Memory) -> dict[str, Any]:
    """From when to when a version was true, and whether it ended because something newer is."""
    since = memory.valid_from or timezone.localdate(memory.created_at)
    until = memory.valid_until
    if until is None and memory.ended_at is not None:
        until = timezone.localdate(memory.ended_at)
    return {"since": since, "until": until if memory.ended_at else None}
