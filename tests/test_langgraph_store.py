"""The store of LangGraph programs does what its interface says, and is the person's memory all the same."""

from __future__ import annotations

import asyncio
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from django.urls import reverse
from django.utils import timezone

pytest.importorskip("langgraph.store.base")

from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)

from memchat import wall
from memchat.database import close_threads
from memories import writing
from memories.access import decide
from memories.langgraph import DjangoStore, PutRefused
from memories.models import Ending, Memory, MemoryVector, Origin, Proposal
from memories.recall import recall
from memories.writing import remember
from memories.writing.items import compare_next, forget_expired, remove_old_versions
from tests.fake_providers.embeddings import embed
from tests.test_memory_page_exchange import look, take_over

pytestmark = pytest.mark.django_db
DIMS = 32


def embed_texts(texts):
    return [embed(text, DIMS) for text in texts]


async def embed_texts_later(texts):
    await asyncio.sleep(0)
    return embed_texts(texts)


def indexed(*fields, **more):
    return DjangoStore(
        index={"dims": DIMS, "embed": embed_texts, **({"fields": list(fields)} if fields else {})}, **more
    )


@pytest.fixture
def store():
    return DjangoStore()


@pytest.fixture
def hers(alice):
    return ("memories", str(alice.pk))


@pytest.fixture
def his(bob):
    return ("memories", str(bob.pk))


def keys(found):
    return [item.key for item in found]


# --- Getting and putting -------------------------------------------------------------------------------------------


def test_what_is_put_is_got_searched_listed_and_deleted(store, hers):
    place = (*hers, "docs", "drafts")
    value = {"title": "Tea", "n": 1.5, "tags": ["a", {"b": None}], "ok": True, "日本": "京都"}
    store.put(place, "k", value)
    item = store.get(place, "k")
    assert (item.namespace, item.key, item.value) == (place, "k", value)
    assert item.created_at == item.updated_at and item.created_at.tzinfo is not None
    assert store.get(hers, "k") is store.get(place, "other") is None
    assert [(one.namespace, one.value, one.score) for one in store.search(hers)] == [(place, value, None)]
    assert store.list_namespaces(prefix=hers) == [place]
    store.delete(place, "k")
    store.delete(place, "k")
    assert store.get(place, "k") is None
    assert store.search(hers) == [] == store.list_namespaces(prefix=hers)


def test_another_value_keeps_when_the_item_began(store, hers):
    store.put(hers, "k", {"n": 1})
    first = store.get(hers, "k")
    store.put(hers, "k", {"n": 2})
    second = store.get(hers, "k")
    assert (second.value, second.created_at) == ({"n": 2}, first.created_at)
    assert second.updated_at > first.updated_at
    store.delete(hers, "k")
    store.put(hers, "k", {"n": 3})
    assert store.get(hers, "k").created_at > second.updated_at


def test_the_same_value_again_is_no_new_version(store, hers):
    store.put(hers, "k", {"data": "I like tea"})
    before = store.get(hers, "k")
    store.put(hers, "k", {"data": "I like tea"})
    assert store.get(hers, "k").updated_at > before.updated_at
    assert Memory.objects.count() == 1
    store.put(hers, "k", {"data": "I like tea"}, index=False)
    assert Memory.objects.count() == 2


def test_true_is_not_one_and_takes_its_place(store, hers):
    store.put(hers, "k", {"n": 1})
    store.put(hers, "k", {"n": True})
    assert store.get(hers, "k").value["n"] is True


def test_keys_and_values_that_look_alike_are_kept_apart(store, hers):
    for key in ("a", "A", "a ", "ä", "a/b", "%", "_", "1", '"'):
        store.put(hers, key, {"data": "the same", "key": key})
    assert {store.get(hers, key).value["key"] for key in ("a", "A", "a ", "ä", "a/b", "%", "_", "1", '"')} == {
        "a", "A", "a ", "ä", "a/b", "%", "_", "1", '"',
    }  # fmt: skip
    store.delete(hers, "%")
    assert len(store.search(hers, limit=100)) == 8


# --- Whose ---------------------------------------------------------------------------------------------------------


def test_nobody_reaches_anothers_items(store, hers, his, alice, bob):
    store.put(hers, "k", {"data": "I live in Oslo"})
    store.put((*hers, "deep"), "k", {"data": "I live in a boat"})
    assert store.get(his, "k") is None
    assert store.search(his, query="Where do I live?") == [] == store.list_namespaces(prefix=his)
    store.delete(his, "k")
    assert store.get(hers, "k")
    with pytest.raises(InvalidNamespaceError, match="somebody else"):
        DjangoStore(user=bob).get(hers, "k")
    with wall.person(bob.pk):
        for reach in (
            lambda: store.put(hers, "k", {"n": 1}),
            lambda: store.search(hers),
            lambda: store.list_namespaces(prefix=hers),
        ):
            with pytest.raises(InvalidNamespaceError, match="somebody else"):
                reach()
        assert store.list_namespaces() == []


def test_people_whose_ids_begin_alike_are_different_people(store, django_user_model):
    one, ten = (django_user_model.objects.create_user(f"person{pk}", pk=pk) for pk in (9_001, 90_010))
    store.put(("memories", str(ten.pk)), "k", {"data": "I am the tenth"})
    store.put(("memories", str(ten.pk), "a"), "k", {"data": "I am the tenth"})
    assert store.search(("memories", str(one.pk))) == []
    assert store.list_namespaces(prefix=("memories", str(one.pk))) == []
    assert len(store.search(("memories", str(ten.pk)))) == 2


@pytest.mark.parametrize(
    "wrong", [("docs", "1"), ("memories",), (), ("memories", "999999999"), ("memories", "x"), ("memories", "1", "a.b")]
)
def test_a_namespace_of_nobody_is_an_error(store, alice, wrong):
    for reach in (
        lambda: store.get(wrong, "k"),
        lambda: store.search(wrong),
        lambda: store.put(wrong, "k", {}),
        lambda: store.delete(wrong, "k"),
        lambda: store.batch([PutOp(wrong, "k", {"n": 1})]),
    ):
        with pytest.raises(InvalidNamespaceError):
            reach()
    assert not Memory.objects.exists()


def test_a_store_for_one_person_needs_no_name(alice, hers, his, store):
    store.put((*hers, "a"), "k", {"n": 1})
    store.put(his, "k", {"n": 2})
    mine = DjangoStore(user=alice)
    assert keys(mine.search(())) == keys(mine.search(("memories",))) == ["k"]
    assert mine.list_namespaces() == [(*hers, "a")]
    assert set(store.list_namespaces()) == {(*hers, "a"), his}


def test_a_label_is_matched_as_a_whole_and_literally(store, hers):
    for label in ("foo", "foobar", "fo_", "f%"):
        store.put((*hers, label, "child"), "k", {"label": label})
    assert [one.value["label"] for one in store.search((*hers, "foo"))] == ["foo"]
    assert [one.value["label"] for one in store.search((*hers, "f%"))] == ["f%"]
    assert store.search((*hers, "fo")) == []


def test_a_memory_that_is_switched_off_is_read_by_nobody_and_takes_nothing(store, alice, hers):
    store.put(hers, "k", {"data": "I like tea"})
    alice.memory_on = False
    alice.save()
    assert store.get(hers, "k") is None
    assert store.search(hers, query="tea") == [] == store.list_namespaces(prefix=hers)
    with pytest.raises(PutRefused, match="off"):
        store.put(hers, "other", {"data": "I like coffee"})
    store.delete(hers, "k")
    assert Memory.objects.get().ending == Ending.FORGOTTEN


# --- Searching -----------------------------------------------------------------------------------------------------


def test_the_nearest_come_first_and_all_that_were_asked_for(hers):
    store = indexed()
    for number in range(30):
        store.put(hers, f"k{number}", {"text": f"number {number} of many", "even": number % 2 == 0})
    store.put((*hers, "deep"), "boat", {"text": "my boat is red"})
    found = store.search(hers, query='{"text": "my boat is red"}', limit=5)
    assert found[0].key == "boat" and found[0].score == pytest.approx(1)
    assert len(found) == 5
    scores = [one.score for one in store.search(hers, query="boat", limit=100)]
    assert len(scores) == 31 and scores == sorted(scores, reverse=True)


def test_pages_are_full_and_miss_nothing(hers):
    store = indexed("text")
    for number in range(25):
        store.put(hers, f"k{number}", {"text": f"note {number}", "odd": number % 2 == 1})
    for how in ({}, {"query": "note 7"}, {"filter": {"odd": True}}, {"query": "note 7", "filter": {"odd": True}}):
        everything = keys(store.search(hers, limit=1_000, **how))
        pages = [store.search(hers, limit=4, offset=offset, **how) for offset in range(0, 28, 4)]
        assert [key for page in pages for key in keys(page)] == everything
        assert len(everything) == (12 if "filter" in how else 25)
        assert store.search(hers, offset=1_000, **how) == [] == store.search(hers, limit=0, **how)


def test_what_was_deleted_or_replaced_hides_nothing_that_is_near(store, hers):
    for number in range(40):
        store.put(hers, f"gone{number}", {"title": f"green tea {number}"})
    store.batch([PutOp(hers, f"gone{number}", None) for number in range(38)])
    for number in range(15):
        store.put(hers, f"data{number}", {"title": f"some black tea {number}"})
        store.put(hers, f"text{number}", {"data": f"my boat has the number {number}"})
    for _ in range(40):
        store.put(hers, "often", {"data": f"green tea {_}"})
    everything = keys(store.search(hers, query="green tea", limit=1_000))
    assert len(everything) == 33
    for limit in (1, 4, 10, 20):
        assert keys(store.search(hers, query="green tea", limit=limit)) == everything[:limit]
        assert keys(store.search(hers, query="green tea", limit=limit, offset=3)) == everything[3 : 3 + limit]


def test_without_a_question_the_newest_come_first(store, hers):
    for key in ("a", "b", "c"):
        store.put(hers, key, {"n": 1})
    store.put(hers, "a", {"n": 2})
    assert keys(store.search(hers)) == ["a", "c", "b"]
    assert keys(store.search(hers, query="")) == ["a", "c", "b"]


def test_numbers_are_compared_as_numbers(store, hers):
    for n in (2, 9, 10, 10.5, 100, "10"):
        store.put(hers, f"k{n}{type(n).__name__}", {"n": n})
    assert {one.value["n"] for one in store.search(hers, filter={"n": {"$gt": 9}})} == {10, 10.5, 100}
    assert {one.value["n"] for one in store.search(hers, filter={"n": {"$gte": 9, "$lt": 10.5}})} == {9, 10}
    assert keys(store.search(hers, filter={"n": "10"})) == ["k10str"]
    assert len(store.search(hers, filter={"n": {"$ne": 10}})) == 5
    with pytest.raises(ValueError, match="operator"):
        store.search(hers, filter={"n": {"$around": 10}})


def test_of_several_vectors_the_best_counts(hers):
    store = indexed("title", "parts[*].text")
    store.put(hers, "book", {"title": "Boats", "parts": [{"text": "how to sail"}, {"text": "green tea on board"}]})
    store.put(hers, "note", {"title": "green", "other": "green tea on board"})
    [book, note] = store.search(hers, query="green tea on board")
    assert (book.key, note.key) == ("book", "note")
    assert book.score == pytest.approx(1) and note.score < 0.9
    [best] = store.search(hers, query="green tea on board", limit=1)
    assert (best.key, best.score) == ("book", pytest.approx(1))
    assert MemoryVector.objects.filter(memory__key="book").count() == 3


def test_an_item_says_itself_which_fields_are_compared(hers):
    store = indexed("title")
    store.put(hers, "a", {"title": "boats", "body": "green tea"}, index=["body"])
    store.put(hers, "b", {"title": "green tea"}, index=["missing"])
    assert [(one.key, one.score is None) for one in store.search(hers, query="green tea")] == [
        ("a", False),
        ("b", True),
    ]


def test_what_is_not_indexed_comes_last_and_leaves_no_vector(hers):
    store = indexed("text")
    store.put(hers, "a", {"text": "green tea"})
    store.put(hers, "b", {"text": "boats"})
    store.put(hers, "a", {"text": "green tea"}, index=False)
    found = store.search(hers, query="green tea")
    assert [(one.key, one.score is None) for one in found] == [("b", False), ("a", True)]
    assert keys(store.search(hers, query="green tea", limit=1)) == ["b"]


def test_equal_texts_in_one_batch_are_each_found(hers):
    store = indexed("text", "more")
    store.batch([PutOp(hers, f"k{n}", {"text": "the same", "more": "the same"}) for n in range(4)])
    assert [one.score for one in store.search(hers, query="the same")] == [pytest.approx(1)] * 4


def test_vectors_of_another_embedder_are_never_compared(hers):
    one = DjangoStore(index={"dims": 3, "embed": lambda texts: [[1.0, 0, 0] for _ in texts], "name": "one"})
    other = DjangoStore(index={"dims": 3, "embed": lambda texts: [[1.0, 0, 0] for _ in texts], "name": "other"})
    one.put(hers, "a", {"text": "x"})
    other.put(hers, "b", {"text": "x"})
    assert [(item.key, item.score) for item in one.search(hers, query="x")] == [("a", 1.0), ("b", None)]
    assert [(item.key, item.score) for item in other.search(hers, query="x")] == [("b", 1.0), ("a", None)]


def test_what_an_embedder_makes_has_to_be_usable(hers):
    for made, error in (([[1.0]], "dimensions"), ([], "vectors"), ([[float("nan"), 1.0]], "number")):
        with pytest.raises(ValueError, match=error):
            DjangoStore(index={"dims": 2, "embed": lambda texts, made=made: made}).put(hers, "k", {"a": "b"})
    nothing = DjangoStore(index={"dims": 2, "embed": lambda texts: [[0.0, 0.0] for _ in texts]})
    nothing.put(hers, "k", {"a": "b"})
    assert [one.score for one in nothing.search(hers, query="b")] == [None]
    for wrong in ({"embed": embed_texts}, {"embed": embed_texts, "dims": 2, "distance_type": "l2"}):
        with pytest.raises(ValueError, match=r"dims|cosine"):
            DjangoStore(index=wrong)


# --- Namespaces ----------------------------------------------------------------------------------------------------


def test_namespaces_are_listed_by_prefix_suffix_wildcard_and_depth(store, hers):
    for rest in (("a", "b", "c"), ("a", "b", "d", "e"), ("a", "b", "d", "i"), ("a", "b", "f"), ("a", "c", "f"), ("b",)):
        store.put((*hers, *rest), "k", {"n": 1})

    def rests(**how):
        return [one[2:] for one in store.list_namespaces(**how)]

    assert rests(prefix=(*hers, "a", "b"), max_depth=5) == [("a", "b", "c"), ("a", "b", "d"), ("a", "b", "f")]
    assert rests(prefix=hers, suffix=("f",)) == [("a", "b", "f"), ("a", "c", "f")]
    assert rests(prefix=(*hers, "a", "*", "f")) == [("a", "b", "f"), ("a", "c", "f")]
    assert rests(prefix=hers, suffix=("b", "*")) == [("a", "b", "c"), ("a", "b", "f")]
    assert rests(prefix=hers, limit=2, offset=4) == [("a", "c", "f"), ("b",)]
    assert rests(prefix=("memories", "*"), max_depth=3) == [("a",), ("b",)]
    with pytest.raises(InvalidNamespaceError):
        store.list_namespaces(prefix=("docs",))


def test_namespaces_of_whoever_has_switched_memory_off_or_left_are_not_listed(store, alice, bob, hers, his):
    store.put((*hers, "diagnosis"), "k", {"n": 1})
    store.put((*his, "notes"), "k", {"n": 1})
    assert store.list_namespaces() == sorted([(*hers, "diagnosis"), (*his, "notes")])
    for memory_on, is_active in ((False, True), (True, False)):
        alice.memory_on, alice.is_active = memory_on, is_active
        alice.save()
        assert store.list_namespaces() == [(*his, "notes")]


# --- Batches -------------------------------------------------------------------------------------------------------


def test_a_batch_answers_in_order_reads_first_and_the_last_put_holds(store, hers):
    store.put(hers, "a", {"n": 1})
    results = store.batch(
        [
            PutOp(hers, "a", {"n": 2}),
            GetOp(hers, "a"),
            SearchOp(hers, filter={"n": 1}),
            PutOp(hers, "b", {"n": 3}),
            ListNamespacesOp((MatchCondition("prefix", hers),)),
            PutOp(hers, "a", {"n": 4}),
            GetOp(hers, "missing"),
            PutOp(hers, "b", None),
        ]
    )
    assert [results[at] for at in (0, 3, 5, 6, 7)] == [None] * 5
    assert results[1].value == {"n": 1}
    assert (keys(results[2]), results[4]) == (["a"], [hers])
    assert store.get(hers, "a").value == {"n": 4} and store.get(hers, "b") is None
    assert store.batch([]) == []


def test_a_batch_is_stored_as_a_whole_or_not_at_all(store, hers, his):
    with pytest.raises(PutRefused):
        store.batch([PutOp(hers, "a", {"n": 1}), PutOp(his, "b", {"data": "my password is hunter22secret"})])
    with pytest.raises(ValueError, match="JSON"):
        store.batch([PutOp(hers, "a", {"n": 1}), PutOp(hers, "b", {"n": object()})])
    assert not Memory.objects.exists()


def test_a_batch_takes_few_ways_to_the_database(store, hers, django_assert_max_num_queries):
    ops = [PutOp(hers, f"k{n}", {"data": f"note {n}"}) for n in range(100)]
    sent = []
    from memchat.postgres import prepared

    ask = prepared._ask
    prepared._ask = lambda *args: (sent.append(1), ask(*args))[1]
    try:
        store.batch(ops)
    finally:
        prepared._ask = ask
    assert len(sent) == 2
    assert len(store.search(hers, limit=200)) == 100


# --- Threads and loops ---------------------------------------------------------------------------------------------


@pytest.fixture
def afterwards():
    yield
    close_threads()


@pytest.mark.django_db(transaction=True)
async def test_it_works_in_a_loop_with_and_without_await(hers, afterwards):
    store = DjangoStore(index={"dims": DIMS, "embed": embed_texts_later, "fields": ["data"]})
    await asyncio.gather(*(store.aput(hers, f"k{n}", {"data": f"note {n}"}) for n in range(20)))
    assert (await store.aget(hers, "k7")).value == {"data": "note 7"}
    assert keys(await store.asearch(hers, query="note 7", limit=1)) == ["k7"]
    assert await store.alist_namespaces(prefix=hers) == [hers]
    await store.adelete(hers, "k7")
    plain = DjangoStore()
    plain.put(hers, "sync", {"data": "put while a loop runs"})
    assert plain.get(hers, "k7") is None and plain.get(hers, "sync")
    with pytest.raises(InvalidNamespaceError):
        await store.aput(("memories", "0"), "k", {})


@pytest.mark.django_db(transaction=True)
def test_it_works_on_any_thread_and_in_several_loops(hers, afterwards):
    store = DjangoStore()

    def in_a_loop(number):
        asyncio.run(store.aput(hers, f"loop{number}", {"data": f"note {number}"}))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.put(hers, f"k{n}", {"data": f"note {n}"}), range(24)))
        list(threads.map(in_a_loop, range(8)))
        found = list(threads.map(lambda n: store.search(hers, query=f"note {n}", limit=40), range(8)))
    assert [len(one) for one in found] == [32] * 8


@pytest.mark.django_db(transaction=True)
def test_many_at_once_under_one_key_leave_one_current_value(hers, afterwards):
    store = DjangoStore()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: store.put(hers, "k", {"n": n}), range(30)))
    assert Memory.objects.filter(ended_at=None).count() == 1
    assert Memory.objects.filter(supersedes=None).count() == 1, "one history"
    assert threading.active_count() < 60


# --- Time ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_batches_for_the_same_people_in_another_order_wait_for_nobody_for_ever(hers, his, afterwards):
    """Each reads what the other writes, and notes that it was used."""
    store = DjangoStore(ttl={"default_ttl": 10, "refresh_on_read": True})
    for namespace in (hers, his):
        store.put(namespace, "k", {"n": 0})

    def change(number):
        mine, others = (hers, his) if number % 2 else (his, hers)
        for n in range(8):
            value = {"n": number, "at": n}
            store.batch([GetOp(others, "k"), GetOp(mine, "k"), PutOp(mine, "k", value), PutOp(others, "k", value)])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(change, range(4)))
    assert store.get(hers, "k").value == store.get(his, "k").value


def later(monkeypatch, minutes):
    """Everything stored is that much older by now."""
    for memory in Memory.objects.exclude(expires_at=None):
        Memory.objects.filter(pk=memory.pk).update(expires_at=memory.expires_at - timedelta(minutes=minutes))


def test_what_is_stored_for_a_time_is_gone_after_it_unless_it_is_used(hers, monkeypatch):
    store = DjangoStore(ttl={"default_ttl": 10, "refresh_on_read": True})
    store.put(hers, "k", {"n": 1})
    store.put(hers, "for ever", {"n": 2}, ttl=None)
    for use in (lambda: store.get(hers, "k"), lambda: store.search(hers), lambda: store.put(hers, "k", {"n": 1})):
        later(monkeypatch, 6)
        use()
        later(monkeypatch, 6)
        assert store.get(hers, "k"), use
    later(monkeypatch, 6)
    store.get(hers, "k", refresh_ttl=False)
    store.search(hers, refresh_ttl=False)
    later(monkeypatch, 6)
    assert store.get(hers, "k") is None
    assert keys(store.search(hers)) == ["for ever"]
    assert forget_expired() == 1
    assert Memory.objects.get(key="k").ending == Ending.FORGOTTEN


def test_what_is_put_again_while_the_sweep_looks_stays(store, hers, monkeypatch):
    store.put(hers, "k", {"n": 1}, ttl=10)
    Memory.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    # The sweep has found it, and waits for whoever puts it again.
    monkeypatch.setattr(writing.items, "lock", lambda user_id: store.put(hers, "k", {"n": 1}, ttl=10))
    forget_expired()
    assert store.get(hers, "k").value == {"n": 1}
    assert forget_expired() == 0


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), 1e12])
def test_a_time_that_is_none_is_an_error(store, hers, wrong):
    with pytest.raises(ValueError, match="ttl"):
        store.put(hers, "k", {"n": 1}, ttl=wrong)


# --- Memory's rules ------------------------------------------------------------------------------------------------


def test_limits_and_secrets_hold_for_programs_too(store, hers, settings):
    settings.MEMORIES_PER_PERSON = 3
    for number in range(3):
        store.put(hers, f"k{number}", {"n": number})
    with pytest.raises(PutRefused, match="room"):
        store.put(hers, "k3", {"n": 3})
    store.put(hers, "k2", {"n": "another"})
    store.delete(hers, "k1")
    store.put(hers, "k3", {"n": 3})
    for value in (
        {"data": "x" * (settings.MEMORY_MAX_CHARS + 1)},
        {"a": ["my api key is sk-abcdefghijklmnop1234567890"]},
    ):
        with pytest.raises(PutRefused):
            store.put(hers, "k2", value)


def test_a_secret_beside_a_text_is_refused_too(store, hers):
    with pytest.raises(PutRefused, match="API key"):
        store.put(hers, "deploy", {"data": "How I deploy", "note": "my api key is sk-abcdefghijklmnop1234567890"})
    assert store.get(hers, "deploy") is None


def test_a_text_that_says_nothing_is_kept_and_never_recalled(store, alice, hers):
    store.put(hers, "k", {"data": " "})
    assert store.get(hers, "k").value == {"data": " "}
    access = decide(alice.pk, memory_on=True, mode="write", temporary=False, sends_memories=True)
    assert access.recall("What is there?", count=5, token_budget=500)[0] == []


def test_a_program_and_the_chat_share_what_is_remembered(store, alice, hers):
    store.put(hers, "name", {"data": "My name is Bob", "source": "program"})
    access = decide(alice.pk, memory_on=True, mode="write", temporary=False, sends_memories=True)
    assert [one.text for one in access.recall("What is my name?", count=5, token_budget=500)[0]] == ["My name is Bob"]
    remember(alice, "I am allergic to peanuts", origin=Origin.SAID)
    found = store.search(hers, query="Which food is dangerous for me? peanuts?")
    assert found[0].value == {"data": "I am allergic to peanuts"}
    assert found[0].score is not None


@pytest.mark.parametrize("how", [{"ttl": 60}, {"index": False}])
def test_what_a_program_keeps_for_a_time_or_to_itself_is_still_remembered_when_it_is_said(store, alice, hers, how):
    store.put(hers, "name", {"data": "My name is Bob"}, **how)
    outcome = remember(alice, "My name is Bob", origin=Origin.SAID)
    assert outcome.kind == "remembered"
    assert remember(alice, "My name is Bob", origin=Origin.SAID).memory.pk == outcome.memory.pk
    writing.forget(outcome.memory)
    assert writing.undo_forget_many(alice, [outcome.memory.pk]) == 1


@pytest.mark.parametrize("how", [{"ttl": 60}, {"index": False}])
def test_what_a_program_keeps_for_a_time_or_to_itself_is_still_asked_about_when_it_is_learned(store, alice, hers, how):
    store.put(hers, "illness", {"data": "I have diabetes"}, **how)
    assert remember(alice, "I have diabetes", origin=Origin.LEARNED).kind == "proposed"


def test_what_is_changed_beside_the_data_leaves_it_and_its_vectors_alone(store, client, alice, hers):
    store.put(hers, "settings", {"theme": "dark"}, ttl=10)
    memory = Memory.objects.get()
    client.force_login(alice)
    form = client.get(f"/memories/{memory.pk}/edit/").context["form"]
    shown = {name: value for name, value in form.initial.items() if value} | {"pinned": "on", "category": "other"}
    client.post(f"/memories/{memory.pk}/edit/", shown)
    kept = Memory.objects.get()
    assert (kept.pinned, kept.category, kept.origin) == (True, "other", memory.origin)
    assert (kept.expires_at, kept.indexed_by) == (memory.expires_at, memory.indexed_by)


def test_what_a_program_kept_and_its_person_has_forgotten_is_not_ticked(store, client, alice, hers):
    store.put(hers, "settings", {"theme": "dark"})
    store.put((*hers, "drafts"), "novel", {"data": "It was a dark night"})
    client.force_login(alice)
    content = client.get(reverse("memories:export")).getvalue()
    writing.forget_all(alice)
    assert "you have forgotten it here before" in look(client, content).content.decode()
    take_over(client, content)
    assert not Memory.objects.of(alice).current().exists()


def test_data_that_speaks_of_something_sensitive_is_brought_as_data(client, alice):
    client.force_login(alice)
    note = {"note": "I have diabetes"}
    content = {"memories": [{"text": "-", "key": "profile", "item": {"value": note}}]}
    assert [item.asks for _number, item in look(client, content).context["new"]] == [""]
    take_over(client, content)
    assert Memory.objects.get().value == note
    assert not Proposal.objects.exists()


def test_chats_recall_no_data_and_nothing_from_deeper_namespaces(store, alice, hers):
    store.put(hers, "prefs", {"theme": "dark boats"})
    store.put((*hers, "drafts"), "k", {"data": "dark boats"})
    store.put(hers, "hidden", {"data": "dark boats"}, index=False)
    store.put(hers, "said", {"data": "I like dark boats"})
    assert [one.text for one in recall(alice, "dark boats", None, "", count=10)] == ["I like dark boats"]
    assert [one.value for one in store.search((*hers, "drafts"), query="boats")] == [{"data": "dark boats"}]


def test_a_chat_forgets_what_it_recalls_and_no_state_of_a_program_that_holds_a_word_of_it(store, alice, hers):
    state = {"pets": ["a dog"], "projects": ["a boat", "a shed"], "step": 7}
    store.put((*hers, "planner"), "state", state)
    store.put(hers, "dog", {"data": "My dog is called Rex"})
    access = decide(alice.pk, memory_on=True, mode="write", temporary=False, sends_memories=True)
    assert [one.text for one in access.forget_matching("my dog")] == ["My dog is called Rex"]
    assert access.forget_matching("my dog") == []
    assert access.forget_matching("my boat") == []
    assert store.get((*hers, "planner"), "state").value == state
    assert len(access.forget_all()) == 1


def test_the_memory_page_shows_searches_undoes_and_forgets_what_programs_store(store, client, alice, hers):
    store.put((*hers, "prefs"), "theme", {"theme": "light boats"})
    store.put((*hers, "prefs"), "theme", {"theme": "dark boats"})
    client.force_login(alice)
    for asked in ("", "?q=boats", "?origin=api"):
        page = client.get(reverse("memories:list") + asked).content.decode()
        assert "dark boats" in page and "light boats" not in page, asked
        assert "Through the API" in page and "memories.prefs / theme" in page
    current = Memory.objects.get(ended_at=None)
    client.post(reverse("memories:take_back", args=[current.pk]))
    item = store.get((*hers, "prefs"), "theme")
    assert item.value == {"theme": "light boats"}
    current = Memory.objects.get(ended_at=None)
    client.post(reverse("memories:forget", args=[current.pk]))
    assert store.get((*hers, "prefs"), "theme") is None
    client.post(reverse("memories:undo", args=[current.pk]))
    assert store.get((*hers, "prefs"), "theme").value == {"theme": "light boats"}


def test_what_is_deleted_by_a_program_is_had_back_with_its_vectors(client, alice, hers):
    store = indexed("text")
    for key in ("a", "b"):
        store.put(hers, key, {"text": "green tea"})
    store.delete(hers, "a")
    client.force_login(alice)
    client.post(reverse("memories:undo", args=[Memory.objects.get(key="a").pk]))
    assert [one.score for one in store.search(hers, query="green tea")] == [pytest.approx(1)] * 2
    store.put(hers, "a", {"text": "boats"})
    writing.restore(Memory.objects.get(key="a", ending=Ending.SUPERSEDED))
    assert store.get(hers, "a").value == {"text": "green tea"}
    assert [one.score for one in store.search(hers, query="green tea")] == [pytest.approx(1)] * 2


def test_what_a_person_brings_back_or_corrects_after_its_time_counts_again(store, hers):
    for number in range(2):
        store.put(hers, "k", {"n": number}, ttl=10)
    for change in (lambda first, _: writing.restore(first), lambda _, current: writing.correct(current, '{"n": 5}')):
        first, current = Memory.objects.order_by("pk").first(), Memory.objects.get(ended_at=None)
        Memory.objects.update(expires_at=timezone.now() - timedelta(hours=1))
        current.refresh_from_db()
        assert store.get(hers, "k") is None
        change(first, current)
        assert store.get(hers, "k") is not None
    assert store.get(hers, "k").value == {"n": 5}


def test_long_data_is_corrected_too(store, client, alice, hers):
    """A statement has 4,000 characters at the most, data as many as its program may store."""
    client.force_login(alice)
    store.put((*hers, "plans"), "walk", {"steps": ["left"] * 1_000, "pace": "slow"})
    memory = Memory.objects.of(alice).get(key="walk")
    page = f"/memories/{memory.pk}/edit/"
    text = client.get(page).context["form"].initial["text"]
    assert len(text) > 4_000
    assert client.post(page, {"text": text.replace("slow", "quick")}).status_code == 302
    assert store.get((*hers, "plans"), "walk").value["pace"] == "quick"
    again = Memory.objects.of(alice).get(key="walk", ended_at=None)
    answer = client.post(f"/memories/{again.pk}/edit/", {"text": text.replace("left", "left" * 20)})
    assert answer.status_code == 422


@pytest.mark.parametrize("day", ["", "2099-12-31"])
def test_until_when_a_person_wants_something_kept_holds_whoever_uses_it(store, client, alice, hers, day):
    store.put(hers, "plan", {"data": "I learn Finnish"}, ttl=10)
    client.force_login(alice)
    page = reverse("memories:edit", args=[Memory.objects.get().pk])
    client.post(page, {"text": "I learn Finnish", "expires_on": day})
    assert store.get(hers, "plan") is not None
    assert str(Memory.objects.get().last_day or "") == day


def test_a_long_text_is_corrected_too(store, client, alice, hers):
    client.force_login(alice)
    store.put((*hers, "drafts"), "novel", {"data": "It was a dark night. " * 300})
    page = reverse("memories:edit", args=[Memory.objects.of(alice).get(key="novel").pk])
    text = client.get(page).context["form"].initial["text"]
    assert client.post(page, {"text": text.replace("dark", "bright")}).status_code == 302
    assert store.get((*hers, "drafts"), "novel").value["data"].startswith("It was a bright night.")
    client.post(reverse("memories:restore", args=[Memory.objects.of(alice).earliest("pk").pk]))
    assert store.get((*hers, "drafts"), "novel").value["data"] == text.strip()
    current = Memory.objects.of(alice).get(key="novel", ended_at=None)
    answer = client.post(reverse("memories:edit", args=[current.pk]), {"text": text * 11})
    assert answer.status_code == 422 and "too large" in answer.content.decode()


def test_what_is_corrected_or_restored_keeps_its_name_whatever_says_the_same(store, client, alice, hers):
    prefs = (*hers, "prefs")
    store.put(prefs, "editor", {"data": "dark"})
    for shade in ("dark", "light"):
        store.put(prefs, "site", {"data": shade})
    client.force_login(alice)
    current = Memory.objects.get(key="site", ended_at=None)
    client.post(reverse("memories:edit", args=[current.pk]), {"text": "dark"})
    assert [store.get(prefs, key).value for key in ("editor", "site")] == [{"data": "dark"}] * 2
    store.put(prefs, "site", {"data": "light"})
    client.post(reverse("memories:restore", args=[Memory.objects.filter(key="site").earliest("pk").pk]))
    assert [store.get(prefs, key).value for key in ("editor", "site")] == [{"data": "dark"}] * 2


def test_data_that_a_person_corrects_stays_data(store, client, alice, hers):
    store.put(hers, "k", {"theme": "dark"})
    client.force_login(alice)
    address = reverse("memories:edit", args=[Memory.objects.get().pk])
    answer = client.post(address, {"text": "I like it light"})
    assert answer.status_code == 422 and "JSON object" in answer.content.decode()
    assert client.post(address, {"text": '{"theme": "light"}'}).status_code == 302
    assert store.get(hers, "k").value == {"theme": "light"}
    compare_next(100, 0)
    assert store.search(hers, query="light")[0].score is not None


ITEMS = {
    ("k" * 400, ("settings", "x" * 600)): {"theme": "dark", "z": [1, None, True, {"a": "é"}]},
    ("a", ()): {"data": "I drink tea", "since": 2020},
    ("b", ()): {"data": "I drink tea", "since": 2020},
    ("n", ()): {"n": 1},
    ("data", ()): {"data": ["no text"]},
    ("text", ("notes",)): {"data": "I drink water"},
}


def test_what_programs_keep_is_exported_and_imported_by_somebody_else_as_it_was(client, alice, bob, hers, his):
    store = DjangoStore()
    for (key, deeper), value in ITEMS.items():
        store.put((*hers, *deeper), key, value)
    store.put(hers, "n", {"n": 2})
    store.put(hers, "soon", {"n": 3}, ttl=90)
    client.force_login(alice)
    content = client.get(reverse("memories:export")).getvalue()
    client.force_login(bob)
    take_over(client, content)
    for (key, deeper), value in {**ITEMS, ("n", ()): {"n": 2}, ("soon", ()): {"n": 3}}.items():
        found, before = (store.get((*whose, *deeper), key) for whose in (his, hers))
        assert (found.value, found.created_at) == (value, before.created_at), key
    fields = "namespace key value text paths by_site ttl_minutes recalled created_at ending supersedes__text"
    rows = [Memory.objects.of(one).order_by("pk").values_list(*fields.split()) for one in (alice, bob)]
    assert sorted(rows[0], key=str) == sorted(rows[1], key=str)
    compare_next(100, 0)
    assert store.search((*his, "settings"), query="dark")[0].score is not None
    again = look(client, content)
    assert (again.context["new"], again.context["conflicts"]) == ([], [])
    client.force_login(alice)
    as_text = client.get(reverse("memories:export_markdown")).getvalue()
    assert b"data of a program" in as_text and b"theme" in as_text
    offered = look(client, as_text).context
    items = [*offered["same"], *(item for _number, item in [*offered["new"], *offered["conflicts"]])]
    assert {item.entry.text for item in items} == {"I drink tea", "I drink water"} and not offered["refused"]
    client.force_login(bob)
    store.put(his, "n", {"n": 5})
    take_over(client, content, conflicts="replace")
    assert store.get(his, "n").value == {"n": 2}


def test_texts_that_programs_keep_by_names_are_imported_as_they_were(client, alice, bob, hers, his):
    store = DjangoStore()
    kept = {
        ("prefs", "editor"): "dark",
        ("prefs", "site"): "dark",
        ("clinic", "visit"): "I have diabetes",
        ("novel", "first"): "It was a dark night. " * 300,
    }
    store.put((*hers, "novel"), "first", {"data": "It was a bright night. " * 300})
    for (label, key), text in kept.items():
        store.put((*hers, label), key, {"data": text})
    for key in ("a", "b"):
        store.put(hers, key, {"data": "I drink tea"})
    client.force_login(alice)
    content = client.get(reverse("memories:export")).getvalue()
    client.force_login(bob)
    assert "memories.prefs / site" in look(client, content).content.decode()
    take_over(client, content)
    assert "memories.prefs / site" in client.get(reverse("memories:list")).content.decode()
    for (label, key), text in kept.items():
        assert store.get((*his, label), key).value == {"data": text}, key
    for key in ("a", "b"):
        assert store.get(his, key).value == {"data": "I drink tea"}
    assert not Proposal.objects.exists()
    assert Memory.objects.of(bob).get(ending=Ending.SUPERSEDED).text.startswith("It was a bright night.")
    again = look(client, content)
    assert (again.context["new"], again.context["conflicts"], again.context["refused"]) == ([], [], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "k" * 501},
        {"key": "é" * 400, "namespace": "memories." + "é" * 900},
        {"item": "text"},
        {"item": {"value": [1]}},
        {"item": {"value": {"a": float("nan")}}},
        {"item": {"value": {"a": "\0"}}},
        {"item": {"value": {"a": "x" * 70_000}}},
        {"item": {"value": {"a": 1}, "paths": [1]}},
        {"item": {"value": {"a": 1}, "ttl_minutes": -1}},
        {"item": {"value": {"a": "my api key is sk-abcdefghijklmnop1234567890"}}},
    ],
)
def test_an_entry_that_no_program_could_have_kept_is_refused_with_a_reason(client, alice, wrong):
    client.force_login(alice)
    preview = look(client, {"memories": [{"text": "I drink tea"}, {"text": "I own a boat", "key": "k", **wrong}]})
    [refused] = preview.context["refused"]
    assert refused.reason and len(preview.context["new"]) == 1


def test_what_is_shown_and_asked_about_before_an_import_is_what_is_stored(client, alice):
    client.force_login(alice)
    diabetes = {"value": {"data": "I have diabetes"}, "paths": ["data"]}
    times = {"created_at": "2026-01-01T00:00:00Z", "ended_at": "2026-02-01T00:00:00Z"}
    earlier = {"id": 1, "text": "I drink water", "key": "k", "ending": "superseded", "item": diabetes, **times}
    entries = [
        {"text": "I drink tea", "item": diabetes},
        {"text": "I own a boat", "key": "k", "supersedes": 1, "item": {"value": {"data": "I own a horse"}}},
        earlier,
    ]
    preview = look(client, {"memories": entries})
    shown = [item.entry.text for _number, item in preview.context["new"]]
    assert shown == ["I have diabetes", "I own a horse"]
    take_over(client, {"memories": entries})
    assert set(Memory.objects.of(alice).values_list("text", flat=True)) == {"I own a horse"}
    assert [proposal.text for proposal in Proposal.objects.of(alice)] == ["I have diabetes"]


def test_staff_see_what_a_program_stored_where_they_may(store, admin_client, hers):
    store.put((*hers, "prefs"), "theme", {"theme": "dark boats"})
    page = admin_client.get(reverse("admin:memories_memory_changelist"), {"origin": "api"})
    assert page.status_code == 200 and "1 memory" in page.content.decode()


def test_old_versions_of_programs_go_for_good_with_their_time(store, hers):
    for number in range(5):
        store.put(hers, "k", {"n": number})
    assert remove_old_versions(timezone.now() - timedelta(days=1)) == 0
    assert remove_old_versions(timezone.now() + timedelta(days=1)) == 4
    assert store.get(hers, "k").value == {"n": 4}


def test_what_a_person_corrected_stays_part_of_its_story_when_old_versions_of_the_program_go(
    store, client, alice, hers
):
    client.force_login(alice)
    for number in (1, 3, 4, 5):
        store.put(hers, "k", {"n": number})
        if number == 1:
            page = reverse("memories:edit", args=[Memory.objects.get().pk])
            client.post(page, {"text": '{"n": 2}'})
    assert remove_old_versions(timezone.now() + timedelta(days=1)) == 3
    client.post(reverse("memories:take_back", args=[Memory.objects.get(ended_at=None).pk]))
    assert store.get(hers, "k").value == {"n": 2}
    store.delete(hers, "k")
    client.post(reverse("memories:erase", args=[Memory.objects.get(ending=Ending.FORGOTTEN).pk]))
    assert not Memory.objects.exists(), "all its earlier versions"


def test_what_a_persons_own_program_had_remembered_keeps_its_history(alice):
    first = writing.remember(alice, "I drink tea", origin=Origin.API).memory
    writing.correct(first, "I drink coffee")
    assert remove_old_versions(timezone.now() + timedelta(days=1)) == 0
    assert writing.restore(first).memory.text == "I drink tea"


@pytest.mark.parametrize("together", [True, False])
def test_a_statement_is_had_back_once_and_what_programs_name_as_often_as_they_do(store, alice, hers, together):
    def back(memory):
        writing.undo_forget_many(alice, [memory.pk]) if together else writing.undo_forget(memory)

    for key in ("a", "b"):
        store.put(hers, key, {"data": "I drink tea"})
    writing.correct(Memory.objects.get(key="a"), "I drink coffee")
    store.put(hers, "c", {"data": "I drink coffee"})
    corrected = Memory.objects.get(key="a", ended_at=None)
    writing.forget(corrected)
    back(corrected)
    assert store.get(hers, "a") is not None
    for said in ("I drink water", "I drink water"):
        of_token = writing.remember(alice, said, origin=Origin.API).memory
        writing.forget(of_token)
    writing.remember(alice, said, origin=Origin.SAID)
    back(of_token)
    assert Memory.objects.of(alice).current().filter(text=said).count() == 1


def test_a_new_embedder_of_the_site_brings_fields_over(store, hers):
    store.put(hers, "k", {"title": "green tea"})
    MemoryVector.objects.update(embedder="older")
    Memory.objects.update(indexed_by="older")
    assert [one.score for one in store.search(hers, query="green tea")] == [None]
    assert compare_next(10, 0) == (1, None)
    assert store.search(hers, query="green tea")[0].score > 0.5


def test_the_example_in_the_documentation_runs(hers, settings):
    text = (settings.BASE_DIR / "docs" / "langgraph.md").read_text()
    [example] = [one for one in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "store.put" in one]
    exec(example, {"user_id": hers[1]})


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_done_it_holds_what_langgraphs_own_store_holds(seed, hers):
    """Every value found by their rules; beside them ours are compared by type, so types are not mixed here."""
    from langgraph.store.memory import InMemoryStore

    random = Random(seed)
    index = {"dims": DIMS, "embed": embed_texts, "fields": ["text", "parts[*]"]}
    ours, theirs = DjangoStore(index=index), InMemoryStore(index=index)
    places = [hers, (*hers, "a"), (*hers, "a", "b"), (*hers, "ab")]
    for _ in range(40):
        place, key, n = random.choice(places), f"k{random.randrange(6)}", random.randrange(20)
        value = {"n": n, "text": f"note {n}", "parts": [f"part {n}", "tea"][: n % 3], "deep": {"odd": n % 2 == 1}}
        # Theirs goes on comparing what a value no longer holds.
        theirs.delete(place, key)
        if n % 5 == 0:
            ours.delete(place, key)
        else:
            ours.put(place, key, value)
            theirs.put(place, key, value)
        assert_same(ours, theirs, places, random)


def assert_same(ours, theirs, places, random):
    place, number = random.choice(places), random.randrange(20)
    wanted = random.choice(
        [None, {"n": {"$gt": number}}, {"n": number}, {"deep": {"odd": True}}, {"n": {"$ne": number}}]
    )

    def found(store, **how):
        rows = store.search(place, filter=wanted, limit=100, **how)
        scores = {(row.namespace, row.key): row.score and round(row.score, 5) for row in rows}
        return {(row.namespace, row.key): row.value for row in rows}, scores

    assert found(ours) == found(theirs)
    assert found(ours, query=f"note {number}") == found(theirs, query=f"note {number}")
    listed = {"prefix": place, "max_depth": random.choice([None, 2, 3])}
    held = {row.namespace for row in theirs.search(place, limit=100)}
    assert set(ours.list_namespaces(**listed)) == {one[: listed["max_depth"]] for one in held}
