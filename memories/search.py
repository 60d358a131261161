"""Search over one's own memories, as the page offers it: by words and meaning, best first."""

from __future__ import annotations

import logging
from typing import Any

from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import Memory
from memories.recall import recall

logger = logging.getLogger(__name__)

LOOKED_AT = 200


def search(user: Any, text: str, *, category: str = "", limit: int = 50) -> list[Memory]:
    """The current memories of a person that have to do with `text`, best first. Synchronous."""
    embedder = current_embedder()
    try:
        vector = embedder.embed([text])[0]
    except EmbedderError as error:
        logger.warning("searching memories by words only: %s", error)
        vector = None
    found = [
        one
        for one in recall(user, text, vector, embedder.name, count=LOOKED_AT)
        if {"words", "meaning"} & set(one.reasons)
    ]
    rows = Memory.objects.of(user).current().without_vectors().in_bulk([one.memory_id for one in found])
    ranked = (rows[one.memory_id] for one in found if one.memory_id in rows)
    return [memory for memory in ranked if not category or memory.category == category][:limit]
