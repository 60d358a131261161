"""Jobs of the conversations."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from procrastinate import JobContext

from conversations.attachments import storing
from conversations.finding import indexing
from conversations.imports.job import Steps, remove_old
from conversations.imports.memory_files import check_of, run_of
from conversations.learning import heard as job_of_heard
from conversations.learning import job
from conversations.temporary import remove_expired
from conversations.turns import announce
from memchat import wall
from memchat.database import in_database
from memchat.jobs import app, patience
from memories.embedding.base import EmbedderError
from memories.embedding.changing import enqueue_for_embedder, is_in_use

logger = logging.getLogger(__name__)


@app.task(name="conversations.learn", retry=patience, pass_context=True)
async def learn(context: JobContext, message: str, user: int) -> None:
    """Learn from a message; `conversations.learning` says how."""
    with wall.person(user):
        await job.learn(UUID(message), user, attempt=context.job.attempts)


@app.task(name="conversations.learn_heard", retry=patience, pass_context=True)
async def learn_heard(context: JobContext, heard: int, user: int) -> None:
    """Learn from what was said through a program; `conversations.learning.heard` says how."""
    with wall.person(user):
        await job_of_heard.learn(heard, user, attempt=context.job.attempts)


@app.periodic(cron="*/5 * * * *")
@app.task(name="conversations.remove_temporary", queueing_lock="conversations.remove_temporary")
async def remove_temporary(timestamp: int) -> None:
    """Remove temporary threads whose time is over; every five minutes."""
    with wall.everyone("temporary threads are removed when their time is over, whosever they are"):
        while removed := await in_database(remove_expired):
            for user_id, thread_id in removed:
                announce.gone(user_id, thread_id)


@app.task(name="conversations.check_import", retry=patience, lock="conversations.imports")
async def check_import(owner: str, user: int, language: str = settings.LANGUAGE_CODE) -> None:
    """Look through a file that somebody wants to import; imports that did not fail are worked on one at a time."""
    with wall.person(user):
        await _in_steps(await in_database(check_of, UUID(owner), user, language))


@app.task(name="conversations.run_import", retry=patience, lock="conversations.imports")
async def run_import(owner: str, user: int) -> None:
    """Import what its person has chosen from a file."""
    with wall.person(user):
        await _in_steps(await in_database(run_of, UUID(owner), user))


async def _in_steps(steps: Steps) -> None:
    while await in_database(steps.step):
        pass


@app.periodic(cron="41 * * * *")
@app.task(name="conversations.remove_imports", queueing_lock="conversations.remove_imports")
async def remove_imports(timestamp: int) -> None:
    """Remove files that nobody came back to; every hour."""
    with wall.everyone("files that anybody left lying are removed"):
        while await in_database(remove_old):
            pass


@app.periodic(cron="* * * * *")
@app.task(name="conversations.index", queueing_lock="conversations.index", lock="conversations.index")
async def index(timestamp: int) -> None:
    """Make messages findable that are not yet; every minute."""
    with wall.everyone("messages are made findable in one go, whosever they are"):
        await _index()


async def _index() -> None:
    while await in_database(indexing.index_waiting):
        pass
    if indexing.finds_meaning():
        await in_database(enqueue_for_embedder, "conversations.embed")


@app.task(name="conversations.embed")
async def embed() -> None:
    """Give messages a vector that have none of the current embedder."""
    if not await in_database(is_in_use):
        return
    after: UUID | None = None
    try:
        while True:
            with wall.everyone("messages get vectors of a new embedder, whosever they are"):
                _done, after = await in_database(indexing.embed_waiting, indexing.AT_ONCE, after)
            if after is None:
                break
    except EmbedderError as error:
        logger.warning("messages cannot be embedded right now: %s", type(error).__name__)


@app.periodic(cron="29 * * * *")
@app.task(name="conversations.note_missed", queueing_lock="conversations.note_missed")
async def note_missed(timestamp: int) -> None:
    """Look for messages that a process which died has left out of the search; every hour."""
    with wall.everyone("messages that the search lacks are looked for among everybody's"):
        await in_database(indexing.note_missed)


@app.periodic(cron="17 * * * *")
@app.task(name="conversations.remove_unsent", queueing_lock="conversations.remove_unsent")
async def remove_unsent(timestamp: int) -> None:
    """Remove files that were attached to no message in time; every hour."""
    with wall.everyone("files that anybody attached and never sent are removed"):
        while await in_database(storing.remove_unsent):
            pass
