"""Deleting an account as the pages of accounts know it: what it reaches lies in rooms above, which sign on here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models

_delete: list[Callable[[int], object]] = []


def deleted_by(function: Callable[[int], object]) -> None:
    """Let `function` delete accounts, given their id."""
    _delete[:] = [function]


def delete_account(user_id: int) -> None:
    """Close an account at once and remove everything of it once the open transaction is through."""
    (delete,) = _delete
    delete(user_id)


def relations(model: type[models.Model]) -> Iterator[Any]:
    """The foreign keys of other tables to this one."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation


def goes_along(relation: Any) -> bool:
    """Whether the rows at the other end of a relation are removed together with this one's."""
    return relation.on_delete is not models.SET_NULL
