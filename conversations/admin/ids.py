"""Ids as staff type them."""

from __future__ import annotations

import uuid


def as_id(term: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(term.strip())
    except ValueError:
        return None
