"""OpenAI's embeddings, or any server that speaks their API."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memories.embedding.base import Embedder, EmbedderError, Floats

BATCH = 256
MAX_CHARS = 20_000
"""Longer texts are cut: the API refuses more than 8,192 tokens."""


class OpenAIEmbedder(Embedder):
    """`timeout` in seconds holds for a whole request; `dimensions` is asked of the model."""

    is_local = False

    def __init__(self, model: str, dimensions: int, api_key: str, base_url: str | None, timeout: float) -> None:
        import openai

        self.name = f"{model}-{dimensions}"
        self.dimensions = dimensions
        self._model = model
        self._errors = openai.OpenAIError
        self._client = openai.OpenAI(
            api_key=api_key or "none", base_url=base_url or None, timeout=timeout, max_retries=1
        )

    def _embed(self, texts: Sequence[str]) -> Floats:
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            batch = [text[:MAX_CHARS] if text.strip() else "." for text in texts[start : start + BATCH]]
            try:
                answer = self._client.embeddings.create(model=self._model, input=batch, dimensions=self.dimensions)
                rows += [one.embedding for one in sorted(answer.data, key=lambda one: one.index)]
            except self._errors as error:
                raise EmbedderError(f"{self.name}: {type(error).__name__}") from error
            except (ValueError, TypeError, AttributeError) as error:
                raise EmbedderError(f"{self.name} answered with something that is no embedding") from error
        try:
            return np.array(rows, dtype=np.float32)
        except ValueError as error:
            raise EmbedderError(f"{self.name} answered with vectors of different lengths") from error
