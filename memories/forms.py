"""What a person may enter about their memories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from memchat.users.models import INSTRUCTIONS_MAX_CHARS
from memories.exchange.entries import Entry, NotAnExport
from memories.exchange.reading import MAX_BYTES, read
from memories.models import Category, Memory, Origin


class Lines(forms.CharField):
    """Text of several lines, counted as it is stored: browsers send two characters for the end of each."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


STATES = [
    ("", gettext_lazy("Current")),
    ("expired", gettext_lazy("Expired")),
    ("superseded", gettext_lazy("Superseded")),
    ("forgotten", gettext_lazy("Forgotten")),
]


class FilterForm(forms.Form):
    """What a list of memories is narrowed down to, and its order."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=500,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search", "dir": "auto"}),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        required=False,
        choices=[("", gettext_lazy("All categories")), *Category.choices],
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("Origin"), required=False, choices=[("", gettext_lazy("Any origin")), *Origin.choices]
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=STATES)
    since = forms.DateField(
        label=gettext_lazy("Noted from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("Noted until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Order"),
        required=False,
        choices=[("", gettext_lazy("Newest first")), ("used", gettext_lazy("Most used first"))],
    )
    pinned = forms.BooleanField(label=gettext_lazy("Pinned only"), required=False)

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for; a value that makes no sense counts as none, and its field says so."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}

    @property
    def kept(self) -> dict[str, str]:
        """The same as the fields of an address."""
        return {
            name: "on" if value is True else str(value) for name, value in self.asked.items() if value not in ("", None)
        }

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """The fields that stand below the search."""
        return [self[name] for name in self.fields if name != "q"]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.errors or set(self.kept) - {"q"})


class MemoryForm(forms.Form):
    """One memory, written or corrected by hand."""

    text = Lines(
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
    def of(cls, memory: Memory, data: Mapping[str, Any] | None = None) -> MemoryForm:
        """As a memory stands, or as somebody wants to have it."""
        now = {"text": memory.text, "category": memory.category, "pinned": memory.pinned}
        form = cls(data, initial={**now, "expires_on": memory.last_day})
        if not memory.recalled:
            # What programs keep may be longer: their writing knows how long.
            text = form.fields["text"]
            text.validators = [one for one in text.validators if not isinstance(one, MaxLengthValidator)]
            text.widget.attrs.pop("maxlength", None)
        return form

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
        widget=forms.FileInput(attrs={"accept": ".json,.md,.markdown,application/json,text/markdown"}),
        help_text=gettext_lazy("JSON or Markdown that memchat has exported. You see what would change before it does."),
    )

    content = b""
    """The file as it was sent."""

    def clean_file(self) -> list[Entry]:
        """The memories in the file."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(_("This file is too large."))
        self.content = upload.read()
        try:
            return read(self.content)
        except NotAnExport as problem:
            raise forms.ValidationError(str(problem)) from None


class ProposalForm(forms.Form):
    """The words in which somebody approves what was proposed."""

    text = Lines(
        label=gettext_lazy("Statement"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=settings.MEMORY_MAX_CHARS,
    )


class SettingsForm(forms.Form):
    """What a person decides about memory as a whole."""

    memory_on = forms.BooleanField(
        label=gettext_lazy("Use memory"),
        required=False,
        help_text=gettext_lazy(
            "Off: no reply gets to know what is remembered, and nothing new is remembered from any thread. What is "
            "there stays, and you can still see and change it here."
        ),
    )
    custom_instructions = Lines(
        label=gettext_lazy("Custom instructions"),
        required=False,
        max_length=INSTRUCTIONS_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=gettext_lazy(
            "How you want to be answered, such as “Be brief” or “Use metric units”. They are part of every thread, are "
            "not memories, and nothing but you changes them."
        ),
    )
