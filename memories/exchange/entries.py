"""One memory as it stands in a file. Pure rules: what is read here came from outside and may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext

from memchat.text import storable
from memories.items.places import MOST_BYTES
from memories.items.values import Kept, WrongValue, kept_of
from memories.models import DEFAULT_NAMESPACE, KEY_CHARS, NAMESPACE_CHARS, Category, is_named
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
    kept: Kept | None = None
    """What it is, if a program keeps it; the text is its own, whatever the file says beside it."""
    wrong: str = ""
    """Why nobody could store it, as a sentence."""

    @property
    def is_named(self) -> bool:
        """Whether a program calls it by a name: what says the same by another name is another thing."""
        return self.kept is not None or (bool(self.key) and is_named(self.namespace, self.key, None))

    @property
    def since(self) -> date | None:
        return self.valid_from or (self.created_at.date() if self.created_at else None)


def entry_of(found: Mapping[str, Any], history: tuple[Version, ...] = ()) -> Entry:
    """The entry in an object of a file whose `text` is a string; whatever else makes no sense counts as absent."""
    kept, wrong = _kept(found)
    namespace, key = _name(found.get("namespace")), _name(found.get("key"))
    if not _fits(namespace, key):
        namespace, key = "", ""
        wrong = gettext("The name under which a program keeps it is too long.")
    return Entry(
        text=(kept.text if kept else storable(found["text"])).strip(),
        category=_category(found.get("category")),
        pinned=found.get("pinned") is True,
        namespace=namespace or DEFAULT_NAMESPACE,
        key=key,
        created_at=_moment(found.get("created_at")),
        valid_from=_day(found.get("valid_from")),
        expires_at=_moment(found.get("expires_at")),
        history=history[-MOST_VERSIONS:],
        kept=kept,
        wrong=wrong,
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
    kept, wrong = _kept(found)
    if wrong:
        return None
    return Version(
        text=(kept.text if kept else storable(found["text"])).strip(),
        created_at=created_at,
        ended_at=max(created_at, ended_at),
        category=_category(found.get("category")) or Category.FACT,
        valid_from=_day(found.get("valid_from")),
        valid_until=valid_until,
        kept=kept,
    )


def packed(entry: Entry, *, with_text: bool = True) -> dict[str, Any]:
    """An entry as plain data, which `entry_of` and `version_of` read again."""
    data: dict[str, Any] = {"text": entry.text} if with_text else {}
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
    if entry.kept:
        data["item"] = asdict(entry.kept)
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
    if version.kept:
        data["item"] = asdict(version.kept)
    return data


def _kept(found: Mapping[str, Any]) -> tuple[Kept | None, str]:
    """What a program kept, if it was one, and what is wrong with it. What is not in a chat's namespace was."""
    item = found.get("item")
    if item is None:
        if not _name(found.get("key")) or (_name(found.get("namespace")) or DEFAULT_NAMESPACE) == DEFAULT_NAMESPACE:
            return None, ""
        item = {"value": {"data": storable(found["text"])}}
    try:
        return kept_of(item), ""
    except WrongValue:
        return None, gettext("What a program keeps here cannot be stored: it is too large, or no data.")


def _fits(namespace: str, key: str) -> bool:
    size = len((namespace or DEFAULT_NAMESPACE).encode()) + len(key.encode())
    return len(namespace) <= NAMESPACE_CHARS and len(key) <= KEY_CHARS and size <= MOST_BYTES


def _category(found: Any) -> str:
    return found if isinstance(found, str) and found in Category.values else ""


def _name(found: Any) -> str:
    return storable(found) if isinstance(found, str) else ""


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
