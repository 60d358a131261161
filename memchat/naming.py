"""Makes the names of our apps, models and fields translatable.

Django makes them of the names in the code where a model says nothing else, as plain English. Wrapped here rather than
written at each of a hundred fields, they change no migration, and no field can be forgotten.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy

OURS = ("users", "memories", "conversations")
THEIRS = (
    ("procrastinate", "procrastinatejob"),
    ("procrastinate", "procrastinateevent"),
    ("mfa", "authenticator"),
    ("usersessions", "usersession"),
)
"""Models of other packages that the admin shows, and that have no translated names."""

_names: set[str] = set()


def translate_names() -> None:
    """To be called once, when all models are loaded."""
    for label in OURS:
        _translate(apps.get_app_config(label), "verbose_name")
        for model in apps.get_app_config(label).get_models():
            _translate_model(model)
    for label, name in THEIRS:
        _translate_model(apps.get_app_config(label).get_model(name))


def names() -> list[str]:
    """Those that were plain English, for the catalogues."""
    return sorted(_names)


def _translate_model(model: Any) -> None:
    _translate(model._meta, "verbose_name")
    if "verbose_name_plural" not in model._meta.original_attrs:
        # What Django makes of the name is lazy, and puts an English "s" to whatever the name is.
        model._meta.verbose_name_plural = str(model._meta.verbose_name_plural)
    _translate(model._meta, "verbose_name_plural")
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        _translate(field, "verbose_name")


def _translate(owner: Any, attribute: str) -> None:
    name = getattr(owner, attribute)
    if type(name) is str and name:
        _names.add(name)
        setattr(owner, attribute, gettext_lazy(name))
