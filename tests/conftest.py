"""What all tests share: settings of their own, and a cast. Alice owns what a test is about, Bob is somebody else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

# Before the settings are read: nothing of the developer's own site or keys gets into a test.
os.environ["MEMCHAT_ENV_FILE"] = "/nonexistent"
os.environ["MEMCHAT_DATA_DIR"] = os.environ.get("MEMCHAT_TEST_DATA_DIR") or str(
    Path(__file__).resolve().parent.parent / ".test-data"
)
_OURS = {"MEMCHAT_ENV_FILE", "MEMCHAT_DATA_DIR", "MEMCHAT_TEST_DATA_DIR", "MEMCHAT_REQUIRE_BROWSER", "MEMCHAT_CHROMIUM"}
for _name in list(os.environ):
    if _name.startswith(("ANTHROPIC_", "OPENAI_", "COMPATIBLE_", "DJANGO_SUPERUSER_", "REDIS_URL")) or (
        _name.startswith("MEMCHAT_") and _name not in _OURS
    ):
        del os.environ[_name]

import pytest
from django.conf import settings as site_settings

if TYPE_CHECKING:
    from memchat.users.models import User


def pytest_configure() -> None:
    # Hashed names come from collected files, which only a server that runs has.
    site_settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # The real ones take a tenth of a second each, on purpose.
    site_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(django_user_model: type[User], db: None) -> User:
    """She owns what the test is about."""
    return django_user_model.objects.create_user("alice", password="correct horse battery")


@pytest.fixture
def bob(django_user_model: type[User], db: None) -> User:
    """He must never see, use or change what is Alice's."""
    return django_user_model.objects.create_user("bob", password="staple correct horse")
