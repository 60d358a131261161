"""Which names an account may have: Django's rule, and also for scripts that are written with combining marks."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _


@deconstructible
class UsernameValidator:
    """Letters, digits and @ . + - _ of any script, with the marks that belong to them.

    Django's own validator leaves out combining marks, and so most names in Devanagari, Thai or Tamil.
    """

    message = _("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
    code = "invalid"

    def __call__(self, value: Any) -> None:
        name = str(value)
        if not name or _is_mark(name[0]) or not all(_is_allowed(character) for character in name):
            raise ValidationError(self.message, code=self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UsernameValidator)

    def __hash__(self) -> int:
        return hash(type(self))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc"}


def _is_allowed(character: str) -> bool:
    return character.isalnum() or character in "@.+-_" or _is_mark(character)
