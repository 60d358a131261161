"""Taking memories along: files to keep, and files to take over, with a look at what they would change first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from memchat import wall
from memchat.database import in_database
from memchat.users.limits import LimitReached, count_upload
from memories.exchange import as_json, as_markdown, collecting
from memories.exchange.applying import Choice, apply
from memories.exchange.carrying import carried, carry
from memories.exchange.comparing import Comparison, compare
from memories.exchange.large import LARGE, LARGE_BYTES, CannotBegin, begin_job
from memories.forms import ImportForm
from memories.models import Proposal

SAME_SHOWN = 200


@never_cache
@login_required
@require_GET
def export_json(request: HttpRequest) -> HttpResponseBase:
    proposals = Proposal.objects.of(request.user).order_by("pk").iterator(chunk_size=500)
    pieces = as_json.write(collecting.everything(request.user), proposals, timezone.now())
    return _file(request, pieces, "application/json", "json")


@never_cache
@login_required
@require_GET
def export_markdown(request: HttpRequest) -> HttpResponseBase:
    pieces = as_markdown.write(collecting.current_by_category(request.user), timezone.now())
    return _file(request, pieces, "text/markdown; charset=utf-8", "md")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Ask for a file, and show what it would change, or have a job find out. Nothing is remembered here."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            count_upload(request.user.pk, request.FILES["file"].size or 0)  # type: ignore[arg-type, union-attr]
        except LimitReached as limit:
            form.add_error("file", limit.text)
        else:
            if (answer := _looked_at(request, form)) is not None:
                return answer
    context = {"form": form, "elsewhere": _imports_from_elsewhere()}
    return render(request, "memories/import.html", context, status=422 if form.errors else 200)


def _looked_at(request: HttpRequest, form: ImportForm) -> HttpResponse | None:
    """The preview of a file, or the way to it; None when it cannot be taken in, which the form then says."""
    entries = form.cleaned_data["file"]
    if len(entries) <= LARGE and len(form.content) <= LARGE_BYTES:
        return _preview(request, compare(request.user, entries))
    try:
        return redirect(begin_job(request.user, form.content))
    except CannotBegin as problem:
        form.add_error("file", str(problem))
    return None


@login_required
@require_POST
def import_chosen(request: HttpRequest) -> HttpResponse:
    """Store what the person has chosen on the preview."""
    try:
        entries = carried(request.user, request.POST.get("entries", ""))
    except BadSignature:
        messages.error(request, _("This preview is too old or was changed. Choose the file again."))
        return redirect("memories:import")
    counts = apply(
        request.user, [choice for at, entry in enumerate(entries) if (choice := _chosen(request, at, entry))]
    )
    stored = counts["remembered"] + counts["replaced"]
    parts = [ngettext("%d memory imported", "%d memories imported", stored) % stored]
    if counts["known"]:
        parts.append(_("%d known already") % counts["known"])
    if counts["proposed"]:
        parts.append(
            ngettext("%d waits for your approval", "%d wait for your approval", counts["proposed"]) % counts["proposed"]
        )
    if counts["refused"]:
        parts.append(_("%d not stored, because there is no room or something changed meanwhile") % counts["refused"])
    messages.success(request, "; ".join(parts) + ".")
    return redirect("memories:list")


def _chosen(request: HttpRequest, at: int, entry: Choice) -> Choice | None:
    match request.POST.get(f"entry-{at}", ""):
        case "add":
            return Choice(entry.entry)
        case "replace" if entry.replaces:
            return entry
    return None


def _preview(request: HttpRequest, found: Comparison) -> HttpResponse:
    items = [*found.conflicts, *found.new]
    value, count = carry(request.user, items)
    numbered = list(enumerate(items[:count]))
    conflicts = len(found.conflicts)
    return render(
        request,
        "memories/import_preview.html",
        {
            "entries": value,
            "conflicts": numbered[:conflicts],
            "new": numbered[conflicts:],
            "same": found.same[:SAME_SHOWN],
            "same_count": len(found.same),
            "refused": found.refused[:SAME_SHOWN],
            "refused_count": len(found.refused),
            "later": len(items) - count,
        },
    )


def _imports_from_elsewhere() -> str:
    """Where exports of other chats are imported, if this site can."""
    try:
        return reverse("imports")
    except NoReverseMatch:
        return ""


def _file(request: HttpRequest, pieces: Iterator[str], content_type: str, extension: str) -> HttpResponseBase:
    name = f"memories-{timezone.localdate():%Y-%m-%d}.{extension}"
    return StreamingHttpResponse(
        streamed(request, pieces),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def streamed(request: HttpRequest, pieces: Iterator[str]) -> Any:
    """The contents of an answer that is read when the page is long through, in the language of that page."""
    following = wall.carried(partial(_next_in, get_language(), pieces))
    return _one_by_one(following) if isinstance(request, ASGIRequest) else pieces


def _next_in(language: str | None, pieces: Iterator[str]) -> str | None:
    with override(language):
        return next(pieces, None)


async def _one_by_one(following: Callable[[], str | None]) -> AsyncIterator[str]:
    """Read each piece on a database thread when the one before is on its way."""
    while (piece := await in_database(following)) is not None:
        yield piece
