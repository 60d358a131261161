"""How a reply that broke off is gone on with. Pure.

The new version begins with what there was. Its last word may be half a word, or half a sign of markup, so it is left
for the model to write anew; then nothing has to be guessed about how both parts fit together.
"""

from __future__ import annotations

_LONGEST_WORD = 60
"""What is longer is text in a script without spaces, or data."""
_SHORTEST_REPEAT = 16


def beginning_of(text: str) -> str:
    """What of a reply that broke off the next version begins with."""
    if not text or text[-1].isspace():
        return text
    start = len(text)
    while start and not text[start - 1].isspace():
        start -= 1
    return text[:start] if 0 < start and len(text) - start <= _LONGEST_WORD else text


class Seam:
    """Joins what a model writes to the beginning it was given: models like to repeat the end of that first."""

    def __init__(self, begun: str) -> None:
        self._begun = begun
        self._held = ""
        self._open = bool(begun)

    def take(self, piece: str) -> str:
        """The text to add; empty while it may still be a repetition."""
        if not self._open:
            return piece
        self._held += piece
        if self._may_repeat():
            return ""
        return self.rest()

    def rest(self) -> str:
        """What is held back when nothing more comes, or nothing more has to be known."""
        self._open = False
        held, self._held = self._held, ""
        return self._joined(held) if held else ""

    def _may_repeat(self) -> bool:
        """Whether what has come so far stands in the beginning, so that the rest of that may be about to follow."""
        start = self._held.lstrip()
        if not start:
            return len(self._held) < _SHORTEST_REPEAT
        return start in self._begun and not self._begun.endswith(start)

    def _joined(self, held: str) -> str:
        start = held.lstrip()
        at = self._begun.find(start[:_SHORTEST_REPEAT]) if len(start) >= _SHORTEST_REPEAT else -1
        while at >= 0:
            repeated = self._begun[at:]
            if start.startswith(repeated):
                return start[len(repeated) :]
            at = self._begun.find(start[:_SHORTEST_REPEAT], at + 1)
        # The beginning ends with the space or the line break that precedes the next word.
        return held.lstrip(" ") if self._begun[-1:].isspace() else held
