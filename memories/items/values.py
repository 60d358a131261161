"""What a value may be, and what it says. Pure rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from memchat.text import storable

MOST_BYTES = 65_536


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


def statement(value: Mapping[str, Any]) -> str | None:
    """What a value says in words, under "data"; None where it is data of another kind."""
    said = value.get("data")
    return said if isinstance(said, str) else None


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
