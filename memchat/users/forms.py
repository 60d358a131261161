"""Forms about accounts that allauth does not have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from memchat.users.models import User


class FirstStaffForm(UserCreationForm):
    email = forms.EmailField(label=_("E-mail (optional)"), required=False, max_length=254)

    class Meta:
        model = User
        fields = ("username", "email")

    def clean_email(self) -> Any:
        return self.cleaned_data["email"].lower()
