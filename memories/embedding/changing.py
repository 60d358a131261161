"""Changing the embedder while the site is in use: which of its processes bring over what the new one has not made.

Jobs that need an embedder wait in a queue of its own, from which only processes that have it take them.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from memchat.jobs import app, enqueue
from memories.embedding.registry import current_embedder
from memories.models import EmbedderInUse

_ONLY = 1


def take_over() -> bool:
    """Make this process's embedder the site's, as the process that started last; whether that was a change."""
    embedder = current_embedder()
    row = EmbedderInUse.objects.filter(pk=_ONLY).first()
    if row is not None and row.name == embedder.name:
        return False
    EmbedderInUse.objects.update_or_create(
        pk=_ONLY, defaults={"name": embedder.name, "dimensions": embedder.dimensions, "since": timezone.now()}
    )
    if row is None:
        return False
    for job in app.job_manager.list_jobs(queue=queue(row.name), status="todo"):
        if job.id is not None:
            app.job_manager.cancel_job_by_id(job.id, delete_job=True)
    return True


def is_in_use() -> bool:
    """Whether this process's embedder is still the site's."""
    return _in_use() == current_embedder().name


def _in_use() -> str:
    row = EmbedderInUse.objects.filter(pk=_ONLY).first()
    return current_embedder().name if row is None else row.name


def queue(embedder: str = "") -> str:
    """The jobs for processes that have an embedder, unless another one is named this process's."""
    return f"embedder {embedder or current_embedder().name}"


def enqueue_for_embedder(task: str) -> None:
    """Have a task done by a process that has the site's embedder. One that waits already is enough."""
    embedder = _in_use()
    with suppress(AlreadyEnqueued), transaction.atomic():
        enqueue(task, queue=queue(embedder), once=f"{task} {embedder}")
