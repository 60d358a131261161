"""Changing the embedder while the site is in use: which of its processes bring the memories over."""

from __future__ import annotations

from django.utils import timezone

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
    return row is not None


def is_in_use() -> bool:
    """Whether this process's embedder is still the site's."""
    row = EmbedderInUse.objects.filter(pk=_ONLY).first()
    return row is None or row.name == current_embedder().name
