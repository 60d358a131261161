"""Memories as JSON, with everything that is stored of them but what is worked out from their text."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from memories.exchange.entries import Entry, NotAnExport, entry_of, version_of
from memories.models import DEFAULT_NAMESPACE, Ending, Memory, Proposal
from memories.writing import Version

FORMAT = "memchat-memories"
VERSION = 2
"""1 was a list of current memories without keys and without history; it had no number, and is still read."""


def write(memories: Iterable[list[Memory]], proposals: Iterable[Proposal], at: datetime) -> Iterator[str]:
    """The file in pieces, one for each batch of memories."""
    yield f'{{\n"format": "{FORMAT}",\n"version": {VERSION},\n"exported_at": "{at.isoformat()}",\n"memories": ['
    between = "\n"
    for batch in memories:
        yield between + ",\n".join(_line(_memory(memory)) for memory in batch)
        between = ",\n"
    yield '\n],\n"proposals": ['
    yield ",".join(f"\n{_line(_proposal(proposal))}" for proposal in proposals)
    yield "\n]\n}\n"


def read(text: str) -> list[Entry]:
    """The current memories in a file, each with its history; what was forgotten stays forgotten."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAnExport(gettext("This is not a file of memories that memchat has exported.")) from None
    listed = data.get("memories") if isinstance(data, dict) else None
    version = data.get("version", 1) if isinstance(data, dict) else 1
    if not isinstance(listed, list) or data.get("format", FORMAT) != FORMAT:
        raise NotAnExport(gettext("This is not a file of memories that memchat has exported."))
    if not isinstance(version, int) or version > VERSION:
        raise NotAnExport(gettext("A newer memchat has written this file. Update this one to read it."))
    found = [row for row in listed if isinstance(row, dict) and isinstance(row.get("text"), str)]
    return list(_entries(found))


def _entries(found: list[dict[str, Any]]) -> Iterator[Entry]:
    replaced = {row["supersedes"] for row in found if _is_id(row.get("supersedes"))}
    history: dict[tuple[str, str], list[Version]] = defaultdict(list)
    current = []
    for row in found:
        if row.get("ending") == Ending.FORGOTTEN:
            continue
        if row.get("ending") == Ending.SUPERSEDED or (_is_id(row.get("id")) and row["id"] in replaced):
            if version := version_of(row):
                history[_place(row)].append(version)
        else:
            current.append(row)
    for row in current:
        before = history.pop(_place(row), []) if row.get("key") else []
        yield entry_of(row, tuple(sorted(before, key=lambda version: (version.created_at, version.ended_at))))


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("namespace") or DEFAULT_NAMESPACE), str(row.get("key") or "")


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)


def _memory(memory: Memory) -> dict[str, Any]:
    return {
        "id": memory.pk,
        "namespace": memory.namespace,
        "key": memory.key,
        "text": memory.text,
        **_kept(memory),
        "category": memory.category,
        "origin": memory.origin,
        "source": _source(memory),
        "pinned": memory.pinned,
        "quoted": memory.quoted,
        "lowered": memory.lowered,
        "created_at": _iso(memory.created_at),
        "confirmed_at": _iso(memory.confirmed_at),
        "valid_from": _iso(memory.valid_from),
        "valid_until": _iso(memory.valid_until),
        "expires_at": _iso(memory.expires_at),
        "supersedes": memory.supersedes_id,
        "ended_at": _iso(memory.ended_at),
        "ending": memory.ending,
    }


def _kept(memory: Memory) -> dict[str, Any]:
    """What there is beside the statement, of what a program keeps."""
    if memory.value == {"data": memory.text} and memory.paths is None and memory.ttl_minutes is None:
        return {}
    return {
        "item": {
            "value": memory.value,
            "paths": memory.paths,
            "by_site": memory.by_site,
            "ttl_minutes": memory.ttl_minutes,
            "first_at": _iso(memory.first_at),
        }
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "text": proposal.text,
        "category": proposal.category,
        "sensitive": proposal.sensitive,
        "origin": proposal.origin,
        "source": _source(proposal),
        "valid_from": _iso(proposal.valid_from),
        "replaces": proposal.replaces_id,
        "created_at": _iso(proposal.created_at),
    }


def _source(row: Memory | Proposal) -> dict[str, str] | None:
    if row.source_thread is None:
        return None
    return {
        "thread": str(row.source_thread),
        **({"message": str(row.source_message)} if row.source_message else {}),
    }


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
