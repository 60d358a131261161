"""Memories as Markdown, for people to read: by category, what a memory said before under it.

Each memory is an item of a list, and its last line, in italics, says when it was noted and what else there is to know.
The words of that line belong to the format, so that the file can be read again, and are not translated. What was
forgotten or is over is left out. Data of programs is there to be read; only a file of JSON brings it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import override

from memories.exchange.entries import Entry, entry_of, version_of
from memories.items.values import statement
from memories.models import Category, Memory
from memories.writing import Version

_STARTS_SOMETHING = re.compile(r"(?m)^([ \t]*\d*)([-+#>=|~]|(?<=\d)[.)])")
_MARKUP = re.compile(r"([\\`*_<\[\]])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_DETAILS = re.compile(r"\*noted \d{4}-\d\d-\d\d(?:; [^*\n]+)?\*")
_HEADING = re.compile(r"#{1,6}\s")
_SAFE_KEY = re.compile(r"[\w.:@/-]{1,255}")

DATA = "data of a program"

Batch = Sequence[tuple[Memory, Sequence[Memory]]]


def write(categories: Iterable[tuple[str, Iterable[Batch]]], at: datetime) -> Iterator[str]:
    """The file in pieces. Each memory comes with what it said before, newest first."""
    yield f"# Memories\n\nWritten by memchat on {at:%Y-%m-%d}.\n"
    for label, batches in categories:
        title = f"\n## {label}\n\n"
        for batch in batches:
            yield title + "".join(_item(memory, before) for memory, before in batch)
            title = ""


def _item(memory: Memory, before: Sequence[Memory]) -> str:
    details = [f"noted {memory.created_at:%Y-%m-%d}"]
    if memory.valid_from:
        details.append(f"since {memory.valid_from:%Y-%m-%d}")
    if memory.last_day:
        details.append(f"last day {memory.last_day:%Y-%m-%d}")
    if statement(memory.value) is None:
        details.append(DATA)
    if memory.pinned:
        details.append("pinned")
    if before and _SAFE_KEY.fullmatch(memory.key):
        details.append(f"key {memory.key}")
    return _block("", memory.text, details) + "".join(_earlier(version) for version in before)


def _earlier(version: Memory) -> str:
    details = [f"noted {version.created_at:%Y-%m-%d}"]
    if version.valid_from:
        details.append(f"since {version.valid_from:%Y-%m-%d}")
    if version.valid_until:
        details.append(f"until {version.valid_until:%Y-%m-%d}")
    if version.ended_at:
        details.append(f"replaced {version.ended_at:%Y-%m-%d}")
    return _block("  ", version.text, details)


def _block(indent: str, text: str, details: list[str]) -> str:
    first, *rest = _escaped(text).split("\n")
    lines = [f"{indent}- {first}", *(f"{indent}  {line}" if line.strip() else "" for line in rest)]
    # Two spaces at the end of a line break it.
    lines[-1] = f"{lines[-1]}  " if lines[-1] else lines[-1]
    return "\n".join([*lines, f"{indent}  *{'; '.join(details)}*", ""])


def _escaped(text: str) -> str:
    text = _MARKUP.sub(r"\\\1", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _STARTS_SOMETHING.sub(r"\1\\\2", text)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


# --- Reading -------------------------------------------------------------------------------------------------------


def read(text: str) -> list[Entry]:
    """The memories in a file such as `write` makes, or that people have changed by hand: the items of its lists."""
    categories = _categories()
    category = ""
    entries: list[Entry] = []
    item: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), "# "]:
        if item and (line.startswith("  ") or not line.strip()):
            item.append(line)
            continue
        if item:
            entries += _entry(item, category)
            item = []
        if _HEADING.match(line):
            category = categories.get(_unescaped(line.strip("# \t")).casefold(), "")
        elif line[:2] in ("- ", "* ", "+ "):
            item = [f"  {line[2:]}"]
    return entries


@cache
def _categories() -> dict[str, str]:
    """Each category by what it is called, in whichever language its file was written."""
    called = {choice.value: choice.value for choice in Category}
    for language, _name in settings.LANGUAGES:
        with override(language):
            called |= {choice.label.casefold(): choice.value for choice in Category}
    return called


def _entry(lines: list[str], category: str) -> list[Entry]:
    """The memory in the lines of one item, which is indented by two, and what it said before, by four."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("  - "):
            blocks.append([f"    {line[4:]}"])
        else:
            blocks[-1].append(line)
    own, *earlier = (_said(block, 2 if at == 0 else 4) for at, block in enumerate(blocks))
    if not own["text"] or own.get("is_data"):
        return []
    versions: list[Version] = []
    text = str(own["text"])
    for data in earlier:
        if version := version_of({**data, "category": category}):
            versions.insert(0, version)
        else:
            # Nothing that memchat has written: a list that somebody made part of their statement.
            text = f"{text}\n- {data['text']}"
    return [entry_of({**own, "text": text, "category": category}, tuple(versions))]


_NAMES = {
    "noted": "created_at",
    "since": "valid_from",
    "until": "valid_until",
    "replaced": "ended_at",
    "last day": "last_day",
    "key": "key",
}


def _said(lines: list[str], indent: int) -> Mapping[str, Any]:
    kept = [line[indent:] if line[:indent].isspace() else line.lstrip() for line in lines]
    while kept and not kept[-1].strip():
        kept.pop()
    data: dict[str, Any] = {}
    if kept and _DETAILS.fullmatch(kept[-1].strip()):
        for detail in kept.pop().strip().strip("*").split("; "):
            if detail == "pinned":
                data["pinned"] = True
            if detail == DATA:
                data["is_data"] = True
            for word, name in _NAMES.items():
                if detail.startswith(f"{word} "):
                    data[name] = detail.removeprefix(f"{word} ")
    if last_day := data.pop("last_day", ""):
        data["expires_at"] = _day_after(last_day)
    return {**data, "text": _unescaped("\n".join(kept)).strip()}


def _day_after(day: str) -> str:
    try:
        return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    except (ValueError, OverflowError):
        return ""
