"""The pages on which people take everything with them, or leave."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import IO, Any

from allauth.account.decorators import reauthentication_required
from asgiref.sync import sync_to_async
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from memchat import downloads, erasure, takeout
from memchat.users.forms import DeleteAccountForm
from memchat.users.limits import LimitReached, with_retry_after

CHUNK_BYTES = 64 * 1024


@never_cache
@login_required
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    return render(request, "users/data.html")


@never_cache
@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Everything of the person who asks, as a download."""
    return _unless_limited(request, everything)


@never_cache
@login_required
@require_GET
def export_threads(request: HttpRequest) -> HttpResponse:
    """All their threads, as a download."""
    return _unless_limited(request, _threads)


def everything(request: HttpRequest) -> HttpResponse:
    """Raises LimitReached and room.NoRoom."""
    return _download(request, takeout.write, takeout.file_name(timezone.now()))


def _threads(request: HttpRequest) -> HttpResponse:
    return _download(request, takeout.write_threads, takeout.file_name(timezone.now(), "memchat-threads"))


def _unless_limited(request: HttpRequest, answer: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    try:
        return answer(request)
    except LimitReached as limit:
        page = render(request, "users/export_later.html", {"text": limit.text}, status=429)
        return with_retry_after(page, limit.retry_after)


def _download(request: HttpRequest, write: Callable[[Any, IO[bytes]], None], name: str) -> HttpResponse:
    file = downloads.made(request.user, write)
    response = StreamingHttpResponse(_chunks(file), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(file.tell())
    # A StreamingHttpResponse is no HttpResponse to the type checker, though all of Django takes it for one.
    return response  # type: ignore[return-value]


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await sync_to_async(file.read, thread_sensitive=False)(CHUNK_BYTES):
            yield chunk


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def delete(request: HttpRequest) -> HttpResponse:
    """Ask, then remove the account with everything."""
    user: Any = request.user
    form = DeleteAccountForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erasure.close(user.pk)
        except erasure.LastSuperuser as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            rest = "" if erasure.erase_now(user.pk) else "?rest=later"
            return redirect(reverse("account_deleted") + rest)
    return render(request, "users/delete_account.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
def deleted(request: HttpRequest) -> HttpResponse:
    """What somebody sees who has left. Signed in as somebody else, it says nothing."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "users/account_deleted.html", {"later": "rest" in request.GET})
