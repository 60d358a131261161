"""`{% counted_sentences %}`: the sentences of the page's scripts that say a number, once for each way of counting."""

from __future__ import annotations

from collections.abc import Callable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

register = template.Library()

SENTENCES: dict[str, Callable[[int], str]] = {
    "too_long": lambda n: ngettext("{n} character too many", "{n} characters too many", n),
    "room": lambda n: ngettext("{n} character left", "{n} characters left", n),
    "too_many_files": lambda n: ngettext("A message takes at most {n} file.", "A message takes at most {n} files.", n),
    "try_again_in": lambda n: ngettext("Try again in {n} second.", "Try again in {n} seconds.", n),
    "older_shown": lambda n: ngettext("{n} older message shown", "{n} older messages shown", n),
}
"""A script fills `{n}` in, and picks by what `Intl.PluralRules` calls the number."""

SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""A number of each of those kinds, in every language that has the kind."""


@register.simple_tag
def counted_sentences() -> SafeString:
    """Only the forms that differ; "other" comes last and stands for those that are left out."""
    rows = []
    for name, sentence in SENTENCES.items():
        usual = sentence(SAMPLES["other"])
        forms = {kind: sentence(n) for kind, n in SAMPLES.items()}
        rows += [(name, kind, text) for kind, text in forms.items() if kind == "other" or text != usual]
    return format_html_join("\n  ", '<i data-string="{}" data-count="{}">{}</i>', rows)
