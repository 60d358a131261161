"""How a program wants its reply to be made, in the words of OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.prompts import Sampling
from memchat.api.reading import wrong_field
from memchat.text import storable

MOST_STOPS = 4
MOST_STOP_CHARS = 200
HOTTEST = 2.0


def sampling_of(sent: Mapping[str, Any]) -> Sampling:
    """Raises Problem, which names the field."""
    name = "max_tokens" if sent.get("max_completion_tokens") is None else "max_completion_tokens"
    return Sampling(
        max_tokens=_count(sent, name),
        temperature=_number(sent, "temperature", HOTTEST),
        top_p=_number(sent, "top_p", 1.0),
        stop=_stops(sent),
    )


def _count(sent: Mapping[str, Any], name: str) -> int | None:
    value = sent.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise wrong_field(name)


def _number(sent: Mapping[str, Any], name: str, most: float) -> float | None:
    value = sent.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise wrong_field(name)
    return float(value)


def _stops(sent: Mapping[str, Any]) -> tuple[str, ...]:
    value = sent.get("stop")
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or len(stops) > MOST_STOPS or not all(map(_is_stop, stops)):
        raise wrong_field("stop")
    return tuple(stops)


def _is_stop(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_STOP_CHARS and storable(value) == value
