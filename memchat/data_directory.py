"""The one directory where memchat keeps what is its own: the embedded database, the secret key, built static files."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO


class DataDirectoryError(Exception):
    """The data directory cannot be used; the message says why and what to do."""


def prepare(path: Path) -> Path:
    """Create the directory, readable by its owner alone, and return it."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
    except OSError as error:
        raise DataDirectoryError(
            f"The data directory {path} cannot be created: {error.strerror}. Set MEMCHAT_DATA_DIR to a writable place."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise DataDirectoryError(
            f"The data directory {path} is not writable. Set MEMCHAT_DATA_DIR to a writable place."
        )
    return path


def secret_key(path: Path) -> str:
    """Read the site's secret key, or make one on first use, in a file of mode 0600."""
    key_file = prepare(path) / "secret_key"
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            _hand_over(file, path)
            file.write(secrets.token_urlsafe(50))
    key = key_file.read_text().strip()
    if len(key) < 50:
        raise DataDirectoryError(f"{key_file} is damaged. Restore it, or delete it: everyone then signs in again.")
    return key


def claim(path: Path) -> IO[str]:
    """Make this process the only server of the directory for as long as the returned file stays open.

    Raises DataDirectoryError when another server holds it.
    """
    file = prepare(path) / "server.lock"
    try:
        lock = file.open("a+")
    except OSError as error:
        raise DataDirectoryError(
            f"{file} cannot be written: {error.strerror}. It belongs to another account than memchat is run as."
        ) from error
    _hand_over(lock, path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise DataDirectoryError(
            f"Another memchat (process {holder}) is already running on {path}. "
            "Stop it first, or set MEMCHAT_DATA_DIR to another directory."
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _hand_over(file: IO[str], directory: Path) -> None:
    """What root makes in somebody's directory is theirs: what runs as they could not use it otherwise."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
