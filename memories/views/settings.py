"""What people decide about memory as a whole, how much room theirs takes, and who looked at it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from memchat.users.models import AccessLogEntry, User
from memories import by_hand
from memories.forms import SettingsForm
from memories.usage import room_of
from memories.views.paging import newest


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memory_settings(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        initial={"memory_on": person.memory_on, "custom_instructions": person.custom_instructions},
    )
    if request.method == "POST" and form.is_valid():
        by_hand.save_settings(person, form)
        messages.success(request, _("Saved."))
        return redirect("memories:settings")
    context = {"form": form, "room": room_of(person)}
    return render(request, "memories/settings.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Memory on or off, and nothing else."""
    on = request.POST.get("memory_on") == "yes"
    person = _person(request)
    person.memory_on = on
    person.save(update_fields=["memory_on"])
    messages.success(request, _("Memory is on.") if on else _("Memory is off."))
    return redirect("memories:list")


@never_cache
@login_required
@require_GET
def access_log(request: HttpRequest) -> HttpResponse:
    """Every time that staff looked at this person's text or removed some."""
    page = newest(AccessLogEntry.objects.filter(user=_person(request)), request, by="at")
    return render(request, "memories/access_log.html", {"entries": page.rows, "more": page.more})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
