"""Embeddings without a model: words and their trigrams hashed into a vector, so that similar texts are near."""

from __future__ import annotations

import base64
import math
import re
import struct
from functools import lru_cache
from hashlib import blake2b

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=20_000)
def _slot(feature: str) -> tuple[int, float]:
    digest = int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return digest >> 1, 1.0 if digest & 1 else -1.0


def embed(text: str, dimensions: int) -> list[float]:
    """A unit vector for `text`; the same text always gives the same one."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        padded = f"^{word}$"
        weighted = [(word, 1.0)] + [(padded[i : i + 3], 0.3) for i in range(len(padded) - 2)]
        for feature, weight in weighted:
            slot, sign = _slot(feature)
            vector[slot % dimensions] += sign * weight
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


def as_base64(vector: list[float]) -> str:
    """The compact form that the OpenAI SDK asks for: little-endian 32-bit floats."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
