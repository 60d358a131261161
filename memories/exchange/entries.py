"""One memory as it stands in a file. Pure rules: what is read here came from outside and may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from memchat.text import storable
from memories.models import DEFAULT_NAMESPACE, Category
from memories.writing import Version

MOST_VERSIONS = 200
_LAST_YEAR = 9_000


class NotAnExport(Exception):
    """A file that cannot be read as memories; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A current statement with what it said before, oldest first. An empty key or category was not given."""

    text: str
    category: str = ""
    pinned: bool = False
    namespace: str = DEFAULT_NAMESPACE
    key: str = ""
    created_at: datetime | None = None
    valid_from: date | None = None
    expires_at: datetime | None = None
    history: tuple[Version, ...] = ()

    @property
    def since(self) -> date | None:
        return self.valid_from or (self.created_at.date() if self.created_at else None)


def entry_of(found: Mapping[str, Any], history: tuple[Version, ...] = ()) -> Entry:
    """The entry in an object of a file whose `text` is a string; whatever else makes no sense counts as absent."""
    return Entry(
        text=storable(found["text"]).strip(),
        category=_category(found.get("category")),
        pinned=found.get("pinned") is True,
        namespace=_name(found.get("namespace"), 500) or DEFAULT_NAMESPACE,
        key=_name(found.get("key"), 255),
        created_at=_moment(found.get("created_at")),
        valid_from=_day(found.get("valid_from")),
        expires_at=_moment(found.get("expires_at")),
        history=history[-MOST_VERSIONS:],
    )


def version_of(found: Mapping[str, Any]) -> Version | None:
    """An earlier version in an object of a file; None without the times that make it one."""
    created_at = _moment(found.get("created_at"))
    ended_at = _moment(found.get("ended_at"))
    valid_until = _day(found.get("valid_until"))
    if ended_at is None and valid_until is not None:
        ended_at = datetime.combine(valid_until, time(), UTC)
    created_at = created_at or ended_at
    if created_at is None or ended_at is None or not isinstance(found.get("text"), str):
        return None
    return Version(
        text=storable(found["text"]).strip(),
        created_at=created_at,
        ended_at=max(created_at, ended_at),
        category=_category(found.get("category")) or Category.FACT,
        valid_from=_day(found.get("valid_from")),
        valid_until=valid_until,
    )


def packed(entry: Entry) -> dict[str, Any]:
    """An entry as plain data, which `entry_of` and `version_of` read again."""
    data: dict[str, Any] = {"text": entry.text}
    if entry.category:
        data["category"] = entry.category
    if entry.pinned:
        data["pinned"] = True
    if entry.namespace != DEFAULT_NAMESPACE:
        data["namespace"] = entry.namespace
    if entry.key:
        data["key"] = entry.key
    for name in ("created_at", "valid_from", "expires_at"):
        if value := getattr(entry, name):
            data[name] = value.isoformat()
    if entry.history:
        data["history"] = [_packed_version(version) for version in entry.history]
    return data


def unpacked(data: Mapping[str, Any]) -> Entry:
    versions = [version_of(one) for one in data.get("history", ())]
    return entry_of(data, tuple(version for version in versions if version))


def _packed_version(version: Version) -> dict[str, Any]:
    data: dict[str, Any] = {"text": version.text, "category": version.category}
    for name in ("created_at", "ended_at", "valid_from", "valid_until"):
        if value := getattr(version, name):
            data[name] = value.isoformat()
    return data


def _category(found: Any) -> str:
    return found if isinstance(found, str) and found in Category.values else ""


def _name(found: Any, longest: int) -> str:
    if not isinstance(found, str):
        return ""
    name = storable(found)
    return name if len(name) <= longest else ""


def _moment(found: Any) -> datetime | None:
    if not isinstance(found, str) or len(found) > 40:
        return None
    try:
        moment = parse_datetime(found)
        if moment is None:
            day = parse_date(found)
            moment = datetime.combine(day, time()) if day else None
        if moment is None or not 1 < moment.year < _LAST_YEAR:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _day(found: Any) -> date | None:
    moment = _moment(found)
    return moment.date() if moment else None
