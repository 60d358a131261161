"""The JSON documents in an uploaded file: a ZIP with them in it, or one as it is. Nothing is ever unpacked."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from conversations.imports.errors import ImportProblem

MOST_FILES = 50_000
LONGEST_DIRECTORY = 8 * 1024 * 1024
"""Bytes of a ZIP's list of files, which is read at once."""
DENSEST = 200
"""How many bytes may come out of one; conversations reach about twenty."""
SMALL = 16 * 1024 * 1024
"""Bytes up to which a file may be as dense as it likes."""

_ODD = (ValueError, OSError, EOFError, OverflowError, struct.error)

# Names only tell what to look at; what a file is, is decided by what stands in it.
_WANTED = re.compile(r"(?:conversations?|memor(?:y|ies)|threads?)(?:[-_ .()\w]{0,60})\.json", re.IGNORECASE)
_WANTED_IN = re.compile(r"(?:.*/)?(?:conversations|memories|threads)/[^/]{1,200}\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document of a file, and how many bytes it has."""

    name: str
    size: int
    entry: zipfile.ZipInfo | None = None


class Archive:
    """An uploaded file, opened for reading. Raises ImportProblem when it is none of what can be imported."""

    def __init__(self, file: IO[bytes], size: int, max_bytes: int) -> None:
        self._file = file
        self._zip: zipfile.ZipFile | None = None
        start = file.read(4096)
        file.seek(0)
        if start.startswith(b"PK"):
            self._zip = _opened(file)
            self.documents = _wanted(self._zip)
        elif start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"[", b"{"}:
            self.documents = [Document("", size)]
        else:
            raise ImportProblem("not_an_export")
        self.size = sum(document.size for document in self.documents)
        if not self.documents:
            raise ImportProblem("nothing_found")
        if self.size > max_bytes:
            raise ImportProblem("too_large")

    def open(self, document: Document) -> Callable[[], Callable[[int], bytes]]:
        """Gives what reads the document, anew from its start each time. Raises ImportProblem when it cannot be read."""

        def opened() -> Callable[[int], bytes]:
            with _damage():
                if self._zip is None or document.entry is None:
                    self._file.seek(0)
                    stream: IO[bytes] = self._file
                else:
                    stream = self._zip.open(document.entry)

            def read(size: int) -> bytes:
                with _damage():
                    return stream.read(size)

            return read

        return opened


@contextmanager
def _damage() -> Iterator[None]:
    """What goes wrong in a file is damage to it. `zipfile` raises many things for a list that leads nowhere."""
    try:
        yield
    except (*_ODD, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ImportProblem("damaged") from error


class _Limited:
    """Lets the list of files of a ZIP be read, unless it is longer than any real one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = LONGEST_DIRECTORY
        self.is_open = False

    def read(self, size: int = -1) -> bytes:
        if self.is_open:
            return self._file.read(size)
        piece = self._file.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(piece)
        if self._left < 0:
            raise ImportProblem("too_many_files")
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    limited = _Limited(file)
    with _damage():
        opened = zipfile.ZipFile(limited)
    limited.is_open = True
    if len(opened.filelist) > MOST_FILES:
        raise ImportProblem("too_many_files")
    return opened


def _wanted(opened: zipfile.ZipFile) -> list[Document]:
    found = []
    for entry in opened.filelist:
        name = entry.filename.replace("\\", "/")
        base = name.rpartition("/")[2]
        if "__MACOSX/" in name or base.startswith("."):
            continue
        if not _WANTED.fullmatch(base) and not _WANTED_IN.fullmatch(name):
            continue
        if entry.flag_bits & 0x1:
            raise ImportProblem("encrypted")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ImportProblem("damaged")
        if entry.file_size > SMALL and entry.file_size > DENSEST * max(1, entry.compress_size):
            raise ImportProblem("too_large")
        found.append(Document(name, entry.file_size, entry))
    return sorted(found, key=lambda document: document.name)
