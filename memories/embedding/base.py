"""What every embedder is: a name, a number of dimensions and one method.

Embedders are synchronous and take their time (a local one computes, a remote one waits for a network): code
that runs in an event loop calls them in a thread.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from pgvector import Vector

__all__ = ["Embedder", "EmbedderError", "EmbedderUnavailable", "Vector"]


class EmbedderError(Exception):
    """No usable vector could be had; the message says why, for the log, and repeats neither text nor key."""

    words_are_for_the_log = True


class EmbedderUnavailable(EmbedderError):
    """The embedder cannot be reached or answers nobody just now: another text would fare no better."""


class Embedder(ABC):
    """Makes vectors that can be compared with each other, and with those of the same `name` only."""

    name: str
    """Identifies model and dimensions, such as "text-embedding-3-small-1536". Stored with each vector."""

    dimensions: int

    is_local: bool = False
    """Needs no network, so it answers within a millisecond or two and never fails for a while."""

    batch_size: int = 64

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, in their order. Blocks; may be called from several threads at once.

        Raises EmbedderError for a text that has no meaning to the model, and EmbedderUnavailable. Implementations
        return `self.checked(...)`.
        """

    def embed_each(self, texts: Sequence[str]) -> list[Vector | None]:
        """Like `embed`, in batches, with None for each text that alone has no usable vector.

        Raises EmbedderUnavailable when there is nobody to ask.
        """
        vectors: list[Vector | None] = []
        for start in range(0, len(texts), self.batch_size):
            vectors += self._embed_what_can_be(texts[start : start + self.batch_size])
        return vectors

    def _embed_what_can_be(self, texts: Sequence[str]) -> list[Vector | None]:
        try:
            return list(self.embed(texts))
        except EmbedderUnavailable:
            raise
        except EmbedderError:
            if len(texts) == 1:
                return [None]
            # One of them may be at fault, or their number: some servers take 32 at a time.
            half = len(texts) // 2
            return [*self._embed_what_can_be(texts[:half]), *self._embed_what_can_be(texts[half:])]

    def warm_up(self) -> None:
        """Load what is loaded lazily, so that the first person does not wait for it. Called when a server starts."""
        return

    def checked(self, vectors: Iterable[Vector], expected: int) -> list[Vector]:
        """The vectors, if there are as many as expected and PostgreSQL can compare all of them."""
        usable = list(vectors)
        if len(usable) != expected:
            raise EmbedderError(f"{self.name} returned {len(usable)} vectors for {expected} texts")
        for vector in usable:
            if vector.dimensions() != self.dimensions:
                raise EmbedderError(f"{self.name} returned {vector.dimensions()} dimensions, not {self.dimensions}")
            # The cosine of a zero vector is NaN, and NaN sorts as the greatest distance without any error.
            length = math.hypot(*vector.to_list())
            if not math.isfinite(length) or length == 0.0:
                raise EmbedderError(f"{self.name} returned a vector without a direction")
        return usable
