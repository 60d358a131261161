"""What a value may be, and what it says. Pure rules."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memchat.text import storable

MOST_BYTES = 65_536
MOST_MINUTES = 100 * 366 * 24 * 60
MOST_PATHS = 100
LAST_YEAR = 9_000
MOST_PATH_CHARS = 1_000


class WrongValue(ValueError):
    """A value that cannot be kept; the message says why."""


def checked(value: Any) -> tuple[dict[str, Any], str]:
    """A value, and the JSON that it is stored as."""
    if not isinstance(value, Mapping):
        raise WrongValue("A value is a mapping of fields to what JSON can hold.")
    try:
        written = json.dumps(dict(value), ensure_ascii=False, allow_nan=False)
        for text in strings(value):
            if not isinstance(text, str):
                raise WrongValue(f"Names of fields are texts, and {text!r} is none.")
            if storable(text) != text:
                raise WrongValue("PostgreSQL stores neither NUL nor half a character.")
    except (TypeError, RecursionError) as error:
        raise WrongValue(f"This value cannot be written as JSON: {error}") from None
    except WrongValue:
        raise
    except ValueError as error:
        raise WrongValue(f"This value cannot be written as JSON: {error}") from None
    if len(written.encode()) > MOST_BYTES:
        raise WrongValue(f"A value has at most {MOST_BYTES:,} bytes as JSON.")
    # As it will come back: tuples are lists by then.
    return json.loads(written), written


@dataclass(frozen=True, slots=True)
class Kept:
    """What a program keeps under a key, as a file carries it: more than a statement."""

    value: dict[str, Any]
    paths: tuple[str, ...] | None = None
    by_site: bool = False
    ttl_minutes: float | None = None
    first_at: str = ""
    """When its first version was stored, as ISO 8601."""

    @property
    def written(self) -> str:
        return json.dumps(self.value, ensure_ascii=False)

    @property
    def text(self) -> str:
        """What says in words what is in it."""
        return in_words(self.value, self.written)

    @property
    def listed_paths(self) -> list[str] | None:
        """The paths as a memory holds them."""
        return None if self.paths is None else list(self.paths)


def kept_of(found: Any) -> Kept:
    """What stands in a file, which may be anything. Raises WrongValue."""
    if not isinstance(found, Mapping):
        raise WrongValue("An item is a mapping.")
    value, _written = checked(found.get("value"))
    paths, ttl = found.get("paths"), found.get("ttl_minutes")
    if paths is None:
        # Without a text there is nothing that it is compared by.
        paths = None if statement(value) is not None else []
    elif not isinstance(paths, list) or len(paths) > MOST_PATHS or not all(map(_is_path, paths)):
        raise WrongValue("Paths are a list of texts.")
    by_site, first_at = found.get("by_site") is True, _moment(found.get("first_at"))
    return Kept(value, None if paths is None else tuple(paths), by_site, minutes(ttl), first_at)


def minutes(ttl: Any) -> float | None:
    """For how long something is kept after its last use. Raises WrongValue."""
    if ttl is None:
        return None
    if not isinstance(ttl, int | float) or not 0 <= ttl <= MOST_MINUTES or not math.isfinite(ttl):
        raise WrongValue(f"ttl is a number of minutes from 0 to {MOST_MINUTES:,}, or None.")
    return float(ttl)


def _moment(found: Any) -> str:
    try:
        moment = datetime.fromisoformat(found or "")
        return moment.isoformat() if moment.tzinfo and 1 < moment.year < LAST_YEAR else ""
    except (TypeError, ValueError):
        return ""


def _is_path(found: Any) -> bool:
    return isinstance(found, str) and len(found) <= MOST_PATH_CHARS and storable(found) == found


def statement(value: Mapping[str, Any]) -> str | None:
    """What a value says in words, under "data"; None where it is data of another kind."""
    said = value.get("data")
    return said if isinstance(said, str) else None


def in_words(value: Mapping[str, Any], written: str) -> str:
    """What a value says, or else how it is written."""
    said = statement(value)
    return written if said is None else said


def strings(value: Any) -> Iterator[Any]:
    """Every text in a value, and every name of a field."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, held in value.items():
            yield name
            yield from strings(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from strings(held)
