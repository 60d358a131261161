"""Rows of the admin as a CSV file: read and sent in batches, and harmless to the program that opens it."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from memchat import wall

BATCH = 1_000
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Batch = Callable[[Any], tuple[list[Sequence[Any]], Any]]


def cell(value: Any) -> str:
    """A value as it stands in the file; text that a spreadsheet would calculate begins with an apostrophe."""
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{text}"
    return text


def streamed(name: str, header: Iterable[str], batch: Batch) -> StreamingHttpResponse:
    """A file made of batches: `batch(after)` gives some rows and what to go on after, None at the end."""
    response = StreamingHttpResponse(_lines(header, wall.carried(batch)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


async def _lines(header: Iterable[str], batch: Batch) -> AsyncIterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which spreadsheets know UTF-8.
    yield "\ufeff" + writer.writerow(header)
    after = None
    while True:
        rows, after = await sync_to_async(batch)(after)
        if rows:
            yield "".join(writer.writerow([cell(value) for value in row]) for row in rows)
        if after is None:
            return


class _Echo:
    """What a csv.writer writes to it, it gives back."""

    def write(self, line: str) -> str:
        return line
