"""Sentry and OpenTelemetry, for sites that want them: settings turn them on, what they need is installed separately.

What goes to either holds what the log may hold: kinds of errors, places in the code, routes, durations, ids. Everything
else is left out here, whatever the packages would send.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from memchat import __version__
from memchat.monitoring import logs

logger = logging.getLogger(__name__)

NEEDED = {
    "MEMCHAT_SENTRY_DSN": ("SENTRY_DSN", ("sentry_sdk",)),
    "MEMCHAT_OTLP_URL": ("OTLP_URL", ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")),
}
_KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk")
_KEPT_OF_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")

is_on = False
"""Whether spans are recorded."""
_tracer: Any = None
_provider: Any = None


@register()
def packages_are_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is set, but the package for it is not installed.",
            hint=f"Install it with pip install -r requirements-observability.txt, or remove {name}.",
            id=f"memchat.{name}",
        )
        for name, (setting, modules) in NEEDED.items()
        if getattr(settings, setting) and not all(map(_is_there, modules))
    ]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def start() -> None:
    """Turn on what the settings ask for; in a process that serves or works."""
    if settings.SENTRY_DSN:
        _start_sentry()
    if settings.OTLP_URL:
        _start_tracing()


def stop() -> None:
    """Send what waits to be sent, for a few seconds at the most."""
    global is_on
    is_on = False
    if _provider is not None:
        _provider.shutdown()


# --- Sentry --------------------------------------------------------------------------------------------------------


def _start_sentry() -> None:
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=f"memchat@{__version__}",
        # Nothing but what is logged as an error: the others would look into requests, queries and prompts.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_breadcrumb=lambda crumb, hint: None,
        before_send=without_texts,
        server_name="memchat",
        traces_sample_rate=0,
        auto_session_tracking=False,
    )


def without_texts(event: Mapping[str, Any], hint: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it is sent: built anew out of what is nobody's."""
    kept: dict[str, Any] = {name: event[name] for name in _KEPT if name in event}
    record = hint.get("log_record")
    if record is not None:
        kept["message"] = logs.message_of(record)
    about = logs.marks.get()
    kept["tags"] = {name: value for name, value in (("request", about.request), ("run", about.run)) if value}
    values = (event.get("exception") or {}).get("values") or []
    error = (hint.get("exc_info") or (None, None, None))[1]
    if values:
        kept["exception"] = {"values": [_exception(value) for value in values]}
        if error is not None:
            # The last one is what was caught; what led to it keeps its type alone.
            kept["exception"]["values"][-1]["value"] = logs.kind_of(error)
    return kept


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    shown = [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": shown}}


# --- OpenTelemetry -------------------------------------------------------------------------------------------------


def _start_tracing() -> None:
    global is_on, _tracer, _provider
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource({"service.name": "memchat", "service.version": __version__})
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{settings.OTLP_URL}/v1/traces", timeout=5)))
    _tracer = _provider.get_tracer("memchat", __version__)
    is_on = True


def record(name: str, seconds: float, attributes: Mapping[str, Any], failed: bool = False) -> None:
    """Record a span that has just ended. Its attributes must be nobody's words."""
    if not is_on:
        return
    from opentelemetry.trace import Status, StatusCode

    ended = time.time_ns()
    about = logs.marks.get()
    ids = {name: value for name, value in (("memchat.request", about.request), ("memchat.run", about.run)) if value}
    span = _tracer.start_span(name, start_time=ended - int(seconds * 1e9), attributes={**attributes, **ids})
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(ended)
