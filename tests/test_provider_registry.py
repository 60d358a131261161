"""Which providers a site has, and which one answers a thread whose choice is gone."""

from __future__ import annotations

import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from conversations.providers import registry
from conversations.providers.base import Provider, Timeouts
from conversations.providers.model_names import DEFAULT_ANTHROPIC_MODELS, DEFAULT_OPENAI_MODELS

ROOT = Path(__file__).resolve().parents[1]
COMMON = {"api_key": "sk-alice", "base_url": "", "context_tokens": 9_000, "reply_tokens": 900}
ANTHROPIC = COMMON | {"kind": "anthropic", "label": "Anthropic", "models": ("claude-a", "claude-b")}
OPENAI = COMMON | {"kind": "openai", "label": "OpenAI", "models": ("gpt-a", "gpt-b")}
COMPATIBLE = COMMON | {
    "kind": "openai",
    "label": "At home",
    "models": (),
    "api_key": "",
    "base_url": "http://127.0.0.1:1/v1",
}
TIMEOUTS = {"connect": 1.0, "first_piece": 2.0, "between_pieces": 3.0, "reply": 4.0}


@pytest.fixture(autouse=True)
def _fresh_registry() -> Iterator[None]:
    registry.forget()
    yield
    registry.forget()


def site(default: str = "", **providers: dict[str, Any]) -> override_settings:
    return override_settings(PROVIDERS=providers, DEFAULT_PROVIDER=default, PROVIDER_TIMEOUTS=TIMEOUTS)


def test_a_site_without_keys_has_the_offline_provider_alone() -> None:
    with site():
        assert list(registry.configured_providers()) == ["offline"]
        assert registry.default_provider().name == "offline"


def test_a_configured_provider_comes_before_the_offline_one() -> None:
    with site(openai=OPENAI, anthropic=ANTHROPIC):
        assert list(registry.configured_providers()) == ["openai", "anthropic", "offline"]
        assert registry.default_provider().name == "openai"


def test_the_settings_can_name_the_default_even_the_offline_one() -> None:
    with site("anthropic", openai=OPENAI, anthropic=ANTHROPIC):
        assert registry.default_provider().name == "anthropic"
    registry.forget()
    with site("offline", openai=OPENAI):
        assert registry.default_provider().name == "offline"


def test_a_provider_is_what_its_settings_say() -> None:
    with site(anthropic=ANTHROPIC, compatible=COMPATIBLE):
        providers = registry.configured_providers()
    anthropic, compatible = providers["anthropic"], providers["compatible"]
    assert (anthropic.name, anthropic.label, anthropic.model_names) == (
        "anthropic",
        "Anthropic",
        ("claude-a", "claude-b"),
    )
    assert (anthropic.context_tokens, anthropic.reply_tokens, anthropic.is_model) == (9_000, 900, True)
    assert (compatible.name, compatible.label, compatible.model_names) == ("compatible", "At home", ("auto",))


@pytest.mark.parametrize(
    ("stored", "chosen"),
    [
        (("anthropic", "claude-b"), ("anthropic", "claude-b")),
        (("anthropic", "claude-gone"), ("anthropic", "claude-a")),
        (("anthropic", ""), ("anthropic", "claude-a")),
        (("", ""), ("openai", "gpt-a")),
        (("gone", "claude-b"), ("openai", "gpt-a")),
        (("gone", "gpt-b"), ("openai", "gpt-b")),
        (("offline", "offline"), ("offline", "offline")),
    ],
)
def test_a_choice_that_is_no_longer_configured_falls_back(stored: tuple[str, str], chosen: tuple[str, str]) -> None:
    with site(openai=OPENAI, anthropic=ANTHROPIC):
        provider, model_name = registry.choose(*stored)
    assert (provider.name, model_name) == chosen


def test_only_what_is_configured_can_be_chosen() -> None:
    with site(anthropic=ANTHROPIC):
        assert registry.is_configured("anthropic", "claude-b")
        assert not registry.is_configured("anthropic", "")
        assert registry.is_configured("offline", "offline")
        assert not registry.is_configured("anthropic", "claude-gone")
        assert not registry.is_configured("openai", "gpt-a")
        assert not registry.is_configured("", "")


def test_the_settings_say_how_long_to_wait() -> None:
    with site():
        assert registry.provider_timeouts() == Timeouts(connect=1.0, first_piece=2.0, between_pieces=3.0, reply=4.0)


@pytest.mark.asyncio
async def test_closing_before_the_first_reply_builds_nothing() -> None:
    with site(broken={"kind": "unheard of"}):
        await registry.close_all()


def test_providers_are_built_once_for_a_process() -> None:
    with site(openai=OPENAI):
        assert registry.choose("openai", "")[0] is registry.default_provider()


@pytest.mark.asyncio
async def test_closing_closes_every_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    async def close(self: Provider) -> None:
        closed.append(self.name)

    with site(openai=OPENAI, anthropic=ANTHROPIC):
        for provider in registry.configured_providers().values():
            monkeypatch.setattr(type(provider), "close", close)
        await registry.close_all()
    assert closed == ["openai", "anthropic", "offline"]


def test_without_keys_no_sdk_is_imported() -> None:
    script = """
import sys
from django.conf import settings
settings.configure(PROVIDERS={}, PROVIDER_TIMEOUTS={})
from conversations.providers import registry
assert list(registry.configured_providers()) == ["offline"]
loaded = {"anthropic", "openai", "httpx2", "aiohttp", "pydantic"} & set(sys.modules)
sys.exit(f"imported: {loaded}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_default_anthropic_models_are_in_the_sdks_list_and_not_deprecated() -> None:
    from anthropic.resources.messages.messages import DEPRECATED_MODELS
    from anthropic.types.model_param import ModelParam

    known = set(typing.get_args(typing.get_args(ModelParam)[0]))
    assert set(DEFAULT_ANTHROPIC_MODELS) <= known
    assert not set(DEFAULT_ANTHROPIC_MODELS) & set(DEPRECATED_MODELS)


def test_default_openai_models_are_in_the_sdks_list_and_not_deprecated() -> None:
    from openai.types.shared import chat_model

    known = set(typing.get_args(chat_model.ChatModel))
    assert set(DEFAULT_OPENAI_MODELS) <= known
    # The SDK lists deprecated values in text behind the type.
    deprecated = Path(chat_model.__file__).read_text().partition('"""Deprecated values:')[2]
    assert deprecated, "the SDK no longer says which models are deprecated"
    assert not [name for name in DEFAULT_OPENAI_MODELS if f'"{name}"' in deprecated]
