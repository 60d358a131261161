"""What a person's replies have taken, by month and model."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.models import MonthlyUsage
from conversations.spending import by_month


@never_cache
@login_required
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    months = by_month(MonthlyUsage.objects.of(request.user))
    context = {"months": months, "priced": bool(settings.PRICES) or any(month.cost for month in months)}
    return render(request, "conversations/usage.html", context)
