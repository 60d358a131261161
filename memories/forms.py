"""What a person may enter about their memories."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from memories.models import Category, Memory

IMPORT_MAX_BYTES = 8 * 1024 * 1024
IMPORT_MAX_COUNT = 2_000


class SearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=500, strip=True)
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        required=False,
        choices=[("", gettext_lazy("All categories")), *Category.choices],
    )


class MemoryForm(forms.Form):
    """One memory, written or corrected by hand."""

    text = forms.CharField(
        label=gettext_lazy("Statement"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=settings.MEMORY_MAX_CHARS,
        help_text=gettext_lazy("One lasting thing about you, such as “I am allergic to peanuts”."),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"), required=False, choices=[("", gettext_lazy("Choose for me")), *Category.choices]
    )
    pinned = forms.BooleanField(
        label=gettext_lazy("Pinned"),
        required=False,
        help_text=gettext_lazy("Part of every conversation that reads memory."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The last day on which it counts. Leave it empty for always."),
    )

    @classmethod
    def of(cls, memory: Memory) -> MemoryForm:
        last_day = (memory.expires_at - timedelta(seconds=1)).date() if memory.expires_at else None
        return cls(
            initial={
                "text": memory.text,
                "category": memory.category,
                "pinned": memory.pinned,
                "expires_on": last_day,
            }
        )

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and (day < timezone.localdate() or day.year > 9000):
            raise forms.ValidationError(_("Choose a day from today on."))
        return day

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day."""
        day: date | None = self.cleaned_data["expires_on"]
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) if day else None


class ForgetAllForm(forms.Form):
    """Typing a word keeps a slip from forgetting everything."""

    confirmation = forms.CharField(label="", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word = _("forget")
        self.fields["confirmation"].label = _("Type “%(word)s” to confirm") % {"word": self.word}

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed.strip().casefold() != self.word.casefold():
            raise forms.ValidationError(_("Nothing was forgotten: type “%(word)s” to confirm.") % {"word": self.word})
        return typed


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        help_text=gettext_lazy("A file that memchat has exported."),
    )

    def clean_file(self) -> list[dict[str, Any]]:
        """The memories in the file: objects with a text."""
        upload = self.cleaned_data["file"]
        if upload.size > IMPORT_MAX_BYTES:
            raise forms.ValidationError(_("This file is too large."))
        try:
            listed = json.loads(upload.read().decode("utf-8-sig"))["memories"]
            entries = [entry for entry in listed if isinstance(entry["text"], str)]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise forms.ValidationError(_("This is not a file of memories that memchat has exported.")) from None
        if len(entries) > IMPORT_MAX_COUNT:
            raise forms.ValidationError(
                _("At most %(max)s memories can be imported at once.") % {"max": IMPORT_MAX_COUNT}
            )
        return entries
