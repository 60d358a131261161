"""How the admin's lists are narrowed: by what their pages offer, and by nothing that somebody puts into the address."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest


class OnlyItsFilters(admin.ModelAdmin):
    """Django takes any field of the model: a filter by what a secret begins with would tell the secret."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.removesuffix("__exact") in self.get_list_filter(request)
