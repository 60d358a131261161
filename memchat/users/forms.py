"""Forms about accounts that allauth does not have."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from memchat.text import storable
from memchat.users.models import Scope, User


class FirstStaffForm(UserCreationForm):
    email = forms.EmailField(label=_("E-mail (optional)"), required=False, max_length=254)

    class Meta:
        model = User
        fields = ("username", "email")


class DeleteAccountForm(forms.Form):
    """Typing one's name keeps a slip from deleting an account."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = user.get_username()
        self.fields["username"].label = gettext("Type your username, %(name)s, to confirm") % {"name": self._name}

    def clean_username(self) -> str:
        typed = User.normalize_username(self.cleaned_data["username"])
        if typed.casefold() != self._name.casefold():
            raise forms.ValidationError(gettext("Nothing was deleted: this is not your username."))
        return typed


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how long."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The program that will use it, so that you know it again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        choices=[
            ("7", _("A week")),
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("A year")),
            ("0", _("Until you revoke it")),
        ],
        coerce=int,
        initial="90",
    )

    def clean_name(self) -> str:
        name = " ".join(storable(self.cleaned_data["name"]).split())
        if not name:
            raise forms.ValidationError(gettext("Give it a name."))
        return name

    @property
    def expires_at(self) -> datetime | None:
        days: int = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None
