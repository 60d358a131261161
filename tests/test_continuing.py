"""How two parts of a reply are joined: nothing is lost, said twice, or glued together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.continuing import Seam, beginning_of
from conversations.prompts import GO_ON, build
from conversations.providers.offline import OfflineProvider
from tests.test_prompts import NOW

BEGUN = "Once upon a time there was a king who had "


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Once upon a ti", "Once upon a "),
        ("Once upon a **ti", "Once upon a "),
        ("Once upon a ", "Once upon a "),
        ("# Title\n\n", "# Title\n\n"),
        ("word", "word"),
        ("", ""),
        ("日本語" * 40, "日本語" * 40),
        (f"short {'x' * 100}", f"short {'x' * 100}"),
    ],
)
def test_the_last_word_is_left_to_be_written_anew(text, begins):
    assert beginning_of(text) == begins


def joined(begun, *pieces):
    seam = Seam(begun)
    return begun + "".join(seam.take(piece) for piece in pieces) + seam.rest()


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (("three ", "sons."), "three sons."),
        ((" three sons.",), "three sons."),
        (("who had three sons.",), "who had three sons."),
        (("there was ", "a king who ", "had ", "three sons."), "three sons."),
        ((BEGUN, "three sons."), "three sons."),
        ((" \n" + BEGUN + "three sons.",), "three sons."),
        (("there was a queen",), "there was a queen"),
        (("there was", " a king who"), "there was a king who"),
        (("\n\nThe end.",), "\n\nThe end."),
        ((), ""),
    ],
)
def test_what_a_model_repeats_of_the_beginning_is_left_out(pieces, whole):
    assert joined(BEGUN, *pieces) == BEGUN + whole


def test_without_a_beginning_nothing_is_held_back():
    assert Seam("").take(" as it is ") == " as it is "


@given(
    st.text("abc ", max_size=60), st.text("xyz ", max_size=60).filter(lambda text: text[:1] not in {"", " "}), st.data()
)
def test_however_it_comes_in_pieces_what_is_new_is_all_there(begun, text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert joined(begun, *pieces) == begun + text


def prompt(**more):
    return build(
        text="Tell me a story",
        now=NOW,
        history=(),
        memories=(),
        changes=(),
        context_tokens=8_000,
        reply_tokens=1_000,
        **more,
    )


def test_a_model_is_given_the_beginning_as_its_own_and_asked_to_go_on():
    said = prompt(begun=BEGUN).unfinished()
    assert [(one.role, one.text) for one in said] == [("assistant", BEGUN.rstrip()), ("user", GO_ON)]
    assert prompt().unfinished() == ()


async def test_the_offline_provider_says_the_rest():
    provider = OfflineProvider(delay=0)

    async def answer(begun=""):
        return "".join([one async for one in provider.stream(prompt(begun=begun), "offline") if isinstance(one, str)])

    whole = await answer()
    begun = beginning_of(whole[: len(whole) // 2])
    assert begun + await answer(begun) == whole
