"""What makes the vectors of a store: the site's embedder, or one that the program brings along.

Vectors are compared with those of the same name only. The site's and a program's have the same name where both are
the same model of OpenAI's with the same dimensions.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from langgraph.store.base import IndexConfig, ensure_embeddings
from pgvector import Vector

from memchat.database import in_database
from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder

logger = logging.getLogger(__name__)

NAME_CHARS = 100
Vectors = dict[str, Vector]


class StoreEmbedder(Protocol):
    """Vectors by text; a text that has none is left out."""

    is_site: bool

    @property
    def name(self) -> str: ...
    def documents(self, texts: Sequence[str]) -> Vectors: ...
    async def adocuments(self, texts: Sequence[str]) -> Vectors: ...
    def queries(self, texts: Sequence[str]) -> Vectors: ...
    async def aqueries(self, texts: Sequence[str]) -> Vectors: ...


class SiteEmbedder:
    """The site's own, which makes the vectors of chats too. Its failures cost nobody an item: a job comes back."""

    is_site = True

    @property
    def name(self) -> str:
        return current_embedder().name

    def documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return {}
        try:
            vectors = current_embedder().embed_each(texts)
        except EmbedderError as error:
            logger.warning("items are compared by no meaning for now: %s", error)
            return {}
        return {text: vector for text, vector in zip(texts, vectors, strict=True) if vector is not None}

    async def adocuments(self, texts: Sequence[str]) -> Vectors:
        return await in_database(self.documents, texts) if texts else {}

    queries, aqueries = documents, adocuments


class ProgramEmbedder:
    """What a program brings along, in any of the forms that LangGraph knows. Its failures are the program's."""

    is_site = False

    def __init__(self, config: IndexConfig) -> None:
        dims = config.get("dims")
        if not isinstance(dims, int) or dims < 1:
            raise ValueError("index needs 'dims', the number of dimensions that 'embed' makes.")
        self.dims = dims
        self.embeddings = ensure_embeddings(config["embed"])
        self.name = f"{config.get('name') or _name(config['embed'], self.embeddings)}-{dims}"[-NAME_CHARS:]

    def documents(self, texts: Sequence[str]) -> Vectors:
        return self._checked(texts, self.embeddings.embed_documents(list(texts))) if texts else {}

    async def adocuments(self, texts: Sequence[str]) -> Vectors:
        return self._checked(texts, await self.embeddings.aembed_documents(list(texts))) if texts else {}

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._checked(texts, [self.embeddings.embed_query(text) for text in texts])

    async def aqueries(self, texts: Sequence[str]) -> Vectors:
        return self._checked(texts, await asyncio.gather(*(self.embeddings.aembed_query(text) for text in texts)))

    def _checked(self, texts: Sequence[str], vectors: Iterable[Sequence[float]]) -> Vectors:
        made = list(vectors)
        if len(made) != len(texts):
            raise ValueError(f"'embed' made {len(made)} vectors of {len(texts)} texts.")
        return {text: Vector(list(one)) for text, one in zip(texts, made, strict=True) if self._is_usable(one)}

    def _is_usable(self, vector: Sequence[float]) -> bool:
        """A vector of zeros has no direction, and so is near to nothing."""
        if len(vector) != self.dims:
            raise ValueError(f"'embed' made a vector of {len(vector)} dimensions, and 'dims' says {self.dims}.")
        length = math.hypot(*vector)
        if not math.isfinite(length):
            raise ValueError("'embed' made a vector with something in it that is no number.")
        return length > 0.0


def embedder_of(config: IndexConfig | None) -> SiteEmbedder | ProgramEmbedder:
    return ProgramEmbedder(config) if config and config.get("embed") is not None else SiteEmbedder()


def _name(given: Any, embeddings: Any) -> str:
    """What vectors are told apart by. OpenAI's models have the names that the site's embedder gives them."""
    model = getattr(embeddings, "model", None) or getattr(embeddings, "model_name", None)
    if isinstance(model, str) and model:
        return model if "OpenAI" in type(embeddings).__name__ else f"{type(embeddings).__name__}:{model}"
    if isinstance(given, str):
        return given
    named = given if hasattr(given, "__qualname__") else type(given)
    return f"{named.__module__}.{named.__qualname__}"
