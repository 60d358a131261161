"""What all of these pages share: whose rows they show, how a form is answered, and where it leads back to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from memchat.web.scripts import wants_data
from memories.forms import FilterForm
from memories.links import sources_of
from memories.models import Memory, MemoryQuerySet, Proposal
from memories.writing import Outcome

MOST_AT_ONCE = 200
CURSORS = ("before", "from")
LONGEST_CURSOR = 40
LEADS_BACK = frozenset({"memories:list", "thread"})
"""Names of the pages that the form of a memory leads back to."""


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


def place_in_list(asked: QueryDict) -> dict[str, str]:
    """What a list is narrowed down to, and which page of it is shown, as the fields of an address."""
    cursors = {name: str(asked[name]) for name in CURSORS if name in asked}
    return FilterForm(asked).kept | {name: value for name, value in cursors.items() if len(value) <= LONGEST_CURSOR}


def where_from(request: HttpRequest) -> str:
    """The list or thread from which somebody came to a form; empty where that is not known."""
    if request.method == "POST":
        there = request.POST.get("next", "")
        return there if _is_of_this_site(request, there) else ""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
        is_known = came_from.netloc == request.get_host() and resolve(came_from.path).view_name in LEADS_BACK
    except (ValueError, Resolver404):
        return ""
    return urlunsplit(("", "", came_from.path, came_from.query, "")) if is_known else ""


def _is_of_this_site(request: HttpRequest, url: str) -> bool:
    return bool(url) and url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())


def back(request: HttpRequest, **more: str) -> HttpResponse:
    """The page of this site that the form names in `next`, else the list as it was when the form was sent."""
    there = request.POST.get("next", "")
    if _is_of_this_site(request, there):
        return redirect(there)
    query = urlencode({**place_in_list(QueryDict(request.POST.get("back", ""))), **more})
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
