"""Formulas as MathML.

latex2mathml makes a tree; what of it is written out, and how, is decided here: it passes names, attributes and
markup of the formula on unescaped. Whatever it does not understand is shown as it was written.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

MAX_CHARS = 1_500
MAX_DEPTH = 30
"""Braces within braces; the converter works recursively."""

_MARKS = {"stretchy", "fence", "form", "separator", "accent", "largeop", "movablelimits", "minsize", "maxsize",
          "lspace", "rspace", "symmetric"}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "math": {"display"},
    "mi": {"mathvariant"},
    "mn": set(),
    "mo": _MARKS,
    "mtext": set(),
    "mspace": {"width", "height", "depth"},
    "mrow": set(),
    "mfrac": {"linethickness"},
    "msqrt": set(),
    "mroot": set(),
    "msub": set(),
    "msup": set(),
    "msubsup": set(),
    "munder": {"accentunder"},
    "mover": {"accent"},
    "munderover": {"accent", "accentunder"},
    "mmultiscripts": set(),
    "mprescripts": set(),
    "mtable": {"columnalign", "columnspacing", "rowspacing", "displaystyle"},
    "mtr": set(),
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mphantom": set(),
    "menclose": {"notation"},
}
TAGS = set(ATTRIBUTES)

_VALUE = re.compile(r"[A-Za-z0-9.+\- ]{1,60}\Z")
_LEAVES = {"mi", "mn", "mo", "mtext", "mspace"}
# Macros can grow without bound, and the rest would name things outside the formula.
_REFUSED = re.compile(
    r"\\(?:e|g|x)?def\b|\\let\b|\\(?:re|provide)?newcommand|\\renewcommand|\\(?:re)?newenvironment|\\DeclareMathOperator"
    r"|\\href|\\class|\\style|\\url|\\includegraphics|\\input|\\html"
)
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|alignedat|align|alignat|gather|gathered|equation|multline)\*?\}")


class NotUnderstood(Exception):
    """A formula that is shown as it was written."""


def formula(latex: str, *, block: bool) -> str:
    """A formula as HTML, not yet sanitised: MathML, or its source as code."""
    try:
        return _mathml(latex.strip(), block)
    except NotUnderstood:
        source = html.escape(latex.strip(), quote=False)
        return f'<pre tabindex="0"><code>{source}</code></pre>' if block else f"<code>{source}</code>"


@lru_cache(maxsize=256)
def _mathml(latex: str, block: bool) -> str:
    if not latex or len(latex) > MAX_CHARS or _REFUSED.search(latex) or _depth(latex) > MAX_DEPTH:
        raise NotUnderstood
    latex = _ALIGNED.sub(r"\\\1{align*}", latex)
    if r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{align*}}{latex}\end{{align*}}"
    try:
        # Here, because its tables take a while to load, and few replies hold formulas.
        from latex2mathml.converter import Converter

        tree = Converter(display="block" if block else "inline").convert_to_element(latex)
        return _written(tree)
    except NotUnderstood:
        raise
    except Exception as error:  # it has a dozen kinds of its own, and RecursionError
        raise NotUnderstood from error


def _depth(latex: str) -> int:
    deepest = depth = 0
    for mark in re.findall(r"\\begin|\\left|[{}]|\\end|\\right", latex):
        depth += 1 if mark in ("{", r"\begin", r"\left") else -1
        deepest = max(deepest, depth)
    return deepest


def _written(element: Element) -> str:
    name = element.tag
    if name not in TAGS:
        raise NotUnderstood
    text = html.unescape(element.text or "")
    if name == "mi" and (text == "&" or (text.startswith("\\") and len(text) > 1)):
        # A command or an environment that it does not know.
        raise NotUnderstood
    known = ATTRIBUTES[name]
    attributes = "".join(
        f' {key}="{value}"' for key, value in element.attrib.items() if key in known and _VALUE.match(value)
    )
    inner = html.escape(text, quote=False) if name in _LEAVES else ""
    return f"<{name}{attributes}>{inner}{''.join(map(_written, element))}</{name}>"
