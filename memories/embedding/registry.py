"""Which embedder this site uses."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from memories.embedding.base import Embedder


@lru_cache(maxsize=1)
def current_embedder() -> Embedder:
    """The embedder that settings.EMBEDDER names, one per process. Making it is cheap; its first use may load it."""
    chosen: dict[str, Any] = settings.EMBEDDER
    if chosen["kind"] == "openai":
        from memories.embedding.openai import OpenAIEmbedder

        return OpenAIEmbedder(
            model=chosen["model"],
            dimensions=chosen["dimensions"],
            api_key=chosen["api_key"],
            base_url=chosen["base_url"],
            timeout=chosen["timeout"],
        )
    from memories.embedding.wordllama import WordLlamaEmbedder

    return WordLlamaEmbedder()


def warm_up() -> None:
    """Load the embedder now. Blocks for about a second; a server calls it in a thread when it starts."""
    current_embedder().warm_up()
