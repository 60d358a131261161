"""Pages about accounts that allauth does not have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from memchat.users import first_staff
from memchat.users.forms import FirstStaffForm

View = Callable[..., HttpResponse]


def needs_mail(view: View) -> View:
    """Say plainly that the site cannot send mail instead of promising one that never comes."""

    @wraps(view)
    def with_mail(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.MAIL_CONFIGURED:
            return view(request, *args, **kwargs)
        return render(request, "users/no_mail.html")

    return with_mail


@sensitive_post_parameters()
@never_cache
def first_staff_page(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first superuser and sign them in; not there for anyone else, nor ever again."""
    if not first_staff.opens(token):
        raise Http404
    form = FirstStaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            user = first_staff.make(wanted["username"], wanted["email"], wanted["password1"])
        except first_staff.FirstStaffError:
            raise Http404 from None
        return perform_login(request, user, email_verification="none")
    return render(request, "users/first_staff.html", {"form": form})
