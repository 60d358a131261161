"""Other people's words in a prompt: in blocks that nothing within them can end, cut to the room there is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

# Rough and deliberately high: no tokenizer is shared by all providers. Latin text runs at about four
# characters a token with the current vocabularies, other scripts at about one.
_ASCII_CHARS_PER_TOKEN = 3.6
_LEAST_FILE_TOKENS = 200
"""With less room than this a file is left out: a few lines of it mislead."""
FEW_PAGES = 10
"""So many of a PDF are named one by one."""
_PIXELS_PER_TOKEN = 750
_MOST_PICTURE_TOKENS = 1_600

# A block's tag, also with letters in between that nobody sees, or with others that look like these.
_UNSEEN = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"
_LOOKS_LIKE = {
    "a": "[aаａαá]",
    "c": "[cсｃϲ]",
    "e": "[eеｅéė]",
    "h": "[hһｈ]",
    "m": "[mмｍ]",
    "n": "[nｎո]",
    "o": "[oоοｏ0]",
    "r": "[rｒг]",
    "i": "[iіｉl1ı]",
    "s": "[sѕｓ]",
    "t": "[tтｔτ]",
    "y": "[yуｙ]",
    "-": "[-‐‑–_ ]?",
}


def _however_written(word: str) -> str:
    return _UNSEEN.join(_LOOKS_LIKE.get(letter, letter) for letter in word)


_BLOCK_TAG = re.compile(
    rf"[<＜﹤‹〈]((?:[\s/／]|{_UNSEEN[:-1]})*+(?:{_however_written('memor')}{_UNSEEN}"
    rf"(?:{_however_written('ies')}|{_however_written('y-changes')})|{_however_written('attachment')})(?!\w))",
    re.IGNORECASE,
)
_IN_A_NAME = str.maketrans({'"': "'", "<": "‹", ">": "›", "[": "(", "]": ")"})


def one_line(text: str) -> str:
    """Keep a quotation on its own line and its tags from being ours, so that it cannot imitate a block's end."""
    return without_block_tags(" ".join(text.split()))


def without_block_tags(text: str) -> str:
    """The same, with what could be taken for the edge of one of our blocks shown as the text it is."""
    return _BLOCK_TAG.sub(r"&lt;\1", text)


def estimate_tokens(text: str) -> int:
    """A high estimate of how many tokens `text` costs, without any provider's tokenizer."""
    ascii_chars = len(text.encode("ascii", "ignore"))
    return int(ascii_chars / _ASCII_CHARS_PER_TOKEN) + (len(text) - ascii_chars) + 1


@dataclass(frozen=True, slots=True)
class QuotedFile:
    """The text of a file. `mark` stays the same, for the provider's cache; nobody who wrote the file can know it.

    Of its `pages`, if it has any, `unread_pages` have no text that could be read.
    """

    mark: str
    name: str
    text: str
    cut: bool = False
    pages: int = 0
    unread_pages: tuple[int, ...] = ()

    def block(self) -> str:
        name = one_line(self.name).translate(_IN_A_NAME)
        text = without_block_tags(self.text.strip("\n"))
        lines = [f'<attachment id="{self.mark}" name="{name}">', text, f'</attachment id="{self.mark}">']
        if self.cut:
            lines.append(f"[This file is longer: only its first {len(self.text)} characters are given here.]")
        if self.unread_pages:
            lines.append(self._unread())
        return "\n".join(lines)

    def _unread(self) -> str:
        count = len(self.unread_pages)
        which = f" ({', '.join(map(str, self.unread_pages))})" if count <= FEW_PAGES else ""
        have = "has" if count == 1 else "have"
        return (
            f"[{count} of {self.pages} pages{which} {have} no readable text: nothing of what they show is given here.]"
        )

    def within(self, tokens: int) -> QuotedFile | None:
        """As much of its beginning as fits, None where that is too little to be of use."""
        if estimate_tokens(self.block()) <= tokens:
            return self
        if tokens < _LEAST_FILE_TOKENS:
            return None
        fits, too_many = 0, len(self.text)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if estimate_tokens(replace(self, text=self.text[:middle], cut=True).block()) <= tokens:
                fits = middle
            else:
                too_many = middle
        return replace(self, text=self.text[:fits], cut=True) if fits else None

    @property
    def left_out(self) -> str:
        return f"[a file that is left out here: {one_line(self.name).translate(_IN_A_NAME)}]"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image for models that see; without `data` it is only known that there was one."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int

    @property
    def tokens(self) -> int:
        return min(_MOST_PICTURE_TOKENS, self.width * self.height // _PIXELS_PER_TOKEN + 1)

    @property
    def left_out(self) -> str:
        return f"[an image that is left out here: {one_line(self.name).translate(_IN_A_NAME)}]"

    @property
    def unseen(self) -> str:
        return f"[an image that this model cannot see: {one_line(self.name).translate(_IN_A_NAME)}]"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What a person has attached to a message. `notes` stand for what is not given itself."""

    files: tuple[QuotedFile, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.pictures or self.notes)

    def __add__(self, other: Enclosed) -> Enclosed:
        return Enclosed(self.files + other.files, self.pictures + other.pictures, self.notes + other.notes)

    @property
    def tokens(self) -> int:
        return estimate_tokens("\n\n".join(self.blocks())) + sum(one.tokens for one in self.pictures) if self else 0

    def blocks(self) -> list[str]:
        """All but the pictures, as text."""
        return [*(one.block() for one in self.files), *(["\n".join(self.notes)] if self.notes else [])]

    def seen_by(self, sees_images: bool) -> Enclosed:
        """With a note in the place of each image that cannot be shown."""
        shown = tuple(one for one in self.pictures if sees_images and one.data)
        notes = [one.left_out if sees_images else one.unseen for one in self.pictures if one not in shown]
        return Enclosed(self.files, shown, (*self.notes, *notes))

    def left_out(self) -> Enclosed:
        files, pictures = [one.left_out for one in self.files], [one.left_out for one in self.pictures]
        return Enclosed(notes=(*self.notes, *files, *pictures))

    def within(self, tokens: int) -> Enclosed:
        """What fits: images first, then of every file an equal share; what small ones do not need, larger ones get."""
        notes, pictures = list(self.notes), []
        for picture in self.pictures:
            if picture.tokens <= tokens:
                pictures.append(picture)
                tokens -= picture.tokens
            else:
                notes.append(picture.left_out)
        kept: dict[int, QuotedFile] = {}
        smallest_first = sorted(enumerate(self.files), key=lambda one: len(one[1].text))
        for rank, (place, file) in enumerate(smallest_first):
            fitting = file.within(tokens // (len(self.files) - rank))
            if fitting is None:
                notes.append(file.left_out)
                continue
            kept[place] = fitting
            tokens -= estimate_tokens(fitting.block())
        return Enclosed(tuple(kept[place] for place in sorted(kept)), tuple(pictures), tuple(notes))


NOTHING = Enclosed()
_SEE_ONE, _SEE_ALL = "See the attached file.", "See the attached files."


def in_words(text: str, enclosed: Enclosed) -> str:
    """What a person wrote; where that is nothing, what they mean by it."""
    if text.strip() or not enclosed:
        return text
    return _SEE_ONE if len(enclosed.files) + len(enclosed.pictures) + len(enclosed.notes) == 1 else _SEE_ALL


def share_out(enclosures: Sequence[Enclosed], room: int, most_each: int) -> list[Enclosed]:
    """What of these enclosures, oldest first, fits into the room beside their messages' words: the newest first."""
    given: list[Enclosed] = []
    for enclosed in reversed(enclosures):
        without = enclosed.left_out()
        fitting = enclosed.within(min(room + without.tokens, most_each)) if enclosed else enclosed
        room = max(0, room - max(0, fitting.tokens - without.tokens))
        given.append(fitting)
    return given[::-1]
