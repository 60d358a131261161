"""Pages are sent compressed, except to where that could tell somebody what is on them.

What an attacker makes a page repeat shows, by the compressed length, whether it also is the secret beside it (BREACH).
For that a page of theirs must make the browser ask for ours, again and again; such requests say where they come from.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "text/plain", "application/json", "application/manifest+json")
OWN_REQUESTS = {"same-origin", "none"}


class CompressedPagesMiddleware(GZipMiddleware):
    """Django's, which varies the length at random besides; downloads are as small as they get."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        # Browsers that do not say where a request comes from are older than 2023.
        asked_by = request.headers.get("Sec-Fetch-Site", "same-origin")
        if response.streaming or kind not in COMPRESSED or asked_by not in OWN_REQUESTS:
            return response
        return super().process_response(request, response)
