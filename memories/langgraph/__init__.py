"""memchat as the store of LangGraph programs: `DjangoStore`. Needs requirements-langgraph.txt; see docs/langgraph.md.

A program that knows nothing of Django only imports it: the settings are those of the site.
"""

from __future__ import annotations

import os

import django
from django.apps import apps

if not apps.ready and not apps.loading:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
    django.setup()

from memories.langgraph.store import DjangoStore, PutRefused

__all__ = ["DjangoStore", "PutRefused"]
