"""Turns everything that SDKs and their transport raise, and every error a provider reports, into `ProviderError`.

Imported by the adapters only: the transport's packages are not loaded on a site without keys.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import Any

import aiohttp
import httpx2

from conversations.providers.base import ErrorKind, ProviderError
from memchat.text import storable

_DETAIL_CHARS = 500
_KEY_LIKE = re.compile(
    r"\b(?:sk|rk|pk|xai|gsk|hf)[-_][\w*.-]{6,}|\bAIza[\w-]{20,}|(?<=Bearer )\S+|(?<=api[_-]key=)[^\s&]+",
    re.IGNORECASE,
)

# What the words of a provider's error mean. Codes and types come first, messages are the last resort: compatible
# servers have little else.
_NO_CREDIT = re.compile(
    r"insufficient_quota|billing_error|credit balance|spend_limit|billing_hard_limit", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context_length_exceeded|prompt is too long|maximum context length|context (?:window|limit|size)"
    r"|exceed_context_size|too many (?:input )?tokens|request_too_large",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"content_filter|content_policy|policy_violation|safety system|moderation", re.IGNORECASE)
_UNKNOWN_MODEL = re.compile(
    r"model_not_found|model [`'\"]?[\w.:/-]+[`'\"]? (?:does not exist|not found)", re.IGNORECASE
)
_OVERLOADED = re.compile(r"overloaded", re.IGNORECASE)
_RATE_LIMITED = re.compile(r"rate_limit|too_many_requests", re.IGNORECASE)
_BAD_KEY = re.compile(r"authentication_error|permission_error|invalid_api_key", re.IGNORECASE)
_TIMED_OUT = re.compile(r"timeout_error", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not_found_error", re.IGNORECASE)
_BAD_REQUEST = re.compile(r"invalid_request_error", re.IGNORECASE)

_BY_STATUS: dict[int, ErrorKind] = {
    401: "bad_key",
    402: "no_credit",
    403: "bad_key",
    404: "unknown_model",
    408: "timed_out",
    413: "context_too_long",
    429: "rate_limited",
    503: "overloaded",
    504: "timed_out",
    529: "overloaded",
}

# How servers say that they, or a model of theirs, know nothing of tools.
_NO_TOOLS = re.compile(r"\btools?\b|\btool[_ -]?(?:choice|calls?|calling|use)\b|\bfunction[_ -]?call", re.IGNORECASE)
# A call that the model garbled says nothing of what it knows.
_GARBLED_CALL = re.compile(r"\bpars(?:e|ed|er|ing)\b|\bmalformed\b|\braw=", re.IGNORECASE)
_NO_TOOLS_KINDS: frozenset[ErrorKind] = frozenset({"bad_request", "unknown_model", "provider_failed"})

# The first row that fits anything in the chain of causes decides. aiohttp comes first: the SDKs' transports call a
# refused connection or an unknown host a time-out, or a broken connection one that was never made.
_TRANSPORT: tuple[tuple[tuple[type[BaseException], ...], ErrorKind], ...] = (
    (
        (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.ClientHttpProxyError,
            aiohttp.InvalidURL,
        ),
        "unreachable",
    ),
    ((aiohttp.ServerTimeoutError,), "timed_out"),
    ((aiohttp.ClientError,), "broken_stream"),
    (
        (
            httpx2.ConnectTimeout,
            httpx2.PoolTimeout,
            httpx2.ConnectError,
            httpx2.ProxyError,
            httpx2.UnsupportedProtocol,
            httpx2.InvalidURL,
        ),
        "unreachable",
    ),
    ((httpx2.TimeoutException, TimeoutError), "timed_out"),
    ((httpx2.HTTPError, httpx2.StreamError, OSError), "broken_stream"),
    ((UnicodeDecodeError, JSONDecodeError, RecursionError), "broken_stream"),
    ((ValueError,), "bad_request"),  # a request that cannot be put into bytes
)


@dataclass(frozen=True, slots=True)
class Reported:
    """An error as a provider put it."""

    message: str = ""
    type: str = ""
    code: str = ""

    @classmethod
    def from_body(cls, body: object) -> Reported:
        """Read the shapes in use: {"error": {...}}, its inside alone, {"error": "..."}, {"detail": "..."} or text."""
        if isinstance(body, Mapping):
            inner = body.get("error", body)
            if isinstance(inner, Mapping):
                details = inner.get("details")
                code = inner.get("code") or (details.get("error_code") if isinstance(details, Mapping) else None)
                message = inner.get("message") or inner.get("detail") or ""
                return cls(str(message), str(inner.get("type") or ""), str(code or ""))
            return cls(str(inner))
        return cls(str(body or ""))

    @property
    def names(self) -> str:
        return f"{self.type} {self.code}"

    @property
    def words(self) -> str:
        return f"{self.type} {self.code} {self.message}"


def scrub(text: str, *secrets: str) -> str:
    """`text` to be logged and stored: without the given secrets and anything like a key, at most 500 characters."""
    text = storable(text)
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, "[key]")
    return _KEY_LIKE.sub("[key]", text)[:_DETAIL_CHARS]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from retry-after-ms or retry-after in seconds or as an HTTP date; None when not told."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            seconds = _seconds_or_date(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_or_date(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return parsedate_to_datetime(value).timestamp() - time.time()


def kind_of(status: int | None, reported: Reported) -> ErrorKind:
    """What an error means: `status` is that of the response, None for an error event in mid-stream."""
    refused = status is None or 400 <= status < 500
    if refused and _NO_CREDIT.search(reported.words):
        return "no_credit"
    if refused and status != 429 and _TOO_LONG.search(reported.words):
        return "context_too_long"
    if _OVERLOADED.search(reported.names):
        return "overloaded"
    if refused and _UNKNOWN_MODEL.search(reported.words):
        return "unknown_model"
    if status in {400, 422} and _REFUSED.search(reported.words):
        return "refused"
    if status is None:
        return _kind_of_event(reported)
    return _BY_STATUS.get(status, "bad_request" if 300 <= status < 500 else "provider_failed")


def _kind_of_event(reported: Reported) -> ErrorKind:
    if reported.code.isdigit() and (kind := _BY_STATUS.get(int(reported.code))):
        return kind
    by_name: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
        (_RATE_LIMITED, "rate_limited"),
        (_BAD_KEY, "bad_key"),
        (_TIMED_OUT, "timed_out"),
        (_NOT_FOUND, "unknown_model"),
        (_BAD_REQUEST, "bad_request"),
    )
    for pattern, kind in by_name:
        if pattern.search(reported.names):
            return kind
    return "overloaded" if _OVERLOADED.search(reported.message) else "provider_failed"


SAMPLING_FIELDS = ("temperature", "top_p", "stop")
_NOT_TAKEN = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|extra|deprecated",
    re.IGNORECASE,
)
_OF_A_VALUE = re.compile(
    r"at (?:least|most)|must be|greater|less|larger|smaller|range|between|m(?:in|ax)imum", re.IGNORECASE
)


def is_of_a_value(complaint: str) -> bool:
    """Whether a server complains about what a field holds, and would take the field with something else in it."""
    return bool(_OF_A_VALUE.search(complaint)) and not _NOT_TAKEN.search(complaint)


def rejected_sampling(complaint: str, request: Mapping[str, Any]) -> set[str]:
    """Which fields of a request about sampling a model takes with no value at all, as far as the words tell."""
    if not _NOT_TAKEN.search(complaint):
        return set()
    return {name for name in SAMPLING_FIELDS if name in request and re.search(rf"\b{name}\b", complaint)}


def rejects_tools(error: ProviderError) -> bool:
    """Whether a request was refused because of the tools in it, as far as can be told from the words."""
    if error.kind not in _NO_TOOLS_KINDS or _GARBLED_CALL.search(error.detail):
        return False
    return bool(_NO_TOOLS.search(error.detail))


def from_event(body: object, *secrets: str) -> ProviderError:
    """The error that an event in mid-stream reports."""
    reported = Reported.from_body(body)
    return ProviderError(kind_of(None, reported), scrub(reported.words.strip(), *secrets))


def from_exception(error: Exception, *secrets: str) -> ProviderError:
    """The same failure in our words."""
    if isinstance(error, ProviderError):
        return error
    status = getattr(error, "status_code", None)
    if isinstance(status, int):  # both SDKs' status errors carry status_code, body and response
        reported = Reported.from_body(getattr(error, "body", None) or str(error))
        headers = getattr(getattr(error, "response", None), "headers", {})
        detail = scrub(f"{status} {reported.words}".strip(), *secrets)
        return ProviderError(kind_of(status, reported), detail, retry_after(headers))
    chain = list(_causes(error))
    detail = scrub(f"{type(chain[-1]).__name__}: {chain[-1]}", *secrets)
    for kinds, kind in _TRANSPORT:
        if any(isinstance(one, kinds) for one in chain):
            return ProviderError(kind, detail)
    return ProviderError("provider_failed", detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__
