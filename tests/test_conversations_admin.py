"""What staff see of threads and messages, and how much that costs."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import ChangeKind, MemoryChange, MemoryUse, Message, State, Thread
from conversations.turns import accepting, ending
from conversations.turns.ending import Ending
from memories.models import Memory, Origin
from memories.writing import remember

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("staff", password="x"))
    return client


@pytest.fixture
def turn(alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Remember: my boat is called Dora", owner="here")
    ending.finish(accepted.claim, Ending(State.COMPLETE, "I will."))
    memory = remember(alice, "my boat is called Dora", origin=Origin.SAID).memory
    MemoryChange.objects.create(
        message=accepted.message, user=alice, position=0, kind=ChangeKind.REMEMBERED, memory=memory
    )
    MemoryUse.objects.create(reply=accepted.reply, user=alice, memory=memory, rank=1, reasons="words")
    return accepted


@pytest.mark.parametrize("model", ["thread", "message", "run"])
def test_the_lists_count_nothing_and_ask_the_same_for_many_rows_as_for_one(staff, alice, turn, model):
    url = reverse(f"admin:conversations_{model}_changelist")
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert staff.get(url).status_code == 200
    for _ in range(20):
        accepting.accept(alice.pk, None, uuid.uuid4(), "More")
    with CaptureQueriesContext(connection) as many:
        assert staff.get(url).status_code == 200
    assert len(many) <= len(few) + 1
    asked = " ".join(query["sql"] for query in many)
    assert "COUNT(" not in asked.upper()
    assert '"html"' not in asked


def test_a_message_shows_what_it_used_and_changed_without_loading_vectors(staff, turn):
    for message in (turn.message, turn.reply):
        with CaptureQueriesContext(connection) as queries:
            response = staff.get(reverse("admin:conversations_message_change", args=[message.pk]))
        address = reverse("admin:memories_memory_change", args=[Memory.objects.get().pk])
        assert address in response.content.decode()
        assert not any('"embedding"' in query["sql"] for query in queries)


def test_the_messages_of_one_thread_are_listed(staff, turn, alice):
    other = accepting.accept(alice.pk, None, uuid.uuid4(), "Something else")
    url = reverse("admin:conversations_message_changelist")
    text = staff.get(url, {"thread__id__exact": turn.thread.pk}).content.decode()
    assert str(turn.message.pk) in text
    assert str(other.message.pk) not in text
    text = staff.get(url, {"thread__id__exact": turn.thread.pk, "texts": "shown"}).content.decode()
    assert "Remember: my boat" in text
    assert "Something else" not in text
    assert other.thread.pk != turn.thread.pk


def test_staff_change_nothing_that_anyone_wrote(staff, turn):
    url = reverse("admin:conversations_message_change", args=[turn.message.pk])
    assert staff.post(url, {"text": "Something they never said"}).status_code == 403
    assert Message.objects.get(pk=turn.message.pk).text == "Remember: my boat is called Dora"
    assert staff.get(reverse("admin:conversations_message_add")).status_code == 403


def test_somebody_who_is_no_staff_does_not_get_in(client, alice, turn):
    client.force_login(alice)
    response = client.get(reverse("admin:conversations_thread_changelist"))
    assert response.status_code in {302, 403}
    assert Thread.objects.get().title not in response.content.decode()


def test_only_the_admin_goes_without_trusted_types(staff):
    assert "require-trusted-types-for 'script'" in staff.get("/").headers["Content-Security-Policy"]
    policy = staff.get(reverse("admin:index")).headers["Content-Security-Policy"]
    assert "trusted-types" not in policy
    assert "script-src 'self'" in policy
