"""Titles, and text made fit to be stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import TITLE_MAX_CHARS
from conversations.titles import title_from
from memchat.text import storable


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("What is my name?", "What is my name?"),
        ("\n\n## Plans for **Oslo**\nmore", "Plans for Oslo"),
        ("word " * 40, "word word word word word word word word word word word word…"),
        ("日本語" * 40, "日本語" * 20 + "…"),
        ("***", "***"),
        ("\u200b\nPlans for Oslo", "Plans for Oslo"),
        ("\ufeff \u2060", ""),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_a_thread_is_named_after_its_first_line(text, title):
    assert title_from(text) == title


@given(st.text(min_size=1))
def test_a_title_always_fits(text):
    assert len(title_from(text)) <= TITLE_MAX_CHARS
    assert "\n" not in title_from(text)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("plain", "plain"),
        ("a\x00b", "ab"),
        ("\ud83d\ude00", "😀"),
        ("x\ud83d", "x\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("Ольга 名無し", "Ольга 名無し"),
    ],
)
def test_text_the_database_would_refuse_is_made_storable(raw, stored):
    assert storable(raw) == stored


@given(st.text(st.characters(codec=None)))
def test_whatever_arrives_can_be_stored(text):
    result = storable(text)
    assert "\x00" not in result
    result.encode("utf-8")
