"""`manage.py migrate`: Django's own, as the role that owns the tables; then the site's role may work with them."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from memchat.postgres import roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        database: Any = connections[options["database"]]
        with roles.changing_tables(database):
            super().handle(*args, **options)
            roles.let_in(database)
