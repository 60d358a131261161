"""Accounts in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from memchat.admin_paginator import CappedPaginator
from memchat.users.models import User


class NewUserForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class ChangedUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


@admin.register(User)
class AccountAdmin(UserAdmin):
    form = ChangedUserForm
    add_form = NewUserForm
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    sortable_by = ("username",)
    search_fields = ("username", "email")
    search_help_text = _("Part of a username or of an e-mail address")
    ordering = ("username",)
    readonly_fields = ("last_login", "date_joined")
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = ("deactivate", "activate")

    @admin.action(description=_("Deactivate selected accounts and end their sessions"), permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        count = 0
        for user in users:
            if user == request.user:
                self.message_user(request, _("Your own account stays active."), messages.WARNING)
            elif self.has_change_permission(request, user):
                user.deactivate()
                self.log_change(request, user, "Deactivated.")
                count += 1
        self.message_user(request, ngettext("%d account deactivated.", "%d accounts deactivated.", count) % count)

    @admin.action(description=_("Activate selected accounts"), permissions=["change"])
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            if self.has_change_permission(request, user):
                user.is_active = True
                user.save(update_fields=["is_active"])
                self.log_change(request, user, "Activated.")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Names are stored in one normal form, so they are searched for in it."""
        return super().get_search_results(request, queryset, User.normalize_username(search_term))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            obj.end_sessions()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser hands out rights; who may edit accounts could otherwise promote themselves."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    @staticmethod
    def _may_touch(request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not obj.is_superuser or bool(request.user.is_superuser)
