"""The access log in the admin: superusers read it, and nobody changes it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from memchat.staff.paginator import CappedPaginator
from memchat.staff.rights import GoesWithItsOwner
from memchat.users.models import AccessLogEntry, User

STAFF_LISTED = 100


class StaffFilter(admin.SimpleListFilter):
    title = _("staff")
    parameter_name = "staff"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [(str(pk), name) for pk, name in staff.values_list("pk", "username")[:STAFF_LISTED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessLogEntry]) -> QuerySet[AccessLogEntry]:
        value = self.value() or ""
        return queryset.filter(staff_id=int(value)) if value.isdecimal() and len(value) < 19 else queryset


@admin.register(AccessLogEntry)
class AccessLogAdmin(GoesWithItsOwner, admin.ModelAdmin):
    list_display = ("at", "user", "staff_name", "kind", "what", "reason")
    list_filter = (StaffFilter, "kind", "at")
    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ()
    # In the order of writing, which an index has.
    ordering = ("-pk",)
    # Whole names, looked up by get_search_results; this only shows the field.
    search_fields = ("staff_name",)
    search_help_text = _("Username of the person or of the staff member")
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("at", "user", "staff", "staff_name", "kind", "what", "reason")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AccessLogEntry], search_term: str
    ) -> tuple[QuerySet[AccessLogEntry], bool]:
        name = User.normalize_username(search_term.strip().replace("\x00", ""))
        if name:
            queryset = queryset.filter(Q(user__username__iexact=name) | Q(staff_name__iexact=name))
        return queryset, False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)
