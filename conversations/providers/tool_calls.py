"""The calls of tools in one reply, put together from the fragments they arrive in."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, NoReturn

from conversations.prompts import ToolCall
from memchat.text import storable

ARGUMENTS_MAX_CHARS = 50_000
MOST_CALLS = 64
NAME_MAX_CHARS = 64


@dataclass(slots=True)
class _Unfinished:
    id: str = ""
    name: str = ""
    whole: object = None
    fragments: list[str] = field(default_factory=list)
    length: int = 0


class CallCollector:
    """Collects fragments by the place of their call in the reply."""

    def __init__(self) -> None:
        self._calls: list[_Unfinished] = []
        self._at_place: dict[int, _Unfinished] = {}

    def add(self, place: object, *, id: object = None, name: object = None, fragment: object = None) -> None:
        """Take in what one event tells of the call at `place`; what is of no use is left out."""
        call = self._at(place)
        if call is not None and isinstance(name, str) and name and isinstance(id, str) and call.id not in {"", id}:
            # Some servers give every call the same place.
            self._at_place.pop(_whole(place))
            call = self._at(place)
        if call is None:
            return
        # Some servers repeat both with every fragment, and even make up another id for each.
        if isinstance(id, str) and not call.id:
            call.id = id
        if isinstance(name, str) and not call.name:
            call.name = name
        if isinstance(fragment, str) and call.length <= ARGUMENTS_MAX_CHARS:
            call.fragments.append(fragment)
            call.length += len(fragment)

    def add_whole(self, place: object, arguments: object) -> None:
        """Arguments that came in one, which count where no fragment does."""
        call = self._at(place)
        if call is not None:
            call.whole = arguments

    def collected(self) -> tuple[ToolCall, ...]:
        """The calls in their order, each with an id of its own."""
        calls: list[ToolCall] = []
        for call in self._calls:
            if not call.name:
                continue
            own_id = storable(call.id)
            if not own_id or any(own_id == earlier.id for earlier in calls):
                own_id = f"call_{secrets.token_hex(8)}"
            arguments = _arguments(call)
            calls.append(
                ToolCall(own_id, storable(call.name)[:NAME_MAX_CHARS], arguments or {}, malformed=arguments is None)
            )
        return tuple(calls)

    def _at(self, place: object) -> _Unfinished | None:
        at = _whole(place)
        if at not in self._at_place:
            if len(self._calls) >= MOST_CALLS:
                return None
            self._at_place[at] = _Unfinished()
            self._calls.append(self._at_place[at])
        return self._at_place[at]


def _whole(place: object) -> int:
    return place if isinstance(place, int) else 0


def _arguments(call: _Unfinished) -> dict[str, Any] | None:
    """The arguments of a call, fit to be stored and sent; None when they are no JSON object."""
    if call.length > ARGUMENTS_MAX_CHARS:
        return None
    raw = "".join(call.fragments).strip()
    try:
        data = json.loads(raw, parse_constant=_no_number) if raw else (call.whole or {})
        cleaned = _clean(data)
    except (ValueError, RecursionError):
        return None
    return cleaned if isinstance(cleaned, dict) else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {storable(str(name)): _clean(one) for name, one in value.items()}
    return value
