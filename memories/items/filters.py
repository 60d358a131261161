"""Filters over values, as PostgreSQL's path language for JSON, which compares by type. Pure rules.

What is said of a field holds for the same type only: 10 is more than 9 and has nothing to do with "10"; texts are
compared by their characters; true is no number. A field that is missing equals nothing but null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from memchat.text import storable

_ORDER = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
OPERATORS = ("$eq", "$ne", *_ORDER)


class WrongFilter(ValueError):
    """A filter that means nothing; the message says why."""


def as_path(wanted: Mapping[str, Any]) -> str:
    """A predicate that is true of the values that a filter lets through."""
    if not isinstance(wanted, Mapping):
        raise WrongFilter("A filter is a mapping of fields to what they should be.")
    try:
        return _all([_is(_field("$", name), value) for name, value in wanted.items()])
    except RecursionError:
        raise WrongFilter("This filter is nested too deeply.") from None


def _is(path: str, wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        if any(isinstance(name, str) and name.startswith("$") for name in wanted):
            return _all([_compared(path, operator, value) for operator, value in wanted.items()])
        return _typed(path, "object", *(_is(_field(path, name), value) for name, value in wanted.items()))
    if isinstance(wanted, list | tuple):
        return _equals_list(path, wanted)
    if wanted is None:
        return f'(!exists({path}) || {path}.type() == "null")'
    return _typed(path, _type(wanted), f"{path} == {_literal(wanted)}")


def _compared(path: str, operator: str, wanted: Any) -> str:
    if operator == "$eq":
        return _is(path, wanted) if not _has_operators(wanted) else _no_operators()
    if operator == "$ne":
        return f"!({_is(path, wanted) if not _has_operators(wanted) else _no_operators()})"
    if operator not in _ORDER:
        raise WrongFilter(f"There is no operator {operator!r}; there are {', '.join(OPERATORS)}.")
    if isinstance(wanted, bool) or not isinstance(wanted, str | int | float):
        raise WrongFilter(f"{operator} compares numbers and texts, and {wanted!r} is neither.")
    return _typed(path, _type(wanted), f"{path} {_ORDER[operator]} {_literal(wanted)}")


def _equals_list(path: str, wanted: Sequence[Any]) -> str:
    each = (_is(f"{path}[{number}]", value) for number, value in enumerate(wanted))
    return _typed(path, "array", f"{path}.size() == {len(wanted)}", *each)


def _field(path: str, name: Any) -> str:
    if not isinstance(name, str):
        raise WrongFilter(f"Fields have names that are texts, and {name!r} is none.")
    return f"{path}.{_literal(name)}"


def _typed(path: str, kind: str, *conditions: str) -> str:
    return _all([f'{path}.type() == "{kind}"', *conditions])


def _all(conditions: Sequence[str]) -> str:
    return f"({' && '.join(conditions)})" if conditions else "(1 == 1)"


def _type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
    raise WrongFilter(f"{value!r} is nothing that JSON has.")


def _literal(value: str | float) -> str:
    if isinstance(value, str):
        if storable(value) != value:
            raise WrongFilter("A filter cannot contain NUL or half a character.")
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongFilter(f"{value} is no number in JSON.")
    return json.dumps(value)


def _has_operators(wanted: Any) -> bool:
    return isinstance(wanted, Mapping) and any(isinstance(name, str) and name.startswith("$") for name in wanted)


def _no_operators() -> str:
    raise WrongFilter("An operator compares with a value, not with another operator.")
