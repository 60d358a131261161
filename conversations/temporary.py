"""Temporary threads: in no list, without memory, and gone after a while unless their person keeps them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.finding.indexing import index
from conversations.models import Thread
from memories.access import MemoryMode


def expiry() -> datetime:
    """When a temporary thread that is used now is removed."""
    return timezone.now() + timedelta(hours=settings.TEMPORARY_HOURS)


def make_temporary(thread: Thread) -> None:
    """Turn a thread that is not stored yet into a temporary one."""
    thread.temporary, thread.memory_mode, thread.expires_at = True, MemoryMode.OFF, expiry()


def renew(thread: Thread) -> None:
    """Note on a thread that it is used now; the caller stores it."""
    if thread.temporary:
        thread.expires_at = expiry()


def keep(thread: Thread) -> None:
    """Make a temporary thread an ordinary one. Its memory stays off until its person switches it on."""
    thread.temporary, thread.expires_at = False, None
    thread.save(update_fields=["temporary", "expires_at"])
    index(thread.messages.values_list("pk", flat=True))


def remove_expired(limit: int = 50) -> list[tuple[int, uuid.UUID]]:
    """Remove temporary threads whose time is over, unless a reply is being written; whose they were, and which."""
    over = Thread.objects.filter(temporary=True, expires_at__lte=timezone.now(), runs=None).order_by("expires_at")
    with transaction.atomic():
        # Locked, so that one which is used or kept at this moment stays.
        found = over.select_for_update(of=("self",), skip_locked=True)[:limit]
        removed = list(found.values_list("user_id", "pk"))
        Thread.objects.filter(pk__in=[pk for _, pk in removed], runs=None).delete()
    return removed
