"""Addresses, second factors and sessions in the admin: allauth's own pages show what they are opened with.

Staff see that there are some. They can remove a second factor for somebody who lost it, and end a session.
"""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import admin as addresses
from allauth.account.models import EmailAddress
from allauth.mfa import admin as factors
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as sessions
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from memchat.staff.lookups import OnlyItsFilters
from memchat.staff.paginator import CappedPaginator
from memchat.users.admin import may_touch


class SignInAdmin(OnlyItsFilters):
    """What somebody signs in with. Nothing of it is made or changed here."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Columns that are not even read from the database."""

    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ()
    ordering = ("-pk",)
    search_fields: ClassVar[tuple[str, ...]] = ("user__username",)
    search_help_text = _("Part of a username")
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.secrets)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RemovedByStaff(SignInAdmin):
    """What staff with the right to may remove, but from a superuser's account."""

    removed: ClassVar[str]
    """What the log of the account says of it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and may_touch(request, obj and obj.user)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """By whose they are: many are called the same."""
        _names, *others = super().get_deleted_objects(objs, request)
        return [f"{row.user}: {row}" for row in objs], *others

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """With the account, whose history says it: the row's own goes with the row."""
        staff: Any = request.user
        return LogEntry.objects.log_actions(staff.pk, [row.user for row in queryset], CHANGE, self.removed)


class AddressAdmin(SignInAdmin):
    """A new password is mailed to it. Who may set one does so on the page of the account, which guards superusers'."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email", "user__username")
    search_help_text = _("Part of a username or of an e-mail address")
    fields = readonly_fields = ("email", "user", "primary", "verified")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SecondFactorAdmin(RemovedByStaff):
    secrets = ("data",)
    removed = "Second factor removed."
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")


class SessionAdmin(RemovedByStaff):
    secrets = ("session_key", "data")
    removed = "Session ended."
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    fields = readonly_fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        """Without its row alone a session would go on."""
        obj.end()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for session in queryset:
            session.end()


# Registered by now, so that they can be replaced.
assert addresses and factors and sessions
for model, page in ((EmailAddress, AddressAdmin), (Authenticator, SecondFactorAdmin), (UserSession, SessionAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, page)
