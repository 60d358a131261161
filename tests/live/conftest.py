"""Sites that tests of a worker share, and the people who use them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import PASSWORD, Person
from tests.live.site import Site

OPERATOR = "operator"


@pytest.fixture(scope="session")
def provider_process() -> Iterator[FakeProvidersProcess]:
    with FakeProvidersProcess() as process:
        yield process


@pytest.fixture
def provider(provider_process: FakeProvidersProcess) -> FakeProvidersProcess:
    """The fake Anthropic and OpenAI servers, with nothing left of an earlier test."""
    provider_process.reset()
    return provider_process


def models_of(provider: FakeProvidersProcess) -> dict[str, str]:
    """Settings of a site that has every kind of provider."""
    return {
        "ANTHROPIC_API_KEY": "key",
        "ANTHROPIC_BASE_URL": provider.url,
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "OPENAI_MODELS": "gpt-small,gpt-large",
        "OPENAI_IMAGES": "yes",
        "COMPATIBLE_BASE_URL": f"{provider.url}/compatible/v1",
        "COMPATIBLE_MODELS": "local-small",
        "MEMCHAT_FIRST_PIECE_TIMEOUT": "3",
        "MEMCHAT_PIECE_TIMEOUT": "2",
        "MEMCHAT_LEARNING": "no",
    }


@pytest.fixture(scope="session")
def site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site with models of every kind, somebody who looks after it, and mail that goes nowhere."""
    settings = {
        **models_of(provider_process),
        "DJANGO_SUPERUSER_USERNAME": OPERATOR,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "MEMCHAT_EMAIL_URL": "dummymail://",
        "MEMCHAT_EMAIL_FROM": "memchat@example.org",
    }
    yield from running(settings)


@pytest.fixture(scope="session")
def learning_site(provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site that learns from what is said."""
    yield from running({**models_of(provider_process), "MEMCHAT_LEARNING": "yes"})


@pytest.fixture(scope="session")
def offline_site() -> Iterator[Site]:
    """A site as it is without any setting."""
    yield from running({})


@pytest.fixture
def own_directory() -> Iterator[Path]:
    """An empty directory for the data of a site that only this test uses."""
    with site_directory() as directory:
        yield directory


@contextmanager
def site_directory() -> Iterator[Path]:
    """A directory that the embedded database's account can reach: pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="memchat-test-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def running(settings: dict[str, str]) -> Iterator[Site]:
    with site_directory() as directory:
        site = Site(directory / "data", settings)
        try:
            yield site.start()
        finally:
            site.destroy()


ACCOUNTS = 40


@pytest.fixture(scope="session")
def newcomer() -> Callable[[Site], Person]:
    """Give somebody with a fresh account who is signed in: `newcomer(site)`."""
    waiting: dict[Site, list[tuple[str, str]]] = {}

    def give(site: Site) -> Person:
        if not waiting.get(site):
            waiting[site] = site.make_accounts(ACCOUNTS, PASSWORD)
        name, key = waiting[site].pop()
        return Person(site, name).with_session(key)

    return give


@pytest.fixture
def alice(site: Site, newcomer: Callable[[Site], Person]) -> Person:
    return newcomer(site)


@pytest.fixture
def bob(site: Site, newcomer: Callable[[Site], Person]) -> Person:
    return newcomer(site)
