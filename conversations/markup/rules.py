"""What replies write beside CommonMark: formulas between dollar signs or TeX's brackets, notes, tasks, and links.

Each rule decides line by line, never by what comes after a blank line, so that a text can be rendered while it grows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

from conversations.markup import mathml

# What looks like a class of characters ("[^a-z]") is no note.
_NOTE = re.compile(r"\[\^([0-9]{1,3}|[^\W\d_]\w{0,30}|[^\W\d_]\w{1,20}(?:-\w{1,20}){1,3})\]")
_NOTE_BEGINS = re.compile(r"\[\^[^\[\]]{1,200}\]:")
_DEFINITION = re.compile(r"\[[^\]]+\]:")
_BLOCKS = {"$$": "$$", r"\[": r"\]"}
_CLOSES = re.compile(r"(.*?)(\$\$|\\\])[ \t]*[.,;:]?[ \t]*\Z", re.S)
_PLAIN_WORDS = re.compile(r"\\[A-Za-z]+\s*(?:\{[^{}]*\})?|[A-Za-z]{4,}")
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BREAK = re.compile(r"<br[ \t]*/?>", re.I)
# Their punctuation and full-width forms, then kana, Chinese characters and Hangul.
_UNSPACED = re.compile(
    "[\u3001-\u303f\uff01-\uffef\u1100-\u11ff\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_AS_IT_STANDS = "address"
_LONGEST_ADDRESS = 2_000
# A host in ASCII, so that it looks like no other, and a path without brackets and quotes.
_ADDRESS = re.compile(
    r"://[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,9}(?::[0-9]{1,5})?"
    rf"(?:[/?#][!#-;=?-Z_a-z~]{{0,{_LONGEST_ADDRESS}}})?"
)
_GOES_ON = re.compile(r"[\w/?#@%&=+~$\\{-]|\.+[\w/]|:\w")
_ENTITY = re.compile(r"&#?\w{1,31};")
_ENDS_OF_SENTENCE = ".,;:!?'*_~"
_CONTACTS = {"mailto", "tel"}
_GAPS = re.compile(r"[\s()/.-]+")
_SINGLE = re.compile(r"[A-Za-z]'*(?:\([^()]{1,20}\))?\Z")
# Numbers, names of a few letters and brackets, with signs between them: words have none between them.
_EXPRESSION = re.compile(
    r"(?![+/=<>:,;])"
    r"(?:[0-9.]++|(?:[A-Za-z]{1,3}|[A-Z]{4})(?![A-Za-z])|['()\[\]|!°]|\s*+[-+/=<>:,;]\s*+)++"
    r"(?<![-+/=<>:,;\s])"
)
_AMOUNTS = re.compile(r"[0-9][0-9.]*\s*[-:,;][-:,;0-9.\s]*")

Place = Literal["", "cell", "item"]
"""Where a text stands: in a cell of a table, at the beginning of a list's item, or anywhere else."""


def add_to(parser: MarkdownIt) -> None:
    parser.block.ruler.before(
        "fence", "formula", _formula_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.block.ruler.before("reference", "note", _note_block, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("link", "note", _note)
    parser.inline.ruler.before("link", "task", _task)
    parser.inline.ruler.before("autolink", "cell_break", _cell_break)
    parser.inline.ruler.before("escape", "address", _address)
    parser.inline.ruler.at("strikethrough", _strikethrough)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.add_render_rule("formula", _show_formula)
    parser.add_render_rule("formula_block", _show_formula_block)
    parser.add_render_rule("note", _show_note)
    parser.add_render_rule("task", _show_task)
    parser.add_render_rule("link_open", _open_link)
    parser.add_render_rule("link_close", _close_link)


# --- Formulas ------------------------------------------------------------------------------------------------


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """From a line that begins with $$ or \\[ to the line that ends with its counterpart. No blank line in between."""
    if state.is_code_block(start):
        return False
    first = _line(state, start)
    opening = first[:2]
    if opening not in _BLOCKS or _BLOCKS[opening] in first[2:]:
        return False
    if silent:
        return True
    lines, line = [first], start + 1
    found = None
    while found is None and line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        lines.append(_line(state, line))
        found = _CLOSES.match(lines[-1]) if _BLOCKS[opening] in lines[-1] else None
        line += 1
    if found is not None and found[2] == _BLOCKS[opening]:
        state.line = line
        token = state.push("formula_block", "", 0)
        token.content = "\n".join([first[2:], *lines[1:-1], found[1]])
        token.map = [start, line]
    else:
        _paragraph(state, start, line)
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    source, at = state.src, state.pos
    found = formula_at(source, at, state.posMax)
    if found is None:
        return False
    latex, ends, block = found
    if not silent:
        token = state.push("formula", "", 0)
        token.content = latex
        token.meta = {"block": block}
    state.pos = ends
    return True


def formula_at(source: str, at: int, limit: int) -> tuple[str, int, bool] | None:
    """The formula that begins here, where it ends, and whether it stands on a line of its own."""
    if source[at] == "$":
        return _in_dollars(source, at, limit)
    if source[at] != "\\" or source[at + 1 : at + 2] not in ("(", "["):
        return None
    closing = r"\)" if source[at + 1] == "(" else r"\]"
    ends = source.find(closing, at + 2, min(limit, at + mathml.MAX_CHARS))
    latex = source[at + 2 : ends] if ends > 0 else ""
    # "box\(es\)" and "\[a-z\]" are text whose brackets are escaped.
    stands_apart = latex[:1].isspace() if closing == r"\]" else not source[at - 1 : at].isalnum()
    found = _is_formula(latex) or (stands_apart and _is_expression(latex))
    return (latex, ends + 2, closing == r"\]") if found else None


def _in_dollars(source: str, at: int, limit: int) -> tuple[str, int, bool] | None:
    if source.startswith("$$", at):
        ends = source.find("$$", at + 2, min(limit, at + mathml.MAX_CHARS))
        latex = source[at + 2 : ends].strip() if ends > 0 else ""
        return (latex, ends + 2, True) if latex else None
    before = source[at - 1 : at]
    if before.isalnum() or before == "$" or not opens_dollars(source[at + 1 : at + 2]):
        return None
    ends = source.find("$", at + 1, min(limit, at + 300))
    if ends < 0:
        return None
    latex, after = source[at + 1 : ends], source[ends + 1 : ends + 2]
    if latex[-1:].isspace() or latex[-1:] == "\\" or "\n" in latex or after.isalnum() or after == "$":
        return None
    # "$5 and 10$" is about money, and so is "$5 - 10$".
    if not (_is_formula(latex) or _is_expression(latex)) or _AMOUNTS.fullmatch(latex):
        return None
    if latex[0].isdigit() and _plain_words(latex):
        return None
    return latex, ends + 1, False


def opens_dollars(following: str) -> bool:
    """Whether a dollar sign before this character may begin a formula."""
    return bool(following) and not following.isspace() and following not in "$.,;:!?)"


def _is_formula(latex: str) -> bool:
    """Whether it looks like one: single dollar signs and escaped brackets mean other things, too."""
    latex = latex.strip()
    return bool(_SINGLE.match(latex)) or (any(mark in latex for mark in "\\^_=<>+") and latex.count("\n\n") == 0)


def _is_expression(latex: str) -> bool:
    """Whether it is one although it has no sign that nothing else has: "2n - 1", "(x, y)", "AB"."""
    latex = latex.strip()
    depth = 0
    for char in latex:
        depth += (char in "([") - (char in ")]")
        if depth < 0:
            return False
    return depth == 0 and _EXPRESSION.fullmatch(latex) is not None


def _plain_words(latex: str) -> bool:
    return any(not found.startswith("\\") for found in _PLAIN_WORDS.findall(latex))


def _show_formula(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if not token.meta["block"]:
        return mathml.formula(token.content, block=False)
    shown = mathml.formula(token.content, block=True)
    # No block may stand within a paragraph.
    return shown if shown.startswith("<math") else mathml.formula(token.content, block=False)


def _show_formula_block(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<div class="formula" tabindex="0">{mathml.formula(tokens[index].content, block=True)}</div>\n'


# --- Notes ---------------------------------------------------------------------------------------------------


def _note_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """What a note says: "[^1]: …". It is shown where it stands; as a link's address it would be lost."""
    if state.is_code_block(start) or not _NOTE_BEGINS.match(_line(state, start)):
        return False
    if silent:
        return True
    endings = state.md.block.ruler.getRules("paragraph")
    parent, state.parentType = state.parentType, "paragraph"
    line, end = start + 1, state.lineMax
    # Its further lines need no indent, as in any paragraph.
    while line < end and not state.isEmpty(line) and not _DEFINITION.match(_line(state, line)):
        lazy = state.sCount[line] < 0 or state.sCount[line] - state.blkIndent > 3
        if not lazy and any(rule(state, line, end, True) for rule in endings):
            break
        line += 1
    state.parentType = parent
    _paragraph(state, start, line)
    return True


def _note(state: StateInline, silent: bool) -> bool:
    found = _NOTE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    ends = found.end()
    if state.src[ends : ends + 1] in ("(", "["):
        return False
    if not silent:
        state.push("note", "", 0).content = found[1]
    state.pos = ends + (state.pos == 0 and state.src[ends : ends + 1] == ":")
    return True


def _show_note(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"<sup>{html.escape(tokens[index].content)}</sup>"


# --- Tasks ---------------------------------------------------------------------------------------------------


def _task(state: StateInline, silent: bool) -> bool:
    """A box at the beginning of a list's item, as GitHub writes it: "- [ ] to do", "- [x] done"."""
    at_start = state.pos == 0 and state.env.get("place") == "item"
    found = _TASK.match(state.src, 0, state.posMax) if at_start else None
    if found is None:
        return False
    if not silent:
        state.push("task", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _show_task(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # No field of a form: nothing would come of ticking it. Read aloud, the signs are boxes with a check or without.
    return f'<span class="task">{"☐" if tokens[index].content == " " else "☑"}</span> '


# --- Emphasis without spaces ---------------------------------------------------------------------------------


def is_unspaced(char: str) -> bool:
    """Whether it is of Chinese, Japanese or Korean writing, its punctuation included."""
    return _UNSPACED.match(char) is not None


def _emphasis(state: StateInline, silent: bool) -> bool:
    return _beside_unspaced(state, silent, emphasis.tokenize)


def _strikethrough(state: StateInline, silent: bool) -> bool:
    return _beside_unspaced(state, silent, strikethrough.tokenize)


def _beside_unspaced(state: StateInline, silent: bool, rule: Callable[[StateInline, bool], bool]) -> bool:
    """Where no spaces are written, punctuation beside stars tells nothing of which side of a word they are on.

    CommonMark goes by it: what ends in a colon would need a space behind it to be bold.
    """
    start, known = state.pos, len(state.delimiters)
    if not rule(state, silent):
        return False
    # At the edges of a text there is nothing to tell apart, and underscores stand in names.
    before, after = state.src[start - 1 : start], state.src[state.pos : min(state.pos + 1, state.posMax)]
    inside = before and after and not before.isspace() and not after.isspace()
    if inside and state.src[start] != "_" and (is_unspaced(before) or is_unspaced(after)):
        for delimiter in state.delimiters[known:]:
            delimiter.open = delimiter.close = True
    return True


# --- Line breaks in tables -----------------------------------------------------------------------------------


def _cell_break(state: StateInline, silent: bool) -> bool:
    """The only tag there is, and in the cells of a table alone: Markdown has no other way to break a line there."""
    found = _BREAK.match(state.src, state.pos, state.posMax) if state.env.get("place") == "cell" else None
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


# --- Links ---------------------------------------------------------------------------------------------------


def _address(state: StateInline, silent: bool) -> bool:
    """An address as it stands in a sentence becomes a link. Its words are all of it, and it begins with the host."""
    # What comes before a colon is text already.
    source, at = state.src, state.pos
    if silent or state.linkLevel or source[at] != ":" or not source.startswith("://", at):
        return False
    scheme = "https" if source.endswith("https", 0, at) else "http"
    start = at - len(scheme)
    if not source.endswith(scheme, 0, at) or not state.pending.endswith(scheme) or _in_word(source[start - 1 : start]):
        return False
    found = _ADDRESS.match(source, at, state.posMax)
    if found is None or _is_a_part(found, source):
        return False
    ends = found.start() + len(_without_end_of_sentence(found.group()))
    words = source[start:ends]
    address = state.md.normalizeLink(words)
    if not _host(address) or not state.md.validateLink(address):
        return False
    state.pending = state.pending[: -len(scheme)]
    opening = state.push("link_open", "a", 1)
    opening.attrs, opening.markup = {"href": address}, _AS_IT_STANDS
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)
    state.pos = ends
    return True


def _in_word(before: str) -> bool:
    return before.isalnum() and not is_unspaced(before)


def _is_a_part(found: re.Match[str], source: str) -> bool:
    """Whether something else is written there than what was found: a link to a part of it would lead elsewhere."""
    too_long = len(found.group()) > _LONGEST_ADDRESS
    return too_long or bool(_GOES_ON.match(source, found.end()) or _ENTITY.search(found.group()))


def _without_end_of_sentence(address: str) -> str:
    """Without the full stop after it, a bracket that was opened before it, and the marks of emphasis."""
    ends = len(address)
    too_many = address.count(")") - address.count("(")
    while ends and (address[ends - 1] in _ENDS_OF_SENTENCE or (address[ends - 1] == ")" and too_many > 0)):
        too_many -= address[ends - 1] == ")"
        ends -= 1
    return address[:ends]


def _open_link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # A title is shown where browsers show the target, and could pretend to be it.
    tokens[index].attrs.pop("title", None)
    return str(renderer.renderToken(tokens, index, options, env))


def _close_link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Behind a link whose words do not say so, the site that it leads to, or whom it writes to or calls."""
    start = next(at for at in range(index, -1, -1) if tokens[at].type == "link_open")
    if tokens[start].markup == _AS_IT_STANDS:
        return "</a>"
    address = str(tokens[start].attrGet("href") or "")
    words = "".join(" " if token.tag == "br" else token.content for token in tokens[start + 1 : index])
    shown, contact = _host(address), _contact(address)
    if contact:
        shown = "" if _bare(_contact(words) or words) == _bare(contact) else contact
    elif _says(words, shown):
        shown = ""
    return f'</a> <span class="leads-to">({html.escape(shown)})</span>' if shown else "</a>"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _contact(address: str) -> str:
    """The mail address or number of a link that the sanitiser leaves no target, for it is no page."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() not in _CONTACTS:
        return ""
    contact = unquote(rest.partition("?")[0]).strip()
    return contact if contact.isprintable() else rest


def _bare(contact: str) -> str:
    """How it compares: a number is written with all kinds of gaps."""
    return contact.strip().casefold() if "@" in contact else _GAPS.sub("", contact).casefold()


def _says(words: str, host: str) -> bool:
    """Whether a link's words are an address on that host, written so that nobody reads another one there."""
    words = words.strip()
    if not words.isascii() or not words.isprintable() or any(one in words for one in " @\\"):
        return False
    return _host(words if "://" in words else f"//{words}") == host


# --- Blocks --------------------------------------------------------------------------------------------------


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _paragraph(state: StateBlock, start: int, end: int) -> None:
    content = state.getLines(start, end, state.blkIndent, False).strip()
    state.line = end
    opening = state.push("paragraph_open", "p", 1)
    opening.map = [start, end]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, end], []
    state.push("paragraph_close", "p", -1)
