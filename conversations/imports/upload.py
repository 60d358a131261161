"""The uploaded file: taken in without ever being in memory whole, and read back from the database by whoever works."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

from conversations.models import Import, ImportPart

PART_BYTES = 1024 * 1024


def max_bytes() -> int:
    return int(settings.IMPORT_MAX_MB) * 1024 * 1024


def max_json_bytes() -> int:
    """How much may come out of a file: conversations pack to a tenth at best."""
    return 10 * max_bytes()


class CappedUpload(TemporaryFileUploadHandler):
    """Writes a file to disk as it arrives, and stops when it is too large; `request.upload_too_large` then tells."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        request.upload_too_large = False  # type: ignore[attr-defined]

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > max_bytes():
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)


def store(owner: Import, upload: UploadedFile) -> None:
    """Keep an upload in parts; in the transaction that is open."""
    upload.seek(0)
    for position, data in enumerate(iter(lambda: upload.read(PART_BYTES), b"")):
        ImportPart.objects.create(of=owner, position=position, data=data)


class StoredFile(io.RawIOBase):
    """The parts of an import as one file that can be read from any place."""

    def __init__(self, owner: Import) -> None:
        self._owner = owner.pk
        self._size = owner.size
        self._place = 0
        self._position = -1
        self._part = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        position, offset = divmod(self._place, PART_BYTES)
        if self._place >= self._size:
            return 0
        if position != self._position:
            parts = ImportPart.objects.filter(of=self._owner, position=position)
            data = parts.values_list("data", flat=True).first()
            if data is None:
                raise Gone
            self._position, self._part = position, bytes(data)
        piece = self._part[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


class Gone(Exception):
    """The file is not there any more: its import has ended."""


def opened(owner: Import) -> io.BufferedReader:
    return io.BufferedReader(StoredFile(owner), PART_BYTES // 4)
