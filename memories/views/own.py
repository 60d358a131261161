"""What all of these pages share: whose rows they show, how a form is answered, and where it leads back to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from memories.forms import FilterForm
from memories.links import sources_of
from memories.models import Memory, MemoryQuerySet, Proposal
from memories.writing import Outcome

MOST_AT_ONCE = 200


def mine(request: HttpRequest) -> MemoryQuerySet:
    return Memory.objects.of(request.user).without_vectors()


def one_of_mine(request: HttpRequest, pk: int) -> Memory:
    """The memory, if there is one and it is theirs; nobody learns which of the two it was not."""
    return get_object_or_404(mine(request), pk=pk)


def proposal_of_mine(request: HttpRequest, pk: int) -> Proposal:
    return get_object_or_404(Proposal.objects.of(request.user), pk=pk)


def with_sources(request: HttpRequest, rows: list[Any]) -> list[dict[str, Any]]:
    sources = sources_of(request.user, rows)
    return [{"memory": row, "source": source} for row, source in zip(rows, sources, strict=True)]


def chosen_ids(request: HttpRequest) -> list[int]:
    """The memories that were ticked, whoever's they are."""
    raw = request.POST.getlist("pk")
    if len(raw) > MOST_AT_ONCE or not all(is_id(one) for one in raw):
        raise Http404
    return [int(one) for one in raw]


def is_id(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and len(raw) <= 18


# --- Answers -------------------------------------------------------------------------------------------------------


def wants_data(request: HttpRequest) -> bool:
    """Whether a script asks, which shows for itself what came of it."""
    return request.headers.get("X-Requested-With") == "fetch"


def back(request: HttpRequest, **more: str) -> HttpResponse:
    """The page of this site that the form names in `next`, else the list as it was when the form was sent."""
    there = request.POST.get("next", "")
    if there and url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure()):
        return redirect(there)
    kept = FilterForm(QueryDict(request.POST.get("back", ""))).kept
    query = urlencode({**kept, **more})
    return redirect(reverse("memories:list") + (f"?{query}" if query else ""))


def done(request: HttpRequest, text: str = "", **more: str) -> HttpResponse:
    if wants_data(request):
        return HttpResponse(status=204)
    if text:
        messages.success(request, text)
    return back(request, **more)


def refused(request: HttpRequest, reason: str) -> HttpResponse:
    if wants_data(request):
        return JsonResponse({"error": reason}, status=409)
    messages.error(request, reason)
    return back(request)


def told(request: HttpRequest, outcome: Outcome, text: str) -> HttpResponse:
    """Answer with what came of it; `text` is said when it was stored."""
    if outcome.kind == "refused":
        return refused(request, outcome.reason)
    return done(request, text if outcome.kind == "remembered" else _("This was known already."))
