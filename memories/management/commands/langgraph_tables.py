"""Makes the tables in which LangGraph programs keep their threads."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Makes the tables for threads of LangGraph programs, or brings them up to date. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from memories.langgraph.checkpoints import SCHEMA, make_tables
        except ImportError as error:
            raise CommandError(f"{error}. Install what requirements-langgraph.txt names.") from error
        make_tables()
        self.stdout.write(self.style.SUCCESS(f"The tables are in the schema {SCHEMA!r}."))
