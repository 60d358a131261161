"""The admin's overview of memory, and its page of jobs."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.models import Learning, LearningState
from conversations.turns import accepting, ending
from conversations.turns.ending import Ending
from conversations.turns.ledger import State
from memchat.jobs import enqueue
from memories.embedding.registry import current_embedder
from memories.embedding.state import embedder_counts, embedder_names
from memories.models import Memory, Origin
from memories.writing import remember

pytestmark = pytest.mark.django_db
JOBS = "/admin/procrastinate/procrastinatejob/"
CANARY = "zanzibarine"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def staff(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", password="x"))
    return client


def overview(client, **query):
    return client.get(reverse("admin_overview"), query)


def fail(pk):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [pk])


def test_it_tells_which_embedder_made_how_many_memories_and_how_many_wait(staff, alice):
    remember(alice, "I live in Berlin", origin=Origin.SAID)
    for one in range(3):
        Memory.objects.create(
            user=alice,
            value={"data": str(one)},
            origin=Origin.SAID,
            fingerprint=str(one),
            embedder="older-2",
            dimensions=2,
            embedding=[1, one],
        )
    Memory.objects.create(user=alice, value={"data": "none"}, origin=Origin.SAID, fingerprint="none")
    assert embedder_names() == ["", "older-2", current_embedder().name]
    counted = {one.name: (one.count, one.dimensions, one.is_current) for one in embedder_counts()}
    assert counted["older-2"] == (3, 2, False)
    assert counted[current_embedder().name] == (1, current_embedder().dimensions, True)
    html = overview(staff).content.decode()
    assert "4 memories wait to be embedded" in html
    shown = staff.get(reverse("admin:memories_memory_changelist"), {"state": "waiting"})
    assert len(shown.context["cl"].result_list) == 4


def test_it_tells_of_jobs_and_of_what_could_not_be_learned(staff, alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "I moved to Oslo", owner="here")
    ending.finish(accepted.claim, Ending(State.COMPLETE, "I see."))
    Learning.objects.update_or_create(
        message=accepted.message, defaults={"user": alice, "state": LearningState.FAILED, "error_detail": CANARY}
    )
    enqueue("conversations.learn", message=str(accepted.message.pk), user=alice.pk)
    fail(ProcrastinateJob.objects.latest("pk").pk)
    html = overview(staff).content.decode()
    assert "conversations.learn" in html
    assert "failed" in html
    assert "1 message could not be learned from" in html
    assert CANARY not in html


def test_it_adds_up_what_a_person_has_stored(staff, alice, bob):
    remember(alice, "I live in Berlin", origin=Origin.SAID)
    accepting.accept(alice.pk, None, uuid.uuid4(), "x" * 20_000, owner="here")
    rows = {one.user.username: one for one in overview(staff).context["people"]}
    assert (rows["alice"].memories, rows["alice"].threads, rows["alice"].messages) == (1, 1, 2)
    assert rows["alice"].memory_bytes > 1_000, "a vector of 256 numbers"
    assert rows["alice"].message_bytes > 100
    assert "bob" not in rows
    found = overview(staff, q="Bo").context["people"]
    assert [(one.user.username, one.memories, one.memory_bytes) for one in found] == [("bob", 0, 0)]


@pytest.mark.parametrize("query", ["nobody", "%", "\x00", "'", "a" * 3000])
def test_any_search_is_answered(staff, alice, query):
    assert overview(staff, q=query).status_code == 200


def test_many_people_cost_as_many_queries_as_few(staff, alice, django_user_model):
    remember(alice, "I live in Berlin", origin=Origin.SAID)
    with CaptureQueriesContext(connection) as few:
        overview(staff)
    people = django_user_model.objects.bulk_create(django_user_model(username=f"person{one}") for one in range(80))
    Memory.objects.bulk_create(
        Memory(user=person, value={"data": "x"}, origin=Origin.SAID, fingerprint=str(number))
        for person in people
        for number in range(2)
    )
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        response = overview(staff)
    assert len(response.context["people"]) == 50
    # One more for another embedder: that of memories without a vector.
    assert len(many) <= len(few) + 1
    with CaptureQueriesContext(connection) as kept:
        overview(staff)
    assert len(kept) < len(many)


def test_only_staff_who_may_see_memories_get_it(client, alice):
    assert overview(client).status_code == 302
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert overview(client).status_code == 403
    assert b"Memory overview" not in client.get(reverse("admin:index")).content
    alice.user_permissions.add(Permission.objects.get(codename="view_memory"))
    assert overview(client).status_code == 200
    assert b"Memory overview" in client.get(reverse("admin:index")).content


def test_jobs_are_shown_by_ids_alone_and_without_anything_our_policy_forbids(staff, alice):
    enqueue("conversations.learn", message=str(uuid.uuid4()), user=alice.pk)
    job = ProcrastinateJob.objects.latest("pk")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET args = args || jsonb_build_object('t', %s::text) WHERE id = %s",
            [CANARY, job.pk],
        )
    for address in (JOBS, reverse("admin:procrastinate_procrastinatejob_change", args=[job.pk])):
        html = staff.get(address).content.decode()
        assert f"user {alice.pk}" in html
        assert CANARY not in html
        assert "style=" not in html
    assert staff.get(JOBS, {"task": "conversations.learn", "status__exact": "todo"}).status_code == 200
    assert staff.get(JOBS, {"args__t__startswith": "z"}).status_code in {302, 400}


def test_a_job_that_failed_is_tried_again_and_one_that_waits_is_left_alone(staff, alice):
    for _ in range(2):
        enqueue("conversations.learn", message=str(uuid.uuid4()), user=alice.pk)
    failed, waiting = ProcrastinateJob.objects.order_by("-pk")[:2]
    fail(failed.pk)
    response = staff.post(
        JOBS, {"action": "try_again", "_selected_action": [failed.pk, waiting.pk]}, follow=True
    ).content.decode()
    assert "1 job will be tried again" in response
    assert set(ProcrastinateJob.objects.filter(pk__in=[failed.pk, waiting.pk]).values_list("status", "attempts")) == {
        ("todo", 1),
        ("todo", 0),
    }
