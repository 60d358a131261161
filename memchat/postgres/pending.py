"""Which migrations a database still lacks, from the list of those that it has applied."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from django.db.migrations.loader import MigrationLoader

Name = tuple[str, str]
"""App and name of a migration."""


def pending(applied: Collection[Name]) -> list[Name]:
    """The migrations that follow. One that stands for several is applied where these are, one by one."""
    missing: list[Name] = []
    for name, replaced in wanted().items():
        if name in applied:
            continue
        rest = [one for one in replaced if one not in applied]
        missing += rest if len(rest) < len(replaced) else [name]
    return missing


@cache
def wanted() -> dict[Name, list[Name]]:
    """The migrations of this version, and which others each of them stands for."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {name: list(migration.replaces) for name, migration in loader.graph.nodes.items()}
