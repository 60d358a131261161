"""Jobs of the memories."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from memchat.database import in_database
from memchat.jobs import app, enqueue
from memories import writing
from memories.embedding.base import EmbedderError
from memories.embedding.changing import is_in_use
from memories.embedding.registry import current_embedder

logger = logging.getLogger(__name__)

EMBEDDED_AT_ONCE = 200


@app.periodic(cron="* * * * *")
@app.task(name="memories.embed", queueing_lock="memories.embed", lock="memories.embed")
async def embed(timestamp: int) -> None:
    """Bring memories without a vector of the current embedder over to it; every minute, and when it has changed."""
    if not await in_database(is_in_use):
        # A newer process has another embedder, and does this.
        return
    after: int | None = 0
    done = 0
    try:
        while after is not None:
            more, after = await in_database(writing.embed_next, EMBEDDED_AT_ONCE, after)
            done += more
    except EmbedderError as error:
        logger.warning("memories cannot be embedded right now: %s", type(error).__name__)
    if done:
        logger.info("%d memories were given a vector of %s", done, current_embedder().name)


def embed_soon() -> None:
    """Have it done now instead of within a minute."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        enqueue("memories.embed", timestamp=int(timezone.now().timestamp()))


@app.periodic(cron="17 * * * *")
@app.task(name="memories.remove_forgotten", queueing_lock="memories.remove_forgotten")
async def remove_forgotten(timestamp: int) -> None:
    """Remove for good what was forgotten longer ago than `settings.UNDO_DAYS`; every hour."""
    while await in_database(writing.remove_forgotten, timezone.now() - timedelta(days=settings.UNDO_DAYS)):
        pass
