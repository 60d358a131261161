"""The pages on which people make tokens for their programs, see which there are, and revoke them."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from memchat.users import tokens
from memchat.users.forms import TokenForm
from memchat.users.models import AccessToken


@never_cache
@login_required
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    found = AccessToken.objects.of(request.user).order_by("-created_at", "-pk")
    return render(request, "users/tokens.html", {"tokens": found})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def make(request: HttpRequest) -> HttpResponse:
    """Ask what for, then make a token and show it: this page alone ever has it."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        asked = form.cleaned_data
        try:
            token, shown = tokens.make(user, asked["name"], asked["scopes"], form.expires_at)
        except tokens.TooManyTokens as problem:
            form.add_error(None, str(problem))
        else:
            return render(request, "users/token_made.html", {"token": token, "shown": shown})
    return render(request, "users/token_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    removed, _rows = AccessToken.objects.of(request.user).filter(pk=pk).delete()
    if not removed:
        raise Http404
    messages.success(request, _("The token does not work any more."))
    return redirect("tokens")
