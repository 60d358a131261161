"""Makes a picture of a page small: 256 colours are enough for text on plain ground."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from playwright.async_api import Page

MOST = 256
ROUNDS = 6
_PIXELS = """async (png) => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = "";
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return [bitmap.width, bitmap.height, btoa(text)];
}"""


async def with_palette(page: Page, png: bytes) -> bytes:
    """The picture as a PNG with a palette. A browser reads it, on a page that has no policy."""
    width, height, data = await page.evaluate(_PIXELS, base64.b64encode(png).decode())
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)[:, :3]
    colours, where, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    palette, nearest = _reduce(colours.astype(np.float64), counts)
    rows = nearest[where.reshape(-1)].astype(np.uint8).reshape(height, width)
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows])
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _reduce(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 256 colours, and which of them stands for each: first the commonest, then the middles of what is near."""
    centres = colours[np.argsort(-counts)[:MOST]]
    nearest = _nearest(colours, centres)
    for _ in range(ROUNDS if len(colours) > MOST else 0):
        weights = np.bincount(nearest, counts, len(centres))
        sums = np.stack([np.bincount(nearest, counts * colours[:, part], len(centres)) for part in range(3)], 1)
        centres = np.where(weights[:, None] > 0, sums / np.maximum(weights, 1)[:, None], centres)
        nearest = _nearest(colours, centres)
    return np.rint(centres).astype(np.uint8), nearest


def _nearest(colours: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((colours[:, None, :] - centres[None]) ** 2).sum(2).argmin(1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
