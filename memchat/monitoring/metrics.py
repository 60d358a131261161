"""Figures for Prometheus: how many, how long, how often it failed. Nobody's name, words or ids are among them.

Every label has a few values that are known beforehand. What happens often is counted once for a whole reply, so that
the path of its pieces stays free of this. Each process counts its own; what stands in the database is read when asked.
"""

from __future__ import annotations

import logging

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from memchat import __version__

disable_created_metrics()
registry = CollectorRegistry()
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_LONG = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 30, 60, 120, 300, 900)
_WAIT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 30, 60, 120)

TURN_STATES = ("complete", "stopped", "interrupted", "failed")
TOKEN_KINDS = ("input", "output", "cached")
RUN_STATES = ("writing", "waiting", "overdue")
JOB_STATES = ("waiting", "later", "doing", "failed")
ROOMS = ("memchat", "memories", "conversations")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOST_KINDS = 40
"""The kinds of errors are words of the code; should that change, the labels stay bounded."""

turns = Counter("memchat_turns", "Replies that ended, by how", ["state"], registry=registry)
turn_errors = Counter("memchat_turn_errors", "Replies that ended with an error, by kind", ["kind"], registry=registry)
first_piece = Histogram(
    "memchat_first_piece_seconds",
    "From the begin of a run to the first piece of its reply",
    ["provider"],
    buckets=_WAIT,
    registry=registry,
)
turn_seconds = Histogram(
    "memchat_turn_seconds", "From the begin of a run to the stored end of its reply", buckets=_LONG, registry=registry
)
pieces = Counter("memchat_pieces", "Pieces that providers have sent", registry=registry)
tokens = Counter(
    "memchat_tokens",
    "Tokens of replies as their providers count them; cached ones are among input",
    ["provider", "kind"],
    registry=registry,
)
recall_seconds = Histogram(
    "memchat_recall_seconds", "Finding the memories for a turn, embedding included", buckets=_SHORT, registry=registry
)
embedder_failures = Counter(
    "memchat_embedder_failures", "Recalls by words alone, because the embedder gave no vector", registry=registry
)
sockets = Gauge("memchat_sockets", "Sockets that are open", registry=registry)
requests = Counter(
    "memchat_requests", "Requests for pages, by method and class of status", ["method", "status"], registry=registry
)
request_seconds = Histogram(
    "memchat_request_seconds", "How long requests for pages took", buckets=_SHORT, registry=registry
)
log_entries = Counter(
    "memchat_log_entries", "Warnings and errors in the log, by whose they are", ["level", "room"], registry=registry
)
database_up = Gauge("memchat_database_up", "Whether the database gave the figures below", registry=registry)
runs = Gauge("memchat_runs", "Runs of all processes, by state", ["state"], registry=registry)
jobs = Gauge("memchat_jobs", "Background jobs of all processes, by state", ["state"], registry=registry)
oldest_job = Gauge(
    "memchat_oldest_job_seconds", "For how long the oldest job has been due that nobody does", registry=registry
)
Info("memchat", "What runs", registry=registry).info({"version": __version__})
ProcessCollector(registry=registry)

_kinds: set[str] = set()

# What alerts ask about begins at 0: where a figure begins with the first failure, that one is no increase.
for _state in TURN_STATES:
    turns.labels(_state)
for _room in (*ROOMS, "other"):
    log_entries.labels("warning", _room)
    log_entries.labels("error", _room)
for _method in (*sorted(METHODS), "other"):
    requests.labels(_method, "5xx")


def turn_ended(state: str, error_kind: str = "") -> None:
    """Count a reply that ended."""
    turns.labels(state if state in TURN_STATES else "other").inc()
    if error_kind:
        turn_errors.labels(_known(error_kind)).inc()


def _known(kind: str) -> str:
    if kind not in _kinds and len(_kinds) >= _MOST_KINDS:
        return "other"
    _kinds.add(kind)
    return kind


def tokens_used(provider: str, input_tokens: int, output_tokens: int, cached_tokens: int) -> None:
    """Count what a reply took."""
    for kind, count in zip(TOKEN_KINDS, (input_tokens, output_tokens, cached_tokens), strict=True):
        tokens.labels(provider, kind).inc(max(0, count))


def request_ended(method: str, status: int, seconds: float) -> None:
    """Count a request for a page; status 0 when its visitor has left."""
    shown = f"{status // 100}xx" if status else "none"
    requests.labels(method if method in METHODS else "other", shown).inc()
    request_seconds.observe(seconds)


class Counted(logging.Filter):
    """Counts what passes into the log, and lets all of it pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            room = record.name.partition(".")[0]
            level = "error" if record.levelno >= logging.ERROR else "warning"
            log_entries.labels(level, room if room in ROOMS else "other").inc()
        return True


def exposition() -> bytes:
    """Everything, as Prometheus reads it."""
    return generate_latest(registry)
