"""Addresses that programs ask and browsers do not: no session, no form's token, and errors in one shape."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

PATHS = ("/api/v1/", "/v1/")
MCP_PATHS = ("/mcp", "/mcp/")
"""Answered before Django is asked, by `memchat.mcp`."""
FOR_PEOPLE = ("/api/v1/docs/",)

_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    405: "invalid_request_error", 409: "conflict_error", 413: "invalid_request_error", 422: "invalid_request_error",
    429: "rate_limit_error", 500: "server_error", 502: "server_error", 503: "server_error", 504: "server_error",
}  # fmt: skip
"""What clients of OpenAI's protocol go by."""


def asks(request: HttpRequest) -> bool:
    """Whether a program asks, by the address."""
    return request.path_info.startswith(PATHS) and request.path_info not in FOR_PEOPLE


def told(code: str, message: str, status: int, param: str | None = None) -> dict[str, Any]:
    """What went wrong, as every program is told: `code` for it, `message` for people, `param` the field it is about."""
    return {"error": {"code": code, "message": message, "param": param, "type": _TYPES.get(status, "server_error")}}


def error(
    code: str, message: str, status: int, *, param: str | None = None, retry_after: float | None = None
) -> JsonResponse:
    response = JsonResponse(told(code, message, status, param), status=status)
    if retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(retry_after)))
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def not_allowed(answer: HttpResponseBase) -> JsonResponse:
    """The same as an answer with status 405, in the one shape: whoever made it knows of no programs."""
    response = error("bad_method", _("This address does not take this method."), 405)
    response["Allow"] = ", ".join(sorted(answer.headers.get("Allow", "").split(", ")))
    return response
