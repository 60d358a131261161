"""Formulas: what is one, how it is shown, and what is left as it was written."""

import time

import pytest

from conversations.markup.mathml import MAX_CHARS, formula
from conversations.rendering import render
from tests.hostile_markup import problems

SIMPLE = [
    *("n-1", "3x - 1", "2n", "xy", "ABC", "ABCD", "n!", "|x|", "a/b", "1/2", "10", "0.5", "(x, y)", "(0, 1)", "[0, 1)"),
    *("a, b, c", "f(g(x))", "2(n-1)", "x'", "-x", "90°", "a:b"),
]
"""Formulas without any sign that nothing else has."""


@pytest.mark.parametrize(
    "markdown",
    [
        "$x$",
        "$x^2 + y^2 = z^2$",
        "so $a_1$, and",
        "\\(a^2\\)",
        "$$E = mc^2$$",
        "\\[ \\frac{a}{b} \\]",
        "$f(x)$",
        "$n$-th",
        "$$\nx = 1\n$$",
        "\\[\nx\n= 1\n- 2\n\\]",
        "We have\n$$\na\n+ b\n$$\nand so on",
        "- $x^2$",
        "> $$\n> x = y\n> $$",
        "$\\begin{pmatrix}1 & 2\\\\3 & 4\\end{pmatrix}$",
        "$$\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}$$",
        "$\\sum_{i=1}^n i$",
        "$$a = b \\\\ c = d$$",
        *(f"so ${latex}$, and" for latex in SIMPLE),
        *(f"so \\({latex}\\), and" for latex in SIMPLE),
        "so \\( n - 1 \\), and",
        "\\[ 2x - 1 \\]",
        "\\(3 - 2\\)",
    ],
)
def test_formulas_become_mathml(markdown):
    html = render(markdown)
    assert "<math" in html
    assert "$" not in html
    assert "<ul" not in html or markdown.startswith("-")


@pytest.mark.parametrize(
    "markdown",
    [
        "It costs $5 and $10.",
        "$5-$10",
        "5$ or 10$",
        "between $1,000 and $2,000 = a lot",
        "US$ 5 and CA$ 6",
        "$HOME and $PATH",
        "$HOME/bin:$PATH",
        "`$x$`",
        "```\n$x$\n```",
        "a $ b $ c",
        "$ x $",
        "\\$x\\$",
        "\\[not a link\\]",
        "\\(in brackets\\)",
        "$$",
        "$",
        "$100 (about 90€) is more than 80$",
        "[1] and \\[2\\]",
        *(
            "$5 - 10$ more",
            "$5, 10$",
            "$5 (10$ more)",
            "($5)/($6)",
            "**$5**/**$6**",
            "[$5](/a)-[$6](/b)",
            "$5/mo-$6/mo",
            "($/hr)/($/mo)",
            "$/hr,$/mo",
        ),
        *("${a}-${b}", "$(a)/$(b)", "$a, $b", "$AAPL/$TSLA", "A$B$C", "$no way$"),
        *("\\(see it\\)", "file\\(s-t\\)", "box\\(es\\)", "\\[sic\\]", "\\[a-z\\]", "\\[2-3\\]", "\\(see page 5\\)"),
    ],
)
def test_money_and_brackets_are_no_formulas(markdown):
    assert "<math" not in render(markdown)


@pytest.mark.parametrize(
    "latex",
    [
        "\\unknowncommand x",
        "{",
        "\\left( x",
        "\\def\\a{\\a\\a}\\a",
        "\\newcommand{\\a}{b}\\a",
        "x" * (MAX_CHARS + 1),
        "{" * 200 + "}" * 200,
        "\\href{javascript:alert(1)}{x}",
    ],
)
def test_what_is_not_understood_is_shown_as_it_was_written(latex):
    shown = formula(latex, block=False)
    assert shown.startswith("<code>")
    assert latex.strip() in shown


def test_a_formula_within_a_line_that_is_not_understood_stays_within_it():
    html = render("It is $$\\unknowncommand x$$ here")
    assert html.count("<p") == 1
    assert "<pre" not in html


def test_several_lines_stand_below_each_other():
    assert formula("a &= b \\\\ c &= d", block=True).count("<mtr>") == 2


def test_signs_in_a_formula_stay_signs():
    html = formula("a < b \\text{<b> & more}", block=False)
    assert "&lt;b&gt;\u00a0&amp;\u00a0more" in html
    assert not problems(render("$a < b \\text{<b onclick=x>}$"))


def test_macros_that_grow_cost_nothing():
    bomb = "\\def\\a{xx}" + "".join(
        f"\\def\\{name}{{\\{before}\\{before}}}" for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    begun = time.process_time()
    assert formula(f"{bomb}\\k", block=True).startswith("<pre")
    assert time.process_time() - begun < 0.1


def test_notes_are_shown_where_they_stand():
    html = render("Said[^1] and[^2].\n\n[^1]: Here, *first*\n[^2]: https://example.org")
    assert html.count("<sup>") == 4
    assert "[^" not in html
    assert "<em>first</em>" in html
    assert html.count("<p") == 3
