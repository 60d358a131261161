"""Removing what belongs to a person: their account with everything, or all their memories, or all their threads.

An account is first closed, which ends its sessions; then its rows go in batches, those that nothing refers to first, so
that nothing is ever held in memory as a whole and whatever dies half-way leaves only less to do; the account's own row
goes last. A job that stands there from the beginning goes on with what is left.

Which tables there are is asked of the models: a new one that belongs to a person is emptied without being named here.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from graphlib import TopologicalSorter
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.models import Heard, Learning, LearningState, MemoryChange, Message, Run, Thread, ToolUse
from memchat import wall
from memchat.jobs import enqueue
from memchat.postgres import statistics
from memchat.users.attempts import forget_attempts
from memchat.users.leaving import goes_along, relations
from memchat.users.models import AccessLogEntry, User
from memories.models import Memory, Proposal
from memories.writing.taken_back import note_all_forgotten

logger = logging.getLogger(__name__)

JOB = "memchat.erase_account"
JOB_WAITS_SECONDS = 30.0
"""Then the job does it, unless whoever closed the account has removed everything by then."""
PATIENCE_SECONDS = 20.0
"""How long somebody waits for a page that removes everything; the rest is left to the job."""
BATCH = 1_000
RUNS_END_WITHIN = 5.0
ROUNDS = 10
ATTEMPTS = 5
NOBODY = "deleted account"
# Names this module's lock, so that it shares none with others on the same number.
_LOCK = 0x657261 << 40

Model = type[models.Model]


class LastSuperuser(Exception):
    """The account is the only one that can look after the site."""

    def __str__(self) -> str:
        return _("This is the only superuser. Make another account a superuser first, so that the site has one.")


class StillWritten(Exception):
    """Somebody keeps writing rows of this account; try again later."""


class TakesLong(Exception):
    """There is more than can be removed while somebody waits."""


# --- A whole account -----------------------------------------------------------------------------------------------


def delete_account(user_id: int) -> None:
    """Close an account now, and remove everything once the open transaction is through."""
    close(user_id)
    transaction.on_commit(partial(erase_now, user_id))


def close(user_id: int) -> None:
    """Let nobody in any more and end what is under way; a job will remove everything. Raises LastSuperuser."""
    with wall.person(user_id), transaction.atomic():
        others = list(User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk"))
        if [user.pk for user in others] == [user_id]:
            raise LastSuperuser
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            return
        user.deactivate()
        forget_attempts(user, EmailAddress.objects.filter(user=user).values_list("email", flat=True))
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(User), object_id=str(user_id)
        ).update(object_repr=NOBODY, change_message="")  # fmt: skip
        _stop_runs(user_id)
        enqueue(JOB, delay=JOB_WAITS_SECONDS, user=user_id)


def erase_now(user_id: int) -> bool:
    """Remove everything of a closed account; False when that is left to the job."""
    try:
        return erase(user_id, until=time.monotonic() + PATIENCE_SECONDS)
    except (DatabaseError, StillWritten, TakesLong) as error:
        logger.warning("an account is removed later, by its job: %s", error)
        return False


def erase(user_id: int, *, until: float = math.inf) -> bool:
    """Remove everything of a closed account; False when a job that is under way still names it.

    Raises StillWritten when it should be tried again, and TakesLong when it is not done at the time `until`.
    """
    with wall.person(user_id):
        user = User.objects.filter(pk=user_id).first()
        if user is not None:
            if user.is_active:
                # Somebody has let its owner in again.
                return True
            _wait_for_runs(user_id)
            _remove_everything(user, until)
        _forget_names_and_samples()
        return _remove_jobs(user_id)


def _remove_everything(user: User, until: float) -> None:
    for _round in range(ROUNDS):
        _empty(user.pk, owned(), until)
        with wall.everyone("what staff looked at is noted with others, under a name that goes now"):
            AccessLogEntry.objects.filter(staff=user).update(staff_name=NOBODY)
        _end_sessions(user)
        if _repeated(user.pk, partial(_remove_account, user.pk)):
            return
    raise StillWritten


def _remove_account(user_id: int) -> bool:
    """Remove the account's own row, unless something has been written meanwhile."""
    # What somebody is writing now waits for this row, and fails when it is gone.
    User.objects.select_for_update().filter(pk=user_id).first()
    if any(_rows(user_id, model, field).exists() for model, field in owned()):
        return False
    with wall.everyone("others' rows may refer to the account that goes"):
        _remove_rows(User, [user_id])
    return True


# --- Parts of it ---------------------------------------------------------------------------------------------------


def remove(user_id: int, what: str) -> bool:
    """Remove the "account", or only its "memories" or "threads", before this returns.

    False when a job that is under way still names the account. Raises LastSuperuser and StillWritten.
    """
    with wall.person(user_id):
        if what == "memories":
            _remove_memories(user_id)
        elif what == "threads":
            _remove_threads(user_id)
        else:
            close(user_id)
            return erase(user_id)
    return True


def count(user_id: int, what: str = "account") -> list[tuple[str, int]]:
    """How many rows `remove` would remove, by what they are called."""
    with wall.person(user_id):
        found = [(model, _rows(user_id, model, field).count()) for model, field in _tables(what)]
    return [(str(model._meta.verbose_name_plural), number) for model, number in found if number]


def _tables(what: str) -> list[tuple[Model, str]]:
    match what:
        case "memories":
            return [(model, field) for model, field in owned() if model in {Memory, Proposal, Heard, ToolUse}]
        case "threads":
            parts = {Thread, Message}
            return [
                (model, field)
                for model, field in owned()
                if model in parts or any(_refers(model, part) for part in parts)
            ]
    return owned()


def _remove_memories(user_id: int) -> None:
    with transaction.atomic():
        note_all_forgotten(user_id)
        Learning.objects.of(user_id).filter(state=LearningState.WAITING).update(
            state=LearningState.SKIPPED, ended_at=timezone.now()
        )
    _empty(user_id, _tables("memories"))
    # That a message changed something stays on record, so that a retry does not do it again; what it was does not.
    MemoryChange.objects.of(user_id).update(text="", reason="")
    _forget_names_and_samples()


def _remove_threads(user_id: int) -> None:
    _stop_runs(user_id)
    _wait_for_runs(user_id)
    _empty(user_id, _tables("threads"))
    for model in (Memory, Proposal):
        model._default_manager.filter(user=user_id).update(source_thread=None, source_message=None)
    _forget_names_and_samples()


# --- Rows ----------------------------------------------------------------------------------------------------------


def owned() -> list[tuple[Model, str]]:
    """Every model whose rows go with their person, and the field that names them; what others refer to comes last."""
    fields = {relation.related_model: relation.field.name for relation in relations(User) if goes_along(relation)}
    refers_to = {model: {other for other in fields if other is not model and _refers(other, model)} for model in fields}
    return [(model, fields[model]) for model in TopologicalSorter(refers_to).static_order()]


def _empty(user_id: int, of: Sequence[tuple[Model, str]], until: float = math.inf) -> None:
    """Remove all rows of a person in these tables, batch by batch."""
    for model, field in of:
        while _repeated(user_id, partial(_remove_batch, user_id, model, field)):
            if time.monotonic() > until:
                raise TakesLong


def _remove_batch(user_id: int, model: Model, field: str) -> int:
    ids = list(_rows(user_id, model, field).order_by().values_list("pk", flat=True)[:BATCH])
    _remove_rows(model, ids)
    if isinstance(model._meta.pk, models.UUIDField):
        _remove_jobs_naming([str(pk) for pk in ids])
    return len(ids)


def _remove_rows(model: Model, ids: list[Any]) -> None:
    """Remove rows and all that hangs on them; what only refers to them forgets that."""
    for relation in relations(model):
        rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids}).order_by()
        if not goes_along(relation):
            rows.update(**{relation.field.name: None})
        elif relation.related_model is model:
            # Its turn comes in another batch.
            rows.exclude(pk__in=ids).update(**{relation.field.name: None})
        else:
            while some := list(rows.values_list("pk", flat=True)[:BATCH]):
                _remove_rows(relation.related_model, some)
    model._base_manager.filter(pk__in=ids)._raw_delete(DEFAULT_DB_ALIAS)


def _rows(user_id: int, model: Model, field: str) -> models.QuerySet[Any]:
    return model._base_manager.filter(**{field: user_id})


def _refers(model: Model, other: Model) -> bool:
    """Whether rows of `model` go with rows of `other`."""
    return any(relation.related_model is model and goes_along(relation) for relation in relations(other))


def _repeated(user_id: int, function: Callable[[], Any]) -> Any:
    """Carry out one step in a transaction of its own, alone for this person, and again when others were in its way."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK ^ user_id])
                return function()
        except OperationalError:
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
            time.sleep(0.2 * attempt)
    raise AssertionError("unreachable")


# --- What else knows of a person -----------------------------------------------------------------------------------


def _stop_runs(user_id: int) -> None:
    """Have replies that are being written end, in whichever process, and none begin."""
    # Imported here: management commands that remove nothing need not load what writes replies.
    from conversations.turns.hub import hub
    from conversations.turns.runner import runner

    Run.objects.of(user_id).filter(owner="").delete()
    Run.objects.of(user_id).update(stop_requested=True)
    for reply_id in Run.objects.of(user_id).values_list("reply_id", flat=True):
        transaction.on_commit(partial(hub.call_soon, runner.stop_run, reply_id))


def _wait_for_runs(user_id: int) -> None:
    """Wait a moment for replies to end. One that does not is lost to its writer when its row goes."""
    end = time.monotonic() + RUNS_END_WITHIN
    while Run.objects.of(user_id).filter(lease_expires_at__gt=timezone.now()).exists() and time.monotonic() < end:
        time.sleep(0.1)


def _end_sessions(user: User) -> None:
    """End the sessions that are on no list, such as one that waits for a second factor."""
    own = {str(user.pk), user_pk_to_url_str(user)}
    for session in Session.objects.order_by().iterator(chunk_size=500):
        data = session.get_decoded()
        pending = data.get("account_login")
        names = {data.get(SESSION_KEY), data.get("account_authentication_methods_user")}
        if str(user.pk) in names or (isinstance(pending, dict) and pending.get("user_pk") in own):
            session.delete()


def _forget_names_and_samples() -> None:
    with wall.everyone("names that the admin noted go where there is no such row any more, whosever it was"):
        _forget_names(User)
        for model, _field in owned():
            _forget_names(model)
    statistics.take_anew(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def _forget_names(model: Model) -> None:
    """The admin notes what staff did under a name of the object: where that is gone, so shall its name be."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model)).exclude(object_repr=NOBODY)
    noted = {pk for pk in entries.order_by().values_list("object_id", flat=True).distinct() if pk is not None}
    while some := {noted.pop() for _ in range(min(BATCH, len(noted)))}:
        ids = [pk for one in some if (pk := _as_id(model, one)) is not None]
        there = {str(pk) for pk in model._base_manager.filter(pk__in=ids).values_list("pk", flat=True)}
        entries.filter(object_id__in=some - there).update(object_repr=NOBODY, change_message="")


def _as_id(model: Model, text: str) -> Any:
    try:
        return model._meta.pk.to_python(text)
    except ValidationError:
        return None


_REMOVE_JOBS_NAMING = """
    DELETE FROM procrastinate_jobs
    WHERE status <> 'doing' AND EXISTS (SELECT FROM jsonb_each_text(args) WHERE value = ANY(%s))
"""
_REMOVE_JOBS = "DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND args->>'user' = %s AND task_name <> %s"
_REMOVE_OWN_JOB = "DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND args->>'user' = %s"
_COUNT_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE args->>'user' = %s AND task_name <> %s"


def _remove_jobs_naming(ids: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_JOBS_NAMING, [ids])


def _remove_jobs(user_id: int) -> bool:
    """Remove the jobs that name a person, at last our own; False when one is being carried out."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REMOVE_JOBS, [str(user_id), JOB])
        cursor.execute(_COUNT_JOBS, [str(user_id), JOB])
        (left,) = cursor.fetchone()
        if not left:
            cursor.execute(_REMOVE_OWN_JOB, [str(user_id)])
    return not left
