"""Brings all memories over to the embedder that the settings name."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memchat import wall
from memories.embedding.base import EmbedderUnavailable
from memories.embedding.registry import current_embedder
from memories.models import Memory
from memories.writing import compare_next, embed_next, index_words


class Command(BaseCommand):
    help = (
        "Gives every current memory a vector of the current embedder. Safe to stop and to run again, also while the "
        "site is in use: what is done is kept, and until its turn comes a memory is found by its words."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="memories in one transaction (default: 500)")
        parser.add_argument("--words", action="store_true", help="also index the words of all memories again")

    def handle(self, *args: Any, **options: Any) -> None:
        with wall.everyone("a new embedder gives all memories vectors, whosever they are"):
            self._bring_over(options)

    def _bring_over(self, options: dict[str, Any]) -> None:
        batch = max(1, options["batch"])
        if options["words"]:
            self.stdout.write(f"Words of {self._over_all(index_words, batch, 'indexed')} memories indexed.")
        name = current_embedder().name
        try:
            done = self._over_all(embed_next, batch, "given a vector")
            done += self._over_all(compare_next, batch, "of programs given vectors")
        except EmbedderUnavailable as error:
            raise CommandError(f"{error}. What was done is kept; run this again to go on.") from error
        left = Memory.objects.compared_by_text().filter(ended_at=None).exclude(embedder=name).count()
        self.stdout.write(self.style.SUCCESS(f"{done} memories have a vector of {name} now."))
        if left:
            self.stdout.write(f"{left} have none: the embedder finds no meaning in their text.")

    def _over_all(self, step: Any, batch: int, verb: str) -> int:
        done = 0
        after: int | None = 0
        while after is not None:
            more, after = step(batch, after)
            done += more
            if after is not None:
                self.stdout.write(f"  {done} {verb} …")
        return done
