"""`{% page_files "chat" %}`: the style sheets and scripts of a kind of page."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from memchat.web.static_files import PAGE_KINDS, script_file, style_file

register = template.Library()


@register.simple_tag
def page_files(kind: str, *, scripts: bool = True) -> SafeString:
    """One of each where files are joined, else all of them."""
    joined = getattr(staticfiles_storage, "joined", None)
    if joined is not None and not settings.DEBUG:
        sheets, modules = [joined(kind, "css")], [joined(kind, "js")]
    else:
        sheets = [style_file(name) for name in PAGE_KINDS[kind].styles]
        modules = [script_file(name) for name in PAGE_KINDS[kind].scripts]
    links = _each('<link rel="stylesheet" href="{}">', sheets)
    if not scripts:
        return links
    blocking = ' blocking="render"' if PAGE_KINDS[kind].seen_when_run else ""
    return links + _each(f'<script type="module" src="{{}}"{blocking}></script>', modules)


def _each(element: str, names: list[str]) -> SafeString:
    return format_html_join("\n    ", element, ((staticfiles_storage.url(name),) for name in names))
