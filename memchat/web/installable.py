"""The web manifest: what a browser asks when somebody installs the site as an app."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

CANVAS = "#f7f8f5"
SURFACE = "#ffffff"
"""As --paper and --sheet in tokens.css; a manifest knows one colour only, the pages say both."""


@cache_control(max_age=3_600)
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Public, since browsers ask for it without cookies."""
    return JsonResponse(
        {
            "id": "/",
            "name": _site_name(),
            "short_name": "memchat",
            "description": _("A chat that remembers you, and shows and lets you control what it remembers."),
            "lang": get_language() or settings.LANGUAGE_CODE,
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": CANVAS,
            "theme_color": SURFACE,
            "icons": [
                _icon("icon-192.png", "192x192", "image/png"),
                _icon("icon-512.png", "512x512", "image/png"),
                _icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
                _icon("favicon.svg", "any", "image/svg+xml"),
            ],
            "shortcuts": [{"name": _("New thread"), "url": "/"}, {"name": _("Memories"), "url": "/memories/"}],
        },
        content_type="application/manifest+json",
    )


def _site_name() -> str:
    """Somebody may have several sites installed; the address tells them apart."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    return f"memchat ({host})" if host else "memchat"


def _icon(name: str, sizes: str, kind: str, purpose: str = "any") -> dict[str, str]:
    return {"src": static(f"memchat/img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
