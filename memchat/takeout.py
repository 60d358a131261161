"""Everything that a site has of a person, as one ZIP file, written as it is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from conversations.exporting import BATCH, as_json, as_markdown, file_of, in_json, listed, name_of, row_of
from conversations.models import Attachment, AttachmentQuerySet, Import, MonthlyUsage, SharedThread, Thread
from memchat.users.models import AccessLogEntry, AccessToken, User
from memories.exchange import as_json as memories_as_json
from memories.exchange.collecting import everything
from memories.models import Proposal

# Never exported: what opens the account.
_OF_ACCOUNT = ("password", "groups", "user_permissions")


def write(user: User, file: IO[bytes]) -> None:
    """Write the archive to a file that is open; nothing of any length is held in memory as a whole."""
    now = timezone.now()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "account.json", now, [in_json(_account(user))])
        proposals = Proposal.objects.of(user).order_by("pk").iterator(chunk_size=BATCH)
        _add(archive, "memories.json", now, memories_as_json.write(everything(user), proposals, now))
        _add(archive, "access_log.json", now, listed(_looks(user)))
        _add_threads(archive, user)
        _add_files(archive, Attachment.objects.of(user))


def write_threads(user: User, file: IO[bytes]) -> None:
    """The same with nothing but the threads."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _add_threads(archive, user)
        _add_files(archive, Attachment.objects.of(user).exclude(message=None))


def _add_files(archive: zipfile.ZipFile, files: AttachmentQuerySet) -> None:
    """What was attached, one file in memory at a time."""
    for file in files.order_by("created_at", "pk").iterator(chunk_size=BATCH):
        held = files.filter(pk=file.pk).values_list("data", flat=True).first()
        if held is not None:
            _add(archive, file_of(file), file.created_at, [bytes(held)])


def _add_threads(archive: zipfile.ZipFile, user: User) -> None:
    for thread in Thread.objects.of(user).order_by("created_at", "pk").iterator(chunk_size=BATCH):
        name = f"threads/{name_of(thread)}"
        _add(archive, f"{name}.json", thread.active_at, as_json(thread))
        _add(archive, f"{name}.md", thread.active_at, as_markdown(thread))


def file_name(at: datetime, what: str = "memchat") -> str:
    return f"{what}-{timezone.localdate(at):%Y-%m-%d}.zip"


def _add(archive: zipfile.ZipFile, name: str, at: datetime, pieces: Iterable[str | bytes]) -> None:
    moment = timezone.localtime(at).timetuple()[:6]
    entry = zipfile.ZipInfo(name, max(moment, (1980, 1, 1, 0, 0, 0)))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with archive.open(entry, "w", force_zip64=True) as opened:
        for piece in pieces:
            opened.write(piece if isinstance(piece, bytes) else piece.encode())


# --- The account ---------------------------------------------------------------------------------------------------


def _account(user: User) -> dict[str, Any]:
    return {
        **row_of(user, _OF_ACCOUNT),
        "addresses": [row_of(one, ("user",)) for one in EmailAddress.objects.filter(user=user).order_by("pk")],
        "second_factors": [
            {"type": one.type, "created_at": one.created_at, "last_used_at": one.last_used_at}
            for one in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "sessions": [
            row_of(one, ("user", "session_key", "data")) for one in UserSession.objects.filter(user=user).order_by("pk")
        ],
        "access_tokens": [
            row_of(one, ("user", "digest")) for one in AccessToken.objects.of(user).order_by("created_at", "pk")
        ],
        "shared_threads": [
            row_of(one, ("user", "token")) for one in SharedThread.objects.of(user).order_by("created_at")
        ],
        "usage": [row_of(one, ("id", "user")) for one in MonthlyUsage.objects.of(user).order_by("month", "pk")],
        "imports": [row_of(one, ("user",)) for one in Import.objects.of(user).order_by("created_at")],
    }


def _looks(user: User) -> Iterator[dict[str, Any]]:
    looks = AccessLogEntry.objects.filter(user=user).order_by("at", "pk")
    return (row_of(one, ("user", "staff")) for one in looks.iterator(chunk_size=BATCH))
