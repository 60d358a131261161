"""How a reply looks, and what it cannot do."""

import time

import pytest

from conversations.markup.blocks import MAX_BRACKETS, MAX_RENDERED_CHARS
from conversations.rendering import render


def test_markdown_becomes_html():
    html = render("# Title\n\nSome **bold** text and `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h2" in html and "<strong>bold</strong>" in html and "<code>code</code>" in html
    assert html.count("<li>") == 2 and "<td>2</td>" in html


def test_code_of_a_known_language_is_highlighted():
    assert '<span class="k">def</span>' in render("```python\ndef f(): pass\n```")


def test_code_of_an_unknown_language_stays_plain():
    assert "no such &lt;thing&gt;" in render("```klingon\nno such <thing>\n```")


def test_each_block_finds_its_own_writing_direction():
    assert render("Hello\n\nשלום").count('dir="auto"') == 2


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://evil.example/p.png)",
        "![ref][x]\n\n[x]: https://evil.example/p.png",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "<style>@import url(https://evil.example)</style>",
        '```"><script>alert(1)</script>\nx\n```',
        "[x](//evil.example)",
        "<javascript:alert(1)>",
        "<details open ontoggle=alert(1)>",
    ],
)
def test_nothing_in_a_reply_runs_or_fetches(markdown):
    html = render(markdown).lower()
    for forbidden in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        "<details",
        'href="javascript',
        'href="data',
        'href="//',
        'href="vb',
    ):
        assert forbidden not in html


def test_links_open_without_telling_where_from():
    assert 'rel="noopener noreferrer nofollow"' in render("[x](https://example.org)")


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[Write us](mailto:info@x.org)", 'Write us</a> <span class="leads-to">(info@x.org)</span>'),
        ("[Write us](MAILTO:info@x.org?subject=Hi)", "(info@x.org)"),
        ("[j](mailto:j%C3%B6rg@x.org)", "(jörg@x.org)"),
        ("[j](mailto:%3Cb%3E@x.org)", "(&lt;b&gt;@x.org)"),
        ("[j](mailto:a%E2%80%AE@x.org)", "(a%E2%80%AE@x.org)"),
        ("[call](tel:+43123)", "(+43123)"),
        ("[info@x.org.example](mailto:info@x.org)", "(info@x.org)"),
        ("[c][n]\n\n[n]: tel:+43123", "(+43123)"),
    ],
)
def test_an_address_or_a_number_that_is_no_page_is_shown_behind_its_words(markdown, shown):
    html = render(markdown)
    assert shown in html
    assert "href" not in html


@pytest.mark.parametrize("markdown", ["[info@x.org](mailto:info@x.org)", "[+43 1/23](tel:+43-123)", "<mailto:a@x.org>"])
def test_an_address_or_a_number_that_is_said_is_not_shown_twice(markdown):
    assert "leads-to" not in render(markdown)


def test_a_note_may_have_a_name():
    html = render("So it is[^why], and so[^long-name].\n\n[^why]: because\n[^long-name]: of *it*")
    assert "is<sup>why</sup>, and so<sup>long-name</sup>." in html
    assert "<sup>why</sup> because" in html and "<sup>long-name</sup> of <em>it</em>" in html


def test_a_note_loses_no_words_whatever_its_name_is():
    html = render("So[^two words], and [^a-z].\n\n[^two words]: because\n\n[^हिन्दी]: नमस्ते")
    assert "[^two words]: because" in html and "[^a-z]" in html and "[^हिन्दी]: नमस्ते" in html


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>"])
def test_a_line_is_broken_in_the_cells_of_a_table(tag):
    html = render(f"| a{tag}b |\n|---|\n| **c{tag}d** `x{tag}` |")
    assert html.count("<br>") == 2
    assert f"<code>x{tag.replace('<', '&lt;').replace('>', '&gt;')}</code>" in html


@pytest.mark.parametrize("tag", ["<br onclick=x>", "<br x>", "</br>", "<b>", "<hr>", "<brx>", "\\<br>"])
def test_no_other_tag_does_anything_in_a_cell(tag):
    html = render(f"| a{tag}b |\n|---|\n")
    assert "<br" not in html and "<b>" not in html and "<hr" not in html and "&lt;" in html


def test_outside_of_tables_a_tag_for_a_break_is_text():
    html = render("a<br>b\n\n- c<br>d\n\n| e<br>f |\n|-|\n\n| e<br>f |")
    assert html.count("<br>") == 1 and html.count("&lt;br&gt;") == 3


@pytest.mark.parametrize("begins", ["- ", "* ", "1. ", "- one\n  - ", "> - "])
def test_tasks_have_boxes(begins):
    shown = render(f"{begins}[ ] to *do*\n\n- [x] done\n- [X] done too")
    assert '<span class="task">☐</span> to <em>do</em>' in shown
    assert '<span class="task">☑</span> done' in shown
    assert '<span class="task">☑</span> done too' in shown


@pytest.mark.parametrize(
    "markdown",
    [
        "[ ] no list",
        "- a [ ] within",
        "- [y] other",
        "- [x]none",
        "- [ ]",
        "- `[ ]` code",
        "- \\[ ] escaped",
        "- a\n\n  [ ] b",
    ],
)
def test_brackets_elsewhere_are_no_boxes(markdown):
    assert "task" not in render(markdown)


def test_a_task_may_be_a_link():
    assert '☑</span> <a href="https://example.org"' in render("- [x] [done](https://example.org)")
    assert '<a href="https://example.org"' in render("- [x](https://example.org)")


def test_a_break_within_the_words_of_a_link_hides_no_host():
    link = "[example.org{}.hostile.example](https://example.org.hostile.example)"
    assert "leads-to" in render(f"| {link.format('<br>')} |\n|-|")
    assert "leads-to" in render(link.format("\n"))


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**注意：**请先备份。", "<strong>注意：</strong>请先备份。"),
        ("请看**注意：**API。", "请看<strong>注意：</strong>API。"),
        ("これは**「重要」**です", "これは<strong>「重要」</strong>です"),
        ("**「重要」**です", "<strong>「重要」</strong>です"),
        ('**"한국어"**는', '<strong>"한국어"</strong>는'),
        ("*（一）*和~~「二」~~也", "<em>（一）</em>和<s>「二」</s>也"),
        ("**甲：**一，**乙：**二。", "<strong>甲：</strong>一，<strong>乙：</strong>二。"),
        ("***甲：***一", "<em><strong>甲：</strong></em>一"),
        ("𠀀**「𠀀」**𠀀", "𠀀<strong>「𠀀」</strong>𠀀"),
    ],
)
def test_emphasis_needs_no_spaces_where_none_are_written(markdown, shown):
    assert f">{shown}</p>" in render(markdown)


@pytest.mark.parametrize("markdown", ["**Note:**see", 'a**"b"**c', "一 ** 二 ** 三", "一_二：_三", "2 * 3 * 4"])
def test_emphasis_is_as_ever_elsewhere(markdown):
    assert markdown.replace('"', "") in render(markdown).replace("&quot;", "").replace('"', "")


@pytest.mark.parametrize(
    ("markdown", "address"),
    [
        ("See https://example.com/x.", "https://example.com/x"),
        ("(see https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"),
        ("**https://example.com/a_b_c** and *so on*", "https://example.com/a_b_c"),
        ("请看https://example.com/x。", "https://example.com/x"),
        ("http://localhost:8000/x, and", "http://localhost:8000/x"),
        ("At https://example.com: this", "https://example.com"),
        ("https://medium.example/@user/x", "https://medium.example/@user/x"),
        ("https://example.com/*a*_b_", "https://example.com/*a*_b"),
        ("| https://example.com/a<br>b |\n|-|", "https://example.com/a"),
        ("https://example.com/a[^1]", "https://example.com/a"),
    ],
)
def test_an_address_in_a_sentence_is_a_link_to_itself(markdown, address):
    html = render(markdown)
    assert html.count("<a ") == 1 and "leads-to" not in html
    assert f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>' in html


@pytest.mark.parametrize(
    "markdown",
    [
        "https://name:word@hostile.example/x",
        "https://example.org@hostile.example",
        "https://example.org:443@hostile.example",
        "https://example.org\\@hostile.example",
        "https://example.org\\.hostile.example",
        "https://zh.wikipedia.org/wiki/中文",
        "https://exämple.org",
        "https://example.org/{id}",
        "https://example.org/&gt;x",
        "https://example.org/" + "a." * 2_000,
        "xhttps://example.org",
        "https://",
        "javascript://example.org",
        "ftp://example.org",
        "`https://example.org`",
        "[ref]: https://example.org",
    ],
)
def test_what_is_only_like_an_address_is_text(markdown):
    assert "<a" not in render(markdown)


def test_an_address_in_the_words_of_a_link_is_no_link_of_its_own():
    html = render("[at https://example.org now](https://hostile.example)")
    assert html.count("<a ") == 1 and "(hostile.example)" in html


def test_what_would_take_too_long_is_shown_as_plain_text():
    assert render("[" * (MAX_BRACKETS + 1)).startswith('<div class="plain"')
    assert render("<b>" * MAX_RENDERED_CHARS).startswith('<div class="plain" dir="auto">&lt;b&gt;')


@pytest.mark.parametrize(
    "markdown",
    [
        "```c\n" + "\n" * 9_000 + "```",
        ("```c\nint x;\n" + "int y = 1;\n" * 300 + "```\n\n") * 20,
        "|a|b|\n|-|-|\n" + "|1|2|\n" * 9_000,
    ],
    ids=["empty lines", "many blocks", "long table"],
)
def test_no_reply_costs_seconds_to_render(markdown):
    begun = time.process_time()
    render(markdown)
    assert time.process_time() - begun < 2
