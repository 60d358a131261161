"""What axe finds on a page, in both themes, on a desktop and on a phone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}

# axe leaves out the size of targets unless one asks for it.
_ALL = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
# A theme changes colours and nothing else.
_COLOURS = {
    "resultTypes": ["violations"],
    "preload": False,
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


async def violations(page: Page) -> list[str]:
    """Every violation, as a line; the page is left in the light theme and as wide as a desktop."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found = []
    for size in ("phone", "desktop"):
        await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        for theme, options in (("dark", _COLOURS), ("light", _ALL)):
            await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for one in await _run(page, options):
                nodes = "; ".join(f"{node['target']} {node['failureSummary']}" for node in one["nodes"][:3])
                found.append(f"{page.url} {theme} {size}: {one['id']}: {nodes}")
    return found


async def _run(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    violations: list[dict[str, Any]] = await page.evaluate(
        "async (options) => (await axe.run(options)).violations", options
    )
    return violations
