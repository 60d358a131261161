"""Which providers may be sent memories: one row for each provider that the settings name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.models import ProviderRule
from conversations.providers.registry import configured_providers


class RuleForm(forms.ModelForm):
    """One row of the list, whose switch has a name of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = gettext("%s is sent memories") % self.instance.provider
        self.fields["sends_memories"].widget.attrs["aria-label"] = label


@admin.register(ProviderRule)
class ProviderRuleAdmin(admin.ModelAdmin):
    list_display = ("name", "provider", "sends_memories", "configured")
    list_editable = ("sends_memories",)
    ordering = ("provider",)
    sortable_by = ()
    fields = ("name", "provider", "sends_memories", "configured")
    readonly_fields = ("name", "provider", "configured")
    change_list_template = "admin/conversations/rules.html"

    @admin.display(description=_("name"))
    def name(self, rule: ProviderRule) -> str:
        provider = configured_providers().get(rule.provider)
        return provider.label if provider else rule.provider

    @admin.display(description=_("configured"), boolean=True)
    def configured(self, rule: ProviderRule) -> bool:
        return rule.provider in configured_providers()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.has_view_permission(request):
            known = set(ProviderRule.objects.values_list("provider", flat=True))
            missing = [ProviderRule(provider=name) for name in configured_providers() if name not in known]
            ProviderRule.objects.bulk_create(missing, ignore_conflicts=True)
        return super().changelist_view(
            request, {"title": gettext("Which providers may be sent memories"), **(extra_context or {})}
        )

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=RuleForm, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is a row for each provider already."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what the settings no longer name; a rule that is deleted would begin anew as allowed."""
        gone = obj is not None and obj.provider not in configured_providers()
        return gone and super().has_delete_permission(request, obj)
