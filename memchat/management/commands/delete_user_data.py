"""`manage.py delete_user_data`: remove a person's account with everything, or their memories or threads alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memchat import erasure
from memchat.management.people import person
from memchat.users.models import User


class Command(BaseCommand):
    help = "Remove one person's account and everything in it, for good. It may run beside the server, and again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--memories-only", action="store_true", help="their memories, and nothing else")
        part.add_argument(
            "--threads-only", action="store_true", help="their threads with all messages, and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["username"])
        what = "account"
        if options["memories_only"]:
            what = "memories"
        elif options["threads_only"]:
            what = "threads"
        for name, number in erasure.count(user.pk, what):
            self.stdout.write(f"{number:>9,} {name}")
        if not options["yes"]:
            self._confirm(user)
        try:
            finished = erasure.remove(user.pk, what)
        except erasure.LastSuperuser as error:
            raise CommandError(str(error)) from None
        except erasure.StillWritten:
            raise CommandError("Somebody keeps writing to it. Repeat this, or let the server's job go on.") from None
        self.stdout.write("Removed." if finished else "Removed, but for a job that is under way and removes itself.")

    def _confirm(self, user: User) -> None:
        try:
            typed = input("This cannot be undone. Type the username to remove this for good: ")
        except EOFError:
            typed = ""
        if User.normalize_username(typed).casefold() != user.get_username().casefold():
            raise CommandError("Nothing was removed.")
