"""Which embedder this site uses, built once per process from its settings."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from memories.embedding.base import Embedder


@cache
def current_embedder() -> Embedder:
    """The embedder that settings.EMBEDDER names. Its module, and the SDK behind it, is imported only now."""
    config = settings.EMBEDDER
    if config["kind"] == "openai":
        from memories.embedding.openai import OpenAIEmbedder

        return OpenAIEmbedder(
            config["model"], config["dimensions"], config["api_key"], config["base_url"], config["timeout"]
        )
    from memories.embedding.wordllama import WordLlamaEmbedder

    return WordLlamaEmbedder()


def forget_embedder() -> None:
    """Build it anew at the next call, after settings have changed."""
    current_embedder.cache_clear()
