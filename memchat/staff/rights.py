"""What nobody does by hand in the admin, whatever their permissions: add, change, or delete by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class GoesWithItsOwner:
    """For a model whose rows are read here, and go when the person goes whom they belong to."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only together with that person, whose page asks."""
        page = request.resolver_match.url_name if request.resolver_match else ""
        return (page or "").startswith("users_user_")


class LookOnlyInline(admin.TabularInline):
    """Rows that whoever sees the page they stand on sees too."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
