"""Namespaces: whose they are, how they are stored, and which of them a pattern matches. Pure rules.

A program's namespace is a path of labels that begins with "memories" and the id of a person. A memory has the person as
its owner and the rest as its namespace, joined by full stops, which no label may contain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from memchat.text import storable
from memories.models import DEFAULT_NAMESPACE, KEY_CHARS, NAMESPACE_CHARS

MOST_BYTES = 2_400
"""Of namespace and key together: what an entry of an index holds."""

ROOT = (DEFAULT_NAMESPACE,)
ANY = "*"
_LARGEST_ID = 2**63 - 1


class WrongPlace(ValueError):
    """A namespace or a key under which nothing can be kept; the message says what it should be."""


class Place(NamedTuple):
    user_id: int
    namespace: str


def place(path: Sequence[str]) -> Place:
    """Where a namespace is."""
    labels = [_label(one, path) for one in path]
    if len(labels) < 2 or labels[0] != DEFAULT_NAMESPACE or (user_id := _id(labels[1])) is None:
        raise WrongPlace(
            f"Namespaces are ({DEFAULT_NAMESPACE!r}, <id of a person>) and what lies under it; {tuple(path)} is none."
        )
    namespace = ".".join([DEFAULT_NAMESPACE, *labels[2:]])
    if len(namespace) > NAMESPACE_CHARS:
        raise WrongPlace(f"A namespace has at most {NAMESPACE_CHARS} characters.")
    return Place(user_id, namespace)


def path(user_id: int, namespace: str) -> tuple[str, ...]:
    """The namespace as programs see it."""
    first, *rest = namespace.split(".")
    return (first, str(user_id), *rest)


def check_key(where: Place, key: str) -> str:
    if not key or len(key) > KEY_CHARS or storable(key) != key:
        raise WrongPlace(f"A key has 1 to {KEY_CHARS} characters, and no NUL among them.")
    if len(where.namespace.encode()) + len(key.encode()) > MOST_BYTES:
        raise WrongPlace(f"Namespace and key have at most {MOST_BYTES} bytes together.")
    return key


class Pattern(NamedTuple):
    """A path that namespaces begin or end with; "*" stands for any label."""

    is_prefix: bool
    labels: tuple[str, ...]

    def matches(self, path: Sequence[str]) -> bool:
        count = len(self.labels)
        part = path[:count] if self.is_prefix else path[len(path) - count :]
        return len(path) >= count and all(
            wanted in (ANY, label) for wanted, label in zip(self.labels, part, strict=True)
        )


def person_of(patterns: Iterable[Pattern]) -> int | None:
    """The person that all matching namespaces belong to; None where that may be several."""
    found = None
    for pattern in patterns:
        if not pattern.is_prefix or not pattern.labels:
            continue
        if pattern.labels[0] not in (ANY, DEFAULT_NAMESPACE):
            raise WrongPlace(f"Namespaces begin with {DEFAULT_NAMESPACE!r}, not with {pattern.labels[0]!r}.")
        if len(pattern.labels) > 1 and pattern.labels[1] != ANY:
            found = place((DEFAULT_NAMESPACE, pattern.labels[1])).user_id
    return found


def listed(
    paths: Iterable[tuple[str, ...]], patterns: Sequence[Pattern], max_depth: int | None
) -> list[tuple[str, ...]]:
    """Those that all patterns match, cut to `max_depth` labels, each once, in order."""
    return sorted({one[:max_depth] for one in paths if all(pattern.matches(one) for pattern in patterns)})


def _label(label: str, path: Sequence[str]) -> str:
    if not isinstance(label, str) or not label or "." in label or storable(label) != label:
        raise WrongPlace(f"Labels of a namespace are texts without full stops and NUL; {tuple(path)} has another.")
    return label


def _id(label: str) -> int | None:
    if not label.isascii() or not label.isdigit() or len(label) > 19:
        return None
    number = int(label)
    return number if 0 < number <= _LARGEST_ID and str(number) == label else None
