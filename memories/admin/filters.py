"""Ways to narrow the list of memories, each answered from an index or by looking at few rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from memories.embedding.state import embedder_names, in_use
from memories.models import Ending, Memory


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("current", _("Current")),
            ("superseded", _("Superseded")),
            ("forgotten", _("Forgotten")),
            ("expired", _("Expired")),
            ("waiting", _("Waits for the current embedder")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Memory]) -> QuerySet[Memory]:
        match self.value():
            case "current":
                return queryset.filter(ended_at=None).exclude(expires_at__lte=timezone.now())
            case "superseded":
                return queryset.filter(ending=Ending.SUPERSEDED)
            case "forgotten":
                return queryset.filter(ending=Ending.FORGOTTEN)
            case "expired":
                return queryset.filter(ended_at=None, expires_at__lte=timezone.now())
            case "waiting":
                name = in_use().name
                return queryset.filter(Q(embedder__lt=name) | Q(embedder__gt=name), ended_at=None)
        return queryset


class EmbedderFilter(admin.SimpleListFilter):
    title = _("embedder")
    parameter_name = "made_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(name or "none", name or _("None")) for name in embedder_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Memory]) -> QuerySet[Memory]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(embedder="" if value == "none" else value.replace("\x00", ""), ended_at=None)
