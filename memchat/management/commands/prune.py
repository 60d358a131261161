"""`manage.py prune`: what has had its time, counted or removed. Jobs do the same every hour."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from memchat import pruning, wall


class Command(BaseCommand):
    help = "Count what has had its time by the settings, and with --yes remove it. Jobs of the server do it every hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="remove it for good instead of only counting")

    def handle(self, *args: Any, **options: Any) -> None:
        act = pruning.remove if options["yes"] else pruning.count
        with wall.everyone("what has had its time is removed, whosever it is"):
            for kind in pruning.KINDS:
                self.stdout.write(f"{act(kind):>9,} {kind.name}")
        self.stdout.write("Removed." if options["yes"] else "Nothing was removed; with --yes it is.")
