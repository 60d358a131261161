"""What staff tell every model of this site. Django's own log of changes says who changed it, and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversations.models import SITE_PROMPT_MAX_CHARS, SitePrompt
from conversations.prompts import INSTRUCTIONS


class SitePromptForm(forms.ModelForm):
    text = forms.CharField(
        label=_("Instructions"),
        required=False,
        max_length=SITE_PROMPT_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField"}),
        help_text=_("Sent with every message of everybody, after the instructions below and before the person's own."),
    )

    class Meta:
        model = SitePrompt
        fields = ("text",)


@admin.register(SitePrompt)
class SitePromptAdmin(admin.ModelAdmin):
    """One page instead of a list with one row."""

    form = SitePromptForm
    fields = ("text", "of_memchat", "updated_at", "by")
    readonly_fields = ("of_memchat", "updated_at", "by")

    @admin.display(description=_("memchat's own"))
    def of_memchat(self, _prompt: SitePrompt) -> str:
        return INSTRUCTIONS

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.has_change_permission(request):
            SitePrompt.objects.get_or_create(pk=1)
        if self.has_view_permission(request) and SitePrompt.objects.exists():
            return redirect(self._page)
        # Whoever may only look sees that there is nothing yet.
        return super().changelist_view(request, extra_context)

    @property
    def _page(self) -> str:
        return reverse("admin:conversations_siteprompt_change", args=[1])

    def save_model(self, request: HttpRequest, obj: SitePrompt, form: forms.ModelForm, change: bool) -> None:
        obj.by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def response_post_save_change(self, request: HttpRequest, obj: SitePrompt) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._page)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Emptying it does the same, and is on record."""
        return False
