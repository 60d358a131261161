"""The embedder that comes with memchat: no network, no key, 256 dimensions.

WordLlama averages the token embeddings of a large language model, reduced to 256 dimensions; its
weights are part of the package (https://github.com/dleemiller/WordLlama).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memories.embedding.base import Embedder, EmbedderError, Floats


class WordLlamaEmbedder(Embedder):
    """Loads its weights (19 MB) at first use."""

    name = "wordllama-256"
    dimensions = 256
    is_local = True

    def __init__(self) -> None:
        self._model: Any = None
        self._loading = threading.Lock()

    def _embed(self, texts: Sequence[str]) -> Floats:
        # A text without a single known token would become a zero vector.
        rows: Floats = self._loaded().embed([text if text.strip() else "." for text in texts])
        return rows

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                try:
                    import wordllama

                    # Without `cache_dir` it looks for its tokenizer in a folder that does not exist.
                    self._model = wordllama.WordLlama.load(
                        cache_dir=Path(wordllama.__file__).parent, disable_download=True
                    )
                except Exception as error:
                    raise EmbedderError(f"wordllama cannot be loaded: {error}") from error
            return self._model
