"""The page of the search, and the same for a script that asks while somebody types."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from conversations.finding.search import QUERY_MAX_CHARS, Place, Question, messages, places, titles
from conversations.finding.snippets import Part
from conversations.models import MessageRole, Thread
from conversations.views.reach import id_or_none
from memchat.web.scripts import wants_data

PAGE = 20
TITLES = 10
AT_ONCE = 8
TITLES_AT_ONCE = 4


@never_cache
@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """`q` is looked for in titles and messages, with `thread` in one thread only."""
    text = request.GET.get("q", "")
    if wants_data(request):
        return JsonResponse(_while_typing(request.user.pk, text))  # type: ignore[arg-type]
    return render(request, "search/search.html", _page(request, text))


def _page(request: HttpRequest, text: str) -> dict[str, Any]:
    user_id: int = request.user.pk  # type: ignore[assignment]
    within = Thread.objects.of(user_id).filter(temporary=False, pk=id_or_none(request.GET.get("thread"))).first()
    question = Question.of(text, thread=within.pk if within else None)
    found = messages(user_id, question)
    number = request.GET.get("page", "1")
    start = (max(1, int(number)) - 1) * PAGE if number.isascii() and number.isdigit() and len(number) < 4 else 0
    more = urlencode({"q": question.text, **({"thread": within.pk} if within else {}), "page": start // PAGE + 2})
    return {
        "text": question.text,
        "max_chars": QUERY_MAX_CHARS,
        "within": within,
        "titles": titles(user_id, question, TITLES) if start == 0 else [],
        "found": [
            {
                "place": place,
                "others": found.others.get(place.thread.pk, 0),
                "others_url": f"?{urlencode({'q': question.text, 'thread': place.thread.pk})}",
                "url": url_of(place),
            }
            for place in places(user_id, question, found, found.ids[start : start + PAGE])
        ],
        "more_url": f"?{more}" if len(found.ids) > start + PAGE else "",
    }


def url_of(place: Place) -> str:
    """Where a place is: the thread, opened at the message."""
    page = reverse("thread", args=[place.thread.pk])
    return page if place.message is None else f"{page}?at={place.message.pk}#message-{place.message.pk}"


def _while_typing(user_id: int, text: str) -> dict[str, Any]:
    question = Question.of(text, typing=True)
    found = messages(user_id, question)
    listed = titles(user_id, question, TITLES_AT_ONCE) + places(user_id, question, found, found.ids[:AT_ONCE])
    count = len(listed)
    if not question.text:
        status = ""
    elif not count:
        status = _("Nothing found.")
    else:
        status = ngettext("%(count)d result", "%(count)d results", count) % {"count": count}
    return {"q": text, "status": status, "results": [_as_data(place) for place in listed]}


def _as_data(place: Place) -> dict[str, Any]:
    marks = [_("Archived")] if place.thread.archived else []
    if place.by_meaning:
        marks.append(_("by meaning"))
    day = formats.date_format(timezone.localdate(place.at), "DATE_FORMAT")
    return {
        "url": url_of(place),
        "title": _parts(place.title),
        "snippet": _parts(place.snippet),
        "about": " · ".join([*([] if place.message is None else [_who(place)]), day, *marks]),
    }


def _who(place: Place) -> str:
    assert place.message is not None
    return _("You") if place.message.role == MessageRole.USER else _("Reply")


def _parts(parts: list[Part]) -> list[tuple[str, bool]]:
    return [(part.text, part.marked) for part in parts]
