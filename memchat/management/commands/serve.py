"""`manage.py serve`: prepare everything, then serve the site from this one process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand

from memchat import checks as own_checks
from memchat import data_directory, lifecycle, server
from memchat.allocating import give_memory_back
from memchat.monitoring import logs
from memchat.users import first_staff


class Command(BaseCommand):
    help = "Prepare the database and the static files as needed, then serve the site."
    requires_system_checks: list[str] = []  # run below, with shorter output

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _end_early)
        give_memory_back()
        logs.catch_strays()
        try:
            if not self._settings_can_be_used():
                raise SystemExit(1)
            with data_directory.claim(settings.DATA_DIR):
                server.require_free_port(settings.HOST, settings.PORT)
                try:
                    self._serve()
                finally:
                    server.let_go_of_database()
        except server.ServerError as error:
            self._complain(str(error), error.hint)
            raise SystemExit(1) from None
        except data_directory.DataDirectoryError as error:
            self._complain(str(error), "")
            raise SystemExit(1) from None
        except KeyboardInterrupt:
            # Asked to end while still starting.
            raise SystemExit(130) from None

    def _serve(self) -> None:
        # Beside the database, whose files are made by a process of its own.
        with ThreadPoolExecutor(1) as beside:
            static = beside.submit(server.collect_static, self._say)
            with _not_interrupted():
                server.require_database()
            self._require_ordinary_role()
            server.require_pgvector()
            server.migrate(self._say)
            static.result()
        if problem := server.second_wall_problem():
            self._complain(problem, server.SECOND_WALL_HINT)
        self._make_first_staff()
        staff_link = first_staff.link() if first_staff.is_wanted() else ""
        server.at_startup[:], server.at_shutdown[:] = [lifecycle.start], [lifecycle.stop]
        server.at_drain[:] = [lifecycle.drain]
        server.serve(settings.HOST, settings.PORT, lambda: self._announce(staff_link))
        self._say("memchat has ended.")

    def _require_ordinary_role(self) -> None:
        for problem in own_checks.database_role_is_ordinary(None, databases=["default"]):
            if problem.is_serious():
                raise server.ServerError(str(problem.msg), str(problem.hint))
            self._complain(str(problem.msg), str(problem.hint))

    def _settings_can_be_used(self) -> bool:
        problems = checks.run_checks()
        for problem in problems:
            if problem.level >= checks.WARNING and not problem.is_silenced():
                self._complain(str(problem.msg), str(problem.hint or ""))
        return not any(problem.is_serious() and not problem.is_silenced() for problem in problems)

    def _make_first_staff(self) -> None:
        try:
            user = first_staff.make_from_settings()
        except first_staff.FirstStaffError as error:
            self._complain(str(error), "Change DJANGO_SUPERUSER_USERNAME, or use the link below.")
        else:
            if user is not None:
                self._say("The staff account of DJANGO_SUPERUSER_USERNAME was made.")

    def _announce(self, staff_link: str) -> None:
        self._say(f"memchat is ready at {settings.SITE_URL}/ (Ctrl-C ends it)")
        if staff_link:
            self._say(f"No staff account yet. This link makes the first one, once: {staff_link}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _complain(self, message: str, hint: str) -> None:
        self.stderr.write(message)
        if hint:
            self.stderr.write(f"  → {hint}")


def _end_early(number: int, frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Let a signal wait: a database that is half started would be left behind."""
    received: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, frame: received.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        if received:
            raise KeyboardInterrupt
