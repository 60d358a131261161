"""Sites that tests of a worker share, and the people who use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import Person
from tests.live.site import Site

_numbers = count(1)


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
        "COMPATIBLE_BASE_URL": f"{provider.url}/compatible/v1",
        "COMPATIBLE_MODELS": "local-small",
        "MEMCHAT_FIRST_PIECE_TIMEOUT": "3",
        "MEMCHAT_PIECE_TIMEOUT": "2",
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, provider_process: FakeProvidersProcess) -> Iterator[Site]:
    """A site with models of every kind."""
    yield from running(tmp_path_factory.mktemp("site") / "data", models_of(provider_process))


@pytest.fixture(scope="session")
def offline_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site as it is without any setting."""
    yield from running(tmp_path_factory.mktemp("offline") / "data", {})


def running(data_dir: Path, settings: dict[str, str]) -> Iterator[Site]:
    site = Site(data_dir, settings)
    try:
        yield site.start()
    finally:
        site.destroy()


@pytest.fixture
def newcomer() -> Callable[..., Person]:
    """Make somebody with a fresh account: `newcomer(site, "alice")`."""

    def sign_up(site: Site, name: str) -> Person:
        return Person(site, f"{name}{next(_numbers)}").sign_up()

    return sign_up


@pytest.fixture
def alice(site: Site, newcomer: Callable[..., Person]) -> Person:
    return newcomer(site, "alice")


@pytest.fixture
def bob(site: Site, newcomer: Callable[..., Person]) -> Person:
    return newcomer(site, "bob")
