"""Tables that pages of the admin show beside their own fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Link:
    text: Any
    url: str

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Panel:
    """A table with a title; a cell is a value or a `Link`."""

    title: Any
    columns: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    note: Any = ""


MakePanel = Callable[[HttpRequest, Any], Panel]
