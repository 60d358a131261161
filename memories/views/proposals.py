"""What waits for a person's word before it is remembered."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from memories import writing
from memories.forms import MemoryForm, ProposalForm
from memories.links import source_of
from memories.models import Proposal
from memories.views.own import done, proposal_of_mine, told, with_sources
from memories.views.paging import newest


@never_cache
@login_required
@require_GET
def proposal_list(request: HttpRequest) -> HttpResponse:
    page = newest(Proposal.objects.of(request.user).select_related("replaces"), request)
    context = {"proposals": with_sources(request, page.rows), "more": page.more}
    return render(request, "memories/proposals.html", context)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return told(request, writing.approve(proposal_of_mine(request, pk)), _("Remembered."))


@login_required
@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    writing.reject(proposal_of_mine(request, pk))
    return done(request, _("It will not be remembered."))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reword(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the words, then approve."""
    if request.method == "POST" and not Proposal.objects.of(request.user).filter(pk=pk).exists():
        # Nobody learns whether there was one. What they wrote they can still have remembered.
        notice = _("This was decided meanwhile. What you wrote is still here: saving remembers it.")
        context = {"form": MemoryForm(request.POST), "notice": notice, "action": reverse("memories:add")}
        return render(request, "memories/form.html", context, status=404)
    proposal = proposal_of_mine(request, pk)
    form = ProposalForm(request.POST if request.method == "POST" else None, initial={"text": proposal.text})
    if request.method == "POST" and form.is_valid():
        outcome = writing.approve(proposal, form.cleaned_data["text"])
        if outcome.kind != "refused":
            told(request, outcome, _("Remembered."))
            return redirect("memories:list")
        form.add_error("text", outcome.reason)
    context = {"form": form, "proposal": proposal, "source": source_of(request.user, proposal)}
    return render(request, "memories/proposal_form.html", context, status=422 if form.errors else 200)
