"""Paths to fields: which texts of a value a search by meaning compares. Pure rules.

"title", "context[*].content", "authors[0].name", "revisions[-1]", "meta.*", "{title,meta.author}"; "$" is all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WHOLE = "$"
_STEP = re.compile(r"\[[^\]]*\]|\{[^}]*\}|[^.\[\{]+")


def texts_at(value: Any, path: str) -> list[str]:
    """The texts that a path leads to, those that say nothing left out."""
    if path in ("", WHOLE):
        return [_text(value)]
    return [text for found in _at(value, _STEP.findall(path)) if (text := _text(found)).strip()]


def texts_of(value: Mapping[str, Any], paths: Sequence[str]) -> list[tuple[str, int, str]]:
    """All texts that any of the paths leads to, each with its path and its number there."""
    return [(path, number, text) for path in dict.fromkeys(paths) for number, text in enumerate(texts_at(value, path))]


def _at(found: Any, steps: Sequence[str]) -> Iterator[Any]:
    if not steps:
        yield found
        return
    step, rest = steps[0], steps[1:]
    for one in _step(found, step):
        yield from _at(one, rest)


def _step(found: Any, step: str) -> Iterator[Any]:
    if step.startswith("["):
        if isinstance(found, list):
            yield from _elements(found, step[1:-1].strip())
    elif step.startswith("{"):
        for name in step[1:-1].split(","):
            yield from _at(found, _STEP.findall(name.strip()))
    elif step == "*":
        yield from found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    elif isinstance(found, dict) and step in found:
        yield found[step]


def _elements(found: list[Any], which: str) -> Iterator[Any]:
    if which == "*":
        yield from found
    elif which.removeprefix("-").isdecimal() and -len(found) <= int(which) < len(found):
        yield found[int(which)]


def _text(found: Any) -> str:
    if found is None:
        return ""
    return str(found) if isinstance(found, str | int | float) else json.dumps(found, sort_keys=True, ensure_ascii=False)
