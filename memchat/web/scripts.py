"""What the scripts of our own pages ask."""

from __future__ import annotations

from django.http import HttpRequest


def wants_data(request: HttpRequest) -> bool:
    """Whether a script asks, which needs no page in answer and shows for itself what came of it."""
    return request.headers.get("X-Requested-With") == "fetch"
