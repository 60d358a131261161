"""Takes a PDF or an image apart, in a process of its own: started as a script, with the file as its input.

What it reads may be made to harm: the process has little memory, little time, no secrets in its environment, and writes
only to its output. That is a line of JSON, followed by the bytes whose lengths it names.
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
READING_SECONDS = 12.0
MOST_PAGES = 2_000

LONG_EDGE = 1568
"""Pixels. The providers make what is larger smaller themselves."""
PREVIEW_EDGE = 480
MOST_PIXELS = 64_000_000
LARGEST_IMAGE = 1_500_000
"""Bytes; a provider takes up to 5 MB as base64, and a request holds several."""
NEEDS_NO_PREVIEW = 40_000
_QUALITY = 85

Answer = tuple[dict[str, Any], list[bytes]]


class Problem(Exception):
    pass


def read_pdf(data: bytes, max_chars: int) -> Answer:
    """The text of a PDF, page by page, as far as the limits go; and on which pages read so far there is none."""
    import logging

    from pypdf import PdfReader

    logging.disable(logging.CRITICAL)
    give_up = time.monotonic() + READING_SECONDS
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not _unlocked(reader):
            raise Problem("pdf_locked")
        pages = len(reader.pages)
    except (Problem, MemoryError):
        raise
    except Exception:
        raise Problem("pdf_damaged") from None
    texts: list[str] = []
    chars = read = damaged = 0
    for page in range(min(pages, MOST_PAGES)):
        try:
            text = reader.pages[page].extract_text().strip()
        except MemoryError:
            raise
        except Exception:
            text = ""
            damaged += 1
        texts.append(text)
        chars += len(text)
        read += 1
        if chars > max_chars or time.monotonic() > give_up:
            break
    whole = "\n\n".join(text for text in texts if text).encode("utf-8", "replace")
    if not whole:
        raise Problem("pdf_damaged" if damaged else "pdf_without_text")
    unread = [page for page, text in enumerate(texts, start=1) if not text]
    return {"cut": read < pages, "pages": pages, "unread_pages": unread}, [whole]


def _unlocked(reader: Any) -> bool:
    """Many PDFs are encrypted with an empty password, which only forbids printing."""
    try:
        return bool(reader.decrypt(""))
    except MemoryError:
        raise
    except Exception:
        return False


def read_image(data: bytes, source: str) -> Answer:
    """An image drawn anew: upright, of bounded size, without anything else that was in its file."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=[source]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Problem("image_too_large")
            opened.draft("RGB", (LONG_EDGE, LONG_EDGE))
            opened.load()
            image = _in_colours(opened)
            image.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.LANCZOS)
            # Of the smaller one, with what the file says of how it was held.
            image.info["exif"] = opened.info.get("exif", b"")
            image = ImageOps.exif_transpose(image)
    except Image.DecompressionBombError:
        raise Problem("image_too_large") from None
    except (Problem, MemoryError):
        raise
    except Exception:
        raise Problem("image_damaged") from None
    image.info.clear()
    whole, media_type = _encoded(image, photograph=source in {"JPEG", "WEBP"})
    preview = b""
    if len(whole) > NEEDS_NO_PREVIEW:
        small = image.copy()
        small.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE), Image.Resampling.LANCZOS)
        preview, _ = _encoded(small, photograph=media_type == "image/jpeg")
        preview = preview if len(preview) < len(whole) / 2 else b""
    return {"media_type": media_type, "width": image.width, "height": image.height}, [whole, preview]


def _in_colours(image: Any) -> Any:
    """RGB, with alpha where something is transparent, in the colours that browsers and models expect."""
    if image.mode.startswith("I") or image.mode == "F":
        # Sixteen bits of grey; converting them as they are would leave white.
        high = image.getextrema()[1]
        image = image.point(lambda value: value * (255 / max(high, 255))).convert("L")
    transparent = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    plain = _in_srgb(image) if image.mode in {"RGB", "RGBA", "CMYK"} else image
    plain = plain.convert("RGBA" if transparent else "RGB")
    if transparent and plain.getchannel("A").getextrema()[0] == 255:
        plain = plain.convert("RGB")
    return plain


def _in_srgb(image: Any) -> Any:
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    from PIL import ImageCms

    try:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except MemoryError:
        raise
    except Exception:
        return image


def _encoded(image: Any, *, photograph: bool) -> tuple[bytes, str]:
    """PNG or JPEG, which every provider and every server of models takes."""
    if image.mode == "RGBA" or not photograph:
        png = _saved(image, "PNG", optimize=True)
        if len(png) <= LARGEST_IMAGE:
            return png, "image/png"
    if image.mode == "RGBA":
        from PIL import Image

        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    for quality in (_QUALITY, 70, 50, 30):
        jpeg = _saved(image, "JPEG", quality=quality, progressive=True, optimize=True)
        if len(jpeg) <= LARGEST_IMAGE:
            break
    return jpeg, "image/jpeg"


def _saved(image: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):
            pass


def main(what: str, parameter: str) -> None:
    _limit()
    data = sys.stdin.buffer.read()
    try:
        told, parts = read_pdf(data, int(parameter)) if what == "pdf" else read_image(data, parameter)
    except Problem as problem:
        told, parts = {"problem": str(problem)}, []
    except MemoryError:
        told, parts = {"problem": "too_heavy"}, []
    told["lengths"] = [len(part) for part in parts]
    output = sys.stdout.buffer
    output.write(json.dumps(told).encode() + b"\n")
    for part in parts:
        output.write(part)
    output.flush()


if __name__ == "__main__":
    main(*sys.argv[1:3])
