"""Text out of bytes, whoever wrote them; bytes that are no text are refused. Pure."""

from __future__ import annotations

import codecs
import re

from conversations.attachments.errors import AttachmentProblem
from memchat.text import storable

# The longer mark first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 64 * 1024
_NUL_SHARE = 0.25
"""UTF-16 without a mark has a NUL in every other byte of what is Latin text."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.002
"""Logs may have a stray one; compressed data has one in ten bytes."""
_FOREIGN_SHARE = 0.3
"""More letters outside ASCII than this, and it is not a language that is written in Windows-1252."""


def decoded(data: bytes) -> str:
    """The text that these bytes are. Raises AttachmentProblem: binary, encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_strictly(data[len(mark) :], encoding))
    if b"\x00" in data[:_LOOKED_AT]:
        return _checked(_strictly(data, _wide_encoding(data[:_LOOKED_AT])))
    try:
        return _checked(data.decode())
    except UnicodeDecodeError:
        return _in_windows_1252(data)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise AttachmentProblem("binary") from None


def _wide_encoding(start: bytes) -> str:
    even, odd = start[::2].count(0), start[1::2].count(0)
    most = max(even, odd)
    if most < _NUL_SHARE * len(start) or min(even, odd) > most / 20:
        raise AttachmentProblem("binary")
    return "utf-16-be" if even > odd else "utf-16-le"


def _in_windows_1252(data: bytes) -> str:
    if len(_CONTROLS.findall(data[:_LOOKED_AT].decode("latin-1"))) > _CONTROL_SHARE * len(data[:_LOOKED_AT]):
        raise AttachmentProblem("binary")
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise AttachmentProblem("encoding") from None
    letters = [char for char in text[:_LOOKED_AT] if not char.isspace()]
    if sum(char > "\x7f" for char in letters) > _FOREIGN_SHARE * len(letters):
        raise AttachmentProblem("encoding")
    return _checked(text)


def _checked(text: str) -> str:
    if len(_CONTROLS.findall(text[:_LOOKED_AT])) > _CONTROL_SHARE * min(len(text), _LOOKED_AT):
        raise AttachmentProblem("binary")
    return tidied(text)


def tidied(text: str) -> str:
    """Text as it can be stored, with the line ends that the rest of the site has."""
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise AttachmentProblem("empty")
    return text
