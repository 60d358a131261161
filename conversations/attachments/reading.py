"""What a file is, and what is taken of it. What it is, is decided by what stands in it; its name decides nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from conversations.attachments import names, texts
from conversations.attachments.errors import AttachmentProblem

AT_ONCE = 2
"""How many files of this process are taken apart at a time; each may take a processor and a gigabyte."""
TURN_SECONDS = 30.0
APART_SECONDS = 30.0

_SCRIPT = Path(__file__).with_name("apart.py")
# Enough to find Python and its libraries, and nothing that is secret.
_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "LANG",
    "TMPDIR",
)
_IMAGES = ((b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"))
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
)
_PDF = b"%PDF-"
_ENDINGS = {"image/png": (".png",), "image/jpeg": (".jpg", ".jpeg")}

_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Read:
    """What is kept of a file: of text files themselves and their text, of images one that was drawn anew."""

    kind: str
    name: str
    media_type: str
    data: bytes
    text: str | None = None
    cut: bool = False
    width: int | None = None
    height: int | None = None
    preview: bytes | None = None
    pages: int | None = None
    unread_pages: tuple[int, ...] = ()
    """Of a PDF: those without any text that can be read, such as scans."""


def read(file: IO[bytes], raw_name: str) -> Read:
    """Take in one file. Raises AttachmentProblem."""
    name = names.safe_name(raw_name)
    data = file.read()
    if not data:
        raise AttachmentProblem("empty")
    if source := _image_format(data):
        return _image(data, name, source)
    if data[:64].lstrip().startswith(_PDF):
        told, (whole,) = _apart(data, "pdf", str(settings.ATTACHMENT_MAX_CHARS))
        text, cut = _limited(texts.tidied(whole.decode()))
        return Read(
            "text",
            name,
            "application/pdf",
            data,
            text,
            cut or told["cut"],
            pages=told["pages"],
            unread_pages=tuple(told["unread_pages"]),
        )
    if data.startswith(_ARCHIVES):
        raise AttachmentProblem("archive")
    text, cut = _limited(texts.decoded(data))
    return Read("text", name, "text/plain", data, text, cut)


def _image_format(data: bytes) -> str:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    return next((source for mark, source in _IMAGES if data.startswith(mark)), "")


def _image(data: bytes, name: str, source: str) -> Read:
    told, (whole, preview) = _apart(data, "image", source)
    ending, *also = _ENDINGS[told["media_type"]]
    return Read(
        "image",
        names.with_ending(name, ending, tuple(also)),
        told["media_type"],
        whole,
        width=told["width"],
        height=told["height"],
        preview=preview or None,
    )


def _limited(text: str) -> tuple[str, bool]:
    limit = settings.ATTACHMENT_MAX_CHARS
    return text[:limit], len(text) > limit


def _apart(data: bytes, what: str, parameter: str) -> tuple[dict[str, Any], list[bytes]]:
    """Have a file taken apart in a process of its own."""
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise AttachmentProblem("busy")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-B", str(_SCRIPT), what, parameter],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            timeout=APART_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AttachmentProblem("too_heavy") from None
    except OSError:
        raise AttachmentProblem("unavailable") from None
    finally:
        _turns.release()
    if done.returncode:
        # Out of processor time or memory, or a library that crashed over it.
        raise AttachmentProblem("too_heavy")
    return _told(done.stdout)


def _told(output: bytes) -> tuple[dict[str, Any], list[bytes]]:
    line, _newline, rest = output.partition(b"\n")
    told = json.loads(line)
    if "problem" in told:
        raise AttachmentProblem(told["problem"])
    parts = []
    for length in told["lengths"]:
        parts.append(rest[:length])
        rest = rest[length:]
    return told, parts
