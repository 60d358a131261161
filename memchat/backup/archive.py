"""The file: a ZIP that packs nothing, with the database's dump, perhaps the secret key, and a manifest of it all."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from memchat.backup.errors import BackupError

FORMAT = 1
MANIFEST, DUMP, SECRET_KEY = "manifest.json", "database.dump", "secret_key"
CHUNK = 1024 * 1024


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `tables` has, for each, how many rows there are and a sum over all of them."""

    memchat: str
    made_at: str
    postgresql: int
    pg_dump: int
    migrations: list[tuple[str, str]]
    tables: dict[str, tuple[int, str]]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())

    @property
    def has_secret_key(self) -> bool:
        return SECRET_KEY in self.files


class Writer:
    """A new archive. Checksums are taken as its parts are written; the manifest comes last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._sums: dict[str, str] = {}

    def add(self, name: str, chunks: Iterator[bytes], wrote: Callable[[int], None] = lambda _size: None) -> None:
        """Add a part, telling how much there is of it so far."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name), "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                wrote(size)
        self._sums[name] = digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        manifest.files = dict(self._sums)
        self._zip.writestr(_entry(MANIFEST), json.dumps(asdict(manifest), indent=1))
        self._zip.close()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o600 << 16
    return entry


@contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner can read; removed again when writing it fails."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupError(f"{path} exists already, and backups overwrite nothing.", "Name another file.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise BackupError(f"{path} could not be written: {error.strerror}.") from error
        raise


class Reader:
    """An archive that exists. Nothing of it is believed before `extract` has compared checksums."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest = _read_manifest(json.loads(self._zip.read(MANIFEST)))
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError):
            raise BackupError(f"{path} is not a backup of memchat, or is damaged.") from None

    def extract(self, name: str, into: IO[bytes]) -> None:
        digest = hashlib.sha256()
        try:
            with self._zip.open(name) as part:
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    into.write(chunk)
        except (zipfile.BadZipFile, KeyError, EOFError):
            raise BackupError(f"The backup is damaged: {name} cannot be read.") from None
        if digest.hexdigest() != self.manifest.files.get(name):
            raise BackupError(f"The backup is damaged: {name} is not what was written.")
        into.flush()

    def close(self) -> None:
        self._zip.close()


def _read_manifest(data: dict[str, Any]) -> Manifest:
    if data["format"] > FORMAT:
        raise BackupError(
            f"The backup was made by a newer version of memchat ({data['memchat']}).", "Install that version first."
        )
    migrations = [(str(app), str(name)) for app, name in data["migrations"]]
    tables = {str(name): (int(rows), str(total)) for name, (rows, total) in data["tables"].items()}
    return Manifest(**{**data, "migrations": migrations, "tables": tables})


def version(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
