"""Memories in the admin: fast with many rows, and nobody rewrites what a person said."""

from __future__ import annotations

import re

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from memchat.postgres import embedded
from memories.models import Ending, Memory, Origin
from memories.writing import remember

LIST = "/admin/memories/memory/"


@pytest.fixture
def staff(client, django_user_model):
    user = django_user_model.objects.create_superuser("root", password="correct horse battery")
    client.force_login(user)
    return client


@pytest.fixture
def many(alice, bob):
    """Enough rows for the planner to prefer indexes."""
    one = Memory.objects.create(user=alice, value={"data": "to be copied"}, origin=Origin.SAID, fingerprint="")
    own = [field for field in Memory._meta.concrete_fields if not (field.primary_key or field.generated)]
    fields = {field.column: field.column for field in own}
    text = "'statement ' || number || ' of somebody' || CASE number %% 500 WHEN 7 THEN ' about zebras' ELSE '' END"
    fields |= {
        "user_id": "CASE number %% 2 WHEN 1 THEN %s ELSE %s END",
        "value": f"jsonb_build_object('data', {text})",
        "fingerprint": "number",
        "key": "number",
        "created_at": "created_at + number * interval '1 microsecond'",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO memories_memory ({', '.join(fields)}) SELECT {', '.join(fields.values())} "
            "FROM memories_memory, generate_series(0, 2999) number WHERE id = %s",
            [alice.pk, bob.pk, one.pk],
        )
        cursor.execute("DELETE FROM memories_memory WHERE id = %s", [one.pk])
        cursor.execute("SELECT memchat_take_samples(%s)", ["memories_memory"])
    place = {"host": connection.settings_dict["HOST"], "dbname": connection.settings_dict["NAME"]}
    with psycopg.connect(**place, user=embedded.OWNER, autocommit=True) as owner:
        # Rows that other tests took back wait in it, and make it look dear.
        owner.execute("SELECT gin_clean_pending_list('memory_admin_search')")


def shown(response):
    return [memory.text for memory in response.context["cl"].result_list]


@pytest.mark.parametrize(
    "query",
    [
        "", "?q=zebras", "?p=3", "?state=current", "?state=waiting", "?category__exact=fact", "?q=zebras+%40alice",
        "?texts=shown", "?made_by=none", "?q=owner:bob",
    ],
)  # fmt: skip
def test_a_list_takes_few_queries_counts_no_table_and_reads_no_vector(
    staff, many, django_assert_max_num_queries, query
):
    with django_assert_max_num_queries(14) as queries:
        response = staff.get(LIST + query)
    assert response.status_code == 200
    for statement in (query["sql"] for query in queries.captured_queries):
        if "memories_memory" in statement and "WITH RECURSIVE" not in statement:
            assert "COUNT(" not in statement
            assert '"embedding"' not in statement
            assert '"memories_memory"."terms"' not in statement
            assert "LIMIT" in statement or "zebras" in statement


def test_the_list_is_newest_first_with_its_owner(staff, alice):
    remember(alice, "I live in Berlin", origin=Origin.SAID)
    remember(alice, "My dog is called Rex", origin=Origin.SAID)
    response = staff.get(LIST)
    assert shown(response) == ["My dog is called Rex", "I live in Berlin"]
    html = response.content.decode()
    assert "alice" in html
    assert "Berlin" not in html
    assert "Berlin" in staff.get(LIST, {"texts": "shown"}).content.decode()


def test_the_newest_rows_come_from_an_index(many):
    plan = (
        Memory.objects.defer("embedding", "terms").select_related("user").order_by("-created_at", "-pk")[:50].explain()
    )
    assert "memory_admin_list" in plan


def test_search_finds_whole_words_of_everybody(staff, many):
    assert len(shown(staff.get(LIST, {"q": "Zebras statement"}))) == 6
    assert shown(staff.get(LIST, {"q": "zebra"})) == []
    assert len(shown(staff.get(LIST, {"q": "zebras @alice"}))) == 6
    assert shown(staff.get(LIST, {"q": "zebras @bob"})) == []


def test_search_uses_the_index_of_words(staff, many):
    from django.contrib import admin

    model_admin = admin.site.get_model_admin(Memory)
    found = model_admin.search_texts(None, Memory.objects.all(), "zebras")
    assert "memory_admin_search" in found.explain()


def test_search_by_meaning_is_nearest_first_and_can_be_of_one_person(staff, many, alice, bob):
    remember(alice, "I have a daughter who plays the violin", origin=Origin.SAID)
    remember(alice, "My favourite dish is lasagne", origin=Origin.SAID)
    remember(bob, "My son learns to play the piano", origin=Origin.SAID)
    found = shown(staff.get(LIST, {"q": "meaning: children who make music"}))
    assert len(found) == 3, "what has no vector has no meaning to compare"
    assert found[-1] == "My favourite dish is lasagne"
    assert shown(staff.get(LIST, {"q": "owner:bob meaning:children who make music"})) == [
        "My son learns to play the piano"
    ]
    with CaptureQueriesContext(connection) as queries:
        assert shown(staff.get(LIST, {"q": "meaning:music", "category__exact": "project"})) == []
    assert not any('SELECT "memories_memory"."embedding"' in query["sql"] for query in queries)


@pytest.mark.parametrize(
    "query",
    [
        "meaning:",
        "meaning: ",
        "meaning:🌀",
        "owner:",
        "owner:nobody meaning:x",
        "'",
        "!! & |",
        "@",
        "@nobody",
        "%",
        "\x00",
        "a" * 3000,
    ],
)
def test_any_search_is_answered(staff, many, query):
    assert staff.get(LIST, {"q": query}).status_code == 200


def test_a_memory_can_be_read_and_not_rewritten(staff, alice):
    memory = remember(alice, "I live in Berlin", origin=Origin.SAID).memory
    address = reverse("admin:memories_memory_change", args=[memory.pk])
    html = staff.get(address).content.decode()
    assert "I live in Berlin" in html
    assert not re.search(r"<(textarea|select|input)[^>]*name=\"(text|value|user|category)", html)
    assert (
        403
        == staff.post(
            address, {"text": "I live in Rome", "value": '{"data": "I live in Rome"}', "category": "work"}
        ).status_code
    )
    memory.refresh_from_db()
    assert (memory.text, memory.category) == ("I live in Berlin", "place")


def test_memories_are_neither_added_nor_deleted_by_staff(staff, alice):
    memory = remember(alice, "I live in Berlin", origin=Origin.SAID).memory
    assert staff.get(LIST + "add/").status_code == 403
    assert staff.post(f"{LIST}{memory.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Memory.objects.filter(pk=memory.pk).exists()


def test_staff_can_forget_for_a_person_and_the_history_stays(staff, alice):
    memory = remember(alice, "I live in Berlin", origin=Origin.SAID).memory
    asked = staff.post(LIST, {"action": "forget", "_selected_action": [memory.pk]})
    response = staff.post(asked["Location"], {"reason": "Asked by mail"}, follow=True)
    memory.refresh_from_db()
    assert memory.ending == Ending.FORGOTTEN
    assert "1 memory forgotten" in response.content.decode()


def test_people_without_staff_rights_see_nothing(client, alice):
    client.force_login(alice)
    assert client.get(LIST).status_code in (302, 403)
