"""Why a file cannot be attached, in words for the person."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

STATUS = {"limited": 429, "too_large": 413, "busy": 503, "unavailable": 503}
"""How HTTP calls it; everything else is a file that cannot be taken."""


class AttachmentProblem(Exception):
    """A file cannot be attached; `kind` says why, and has its sentence in `wording` unless it brings one."""

    def __init__(self, kind: str, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.text = text or wording(kind)
        self.retry_after = retry_after


def wording(kind: str) -> str:
    megabytes, count = settings.ATTACHMENT_MAX_MB, settings.ATTACHMENTS_PER_MESSAGE
    return {
        "none": _("Choose a file first."),
        "too_large": _("It is larger than %(max)d MB, which is all that this site takes.") % {"max": megabytes},
        "too_many": _("A message takes at most %(max)d files.") % {"max": count},
        "empty": _("There is nothing in it."),
        "binary": _("It is neither text nor a PDF nor an image (PNG, JPEG, WebP or GIF)."),
        "archive": _("Archives and office documents cannot be read here. Attach it as a PDF or as text."),
        "encoding": _("Its characters cannot be read. Save it as UTF-8 and attach it again."),
        "pdf_locked": _("This PDF is protected by a password. Attach one that is not."),
        "pdf_without_text": _("There is no text in this PDF, only pictures. Attach its pages as images instead."),
        "pdf_damaged": _("This PDF cannot be read. It may be damaged."),
        "image_damaged": _("This image cannot be read. It may be damaged."),
        "image_too_large": _("This image has too many pixels. Make it smaller and attach it again."),
        "too_heavy": _("Reading this file takes too much work. Attach a smaller part of it."),
        "busy": _("Many files are being read right now. Try again in a moment."),
        "unavailable": _("Files cannot be read right now. Try again in a moment."),
    }.get(kind, _("This file cannot be attached."))
