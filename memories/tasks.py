"""Jobs of the memories."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from memchat import wall
from memchat.database import in_database
from memchat.jobs import app
from memories import writing
from memories.embedding.base import EmbedderError
from memories.embedding.changing import enqueue_for_embedder, is_in_use
from memories.embedding.registry import current_embedder

logger = logging.getLogger(__name__)

EMBEDDED_AT_ONCE = 200


@app.periodic(cron="* * * * *")
@app.task(name="memories.look_for_unembedded", queueing_lock="memories.look_for_unembedded")
async def look_for_unembedded(timestamp: int) -> None:
    """Have memories embedded that are not yet; every minute, because an embedder may have been away."""
    await in_database(embed_soon)


@app.task(name="memories.embed")
async def embed() -> None:
    """Bring memories without a vector of the current embedder over to it."""
    if not await in_database(is_in_use):
        # It was changed since; a process that has the new one does this.
        return
    after: int | None = 0
    done = 0
    try:
        with wall.everyone("a new embedder gives all memories vectors, whosever they are"):
            while after is not None:
                more, after = await in_database(writing.embed_next, EMBEDDED_AT_ONCE, after)
                done += more
            after = 0
            while after is not None:
                more, after = await in_database(writing.compare_next, EMBEDDED_AT_ONCE, after)
                done += more
    except EmbedderError as error:
        logger.warning("memories cannot be embedded right now: %s", type(error).__name__)
    if done:
        logger.info("%d memories were given a vector of %s", done, current_embedder().name)


def embed_soon() -> None:
    """Have it done now instead of within a minute."""
    enqueue_for_embedder("memories.embed")


@app.periodic(cron="17 * * * *")
@app.task(name="memories.remove_forgotten", queueing_lock="memories.remove_forgotten")
async def remove_forgotten(timestamp: int) -> None:
    """Remove for good what was forgotten longer ago than `settings.UNDO_DAYS`; every hour."""
    before = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    with wall.everyone("what anybody has forgotten is removed when it can no longer be undone"):
        while await in_database(writing.forget_expired):
            pass
        for remove in (writing.remove_forgotten, writing.remove_old_versions):
            while await in_database(remove, before):
                pass
