"""What waits for a person's word, in the admin: only they approve or reject it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from memchat.staff.texts import StaffLooks, words
from memories.models import Proposal, Sensitive


@admin.register(Proposal)
class ProposalAdmin(StaffLooks):
    # Which kind of sensitive it is tells of it, as its category does.
    text_columns = ("text", "sensitive", "category", "fingerprint")
    named = "proposed memory"
    named_all = "proposed memories"
    list_texts = ("statement", "kind")
    list_display = ("number", "user", "origin", "created_at")
    list_filter = ("origin", "created_at")
    ordering = ("-pk",)
    search_help_text = _("A username")
    fields = ("statement", "kind", "user", "origin", "source_thread", "source_message", "valid_from", "created_at")
    readonly_fields = fields

    @admin.display(description=_("proposed memory"))
    def number(self, proposal: Proposal) -> str:
        return str(proposal)

    @admin.display(description=_("text"))
    def statement(self, proposal: Proposal) -> str:
        return words(proposal, "text")

    @admin.display(description=_("sensitive because of"))
    def kind(self, proposal: Proposal) -> Any:
        shown = words(proposal, "sensitive")
        return Sensitive(shown).label if shown in Sensitive.values else shown
