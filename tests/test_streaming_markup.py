"""A reply rendered while it is written: always a beginning of what it will be, and never anything that could harm."""

import re
import time
import uuid
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conversations.markup.streaming import PATIENCE, StreamedMarkup, so_far
from conversations.rendering import blocks, render
from conversations.turns import frames
from conversations.turns.claims import Claim
from conversations.turns.formatting import Formatting, topic_of
from conversations.turns.hub import hub
from tests.hostile_markup import HOSTILE, problems
from tests.markup_page import MarkupPage

WORDS = [
    "plain",
    "words",
    "**bold**",
    "*soft*",
    "`code`",
    "~~gone~~",
    "2*3",
    "snake_case_name",
    "$5",
    "$10",
    "a|b",
    "שלום עולם",
    "مرحبا",
    "你好世界",
    "日本語",
    "**注意：**请",
    "是**「一」**和~~（二）~~的",
    "是**重要",
    "<b>tag</b>",
    "<script>",
    "x<br>y",
    "<br />",
    "&amp;",
    "&copy",
    "\\*",
    "[text](https://example.org/x)",
    "[text]",
    "[ref]",
    "[ref][]",
    "[^1]",
    "[^why]",
    "![pic](https://e.example/p)",
    "<https://example.org>",
    "https://example.org/a_b?c=*d*.",
    "(https://example.org/@x_(y))",
    "https://user@example.org",
    "$x^2$",
    "\\(a_1\\)",
    "😀",
    "1.",
    "#",
]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


def indented(text, by):
    return "\n".join(by + line if line else line for line in text.split("\n"))


@st.composite
def items(draw, inner):
    mark = draw(st.sampled_from(["- ", "* ", "1. ", "3) ", "+ "]))
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    texts = draw(st.lists(inner, min_size=1, max_size=4))
    return gap.join(mark + indented(text, " " * len(mark))[len(mark) :] for text in texts)


simple = st.one_of(
    words,
    words.map(lambda text: f"## {text}"),
    words.map(lambda text: f"{text}\n==="),
    words.map(lambda text: f"{text}\n---"),
    st.lists(words, min_size=2, max_size=4).map("\n".join),
    st.sampled_from(
        [
            "---",
            "***",
            "[ref]: https://example.org/ref 'title'",
            "[ref]: <https://example.org>",
            "[^1]: A note",
            "[^why]: because",
            "[^two words]: because",
            "```python\nfor x in y:\n\n    print('<b>')\n```",
            "~~~\nplain\n~~~",
            "````\n```\n````",
            "```js\nopen()",
            "    indented\n\n    code",
            "| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3",
            "a | b\n--|--\n1 | 2",
            "| a<br>b |\n|---|\n| x<br>y<br/>z |",
            "$$\nx = 1\n- 2\n$$",
            "\\[ \\frac{a}{b} \\]",
            "\\[\na\n\\]",
            "$$ x",
            "<div onclick='x()'>\n*hi*\n</div>",
            "[open",
            "**open",
            "`open",
            "",
            "\t",
            "- ",
            "- [ ] to do\n- [x] **done**",
            '[label]: https://example.org\n"title\nthat goes on"',
            "text\n[ref]: https://example.org",
            "\r\nx\r\n",
            "\0",
        ]
    ),
)
block = st.recursive(
    simple,
    lambda inner: st.one_of(
        items(inner),
        inner.map(lambda text: indented(text, "> ")),
        st.tuples(inner.map(lambda text: indented(text, "> ")), words).map("\n".join),
    ),
    max_leaves=6,
)
documents = st.lists(st.tuples(block, st.sampled_from(["\n", "\n\n", "\n\n\n", ""])), max_size=8).map(
    lambda parts: "".join(text + gap for text, gap in parts)
)


def pieces_of(text, cuts):
    places = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


def defines(text):
    """What is defined after its use looks different at the end: it is the one thing that may."""
    return "]:" in text


def shapes(found):
    return [re.sub(r"</?a\b[^>]*>| <span class=\"leads-to\">[^<]*</span>|[\[\]]", "", one) for one in found]


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, st.lists(st.integers(0, 5_000), max_size=60))
@example('[a]: https://example.org\n"t\nu"\n\nx', [3, 26, 28])
@example("- a\n- b\n\n- c\n\nd", list(range(20)))
@example("- a\n- b | c\n  --|--\n  1 | 2\n- d\n\ne", list(range(40)))
@example("- a\n- b\n- c | d\n  --|--\n- e\n- f\n", [14])
def test_settled_blocks_never_change_and_are_those_of_the_whole_text(text, cuts):
    markup, settled = StreamedMarkup(), []
    for piece in pieces_of(text, cuts):
        markup.feed(piece)
        assert markup.blocks[: len(settled)] == settled
        settled = list(markup.blocks)
    markup.catch_up()
    whole = blocks(text)
    assert len(markup.blocks) <= len(whole)
    assert shapes(markup.blocks) == shapes(whole[: len(markup.blocks)])
    if not defines(text):
        assert markup.blocks == whole[: len(markup.blocks)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, st.lists(st.integers(0, 5_000), max_size=40))
def test_what_a_tab_is_told_adds_up_to_what_was_rendered(text, cuts):
    markup, page, told = StreamedMarkup(), MarkupPage(), 0
    assert page.take(frames.whole_markup({"key": "k"}, 0, [], "")[0])
    for at, piece in enumerate([*pieces_of(text, cuts), None], start=1):
        before = markup.tail
        if piece is None:
            markup.catch_up()
        else:
            markup.feed(piece)
        fresh, told = markup.blocks[told:], len(markup.blocks)
        change = frames.markup_change(before, "".join(fresh), markup.tail)
        assert page.take({"key": "k", "at": at, **change, "blocks": len(fresh), "left": frames.units(markup.tail)})
        assert page.tail == markup.tail
        assert page.html == "".join(markup.blocks) + markup.tail


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_does_nothing_wherever_it_is_cut(text):
    text = f"Before **bold**\n\n{text}\n\nafter"
    assert not problems(render(text))
    for cut in range(len(text) + 1):
        markup = so_far(text[:cut])
        assert not problems("".join(markup.blocks) + markup.tail), text[:cut]
        markup.feed(text[cut:])
        markup.catch_up()
        assert not problems("".join(markup.blocks) + markup.tail), text[:cut]


def words_in(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html)).strip()


@pytest.mark.parametrize(
    "text",
    [
        "It is **very bold** and *soft* and ***both***.",
        "Use `some code` and ``more ` code``.",
        'See [the **manual**](https://example.org/a_b_c "title") now.',
        "A link <https://example.org/path> as it is.",
        "**注意：**请先备份，这是**重要**的，*（一）*和~~「二」~~也。",
        "これは**「重要」**です。2*3",
        "See https://example.org/@a_b/(c)?d=e&f=g. Or https://a@example.org, https://example.org/ö and **https://b.example**.",
        "~~gone~~ but not ~5 of 10~",
        "# A *heading*\n\nand text",
        "- one **two**\n- three\n  1. `four`\n",
        "- [ ] to *do*\n- [x] done\n\n1. [X]  done, too\n",
        "| Name | Cost |\n|------|-----:|\n| **a** | `b` |\n",
        "| Name |\n|------|\n| a<br>b |\n| c<br />d |\n",
        "```python\nprint(1)\n```\n",
        "The price is $5 and $10, the area $a^2$, and \\(b_1\\).",
        "So\n\n$$\nx = \\frac{1}{2}\n$$\n\nand \\[ y = 2 \\] too.",
        "First[^1]\n\n[^1]: said *before*\n",
        "First[^why]\n\n[^why]: because\n",
        "> quoted **words**\n> go on\n",
        "[name]: https://example.org\n\nTo [name] go.",
        "Tom &amp; Jerry \\*not bold\\*",
    ],
)
def test_half_finished_markup_is_never_shown(text):
    """What is read at any moment is a beginning of what will be read in the end."""
    final = words_in(render(text))
    for size in (1, 2, 5):
        markup = StreamedMarkup()
        for start in range(0, len(text), size):
            markup.feed(text[start : start + size])
            assert final.startswith(words_in("".join(markup.blocks) + markup.tail)), text[: start + size]


def test_a_break_in_a_cell_is_never_seen_as_a_tag():
    row = "c | d<br />e"
    assert all("&lt;" not in so_far(f"a | b\n--|--\n{row[:end]}").tail for end in range(len(row) + 1))


def test_an_opening_that_is_never_closed_is_shown_after_a_while():
    markup = so_far("This **is not closed " + "and goes on " * 50)
    assert "**is not closed" in markup.tail


def test_an_open_code_block_shows_its_lines_as_they_come_and_colours_them_when_it_closes():
    markup = so_far("```python\ndef f():\n    retu")
    assert markup.tail == '<pre tabindex="0"><code class="language-python">def f():\n    retu</code></pre>\n'
    markup.feed("rn '<b>'\n")
    assert "'&lt;b&gt;'" in markup.tail
    assert "<span" not in markup.tail
    markup.feed("```\n\n")
    markup.catch_up()
    assert markup.tail == ""
    assert '<span class="k">return</span>' in markup.blocks[0]


def test_a_list_that_turns_loose_looks_so_from_its_beginning():
    markup = so_far("- one\n- two\n- three\n")
    assert "<p" not in markup.tail
    markup.feed("\n- four\n")
    markup.catch_up()
    assert markup.tail.count("<p") == 4
    for line in ("- five\n", "- six\n", "- seven\n"):
        markup.feed(line)
        markup.catch_up()
    assert markup.tail.count("<p") == 7


def test_a_link_that_is_defined_later_is_corrected_at_the_end():
    text = "See [here].\n\nMore.\n\n[here]: https://example.org\n\nEnd."
    markup = so_far(text)
    whole = blocks(text)
    assert "[here]" in markup.blocks[0]
    assert "https://example.org" in whole[0]
    assert markup.blocks[1:] == whole[1 : len(markup.blocks)]


def test_what_is_too_long_is_formatted_up_to_a_line_and_plain_from_there():
    text = "A **line** of text.\n\n" * 6_000
    markup = StreamedMarkup()
    for start in range(0, len(text), 1_000):
        markup.feed(text[start : start + 1_000])
    whole = blocks(text)
    assert markup.blocks == whole[: len(markup.blocks)]
    assert markup.tail == whole[-1]
    assert whole[-1].startswith('<div class="plain" dir="auto">A **line** of')
    assert whole[0] == '<p dir="auto">A <strong>line</strong> of text.</p>\n'


WORST = {
    "one paragraph": "All of this is one long sentence with **bold** words, " * 2_000,
    "brackets": "[" * 40_000,
    "links that begin": "[a](b " * 6_000,
    "stars": "**a* " * 6_000,
    "stars without spaces": "一**「二*" * 6_000,
    "addresses": "https://example.org/a " * 4_000,
    "addresses that are none": "http://a/" * 10_000,
    "addresses within addresses": ("http://a/" * 200 + "ö ") * 50,
    "schemes": "http://" * 14_000,
    "brackets of addresses": "https://a/" + ")" * 90_000,
    "ticks": "`a" * 15_000,
    "quotes": "> a\n" * 10_000,
    "a table": "|a|b|\n|-|-|\n" + "|1|2|\n" * 15_000,
    "a list": "- an item of a long list\n" * 4_000,
    "code": "```python\n" + "x = {'a': [1, 2]}\n" * 6_000,
    "formulas": "$\\frac{a}{b}$ " * 2_000,
    "definitions": "".join(f"[r{number}]: https://example.org/{number}\n" for number in range(2_000)),
    "blank lines": " \n" * 20_000,
    "escapes": "\\" * 40_000,
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_no_reply_costs_much_more_for_being_long_or_strange(text):
    begun = time.process_time()
    markup = StreamedMarkup()
    for start in range(0, len(text), 16):
        markup.feed(text[start : start + 16])
    # Generous, for a busy machine: without bounds these take minutes.
    assert time.process_time() - begun < 1 + 60e-6 * len(text)
    assert markup.tail or markup.blocks or text.isspace() or defines(text)


def test_what_is_put_off_shows_when_nothing_more_comes():
    markup = so_far("word " * 300)
    markup.feed("news")
    assert "news" not in markup.tail
    assert markup.behind
    markup.catch_up()
    assert markup.tail.endswith("news</p>\n")
    assert not markup.behind
    assert PATIENCE < 300


class Ear:
    def __init__(self):
        self.heard = []

    def deliver(self, frame, encoded):
        self.heard.append(frame)


async def test_what_cannot_be_rendered_breaks_off_no_reply(monkeypatch, caplog):
    def fail(self, text):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(StreamedMarkup, "feed", fail)
    claim, ear = Claim(1, 1, "here", uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), 1), Ear()
    hub.join(topic_of(claim), ear)
    try:
        shown = Formatting(claim)
        shown.feed("**Bold**")
        shown.feed(" and more")
        await shown.finish(["<p><strong>Bold</strong> and more</p>"])
    finally:
        hub.leave(topic_of(claim), ear)
    assert "".join(frame["html"] for frame in ear.heard) == "<p><strong>Bold</strong> and more</p>"
    assert ear.heard[-1]["done"] is True
    assert caplog.text.count("could not be rendered") == 1
