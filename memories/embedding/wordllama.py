"""The embedded embedder: static word vectors out of a Python wheel. No key, no network, a fraction of a millisecond."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memories.embedding.base import Embedder, EmbedderUnavailable, Vector

DIMENSIONS = 256
MAX_CHARS = 20_000


class WordLlamaEmbedder(Embedder):
    """Averages the vectors of a text's tokens. Loading takes half a second and happens at first use."""

    name = f"wordllama-{DIMENSIONS}"
    dimensions = DIMENSIONS
    is_local = True

    def __init__(self) -> None:
        self._model: Any = None
        self._loading = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        if not texts:
            return []
        # Not normalised by the library: it divides by zero for a text without tokens. Cosine needs no unit length.
        rows = self._loaded().embed([text[:MAX_CHARS] for text in texts], norm=False, batch_size=self.batch_size)
        return self.checked((Vector(row) for row in rows), len(texts))

    def warm_up(self) -> None:
        self.embed(["warm up"])

    def _loaded(self) -> Any:
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = _load()
        return self._model


def _load() -> Any:
    try:
        import wordllama
    except ImportError as error:
        raise EmbedderUnavailable("wordllama is not installed") from error
    logging.getLogger("wordllama").setLevel(logging.WARNING)
    # The package comes with its weights and its tokenizer but looks for the latter in the wrong folder,
    # and would then ask the network.
    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
