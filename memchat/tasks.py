"""Jobs of the site as a whole."""

from __future__ import annotations

from memchat import erasure, pruning, wall
from memchat.database import in_database
from memchat.jobs import app, patience
from memchat.postgres import statistics


class NotYet(Exception):
    """Something of an account is still in use."""


@app.task(name=erasure.JOB, retry=patience)
async def erase_account(user: int) -> None:
    """Remove what is left of an account that was closed."""
    if not await in_database(erasure.erase, user):
        raise NotYet


@app.periodic(cron="41 3 * * *")
@app.task(name="memchat.take_statistics", queueing_lock="memchat.take_statistics")
async def take_statistics(timestamp: int) -> None:
    """Let the database's statistics forget what was removed; every night."""
    await in_database(lambda: statistics.take_anew(statistics.changed_tables()))


@app.periodic(cron="23 * * * *")
@app.task(name="memchat.prune", queueing_lock="memchat.prune")
async def prune(timestamp: int) -> None:
    """Remove what has had its time; every hour."""
    with wall.everyone("what has had its time is removed, whosever it is"):
        await in_database(pruning.remove_what_has_no_job)
