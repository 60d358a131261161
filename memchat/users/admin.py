"""Accounts in the admin."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth import admin as theirs
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from memchat.staff.lookups import OnlyItsFilters
from memchat.staff.paginator import CappedPaginator
from memchat.users.leaving import delete_account, goes_along, relations
from memchat.users.models import AccessToken, User


class NewUserForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class ChangedUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


def may_touch(request: HttpRequest, user: User | None) -> bool:
    """Whether this member of staff may change an account, if their rights let them: none that has rights they lack.

    Whoever sets its password could sign in with it.
    """
    staff: Any = request.user
    if user is None or staff.is_superuser:
        return True
    if not user.is_staff:
        return not user.is_superuser
    return bool(not user.is_superuser and user.get_all_permissions() <= staff.get_all_permissions())


def _make_its_only_address(user: User) -> None:
    """Let nobody sign in, or be sent a new password, by an address that the account had before."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    if user.email:
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True})


@admin.register(User)
class AccountAdmin(OnlyItsFilters, theirs.UserAdmin):
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
        if change and "email" in form.changed_data:
            _make_its_only_address(obj)
        if change and not obj.is_active:
            obj.end_sessions()
            obj.revoke_tokens()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser hands out rights; who may edit accounts could otherwise promote themselves."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never one's own: that has its page, which asks for the password. So the last superuser stays as well."""
        return super().has_delete_permission(request, obj) and obj != request.user and may_touch(request, obj)

    # --- Deleting with everything ---------------------------------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """How much goes along, counted by the database: Django would fetch all of it."""
        users = list(objs)
        counts = {str(self.opts.verbose_name_plural): len(users)}
        for relation in filter(goes_along, relations(User)):
            going = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": users})
            if count := going.count():
                counts[str(relation.related_model._meta.verbose_name_plural)] = count
        kept = {
            _("your own account, or a superuser's") for user in users if not self.has_delete_permission(request, user)
        }
        return [str(user) for user in users], counts, kept, []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for pk in list(queryset.values_list("pk", flat=True)):
            delete_account(pk)


@admin.register(AccessToken)
class AccessTokenAdmin(OnlyItsFilters):
    """Which tokens there are. Staff can revoke one, and neither make nor see what a program shows."""

    list_display = ("id", "user", "scopes", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ()
    ordering = ("-pk",)
    search_fields = ("user__username",)
    search_help_text = _("Part of a username")
    paginator = CappedPaginator
    show_full_result_count = False
    # Not its name, which its person has chosen and staff need not read.
    fields = readonly_fields = ("user", "scopes", "created_at", "expires_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class GroupAdmin(OnlyItsFilters, theirs.GroupAdmin):
    """A group's rights are its members', and only a superuser hands out rights."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and super().has_delete_permission(request, obj)


admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
