"""The one contract every embedder keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pgvector import Vector

Floats = npt.NDArray[np.float32]


class EmbedderError(Exception):
    """Texts could not be embedded. The message is for the operator and quotes neither texts nor keys."""


class Embedder(ABC):
    """Makes vectors of one length out of texts. One instance per process; its methods may be called from any thread.

    Embedding takes time, of the processor or of the network: never call it on the event loop.
    """

    name: str
    """Stored with each vector; vectors of different names are never compared. Contains the dimensions."""
    dimensions: int
    is_local: bool
    """Whether embedding needs no network, and so takes well under a millisecond a text."""

    @abstractmethod
    def _embed(self, texts: Sequence[str]) -> Floats:
        """One row per text, in order. Raises EmbedderError."""

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in order. Raises EmbedderError, also for vectors that cannot be compared."""
        if not texts:
            return []
        rows = np.asarray(self._embed(texts), dtype=np.float32)
        if rows.shape != (len(texts), self.dimensions):
            raise EmbedderError(f"{self.name} answered with vectors of shape {rows.shape}")
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        # The cosine distance of a zero vector is NaN, which PostgreSQL sorts without a word.
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise EmbedderError(f"{self.name} answered with a vector that cannot be compared")
        return [Vector(row) for row in rows / lengths]

    def warm_up(self) -> None:
        """Load what is loaded once, so that nobody waits for it later."""
        self.embed(["warm"])
