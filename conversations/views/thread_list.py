"""The list of one's threads: pinned ones first, the others by the day they were last active on; archived ones apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from conversations.models import Thread
from conversations.tags import tags_of
from conversations.views.reach import id_or_none

PAGE_THREADS = 40


def list_context(request: HttpRequest) -> dict[str, Any]:
    """A page of one's threads; the cursor is the last one's time and id. `?tag=` narrows it to those with a tag."""
    known = tags_of(request.user.pk)  # type: ignore[arg-type]
    tags = [name for name, listed in known.items() if listed]
    tag = next((name for name in tags if name.casefold() == request.GET.get("tag", "").casefold()), "")
    threads = Thread.objects.of(request.user).filter(temporary=False)
    if tag:
        threads = threads.filter(tags__contains=[tag])
    pinned = [] if request.GET.get("threads_before") else list(_latest_first(threads.filter(pinned=True)))
    page, more = _page(request, threads.filter(pinned=False, archived=False))
    groups = ([(_("Pinned"), pinned)] if pinned else []) + by_day(page)
    return {
        "threads": [*pinned, *page],
        "thread_groups": groups,
        "more_threads_url": _more_url(page[-1], tag) if more else "",
        "tags": tags,
        "known_tags": list(known),
        "tag": tag,
    }


@never_cache
@login_required
@require_GET
def fragment(request: HttpRequest) -> HttpResponse:
    """The groups of the list by themselves, for a page whose list has changed."""
    current = id_or_none(request.GET.get("current"))
    return render(request, "conversations/_thread_groups.html", {**list_context(request), "current": current})


@login_required
@require_GET
def archived(request: HttpRequest) -> HttpResponse:
    threads = Thread.objects.of(request.user).filter(temporary=False, archived=True)
    page, more = _page(request, threads)
    cursor = request.GET.get("threads_before", "")
    if cursor and not page:
        # The last one of this page was brought back.
        return redirect("threads_archived")
    context = {"threads": page, "threads_before": cursor, "more_threads_url": _more_url(page[-1]) if more else ""}
    return render(request, "conversations/archived.html", context)


def _page(request: HttpRequest, threads: QuerySet[Thread]) -> tuple[list[Thread], bool]:
    if cursor := request.GET.get("threads_before"):
        last = Thread.objects.of(request.user).filter(pk=id_or_none(cursor)).first()
        if last is not None:
            threads = threads.filter(Q(active_at__lt=last.active_at) | Q(active_at=last.active_at, pk__lt=last.pk))
    found = list(_latest_first(threads)[: PAGE_THREADS + 1])
    return found[:PAGE_THREADS], len(found) > PAGE_THREADS


def _latest_first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.order_by("-active_at", "-id")


def _more_url(last: Thread, tag: str = "") -> str:
    return "?" + urlencode({**({"tag": tag} if tag else {}), "threads_before": last.pk})


def by_day(threads: Iterable[Thread]) -> list[tuple[str, list[Thread]]]:
    """Threads under the day they were last active on."""
    today = timezone.localdate()
    return [
        (_day_label(day, today), list(group))
        for day, group in groupby(threads, key=lambda one: timezone.localdate(one.active_at))
    ]


def _day_label(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return formats.date_format(day, "DATE_FORMAT")
