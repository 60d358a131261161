"""Draw the icons of the installed app anew, from the shapes in favicon.svg: `python -m tools.icons`."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

from playwright.async_api import async_playwright

from tests.live.browser.chromium import chromium
from tests.live.site import ROOT

IMAGES = ROOT / "static" / "memchat" / "img"
CANVAS = "#f7f8f5"
PLAIN, ON_CANVAS, SAFE_ZONE = 1.0, 0.78, 0.62
"""How much of the picture the shapes take. A maskable icon may be cut to its inner four fifths."""
ICONS = {
    "icon-192.png": (192, PLAIN, "none"),
    "icon-512.png": (512, PLAIN, "none"),
    "icon-maskable-512.png": (512, SAFE_ZONE, CANVAS),
    # iOS knows no transparency and cuts the corners itself.
    "apple-touch-icon.png": (180, ON_CANVAS, CANVAS),
}


def drawing(size: int, share: float, background: str) -> str:
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    shapes = "".join(
        ElementTree.tostring(one, "unicode") for one in ElementTree.parse(IMAGES / "favicon.svg").getroot()
    )
    edge = 32 * (1 - share) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="{size}" height="{size}">'
        f'<rect width="32" height="32" fill="{background}"/>'
        f'<g transform="translate({edge} {edge}) scale({share})">{shapes}</g></svg>'
    )


async def draw() -> None:
    executable = chromium()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name, (size, share, background) in ICONS.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            await page.set_content(
                f"<style>body{{margin:0}}svg{{display:block}}</style>{drawing(size, share, background)}"
            )
            await page.screenshot(path=IMAGES / name, omit_background=True)
            await page.close()
            print(IMAGES / name)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
