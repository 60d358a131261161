"""What a file is called here: its own name, without anything that a path, a page or a header could trip over."""

from __future__ import annotations

import re
import unicodedata

from memchat.text import storable

NAME_MAX_CHARS = 120
_ENDING_MAX_CHARS = 16
# Controls, what turns the direction of a line ("gpj.exe" shown as "exe.jpg"), and line ends of any kind.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


def safe_name(raw: str) -> str:
    """The last part of a path, of bounded length; "file" where nothing is left of it."""
    name = unicodedata.normalize("NFC", storable(raw)).replace("\\", "/").rpartition("/")[2]
    name = " ".join(_UNWANTED.sub("", name).split()).lstrip(".~ ")
    if len(name) > NAME_MAX_CHARS:
        stem, ending = _parts(name)
        name = stem[: NAME_MAX_CHARS - len(ending) - 1].rstrip() + "…" + ending
    return name or "file"


def with_ending(name: str, ending: str, also: tuple[str, ...] = ()) -> str:
    """The name with the ending that tells what the file is now."""
    stem, own = _parts(name)
    return name if own.lower() in {ending, *also} else safe_name(stem + ending)


def _parts(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending) >= _ENDING_MAX_CHARS or " " in ending:
        return name, ""
    return stem, f".{ending}"
