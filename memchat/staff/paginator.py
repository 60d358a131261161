"""Pages of the admin's lists, without counting tables that may have millions of rows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNTED_AT_MOST = 10_000


class CappedPaginator(Paginator):
    """Counts rows up to a limit, and pages no further: whoever looks for older rows searches or filters."""

    @cached_property
    def count(self) -> int:
        queryset: Any = self.object_list
        return len(queryset.order_by().values_list("pk")[:COUNTED_AT_MOST])
