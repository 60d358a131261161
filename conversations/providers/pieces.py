"""Text pieces made fit to be stored and shown, whatever a provider cut them from."""

from __future__ import annotations

from memchat.text import storable

_HIGH_SURROGATES = ("\ud800", "\udbff")


class PieceCleaner:
    """Cleans the pieces of one reply in order, with `storable`, joining a character that was cut in two."""

    def __init__(self) -> None:
        self._held = ""

    def clean(self, piece: str) -> str:
        """The storable text of `piece`, possibly empty; half a surrogate pair waits for the next piece."""
        if piece.isascii() and not self._held:
            return storable(piece) if "\x00" in piece else piece
        piece, self._held = self._held + piece, ""
        if piece and _HIGH_SURROGATES[0] <= piece[-1] <= _HIGH_SURROGATES[1]:
            piece, self._held = piece[:-1], piece[-1]
        return storable(piece)

    def rest(self) -> str:
        """What is left when no piece follows."""
        piece, self._held = self._held, ""
        return storable(piece)
