"""Forms about accounts that allauth does not have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from memchat.users.models import User


class FirstStaffForm(UserCreationForm):
    email = forms.EmailField(label=_("E-mail (optional)"), required=False, max_length=254)

    class Meta:
        model = User
        fields = ("username", "email")

    def clean_email(self) -> Any:
        return self.cleaned_data["email"].lower()


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
