"""Embeddings from OpenAI, or from any server that speaks its API."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from memories.embedding.base import Embedder, EmbedderError, EmbedderUnavailable, Vector

OFFICIAL_URL = "https://api.openai.com/v1"

# The models take 8,191 tokens; in the densest scripts that is about as many characters.
MAX_CHARS = 6_000


REST_SECONDS = 10.0

_REFUSED = {400, 413, 422}
_OWN_FAULT = 500


class OpenAIEmbedder(Embedder):
    """Asks `/embeddings`. A failed request is not repeated here: whoever calls can do without, or tries later.

    A server that did not answer is left alone for 10 seconds, so that not every turn waits for its time-out.
    """

    batch_size = 128

    def __init__(self, model: str, dimensions: int, api_key: str, base_url: str, timeout: float) -> None:
        self._rests_until = 0.0
        self.model = model
        self.dimensions = dimensions
        self.name = f"{model}-{dimensions}"[-100:]
        # Imported here: it takes a second, which a site with the embedded embedder need not spend.
        import openai

        self._client = openai.OpenAI(
            # A server of one's own often wants no key, but the client insists on one.
            api_key=api_key or "none",
            base_url=base_url or OFFICIAL_URL,
            timeout=timeout,
            max_retries=0,
        )
        # Only these models can be asked for fewer dimensions; other servers refuse the parameter.
        self._options: dict[str, Any] = {"dimensions": dimensions} if model.startswith("text-embedding-3") else {}

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        vectors: list[Vector] = []
        for start in range(0, len(texts), self.batch_size):
            vectors += self._embed_batch(texts[start : start + self.batch_size])
        return vectors

    def _embed_batch(self, texts: Sequence[str]) -> list[Vector]:
        if not all(text.strip() for text in texts):
            raise EmbedderError(f"{self.name} was given an empty text")
        if time.monotonic() < self._rests_until:
            raise EmbedderUnavailable(f"{self.name} did not answer a moment ago")
        try:
            # The client asks for base64, a third of the bytes, and also reads plain numbers where a server sends them.
            answer = self._client.embeddings.create(
                model=self.model, input=[text[:MAX_CHARS] for text in texts], **self._options
            )
            vectors = [Vector([float(number) for number in row.embedding]) for row in _in_order(answer.data)]
        except Exception as error:
            # Not only the SDK's errors: the transport's own come through when a connection breaks in mid-answer.
            status = getattr(error, "status_code", "")
            if status in _REFUSED or (status == _OWN_FAULT and self._answers_others()):
                raise EmbedderError(f"{self.name} refused a text: {status}") from error
            self._rests_until = time.monotonic() + REST_SECONDS
            raise EmbedderUnavailable(f"{self.name}: {type(error).__name__} {status}".rstrip()) from error
        return self.checked(vectors, len(texts))

    def _answers_others(self) -> bool:
        """Whether it takes a short text: llama.cpp's server says of a long one that the fault is its own."""
        try:
            self._client.embeddings.create(model=self.model, input=["a"], **self._options)
        except Exception:
            return False
        return True


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """The API numbers its answers and need not send them in order; some servers leave the numbers out."""
    if any(row.index is None for row in rows):
        return list(rows)
    return sorted(rows, key=lambda row: row.index)
