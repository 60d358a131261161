"""Looks at everything a site depends on, from the outside, and says what to do about what is wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core import checks, mail
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.prompts import Prompt
from conversations.providers.base import Provider, ProviderError, Thinking
from conversations.providers.registry import close_all, configured_providers
from memchat import data_directory, server, wall
from memchat.checks import ping_redis
from memories.embedding.registry import current_embedder
from memories.embedding.state import embedder_counts, in_use

PROVIDER_SECONDS = 30.0
FREE_BYTES = 500 * 1024**2

Outcome = Literal["well", "ill", "unused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is; `hint` says what to do when it is ill."""

    subject: str
    outcome: Outcome
    text: str
    hint: str = ""


def examine() -> Iterator[Finding]:
    """Look at one thing after the other; nothing raises."""
    yield from _safely("settings", look_at_settings)
    yield from _safely("data directory", look_at_data_directory)
    yield from _safely("secret key", look_at_secret_key)
    database = list(_safely("database", look_at_database))
    yield from database
    if all(finding.outcome == "well" for finding in database):
        yield from _safely("pgvector", look_at_pgvector)
        migrations = list(_safely("migrations", look_at_migrations))
        yield from migrations
        if all(finding.outcome == "well" for finding in migrations):
            yield from _safely("second wall", look_at_second_wall)
            yield from _safely("vectors", look_at_vectors)
            yield from _safely("jobs", look_at_jobs)
    yield from _safely("embedder", look_at_embedder)
    yield from _safely("providers", look_at_providers)
    yield from _safely("redis", look_at_redis)
    yield from _safely("mail", look_at_mail)


def _safely(subject: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as error:
        yield Finding(subject, "ill", f"{type(error).__name__}: {server.first_line(error)}")


def look_at_settings() -> Iterator[Finding]:
    problems = [
        problem
        for problem in checks.run_checks()
        # Redis has a finding of its own.
        if problem.level >= checks.WARNING and not problem.is_silenced() and problem.id != "memchat.REDIS_URL"
    ]
    for problem in problems:
        yield Finding("settings", "ill", str(problem.msg), str(problem.hint or ""))
    if not problems:
        yield Finding("settings", "well", f"{settings.SITE_URL}, no problems")


def look_at_data_directory() -> Iterator[Finding]:
    directory = data_directory.prepare(Path(settings.DATA_DIR))
    free = shutil.disk_usage(directory).free
    amount = f"{directory}, {free / 1024**3:.1f} GiB free"
    if free < FREE_BYTES:
        yield Finding("data directory", "ill", amount, "Make room: a full disk stops the database.")
    else:
        yield Finding("data directory", "well", amount)


def look_at_secret_key() -> Iterator[Finding]:
    file = Path(settings.DATA_DIR) / "secret_key"
    if os.environ.get("MEMCHAT_SECRET_KEY", "").strip():
        yield Finding("secret key", "well", "from MEMCHAT_SECRET_KEY")
        return
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding("secret key", "ill", f"others may read {file} (mode {mode:o})", f"chmod 600 {file}")
    else:
        yield Finding("secret key", "well", f"{file}, mode {mode:o}")


def look_at_database() -> Iterator[Finding]:
    try:
        server.require_database()
    except server.ServerError as error:
        yield Finding("database", "ill", str(error), error.hint)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_user, current_setting('is_superuser'),"
            " pg_size_pretty(pg_database_size(current_database()))"
        )
        version, role, is_superuser, size = cursor.fetchone()
    kind = "embedded" if server.is_embedded() else "external"
    described = f"{kind} PostgreSQL {version.split()[0]}, role {role}, {size}"
    if is_superuser == "on":
        yield Finding("database", "ill", f"{described}, a superuser", "Let memchat connect as a role of its own.")
    else:
        yield Finding("database", "well", described)


def look_at_pgvector() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        row = cursor.fetchone()
    if row:
        yield Finding("pgvector", "well", f"version {row[0]}")
    else:
        yield Finding("pgvector", "ill", "is not in the database", "Let a superuser run: CREATE EXTENSION vector;")


def look_at_migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding("migrations", "ill", f"{len(missing)} not applied", "Run: manage.py migrate")
    else:
        yield Finding("migrations", "well", "all applied")


def look_at_second_wall() -> Iterator[Finding]:
    """Whether the database itself keeps people's rows apart."""
    if not (left := wall.open_tables()):
        yield Finding("second wall", "well", "row-level security holds for all tables with people's rows")
    elif connection.settings_dict.get("OWNER"):
        yield Finding("second wall", "ill", f"does not hold for {', '.join(left)}", server.SECOND_WALL_HINT)
    else:
        yield Finding("second wall", "unused", server.NO_SECOND_WALL, server.SECOND_WALL_HINT)


def look_at_embedder() -> Iterator[Finding]:
    embedder = current_embedder()
    embedder.embed(["Is anybody there?"])
    begun = time.monotonic()
    embedder.embed(["Tea, and no sugar."])
    yield Finding("embedder", "well", f"{embedder.name}, {(time.monotonic() - begun) * 1000:.1f} ms a text")


def look_at_providers() -> list[Finding]:
    return asyncio.run(_ask_providers())


async def _ask_providers() -> list[Finding]:
    """A real question to each: a key that works for listing models may still have no credit."""
    try:
        return list(await asyncio.gather(*map(_ask, configured_providers().values())))
    finally:
        await close_all()


async def _ask(provider: Provider) -> Finding:
    subject = f"provider {provider.name}"
    if not provider.is_model:
        return Finding(subject, "well", "always there; it is no language model")
    model_name = provider.model_names[0]
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PROVIDER_SECONDS):
            async with aclosing(provider.stream(Prompt("Say: ok", timezone.now()), model_name)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, str | Thinking):
                        break
    except TimeoutError:
        return Finding(subject, "ill", f"{model_name}: no answer in {PROVIDER_SECONDS:g} s", _PROVIDER_HINTS["other"])
    except ProviderError as error:
        hint = _PROVIDER_HINTS.get(error.kind, _PROVIDER_HINTS["other"])
        return Finding(subject, "ill", f"{model_name}: {error}", hint)
    return Finding(subject, "well", f"{model_name} answers after {time.monotonic() - begun:.1f} s")


_PROVIDER_HINTS = {
    "bad_key": "Check the key in the settings.",
    "no_credit": "Check the account's billing at the provider.",
    "unknown_model": "Check the names in ANTHROPIC_MODELS, OPENAI_MODELS or COMPATIBLE_MODELS.",
    "unreachable": "Check the base URL, the network, and that the server runs.",
    "other": "Try again later; if it stays, see what the provider says of its status.",
}


def look_at_vectors() -> Iterator[Finding]:
    """How far the change to another embedder is."""
    with wall.everyone("the vectors of all memories are counted"):
        counted = embedder_counts()
    left = sum(made.count for made in counted if not made.is_current)
    done = sum(made.count for made in counted if made.is_current)
    if not left:
        yield Finding("vectors", "well", f"all of {done:,} memories have one")
    else:
        yield Finding(
            "vectors",
            "well",
            f"{left:,} of {done + left:,} memories wait for one of {in_use().name}: a job makes them, "
            "`manage.py reembed` does so at once, and until then they are found by their words",
        )


def look_at_jobs() -> Iterator[Finding]:
    """Whether anything is left undone."""
    counts = dict(ProcrastinateJob.objects.values_list("status").annotate(count=Count("pk")).order_by())
    waiting, failed = counts.get("todo", 0) + counts.get("doing", 0), counts.get("failed", 0)
    if failed:
        yield Finding("jobs", "ill", f"{failed:,} have failed, {waiting:,} wait", "Look at them in the admin.")
    else:
        yield Finding("jobs", "well", f"{waiting:,} wait, none has failed")


def look_at_redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield Finding("redis", "unused", "not configured; right for one process")
        return
    try:
        yield Finding("redis", "well", f"version {ping_redis()}")
    except Exception as error:
        hint = "Check REDIS_URL, and that Redis runs."
        yield Finding("redis", "ill", f"cannot be reached: {type(error).__name__}", hint)


def look_at_mail() -> Iterator[Finding]:
    if not settings.MAIL_CONFIGURED:
        yield Finding("mail", "unused", "not configured; passwords cannot be reset by mail")
        return
    try:
        sender = mail.get_connection(fail_silently=False)
        sender.open()
        sender.close()
        yield Finding("mail", "well", f"{settings.EMAIL_HOST} takes mail")
    except OSError as error:
        yield Finding("mail", "ill", f"{settings.EMAIL_HOST}: {server.first_line(error)}", "Check MEMCHAT_EMAIL_URL.")
