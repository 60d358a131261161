"""Archives that people download: one at a time for each of them, few at once, and none while the disk is short.

Making one keeps a connection to the database and a processor busy, and takes room in the data directory. Whoever asks
for several would leave nobody else any of these.
"""

from __future__ import annotations

import errno
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from memchat import room
from memchat.database import give_back
from memchat.users.limits import LimitReached

AT_ONCE = 2
"""How many a process makes at once."""
RETRY_SECONDS = 10
LOOK_BYTES = 1024 * 1024
"""How much is written between two looks at the disk."""
_LOCK = 0x657870 << 40
_FULL = {errno.ENOSPC, errno.EDQUOT}

_turns = threading.BoundedSemaphore(AT_ONCE)


def made(user: Any, write: Callable[[Any, IO[bytes]], None]) -> IO[bytes]:
    """A file with what `write` writes of a person. Raises LimitReached and room.NoRoom."""
    if room.is_read_only() or room.is_short():
        raise room.NoRoom
    with _turn(), _alone(user.pk):
        file = _written(user, write)
    # It is sent for as long as its person takes.
    give_back()
    return file


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(blocking=False):
        raise LimitReached(_("Several exports are being made right now."), RETRY_SECONDS)
    try:
        yield
    finally:
        _turns.release()


@contextmanager
def _alone(user_id: int) -> Iterator[None]:
    """Let one archive of a person be made at a time, in whichever process.

    The lock belongs to the transaction that the archive is read in: it is gone with this process, and holds behind a
    pooler of transactions, too.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK ^ user_id])
            [is_alone] = cursor.fetchone()
        if not is_alone:
            raise LimitReached(_("An export of yours is being made already."), RETRY_SECONDS)
        yield


def _written(user: Any, write: Callable[[Any, IO[bytes]], None]) -> IO[bytes]:
    # It has no name, so it is gone with this process or with the download, whichever ends first.
    file = tempfile.TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115  closed when it has been sent
    try:
        write(user, _Watched(file))  # type: ignore[arg-type]
        file.flush()
    except BaseException as error:
        # Closing it writes what is left of it, and there may be no room for that either.
        with suppress(OSError):
            file.close()
        if isinstance(error, OSError) and error.errno in _FULL:
            raise room.NoRoom from error
        raise
    return file


class _Watched:
    """A file that ends where the disk becomes short: the last of it is the database's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unlooked = 0

    def write(self, data: bytes) -> int:
        self._unlooked += len(data)
        if self._unlooked >= LOOK_BYTES:
            if room.is_short():
                raise room.NoRoom
            self._unlooked = 0
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
