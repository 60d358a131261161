"""Whatever happens to memories, in whatever order: no history is lost, and only what counts now is recalled."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from memchat.users.models import User
from memories import writing
from memories.embedding.registry import current_embedder
from memories.models import Ending, Memory, Origin
from memories.recall import recall

# Few texts, so that the same is said, corrected and restored again and again.
TEXTS = st.sampled_from(
    [
        "the boat is green",
        "the boat is blue",
        "tea without sugar",
        "tea with milk",
        "a ladder in the shed",
        "nine chairs",
    ]
)
PLACE = st.integers(0, 50)


class Life(RuleBasedStateMachine):
    """What a person does with their memories."""

    @initialize()
    def begin(self) -> None:
        self.user = User.objects.create(username=f"alice-{uuid.uuid4().hex}")
        self.ever: dict[int, str] = {}
        self.erased: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "user"):
            self.user.delete()

    def rows(self, **filters: object) -> list[Memory]:
        return list(Memory.objects.of(self.user).filter(**filters).order_by("pk"))

    def pick(self, place: int, **filters: object) -> Memory | None:
        rows = self.rows(**filters)
        return rows[place % len(rows)] if rows else None

    def outcome(self, outcome: writing.Outcome | None) -> None:
        if outcome is not None and outcome.kind == "remembered":
            assert outcome.memory is not None
            fresh = Memory.objects.get(pk=outcome.memory.pk)
            assert fresh.ended_at is None

    @rule(text=TEXTS, origin=st.sampled_from([Origin.SAID, Origin.LEARNED, Origin.WRITTEN]))
    def remember(self, text: str, origin: Origin) -> None:
        self.outcome(writing.remember(self.user, text, origin=origin))
        assert text in {one.text for one in Memory.objects.of(self.user).current()}

    @rule(text=TEXTS)
    def remember_under_a_key(self, text: str) -> None:
        self.outcome(writing.remember(self.user, text, origin=Origin.API, key="fixed"))

    @rule(place=PLACE, text=TEXTS, newer=st.booleans())
    def correct(self, place: int, text: str, newer: bool) -> None:
        if memory := self.pick(place):
            before = memory.ended_at
            outcome = writing.correct(memory, text, is_newer_fact=newer)
            # Asked twice, or of something that has joined it, it is known.
            again = outcome.memory is not None and outcome.memory.supersedes_id == memory.pk
            assert (outcome.kind == "refused") == (before is not None and not again)

    @rule(place=PLACE, other=PLACE)
    def give_way(self, place: int, other: int) -> None:
        older, newer = self.pick(place, ended_at=None), self.pick(other, ended_at=None)
        if older and newer and older.pk != newer.pk:
            writing.give_way(older, newer)

    @rule(place=PLACE)
    def forget(self, place: int) -> None:
        if memory := self.pick(place):
            writing.forget(memory)
            assert Memory.objects.get(pk=memory.pk).ended_at is not None

    @rule(place=PLACE)
    def undo_forget(self, place: int) -> None:
        if memory := self.pick(place, ending=Ending.FORGOTTEN):
            self.outcome(writing.undo_forget(memory))

    @rule(place=PLACE)
    def take_back(self, place: int) -> None:
        if memory := self.pick(place):
            self.outcome(writing.take_back(memory))

    @rule(place=PLACE)
    def restore(self, place: int) -> None:
        if memory := self.pick(place):
            self.outcome(writing.restore(memory))

    @rule(place=PLACE)
    def expire(self, place: int) -> None:
        if memory := self.pick(place, ended_at=None):
            writing.adjust(
                memory, category=memory.category, pinned=memory.pinned, expires_at=timezone.now() - timedelta(days=1)
            )

    @rule(place=PLACE, pinned=st.booleans())
    def pin(self, place: int, pinned: bool) -> None:
        if memory := self.pick(place, ended_at=None):
            writing.adjust(memory, category=memory.category, pinned=pinned, expires_at=memory.expires_at)

    @precondition(lambda self: len(self.rows()) > 3)
    @rule()
    def forget_all(self) -> None:
        writing.forget_all(self.user)
        assert not Memory.objects.of(self.user).current().exists()

    @rule(place=PLACE)
    def erase(self, place: int) -> None:
        if memory := self.pick(place, ending=Ending.FORGOTTEN):
            before = {one.pk for one in self.rows()}
            writing.erase(memory)
            self.erased |= before - {one.pk for one in self.rows()}
            assert memory.pk in self.erased

    @invariant()
    def nothing_is_lost_and_no_text_changes(self) -> None:
        if not hasattr(self, "user"):
            return
        now = {one.pk: one.text for one in self.rows()}
        for pk, text in self.ever.items():
            if pk not in self.erased:
                assert now.get(pk) == text
        self.ever |= now

    @invariant()
    def there_is_one_current_version_of_each_and_every_history_is_a_line(self) -> None:
        if not hasattr(self, "user"):
            return
        rows = {one.pk: one for one in self.rows()}
        keys = [(one.namespace, one.key) for one in rows.values() if one.ended_at is None]
        assert len(keys) == len(set(keys))
        for one in rows.values():
            assert (one.ended_at is None) == (one.ending == "")
            seen = set()
            while one.supersedes_id is not None:
                assert one.pk not in seen
                seen.add(one.pk)
                one = rows[one.supersedes_id]
                assert one.ended_at is not None

    @invariant()
    def recall_returns_what_counts_now_and_nothing_else(self) -> None:
        if not hasattr(self, "user"):
            return
        current = {one.pk for one in Memory.objects.of(self.user).current()}
        embedder = current_embedder()
        vector = embedder.embed(["What colour is the boat?"])[0]
        recalled = recall(self.user, "What colour is the boat?", vector, embedder.name, count=99)
        found = [one.memory_id for one in recalled]
        assert len(found) == len(set(found))
        assert set(found) == current


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_in_any_order_nothing_is_lost_and_nothing_outdated_is_recalled():
    health = list(HealthCheck)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=health, database=None
        ),
    )
