"""What all tests share: settings of their own, and a cast. Alice owns what a test is about, Bob is somebody else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as site_settings
from django.utils import translation

from memchat import wall
from memchat.database import close_threads

if TYPE_CHECKING:
    from memchat.users.models import User


def pytest_configure() -> None:
    # Collected files are looked for there by every client of a test.
    site_settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # Hashed names come from collected files, which only a server that runs has.
    site_settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Tests look at everything; pages, sockets and jobs work for their person all the same.
    wall.outside = wall.EVERYONE
    # The real ones take a tenth of a second each, on purpose.
    site_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in another language leaves it to the thread that it ran in, which here all tests share."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The same, and in the end no thread keeps a connection to the database that is to be removed."""
    yield
    close_threads()


_SLOW = {Path(__file__).parent / name for name in ("isolation", "live", "test_serve.py")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first: otherwise one process works on the last of them when all others have ended."""
    items.sort(key=lambda item: _SLOW.isdisjoint({item.path, *item.path.parents}))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def alice(django_user_model: type[User], db: None) -> User:
    """She owns what the test is about."""
    return django_user_model.objects.create_user("alice", password="correct horse battery")


@pytest.fixture
def bob(django_user_model: type[User], db: None) -> User:
    """He must never see, use or change what is Alice's."""
    return django_user_model.objects.create_user("bob", password="staple correct horse")
