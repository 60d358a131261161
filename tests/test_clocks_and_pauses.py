"""Clocks that jump and a database that stands still: who is writing what must not depend on either."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversations.models import Message, Run, State
from conversations.turns import accepting, ending, ledger
from conversations.turns.claims import Claim
from conversations.turns.ending import Ending
from memchat.users.models import User

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def said(user: User) -> Claim:
    claim = accepting.accept(user.pk, None, uuid.uuid4(), "Hello", owner="here").claim
    assert claim is not None
    ledger.checkpoint([ledger.Part(claim, "Half a")])
    return claim


def sweep(**options: float) -> ledger.Swept:
    return ledger.sweep("there", lambda text: (text, 1), **options)


@pytest.fixture(params=[DAY, -DAY], ids=["ahead", "back"])
def clock_of_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock is a day off; the database's, and that which only counts, are not."""
    now, stamp, jump = timezone.now, time.time, request.param
    monkeypatch.setattr(timezone, "now", lambda: now() + jump)
    monkeypatch.setattr(time, "time", lambda: stamp() + jump.total_seconds())


def test_a_reply_is_not_taken_from_a_process_because_another_ones_clock_is_wrong(
    alice: User, clock_of_this_process: None
):
    claim = said(alice)
    swept = sweep()
    assert (swept.ended, swept.claims) == ([], [])
    assert ledger.checkpoint([ledger.Part(claim, "Half a reply")])
    Run.objects.update(lease_expires_at=datetime.now(timezone.get_current_timezone()) - timedelta(seconds=1))
    assert sweep().ended == [(claim.thread_id, claim.reply_id)]


def test_messages_stay_in_their_order_when_the_clock_goes_back(alice: User, monkeypatch: pytest.MonkeyPatch):
    first = accepting.accept(alice.pk, None, uuid.uuid4(), "First", owner="here")
    assert first.claim is not None
    ending.finish(first.claim, Ending(State.COMPLETE, "Yes."))
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() - DAY)
    second = accepting.accept(alice.pk, first.thread.pk, uuid.uuid4(), "Second", owner="here")
    shown = Message.objects.of(alice).order_by("depth").values_list("text", flat=True)
    assert list(shown) == ["First", "Yes.", "Second", ""]
    assert second.message.parent_id == first.reply.pk


def test_a_lease_of_before_the_databases_clock_went_back_ends_as_soon_as_any_other(alice: User):
    claim = said(alice)
    Run.objects.update(lease_expires_at=timezone.now() + DAY)
    assert sweep().ended == []
    lease = Run.objects.get(pk=claim.run_id).lease_expires_at
    assert lease is not None and lease < timezone.now() + timedelta(minutes=1)


def test_when_the_databases_clock_jumps_ahead_at_most_one_process_goes_on_writing(alice: User):
    """The other process may take the run over before its writer has renewed the lease: then the writer is out."""
    claim = said(alice)
    Run.objects.update(lease_expires_at=timezone.now() - DAY)
    assert sweep().ended == [(claim.thread_id, claim.reply_id)]
    assert not ledger.checkpoint([ledger.Part(claim, "Half a reply, and more")])
    assert ending.finish(claim, Ending(State.COMPLETE, "Half a reply, and all of it")).reply is None
    assert Message.objects.of(alice).get(pk=claim.reply_id).text == "Half a"


def test_a_sweep_that_was_asked_for_long_ago_takes_nothing(alice: User):
    said(alice)
    Run.objects.update(lease_expires_at=timezone.now() - DAY)
    with pytest.raises(ledger.DatabaseWasAway):
        sweep(since=time.monotonic() - 20)
    assert sweep().ended


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_the_database_has_kept_waiting_takes_nothing(alice: User, settings):
    """Whoever writes the reply was kept waiting too, and gets the time to renew its lease."""
    settings.RUN_LEASE_SECONDS = 1.0
    said(alice)
    Run.objects.update(lease_expires_at=timezone.now() - DAY)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE conversations_run IN ACCESS EXCLUSIVE MODE")
            held.set()
            done.wait(0.8)
            cursor.execute("ROLLBACK")
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        held.wait(5)
        with pytest.raises(ledger.DatabaseWasAway):
            sweep()
    finally:
        done.set()
        holder.join()
    assert sweep().ended
