"""Gather what is to be translated, and compile the translations: `make messages`, or `python -m tools.messages`.

Everything here is Python: neither this nor running the site needs GNU gettext. `python -m tools.messages de` shows what
German lacks; docs/translating.md tells how to add a language.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PACKAGES = ("memchat", "memories", "conversations")
TEMPLATES = ROOT / "templates"

Keywords = dict[str, Any]
KEYWORDS: Keywords = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLURALS = {
    # Django's own formula: Babel's would give 100 a form of its own.
    "ar": (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"),
}

Found = tuple[str, Any, str | None, str]
"""The file, the message (two for a plural), its context, and what stands before it for the translator."""


def extracted() -> Catalog:
    """Everything that the sources ask to have translated."""
    catalog = Catalog(project="memchat", charset="utf-8", fuzzy=False)
    for place, message, context, comment in sorted(_found(), key=lambda one: one[0]):
        catalog.add(
            message,
            locations=[(place, None)],  # type: ignore[list-item]  # a line would change with every edit above it
            auto_comments=[comment] if comment else [],
            context=context,
        )
    return catalog


def _found() -> Iterator[Found]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from _in_python(path.relative_to(ROOT).as_posix(), path.read_bytes())
    for path in sorted(one for one in TEMPLATES.rglob("*") if one.is_file()):
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # What is left of the template's indentation is none in Python.
        code = "\n".join(line.strip() for line in code.splitlines())
        yield from _in_python(path.relative_to(ROOT).as_posix(), code.encode())
    from memchat.naming import names

    for name in names():
        yield "memchat/naming.py", name, None, "Name of an app, a model or a field, in the admin"


def _in_python(place: str, code: bytes) -> Iterator[Found]:
    options = {"encoding": "utf-8"}
    for _line, message, comments, context in extract("python", io.BytesIO(code), KEYWORDS, ["Translators:"], options):
        yield place, message, context, " ".join(comments)


def languages() -> list[str]:
    """Those that there is a catalogue for, as their directories are called."""
    return sorted(path.name for path in LOCALE.iterdir() if (path / "LC_MESSAGES" / "django.po").is_file())


def read(language: str) -> Catalog:
    with _po(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    if language in PLURALS:
        catalog._num_plurals, catalog._plural_expr = PLURALS[language]
    return catalog


def update(language: str, sources: Catalog) -> Catalog:
    """Bring a catalogue up to date; what is new has no translation, what is gone is removed."""
    catalog = read(language) if _po(language).is_file() else _new(language)
    # Guesses at what a new sentence might mean would have to be looked for and undone.
    catalog.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def write(language: str, catalog: Catalog) -> None:
    """The catalogue, and what the site reads of it."""
    # What Babel would put there names nobody.
    catalog.version = catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.header_comment = f"# memchat in {catalog.locale.english_name if catalog.locale else language}."
    _po(language).parent.mkdir(parents=True, exist_ok=True)
    with _po(language).open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, ignore_obsolete=True)
    with mo(language).open("wb") as file:
        write_mo(file, read(language))


def _new(language: str) -> Catalog:
    # Without dates, so that gathering again changes nothing where nothing has changed.
    catalog = Catalog(locale=language, project="memchat", charset="utf-8", fuzzy=False)
    if language in PLURALS:
        catalog._num_plurals, catalog._plural_expr = PLURALS[language]
    return catalog


def mo(language: str) -> Path:
    return _po(language).with_suffix(".mo")


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(texts) and not message.fuzzy


def main(names: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
    django.setup()
    sources = extracted()
    for language in names or languages():
        catalog = update(language, sources)
        write(language, catalog)
        missing = [message for message in catalog if message.id and not is_translated(message)]
        print(f"{language}: {len(catalog)} messages, {len(missing)} without a translation")
        for message in missing if names else ():
            print(f"  {message.id!r}  ({message.locations[0][0]})")


if __name__ == "__main__":
    main(sys.argv[1:])
