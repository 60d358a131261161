"""The pages on which people bring their conversations over: choose a file, see what is in it, choose, and watch."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.imports import memory_files, upload, wording
from conversations.imports.job import end
from conversations.imports.reading import LABELS
from conversations.models import OPEN_IMPORTS, Import, ImportState, Thread
from memchat.jobs import enqueue
from memchat.users import limits
from memories.imported import takes_imports

LISTED = 10


@csrf_exempt  # only here, where nothing is read yet; `_imports` below is protected
def imports(request: HttpRequest) -> HttpResponse:
    """Where an import begins. A file is never in memory whole, and one that is too large is not even kept on disk."""
    request.upload_handlers = [upload.CappedUpload(request)]
    return _imports(request)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def _imports(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _start_page(request)
    file = request.FILES.get("file")
    if request.upload_too_large:  # type: ignore[attr-defined]
        text = _("This file is larger than %(max)d MB, which is all that this site takes.")
        return _start_page(request, text % {"max": settings.IMPORT_MAX_MB}, 413)
    if file is None or not file.size:
        return _start_page(request, _("Choose a file first."), 400)
    try:
        with transaction.atomic():
            limits.count_upload(request.user.pk, file.size)  # type: ignore[arg-type]
            owner = Import.objects.create(user=request.user, size=file.size)  # type: ignore[misc]
            upload.store(owner, file)
            enqueue("conversations.check_import", owner=str(owner.pk), user=request.user.pk, language=get_language())
    except IntegrityError:
        return _start_page(request, _("One file at a time: finish or cancel the import that has begun."), 409)
    except limits.LimitReached as limit:
        return limits.with_retry_after(_start_page(request, limit.text, 429), limit.retry_after)
    return redirect("import", owner.pk)


def _start_page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    mine = Import.objects.of(request.user).order_by("-created_at")
    context = {
        "error": error,
        "max_mb": settings.IMPORT_MAX_MB,
        "max_bytes": upload.max_bytes(),
        "open_import": mine.filter(state__in=OPEN_IMPORTS).first(),
        "earlier": [{"row": row, **_told(row)} for row in mine.exclude(state__in=OPEN_IMPORTS)[:LISTED]],
    }
    return render(request, "imports/start.html", context, status=status)


@never_cache
@login_required
@require_GET
def one(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """One import, in whatever state it is."""
    return _page(request, _own(request, import_id))


def _page(request: HttpRequest, owner: Import, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"import": owner, **_told(owner)}
    if owner.source == wording.MEMORIES:
        context |= _of_memories(owner)
    elif owner.state == ImportState.READY:
        context |= _preview(request, owner)
    elif owner.state == ImportState.DONE or owner.added or owner.grown:
        ids = [pk for pk, _title, _standing in owner.found.get("titles", [])]
        context["threads"] = Thread.objects.of(request.user).filter(pk__in=ids).order_by("-active_at")
    return render(request, "imports/one.html", context, status=status)


def _told(owner: Import) -> dict[str, Any]:
    return {
        "state": owner.state,
        "label": ImportState(owner.state).label,
        "source": LABELS.get(owner.source, ""),
        "progress": wording.progress(owner),
        "percent": wording.percent(owner),
        "problem": wording.problem(owner.error_kind) if owner.error_kind else "",
    }


def _of_memories(owner: Import) -> dict[str, Any]:
    """What a file of memories holds, by what would become of it, and what became of it."""
    groups = {name: [row for row in owner.memories if row["verdict"] == name] for name in memory_files.GROUPS}
    return {
        "of_memories": True,
        "counts": owner.found,
        "groups": {name: rows[: memory_files.SHOWN] for name, rows in groups.items()},
        "shown": memory_files.SHOWN,
    }


def _preview(request: HttpRequest, owner: Import) -> dict[str, Any]:
    found = owner.found
    choices = [{"at": at, **memory} for at, memory in enumerate(owner.memories)]
    return {
        "found": found,
        "first": _time(found.get("first")),
        "last": _time(found.get("last")),
        "wanted": found["new"] + found["grown"],
        "more_titles": found["new"] + found["grown"] + found["known"] - len(found["titles"]),
        "titles": [{"title": title, "standing": standing} for _pk, title, standing in found["titles"]],
        "memories": [one for one in choices if one["verdict"] in {"new", "doubtful"}],
        "same_count": sum(one["verdict"] == "same" for one in choices),
        "refused_memories": [one for one in choices if one["verdict"] == "refused"],
        "memory_on": takes_imports(request.user.pk),  # type: ignore[arg-type]
    }


def _time(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None


@never_cache
@login_required
@require_GET
def progress(request: HttpRequest, import_id: uuid.UUID) -> JsonResponse:
    """How far it is, for the page's script."""
    owner = _own(request, import_id)
    told = {"state": owner.state, "text": wording.progress(owner), "percent": wording.percent(owner)}
    return JsonResponse({**told, "done": owner.done, "total": owner.total})


@login_required
@require_POST
def start(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Import what the person has chosen."""
    with transaction.atomic():
        owner = _own(request, import_id, locked=True)
        if owner.state != ImportState.READY:
            return redirect("import", owner.pk)
        if owner.source == wording.MEMORIES:
            return _start_memories(request, owner)
        chosen = set(request.POST.getlist("memory"))
        wants_threads = request.POST.get("threads") == "yes"
        takes_memories = takes_imports(owner.user_id)
        for at, memory in enumerate(owner.memories):
            wanted = str(at) in chosen and memory["verdict"] in {"new", "doubtful"} and takes_memories
            memory["state"] = "chosen" if wanted else ""
        if not wants_threads and not any(memory["state"] for memory in owner.memories):
            notices.error(request, _("Nothing is chosen. Choose something, or cancel."))
            return redirect("import", owner.pk)
        owner.state, owner.wants_threads, owner.done, owner.total = ImportState.RUNNING, wants_threads, 0, 0
        owner.save()
        enqueue("conversations.run_import", owner=str(owner.pk), user=owner.user_id)
    return redirect("import", owner.pk)


def _start_memories(request: HttpRequest, owner: Import) -> HttpResponse:
    owner.memories = memory_files.chosen(owner, request.POST.dict())
    if not owner.memories:
        notices.error(request, _("Nothing is chosen. Choose something, or cancel."))
        return redirect("import", owner.pk)
    owner.state, owner.wants_threads, owner.done, owner.total = ImportState.RUNNING, False, 0, len(owner.memories)
    owner.save()
    enqueue("conversations.run_import", owner=str(owner.pk), user=owner.user_id)
    return redirect("import", owner.pk)


@login_required
@require_POST
def cancel(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """End an import; what it has added stays."""
    with transaction.atomic():
        owner = _own(request, import_id, locked=True)
        if owner.is_open:
            end(owner, ImportState.CANCELLED)
    return redirect("import", owner.pk)


def _own(request: HttpRequest, import_id: uuid.UUID, *, locked: bool = False) -> Import:
    """The signed-in person's import, or the same 404 for a missing and for a foreign one."""
    mine = Import.objects.of(request.user)
    if locked:
        mine = mine.select_for_update()
    found: Import | None = mine.filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found
