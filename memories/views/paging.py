"""Pages of long lists: by the last row's time where rows come and go at the top, by place where a list is ranked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 30
FARTHEST = 20_000
_CURSOR = re.compile(r"(-?\d{1,18})-(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the query string of the next page; empty on the last."""

    rows: list[Any]
    more: str = ""


def newest(
    rows: QuerySet[Any], request: HttpRequest, keep: Mapping[str, str] | None = None, by: str = "created_at"
) -> Page:
    """The rows after the one that the address names, newest first by the field `by`."""
    place = _CURSOR.fullmatch(request.GET.get("before", ""))
    if place:
        when = _moment(int(place[1]))
        rows = rows.filter(Q(**{f"{by}__lt": when}) | Q(**{by: when, "pk__lt": int(place[2])}), **{f"{by}__lte": when})
    shown = list(rows.order_by(f"-{by}", "-pk")[: PAGE_SIZE + 1])
    if len(shown) <= PAGE_SIZE:
        return Page(shown)
    shown.pop()
    microseconds = round((getattr(shown[-1], by) - _EPOCH).total_seconds() * 1_000_000)
    return Page(shown, urlencode({**(keep or {}), "before": f"{microseconds}-{shown[-1].pk}"}))


def ranked(rows: Any, request: HttpRequest, keep: Mapping[str, str]) -> Page:
    """The rows from the place on that the address names, in the order that they have."""
    raw = request.GET.get("from", "")
    start = min(int(raw), FARTHEST) if re.fullmatch(r"[0-9]{1,9}", raw) else 0
    shown = list(rows[start : start + PAGE_SIZE + 1])
    if len(shown) <= PAGE_SIZE:
        return Page(shown)
    return Page(shown[:PAGE_SIZE], urlencode({**keep, "from": str(start + PAGE_SIZE)}))


def _moment(microseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)
