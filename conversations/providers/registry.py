"""Which providers this site has, built once per process from its settings.

A provider's module, and with it the vendor's SDK, is imported only when the settings name its kind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.conf import settings

from conversations.providers.base import Provider, Timeouts
from conversations.providers.model_names import AUTO_MODEL, DEFAULT_ANTHROPIC_MODELS
from conversations.providers.offline import OfflineProvider

_building = threading.Lock()


def configured_providers() -> dict[str, Provider]:
    """Every provider that can be chosen, by name, in the order of the settings; "offline" is always the last.

    The first call imports the SDKs, which takes a second: make it when the process starts.
    """
    with _building:
        return _build()


def default_provider() -> Provider:
    """The one the settings name, else the first configured; "offline" only when there is no other."""
    providers = configured_providers()
    return providers.get(getattr(settings, "DEFAULT_PROVIDER", "")) or next(iter(providers.values()))


def choose(provider_name: str, model_name: str) -> tuple[Provider, str]:
    """The provider and model to ask for a stored choice, or the default where it is empty or no longer configured."""
    provider = configured_providers().get(provider_name) or default_provider()
    if model_name not in provider.model_names:
        model_name = provider.model_names[0]
    return provider, model_name


def is_configured(provider_name: str, model_name: str) -> bool:
    """Whether a person can choose this provider and model here."""
    provider = configured_providers().get(provider_name)
    return provider is not None and model_name in provider.model_names


def provider_timeouts() -> Timeouts:
    """How long a run waits for its provider."""
    return Timeouts(**settings.PROVIDER_TIMEOUTS)


async def close_all() -> None:
    """Release the connections of the running event loop, and forget the providers."""
    built = configured_providers().values() if _build.cache_info().currsize else ()
    forget()
    for provider in built:
        await provider.close()


def forget() -> None:
    """Build the providers anew at the next call, after settings have changed."""
    _build.cache_clear()


@cache
def _build() -> dict[str, Provider]:
    timeouts = provider_timeouts()
    providers = {
        name: _FACTORIES[config["kind"]](name, config, timeouts) for name, config in settings.PROVIDERS.items()
    }
    offline = providers.pop("offline", None) or OfflineProvider()
    return providers | {offline.name: offline}


def _anthropic(name: str, config: Mapping[str, Any], timeouts: Timeouts) -> Provider:
    from conversations.providers.anthropic import AnthropicProvider

    models = tuple(config.get("models") or DEFAULT_ANTHROPIC_MODELS)
    return AnthropicProvider(model_names=models, **_common(name, config, timeouts))


def _openai(name: str, config: Mapping[str, Any], timeouts: Timeouts) -> Provider:
    from conversations.providers.openai import OpenAIProvider

    models = tuple(config.get("models") or (AUTO_MODEL,))
    return OpenAIProvider(model_names=models, **_common(name, config, timeouts))


def _common(name: str, config: Mapping[str, Any], timeouts: Timeouts) -> dict[str, Any]:
    return {
        "name": name,
        "label": config["label"],
        "api_key": config.get("api_key") or "",
        "base_url": config.get("base_url") or None,
        "timeouts": timeouts,
        "context_tokens": config["context_tokens"],
        "reply_tokens": config["reply_tokens"],
        "sees_images": config.get("images", False),
    }


def _offline(name: str, config: Mapping[str, Any], timeouts: Timeouts) -> Provider:
    return OfflineProvider()


_FACTORIES: dict[str, Callable[[str, Mapping[str, Any], Timeouts], Provider]] = {
    "anthropic": _anthropic,
    "openai": _openai,
    "compatible": _openai,
    "offline": _offline,
}


def no_model_label(provider_name: str) -> str:
    """What a provider that is no model is called; empty for models, which have names of their own."""
    provider = configured_providers().get(provider_name)
    return provider.label if provider is not None and not provider.is_model else ""
