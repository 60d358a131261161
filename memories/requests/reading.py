"""A person's message as lines and sentences, spelled so that patterns can meet it.

`normalise` makes characters comparable, `fold` maps punctuation to ASCII one character for one (so that
a place found in the folded text is the same place in the person's own), `read_lines` splits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

REMOVED = "\ufffc"
"""Stands where something that is not the person's own was taken out."""

LONGEST_SENTENCE = 6_000
MOST_SENTENCES = 800
LONGEST_EDGE = 20_000
"""How much is read at the start and at the end of a very long message. What a person asks stands there;
what is in the middle is material."""

_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_BREAKS = dict.fromkeys((0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n")
_INVISIBLE = dict.fromkeys(
    (*range(0x09), *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, 0xFEFF)
)
_READABLE = {**_SPACES, **_BREAKS, **_INVISIBLE}
# A joiner shapes words and emoji in some scripts; between ASCII characters it only hides a word.
_JOINER = re.compile("[\u200c\u200d]+")
_DECOMPOSED = re.compile(r"[A-Za-z][\u0300-\u036f]{1,4}(?![\u0300-\u036f])")

_FOLDED = str.maketrans("’‘ʼ＇`´：，！？；（）、．～", "''''''" + ":,!?;(),.~")

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BULLET = re.compile(r"(?:[-*•·‣▪+]|\d{1,2}[.)]|[a-zA-Z][.)]|\(\w\))\s+(?:\[[ xX]?\]\s+)?|[・①-⑳]\s*")
# A list within a line: "Remember: 1. … 2. …", which "1. Mai" does not begin.
_NUMBER = re.compile(
    rf"(?:(?<=[\s,;:，；：。])|^)[(（]?(?P<number>[1-9])[.)、．）](?:\s+|(?=[{_CJK}]))"
    r"(?!(?:Jan|Feb|M[aä]r|Apr|Mai|Jun|Jul|Aug|Sep|O[kc]t|Nov|De[zc])[a-zä]*\b)"
)
_COMMAND = re.compile(r"/[a-z]+\s", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]+)(?<=\S)\1(?![\w*])")
_ENDING = re.compile(rf"[.!?…。]+[\"'”’»)\]]*(?:\s+[.!?…]+)*+(?=\s|$)|[。!?]+(?=[{_CJK}「『“])|。")
_LAST_WORD = re.compile(r"[^\s,;:!?()\"“„«]{1,15}$")
_ABBREVIATION = re.compile(
    r"(?:dr|mr|mrs|ms|prof|st|jr|sr|sra|srta|dra|mme|mlle|hr|fr|nr|no|str|ca|bzw|vs|etc|inc|ltd|corp|co|approx|dept|est|av|apt"
    r"|ave|avda|bd|blvd|bldg|rd|ln|sq|ste|hwy|fa|abt|pl|[^\W\d_]*str|mt|ft|gen|lt|col|sgt|rev|hon|usw|evtl|inkl|geb|tel|núm|pág|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez"
    r"|[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]?|\d{1,2})",
    re.IGNORECASE,
)
# "My son is 12. Recommend a book." has two sentences, "Mein Geburtstag ist 3. Mai" one.
_COUNTED = re.compile(
    r"(?:\b(?:am|is|are|was|were|turn(?:s|ed)|tengo|tiene|tem|tenho|bin|ist|sind|wird|werde)|'(?:m|s|re)) \d{1,2}$",
    re.IGNORECASE,
)
_NUMBERED_DAY = re.compile(r"[a-zà-ÿ]|(?:Jan|Feb|M[aä]r|Apr|Mai|Jun|Jul|Aug|Sep|O[kc]t|Nov|De[zc])")
ACRONYM = re.compile(r"(?:^|[^\w.])(?:[^\W\d_]\.)+[^\W\d_]$")
_STARTS_A_SENTENCE = re.compile(
    r"(?:[Ww]hat|[Ww]ho|[Ww]here|[Ww]hen|[Ww]hy|[Hh]ow|[Ww]hich|[Pp]lease|[Cc]an|[Cc]ould|[Ww]ould|[Dd]o|[Dd]oes|[Tt]ell|[Gg]ive"
    r"|[Ss]how|[Rr]emember|[Ff]orget|[Tt]hanks|[Ss]uggest|[Hh]elp|I|I'm|I've|My|We|The|This|That|It|He|She|They|And|But|So|Also"
    r"|Thank|Hello|Hi|Is|Are|Was|In|On|At|If|Now|Don't|Will|You|Wer|Wo|Wann|Wie|Kannst|Bitte|Ich|Merke?|Und|Que|Quel|Quelle|Qui"
    r"|Peux|Je|Et|Qué|Cuál|Puedes|Por|Yo|Qual|Você|Eu|¿"
    r"|Recommend|Write|Make|Create|Draft|Find|List|Explain|Describe|Translate|Summari[sz]e|Any|Then|Let)\b"
)
_HANGING = re.compile(
    r"(?:,|\b(?:that|a|an|the|my|our|in|on|at|of|to|for|from|with|and|or|is|am|are|remember|dass|daß|que|ein|eine|der|die|das"
    r"|in|mit|und|un|una|une|le|la|el|de|en|et|y|e|o|um|uma|em|com|is called|named))$",
    re.IGNORECASE,
)
_CARRIES_ON = re.compile(
    r"(?:in|at|on|of|for|from|with|near|by|since|because|and|or|but|who|which|than|und|oder|mit|von|seit|weil|et|ou|avec|dans|à"
    r"|pour|chez|con|y|para|por|de|em|com|no|na)\b"
)
_WRAPPED_AT = 60
_FIRST_PERSON_LINE = re.compile(r"(?:I|I'm|I've|my|ich|mein\w*|je|mon|ma|yo|mi|eu|meu|minha)\b")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its ending, as written and folded (both of one length)."""

    text: str
    folded: str
    ending: str = ""
    """`?`, `!`, `.`, or nothing where only the line ended."""


@dataclass(frozen=True, slots=True)
class Line:
    sentences: tuple[Sentence, ...]
    bullet: bool = False
    inline: bool = False
    """Whether it is an item of a list that stands within the line before it."""

    @property
    def text(self) -> str:
        return " ".join(sentence.text + sentence.ending for sentence in self.sentences)

    @property
    def blank(self) -> bool:
        return not self.sentences


def normalise(text: str) -> str:
    """`text` without invisible characters, its spaces and line breaks plain, its letters composed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_READABLE)
    if not text.isascii():
        text = _JOINER.sub(_unless_stray, text)
        text = _DECOMPOSED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return text


def _unless_stray(joiner: re.Match[str]) -> str:
    neighbours = joiner.string[joiner.start() - 1 : joiner.start()] + joiner.string[joiner.end() : joiner.end() + 1]
    return "" if any(char.isascii() for char in neighbours) else joiner[0]


def edges(text: str) -> str:
    """`text`, or for a very long one its start and its end, cut where lines or sentences end."""
    if len(text) <= 2 * LONGEST_EDGE:
        return text
    start, end = text[:LONGEST_EDGE], text[-LONGEST_EDGE:]
    start = start[: max(start.rfind("\n"), start.rfind(". "), start.rfind("。")) + 1]
    after = min((at for at in (end.find("\n"), end.find(". "), end.find("。")) if at >= 0), default=len(end) - 1)
    return f"{start}\n{REMOVED}\n{end[after + 1 :]}"


def fold(text: str) -> str:
    """`text` with apostrophes and full-width punctuation as ASCII, of the same length."""
    return text if text.isascii() and "`" not in text else text.translate(_FOLDED)


def read_lines(text: str) -> list[Line]:
    """The lines of normalised `text`, hard-wrapped ones joined, split into sentences; blank ones kept."""
    lines: list[Line] = []
    left = MOST_SENTENCES
    for raw, inline in _unlisted(_unwrapped(text.split("\n"))):
        if left <= 0:
            break
        bullet = _BULLET.match(raw)
        content = _EMPHASIS.sub(r"\2", raw[bullet.end() :] if bullet else raw)
        sentences = tuple(_sentences(_HEADING.sub("", content, count=1), left))
        left -= max(len(sentences), 1)
        lines.append(Line(sentences, bullet=bullet is not None or inline, inline=inline))
    return lines


def _unlisted(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Lines, and what is numbered within one after a colon as lines of its own, without its number."""
    for line in lines:
        items: list[re.Match[str]] = []
        for found in _NUMBER.finditer(line):
            begins = not items and line[: found.start()].rstrip().endswith((":", "："))
            if int(found["number"]) == len(items) + 1 and (items or begins):
                items.append(found)
        if len(items) < 2:
            yield line, False
            continue
        yield line[: items[0].start()], False
        for item, following in zip(items, [*items[1:], None], strict=True):
            yield line[item.end() : following.start() if following else None], True


def _unwrapped(lines: list[str]) -> list[str]:
    """Lines with single spaces, each joined to the one before when that broke off in mid-sentence."""
    joined: list[list[str]] = []
    for raw in lines:
        line = " ".join(raw.split())
        if joined and line and joined[-1][-1] and _continues(joined[-1][-1], line):
            joined[-1].append(line)
        else:
            joined.append([line])
    return [" ".join(parts) for parts in joined]


def _continues(line: str, following: str) -> bool:
    if line[-1] in ".!?:;。！？：" or REMOVED in line[-1] or _BULLET.match(following):
        return False
    if _HANGING.search(line[-20:]):
        return following[0].islower() or _FIRST_PERSON_LINE.match(fold(following[:20])) is not None
    return following[0].islower() and (len(line) >= _WRAPPED_AT or _CARRIES_ON.match(following) is not None)


def _sentences(line: str, most: int) -> list[Sentence]:
    folded = fold(line)
    found: list[Sentence] = []
    start = 0
    for ending in islice(_ENDING.finditer(folded), most):
        if ending[0].startswith(".") and _is_abbreviation(folded, start, ending):
            continue
        dot = ending[0].startswith(".") and ACRONYM.search(folded, max(start, ending.start() - 20), ending.start())
        sign = "?" if "?" in ending[0] else "!" if "!" in ending[0] else "."
        closed = ending[0][-1] not in ".!?…。"
        end = ending.end() if closed else ending.start() + bool(dot)
        found += _sentence(line, folded, start, end, sign)
        start = ending.end()
    return found + _sentence(line, folded, start, len(line), "")


def _is_abbreviation(folded: str, start: int, ending: re.Match[str]) -> bool:
    word = _LAST_WORD.search(folded, max(start, ending.start() - 16), ending.start())
    if not word or not _ABBREVIATION.fullmatch(word[0]):
        return False
    following = folded[ending.end() : ending.end() + 20].lstrip()
    if word[0].isdigit() and _COUNTED.search(folded, start, ending.start()) and not _NUMBERED_DAY.match(following):
        return False
    return bool(following) and not _STARTS_A_SENTENCE.match(following)


def _sentence(line: str, folded: str, start: int, end: int, ending: str) -> list[Sentence]:
    while start < end and folded[start] in " ¿¡":
        start += 1
    if _COMMAND.match(folded, start):
        start += 1
    while end > start and folded[end - 1] == " ":
        end -= 1
    end = min(end, start + LONGEST_SENTENCE)
    return [Sentence(line[start:end], folded[start:end], ending)] if start < end else []
