"""Start-up checks: every setting that cannot be used is named, with a hint, before anything is served."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def settings_can_be_used(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(problem.message, hint=problem.hint or None, id=f"memchat.{problem.name}")
        for problem in settings.SETTING_PROBLEMS
    ]
