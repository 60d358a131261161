"""Namespaces, filters, paths and values of what programs store: the rules, without rows."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from memories.items.filters import WrongFilter, as_path
from memories.items.paths import texts_at, texts_of
from memories.items.places import Pattern, Place, WrongPlace, check_key, listed, path, person_of, place
from memories.items.values import WrongValue, checked, statement

# --- Namespaces ----------------------------------------------------------------------------------------------------


def test_a_namespace_names_its_person_and_comes_back_as_it_was():
    for given_path, found in (
        (("memories", "7"), Place(7, "memories")),
        (("memories", "7", "tea"), Place(7, "memories.tea")),
        (["memories", "10", "a", "*", "ümlaut"], Place(10, "memories.a.*.ümlaut")),
    ):
        assert place(given_path) == found
        assert path(*found) == tuple(given_path)


def test_a_namespace_may_be_deep():
    deep = ("memories", "1", *(f"level{number}" for number in range(100)))
    assert path(*place(deep)) == deep
    with pytest.raises(WrongPlace, match="characters"):
        place((*deep, "x" * 1_000))


@pytest.mark.parametrize(
    "wrong",
    [(), ("memories",), ("docs", "1"), ("memories", "alice"), ("memories", "01"), ("memories", "-1"), ("memories", "²"),
     ("memories", "9" * 19), ("memories", "1", ""), ("memories", "1", "a.b"), ("memories", "1", "a\0"),
     ("memories", "1", 2), ("memories", "1", "\ud800"), ("1", "memories")],
)  # fmt: skip
def test_what_is_no_persons_namespace_is_refused(wrong):
    with pytest.raises(WrongPlace):
        place(wrong)


@pytest.mark.parametrize("wrong", ["", "x" * 501, "a\0b", "日本" * 250])
def test_a_key_fits_into_an_index(wrong):
    with pytest.raises(WrongPlace):
        check_key(Place(1, "memories." + "語" * 600), wrong)


def test_patterns_match_whole_labels():
    paths = [("memories", "1"), ("memories", "10"), ("memories", "1", "a"), ("memories", "1", "b", "a")]
    for is_prefix, labels, expected in (
        (True, ("memories", "1"), {0, 2, 3}),
        (True, ("memories", "*", "b"), {3}),
        (False, ("a",), {2, 3}),
        (False, ("1", "a"), {2}),
        (False, ("*", "a"), {2, 3}),
        (True, (), {0, 1, 2, 3}),
    ):
        pattern = Pattern(is_prefix, labels)
        assert {at for at, one in enumerate(paths) if pattern.matches(one)} == expected, pattern
    assert listed(paths, [], 2) == [("memories", "1"), ("memories", "10")]


def test_patterns_say_whose_namespaces_they_mean():
    assert person_of([Pattern(True, ("memories", "5", "a")), Pattern(False, ("b",))]) == 5
    assert person_of([Pattern(True, ("memories", "*")), Pattern(False, ("7",))]) is None
    with pytest.raises(WrongPlace, match="docs"):
        person_of([Pattern(True, ("docs",))])


# --- Filters -------------------------------------------------------------------------------------------------------


def lets_through(wanted, *values):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value @@ %s::jsonpath FROM unnest(%s::jsonb[]) WITH ORDINALITY AS v (value, at) ORDER BY at",
            [as_path(wanted), [json.dumps(value) for value in values]],
        )
        return [bool(found) for (found,) in cursor.fetchall()]


VALUES = ({"n": 9}, {"n": 10}, {"n": 10.5}, {"n": "10"}, {"n": True}, {"n": None}, {}, {"n": [10]}, {"n": {"m": 10}})
CASES = [
    ({"n": 10}, "010000000"),
    ({"n": "10"}, "000100000"),
    ({"n": True}, "000010000"),
    ({"n": None}, "000001100"),
    ({"n": [10]}, "000000010"),
    ({"n": {"m": 10}}, "000000001"),
    ({"n": {"m": {"$lt": 11}}}, "000000001"),
    ({"n": {}}, "000000001"),
    ({"n": {"$eq": 10}}, "010000000"),
    ({"n": {"$ne": 10}}, "101111111"),
    ({"n": {"$ne": None}}, "111110011"),
    ({"n": {"$gt": 9}}, "011000000"),
    ({"n": {"$gte": 10}}, "011000000"),
    ({"n": {"$lt": 10}}, "100000000"),
    ({"n": {"$lte": 10, "$gt": 9}}, "010000000"),
    ({"n": {"$gt": "1"}}, "000100000"),
    ({"n": {"$gte": 10}, "m": None}, "011000000"),
    ({}, "111111111"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("wanted", "expected"), CASES, ids=[json.dumps(wanted) for wanted, _ in CASES])
def test_filters_compare_by_type(wanted, expected):
    assert lets_through(wanted, *VALUES) == [one == "1" for one in expected]


@pytest.mark.django_db
def test_names_and_texts_of_a_filter_may_be_anything():
    odd = 'a "b" \\ $.c\n[*] 日本 😀'
    assert lets_through({odd: odd}, {odd: odd}, {odd: "x"}, {"a": odd}) == [True, False, False]
    assert lets_through({"tags": ["a", {"b": 1}]}, {"tags": ["a", {"b": 1, "c": 2}]}, {"tags": ["a"]}) == [True, False]
    assert lets_through({"n": -1e-7}, {"n": -1e-7}, {"n": 1}) == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [{"n": {"$near": 1}}, {"n": {"$gt": None}}, {"n": {"$gt": True}}, {"n": {"$gt": [1]}}, {"n": float("nan")},
     {"n": "a\0"}, {"n": object()}, {1: 2}, {"n": {"$eq": {"$gt": 1}}}, {"n": {"$gt": 1, "m": 2}}, ["n"]],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_an_error(wrong):
    with pytest.raises(WrongFilter):
        as_path(wrong)


# --- Paths ---------------------------------------------------------------------------------------------------------

NESTED = {
    "title": "Tea",
    "pages": 12,
    "meta": {"lang": "en", "by": {"name": "Alice"}},
    "parts": [{"text": "one", "tags": ["a", "b"]}, {"text": "two", "tags": []}, {"tags": ["c"]}],
    "nothing": None,
    "blank": " ",
}


@pytest.mark.parametrize(
    ("where", "texts"),
    [("title", ["Tea"]), ("pages", ["12"]), ("meta.by.name", ["Alice"]), ("parts[0].text", ["one"]),
     ("parts[-1].tags", ['["c"]']), ("parts[*].text", ["one", "two"]), ("parts[*].tags[*]", ["a", "b", "c"]),
     ("meta.*", ["en", '{"name": "Alice"}']), ("{title,meta.by.name}", ["Tea", "Alice"]),
     ("parts[*].{text,nothing}", ["one", "two"]), ("parts[7]", []), ("parts[x]", []), ("title.more", []),
     ("nothing", []), ("blank", []), ("$", [json.dumps(NESTED, sort_keys=True)])],
)  # fmt: skip
def test_paths_lead_to_texts(where, texts):
    assert texts_at(NESTED, where) == texts


def test_each_text_has_a_name_of_its_own():
    assert texts_of(NESTED, ["parts[*].text", "title", "title"]) == [
        ("parts[*].text", 0, "one"), ("parts[*].text", 1, "two"), ("title", 0, "Tea"),
    ]  # fmt: skip


# --- Values --------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_a_value_is_kept_as_it_is_or_refused(value):
    try:
        kept, written = checked(value)
    except WrongValue:
        # Python's texts may hold what PostgreSQL's cannot.
        assert "\\u0000" in json.dumps(value) or "\\ud" in json.dumps(value)
    else:
        assert kept == value == json.loads(written)


@pytest.mark.parametrize(
    "wrong", [None, [1], "text", {1: 2}, {"a": object()}, {"a": float("inf")}, {"a": {2: 3}}, {"a": "x" * 70_000}]
)
def test_what_json_cannot_hold_is_refused(wrong):
    with pytest.raises(WrongValue):
        checked(wrong)


def test_only_a_text_under_data_is_a_statement():
    assert statement({"data": "I like tea", "more": 1}) == "I like tea"
    assert statement({"data": 7}) is statement({"text": "I like tea"}) is None
