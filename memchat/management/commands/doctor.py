"""`manage.py doctor`: is everything this site depends on there and working?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from memchat import server
from memchat.doctor import Finding, examine

_MARKS = {"well": "✓", "ill": "✗", "unused": "-"}


class Command(BaseCommand):
    help = (
        "Look at the settings, the database, the embedder, the providers, Redis and mail. Exits with 1 if one is ill."
    )
    requires_system_checks: list[str] = []  # their problems are among the findings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        try:
            for finding in examine():
                findings.append(finding)
                if not options["json"]:
                    self._print(finding)
        finally:
            server.let_go_of_database()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        if any(finding.outcome == "ill" for finding in findings):
            raise SystemExit(1)

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"{_MARKS[finding.outcome]} {finding.subject}: {finding.text}")
        if finding.hint:
            self.stdout.write(f"    → {finding.hint}")
        self.stdout.flush()
