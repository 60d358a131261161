"""Files as they arrive: on disk, and no further than is taken."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest


class CappedUpload(TemporaryFileUploadHandler):
    """Stops when a file is too large, or one too many; `request.upload_problem` then tells which."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        request.upload_problem = ""  # type: ignore[attr-defined]
        self._count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._count += 1
        if self._count > settings.ATTACHMENTS_PER_MESSAGE:
            self._stop("too_many")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.ATTACHMENT_MAX_MB * 1024 * 1024:
            self._stop("too_large")
        super().receive_data_chunk(raw_data, start)

    def _stop(self, problem: str) -> None:
        self.request.upload_problem = problem  # type: ignore[union-attr]
        raise StopUpload(connection_reset=False)


def take_files(request: HttpRequest) -> None:
    """Have the files of a request taken in that way; before anything of its form is read."""
    request.upload_handlers = [CappedUpload(request)]
