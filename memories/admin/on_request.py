"""Forgetting for a person who asked for it: with a reason, which they can read in their access log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from memchat.users import access_log
from memchat.users.models import AccessKind
from memories import writing
from memories.models import Memory

AT_ONCE = 200


class ForgetForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=access_log.REASON_MAX_CHARS,
        help_text=_("Who asked for it, and when. The person reads it in their access log."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    for_good = forms.BooleanField(
        label=_("Remove for good, with all earlier versions, now: nobody can undo it"), required=False
    )


def address(ids: list[int]) -> str:
    """Where the page about these memories is."""
    return f"{reverse('admin:memories_memory_on_request')}?ids={','.join(map(str, ids))}"


def page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Ask for the reason, then forget. Which memories they are is told by number and owner, not by their text."""
    if not model_admin.has_forget_permission(request):
        raise PermissionDenied
    found = Memory.objects.filter(pk__in=_ids(request)).select_related("user").order_by("pk")
    memories = list(found.only("user__username", "created_at", "ended_at", "ending"))
    form = ForgetForm(request.POST or None, initial={"reason": access_log.reason_to_look(request)})
    if not memories:
        messages.warning(request, _("These memories are not there any more."))
    elif request.method == "POST" and form.is_valid():
        _forget(request, model_admin, memories, **form.cleaned_data)
    else:
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": _("Forget on request"),
            "form": form,
            "memories": memories,
        }
        return TemplateResponse(
            request, "admin/memories/on_request.html", context, status=422 if form.is_bound else 200
        )
    return HttpResponseRedirect(reverse("admin:memories_memory_changelist"))


def _ids(request: HttpRequest) -> list[int]:
    typed = request.GET.get("ids", "").split(",")[:AT_ONCE]
    return [int(one) for one in typed if one.isascii() and one.isdecimal() and len(one) < 19]


def _forget(request: HttpRequest, model_admin: Any, memories: list[Memory], reason: str, for_good: bool) -> None:
    done = 0
    for memory in memories:
        pk = memory.pk
        with transaction.atomic():
            if for_good:
                writing.forget(memory)
                did = bool(writing.erase(memory))
                if did:
                    memory.pk = pk
                    model_admin.log_deletions(request, [memory])
                what = f"memory {pk}, removed for good"
            else:
                did = writing.forget(memory)
                what = f"memory {pk}"
                if did:
                    model_admin.log_change(request, memory, "Forgotten on request.")
            if did:
                access_log.note(request, memory.user_id, what, AccessKind.FORGOT, reason=reason)
                done += 1
    messages.success(request, ngettext("%d memory forgotten.", "%d memories forgotten.", done) % done)
    if done < len(memories):
        messages.info(request, _("The others are gone, or have a newer version, which is the one to forget."))
