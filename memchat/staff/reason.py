"""Where staff say why they look at people's texts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from memchat.users.access_log import set_reason_to_look


@require_POST
def keep_reason(request: HttpRequest, **_context: Any) -> HttpResponse:
    """Keep the reason for the rest of the session, and go back."""
    set_reason_to_look(request, request.POST.get("reason", ""))
    messages.success(request, _("The access log gives this reason from now on."))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("admin:index")
    return HttpResponseRedirect(back)
