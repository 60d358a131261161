"""How the offline provider repeats what a person said: in the second person where that is safe, else in quotes."""

from __future__ import annotations

import re

_QUOTED_CHARS = 300

# Words that make a text English enough to be turned around. "I" and "my" alone are words of other languages too.
_ENGLISH_PERSON = re.compile(
    r"(?<![\w'])(?:I|I'm|I've|I'd|I'll|my|mine|myself|we|we're|we've|our)(?![\w])", re.IGNORECASE
)
_ENGLISH_REST = re.compile(
    r"\b(?:a|am|an|and|are|at|born|can|can't|do|don't|drive|eat|enjoy|favou?rite|for|from|had|has|hate|have|in|is|like"
    r"|live|lived|love|moved|name|need|of|on|own|play|prefer|speak|study|take|the|to|use|want|was|wear|were|with|work"
    r"|I'm|I've|I'd|I'll|my)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_QUOTATION = re.compile(r"(“[^”]*”|\"[^\"]*\"|`[^`]*`|(?<!\S)\S*(?:://|@)\S*)")

# One pass, so that nothing is turned twice. Longer forms come first.
_TURNED = {
    "i am": "you are",
    "am i": "are you",
    "i'm": "you're",
    "i was": "you were",
    "was i": "were you",
    "i wasn't": "you weren't",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "myself": "yourself",
    "mine": "yours",
    "my": "your",
    "me": "you",
    "am": "are",
    "i": "you",
}
_PERSON = re.compile(
    r"(?<![\w'./&-])(?<!\d )(" + "|".join(word.replace(" ", r"\s+") for word in _TURNED) + r")(?!['/&-]?\w|\.\w)",
    re.IGNORECASE,
)
# World War I, Elizabeth I: a numeral after a name, with no verb behind it.
_NUMERAL = re.compile(r"(?<=[a-z] )I(?=[\s]*(?:[.,;:!?)]|$))")


def plain(text: str) -> str:
    """`text` with typewriter apostrophes, the only ones the patterns know."""
    return text.replace("’", "'")


def one_line(text: str) -> str:
    """`text` on one line, cut to what an answer can bear."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_CHARS else f"{line[: _QUOTED_CHARS - 1].rstrip()}…"


def quoted(text: str) -> str:
    """The words as they were written, in quotation marks."""
    return f"“{one_line(text).strip('“”')}”"


def to_second_person(text: str) -> str:
    """Turn an English statement in the first person into one about the reader: "my name is Bob", "your name is Bob".

    What stands in quotation marks, addresses and numerals stay; "we" and "our" stay too, since the reader and the
    others in it are not told apart.
    """
    parts = _QUOTATION.split(plain(text))
    return "".join(part if i % 2 else _turn(part) for i, part in enumerate(parts))


def _turn(text: str) -> str:
    numerals = {match.start() for match in _NUMERAL.finditer(text) if _follows_a_name(text, match.start())}

    def turned(match: re.Match[str]) -> str:
        found = match.group()
        if match.start() in numerals:
            return found
        word = _TURNED[" ".join(found.lower().split())]
        return word.capitalize() if found[0].isupper() and found[0] != "I" else word

    return _PERSON.sub(turned, text)


def _follows_a_name(text: str, at: int) -> bool:
    before = text[:at].split()
    return bool(before) and before[-1][0].isupper()


def can_be_turned(text: str) -> bool:
    """Whether `text` is an English statement about the person, and addresses nobody."""
    text = plain(text)
    return (
        _ENGLISH_PERSON.search(text) is not None
        and _ENGLISH_REST.search(text) is not None
        and _ADDRESSED.search(text) is None
    )


def retold(text: str) -> str:
    """A whole sentence that tells the person what they once stated."""
    line = one_line(text)
    return sentence(to_second_person(line)) if can_be_turned(line) else f"You told me: {quoted(line)}."


def sentence(text: str) -> str:
    """`text` with a capital letter and an end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")
