"""The admin's page of what people's replies have taken, by month. It has numbers only, and nobody's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conversations.models import MonthlyUsage, this_month
from memchat.users.models import User

MONTHS = 36
PEOPLE = 100
_SUMS = ("replies", "learned", "input_tokens", "output_tokens", "cached_tokens", "cost", "unpriced")


@dataclass(frozen=True, slots=True)
class PersonsMonth:
    user: User
    sums: dict[str, Any]


@require_GET
def usage(request: HttpRequest, **_context: Any) -> HttpResponse:
    if not request.user.has_perm("conversations.view_monthlyusage"):
        raise PermissionDenied
    months = list(MonthlyUsage.objects.order_by("-month").values_list("month", flat=True).distinct()[:MONTHS])
    month = _month(request.GET.get("month", "")) or (months[0] if months else this_month())
    query = User.normalize_username(request.GET.get("q", "").replace("\x00", "").strip())[:150]
    rows = MonthlyUsage.objects.filter(month=month)
    if query:
        rows = rows.filter(user__username__icontains=query)
    sums = {name: Sum(name) for name in _SUMS}
    by_person = rows.values("user").annotate(**sums).order_by("-cost", "-output_tokens", F("user"))
    page = Paginator(by_person, PEOPLE).get_page(request.GET.get("page"))
    people = User.objects.in_bulk([row["user"] for row in page])
    together = rows.aggregate(**sums)
    context = {
        **admin.site.each_context(request),
        "title": _("Usage by month"),
        "months": months,
        "month": month,
        "query": query,
        "page": page,
        "people": [PersonsMonth(people[row["user"]], dict(row)) for row in page if row["user"] in people],
        "together": together,
        "by_model": rows.values("provider", "model_name").annotate(**sums).order_by("-cost", "-output_tokens"),
        "priced": bool(settings.PRICES) or (together["cost"] or Decimal(0)) > 0,
    }
    return TemplateResponse(request, "admin/usage.html", context)


def _month(raw: str) -> date | None:
    try:
        return date.fromisoformat(f"{raw}-01") if len(raw) == 7 else None
    except ValueError:
        return None
