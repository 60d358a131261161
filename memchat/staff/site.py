"""The admin, whose pages show staff what belongs to anybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from memchat import wall


class Site(admin.AdminSite):
    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """As Django's, which lets nobody but staff in; then all rows are within reach."""

        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if self.has_permission(request):
                wall.everyone_from_here("staff look after what belongs to anybody, as far as their rights go")
            return view(request, *args, **kwargs)

        return super().admin_view(shown, cacheable)
