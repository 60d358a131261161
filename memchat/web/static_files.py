"""Static files with content hashes in their names, and the few that a kind of page needs joined into one each.

Where files are served as they stand (`MEMCHAT_DEBUG`, most tests), pages link the separate ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from memchat.web.joining import join_modules, join_styles

Paths = dict[str, tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class PageKind:
    """What a kind of page is drawn with and runs, in this order."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    seen_when_run: bool = False
    """Whether the page is painted only once its scripts have run, so that it is seen where they have scrolled it to."""


_EVERYWHERE = ("tokens", "base", "forms", "pages", "finding")
PAGE_KINDS = {
    "site": PageKind(_EVERYWHERE, ("site",)),
    "admin": PageKind(("admin",), ("leaving",)),
    "chat": PageKind((*_EVERYWHERE, "chat", "steering", "attachments", "prose", "code"), ("site", "chat"), True),
    "imports": PageKind(_EVERYWHERE, ("site", "imports")),
    "copy": PageKind((*_EVERYWHERE, "prose", "code"), ("site",)),
    "sharing": PageKind(_EVERYWHERE, ("site", "sharing")),
}


def style_file(name: str) -> str:
    return f"memchat/css/{name}.css"


def script_file(name: str) -> str:
    return f"memchat/js/{name}.js"


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True

    @staticmethod
    def joined(kind: str, extension: str) -> str:
        """The name of the one file of this sort that pages of a kind need."""
        return f"memchat/joined/{kind}.{extension}"

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            paths |= self._join(paths)
        return super().post_process(paths, dry_run=dry_run, **options)

    def _join(self, paths: Paths) -> Paths:
        texts: dict[str, str] = {}
        files = {name.replace("\\", "/"): place for name, place in paths.items()}

        def read(name: str) -> str:
            if name not in texts:
                storage, path = files[name]
                with storage.open(path) as file:
                    texts[name] = file.read().decode()
            return texts[name]

        joined = {}
        for name, kind in PAGE_KINDS.items():
            joined[self.joined(name, "css")] = join_styles(map(style_file, kind.styles), read)
            joined[self.joined(name, "js")] = join_modules(map(script_file, kind.scripts), read)
        for name, text in joined.items():
            self.delete(name)
            self._save(name, ContentFile(text.encode()))
        return {name: (self, name) for name in joined}
