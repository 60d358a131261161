"""Joins style sheets, and ES modules, into one file each: pure rules over texts, strict rather than clever.

Each module becomes a function that gives what the module exports, in the order in which a browser would run them. What
is not written the way our modules are, an error names.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Read = Callable[[str], str]
"""Gives the text of a file by its name below the static files; raises KeyError for one that does not exist."""

_IMPORT = re.compile(r'^import (?:\{(?P<names>[^{}]*)\} from )?"(?P<source>\.\.?/[^"]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>[A-Za-z_]\w*))", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_]\w*(?: as [A-Za-z_]\w*)?")
_NOT_UNDERSTOOD = re.compile(r"^\s*(?:import|export)\b.*|.*\bimport\s*(?:\(|\.\s*meta\b).*", re.MULTILINE)
_STEM = re.compile(r"[a-z][a-z0-9_]*")
_ELSEWHERE = re.compile(r"@(?:import|charset|namespace)\b|\burl\(", re.IGNORECASE)


class CannotJoin(ValueError):
    """A file is written in a way that is not joined here; the message names the file and the place."""


@dataclass(frozen=True, slots=True)
class _Module:
    name: str
    body: str
    imports: Mapping[str, tuple[str, ...]]
    exports: tuple[str, ...]

    @property
    def variable(self) -> str:
        return "$" + posixpath.basename(self.name).removesuffix(".js")


def join_styles(names: Iterable[str], read: Read) -> str:
    """Style sheets one after the other, as a page that links them in this order has them."""
    texts = []
    for name in names:
        text = _read(name, "", read)
        if found := _ELSEWHERE.search(text):
            raise CannotJoin(f"{name} has {found[0]}, which means something else in another file.")
        texts.append(text.strip() + "\n")
    return "".join(texts)


def join_modules(entries: Iterable[str], read: Read) -> str:
    """The modules that `entries` reach, each once, every one after those it imports."""
    ordered: dict[str, _Module] = {}
    for entry in entries:
        _reach(entry, "", read, ordered, ())
    variables: dict[str, str] = {}
    for module in ordered.values():
        other = variables.setdefault(module.variable, module.name)
        if other != module.name:
            raise CannotJoin(f"{module.name} and {other} have the same name.")
    return "".join(_as_function(module, ordered) for module in ordered.values())


def _reach(name: str, by: str, read: Read, ordered: dict[str, _Module], on_the_way: tuple[str, ...]) -> None:
    if name in ordered:
        return
    if name in on_the_way:
        raise CannotJoin(f"{' → '.join([*on_the_way, name])}: these modules import each other in a circle.")
    module = _parse(name, _read(name, by, read))
    for source in module.imports:
        _reach(source, name, read, ordered, (*on_the_way, name))
    ordered[name] = module


def _read(name: str, by: str, read: Read) -> str:
    try:
        return read(name)
    except KeyError:
        raise CannotJoin(f"There is no {name}" + (f", which {by} imports." if by else ".")) from None


def _parse(name: str, text: str) -> _Module:
    if not _STEM.fullmatch(posixpath.basename(name).removesuffix(".js")):
        raise CannotJoin(f"{name} is no name for a module: lower case, digits and _ only.")
    imports: dict[str, tuple[str, ...]] = {}

    def take_import(found: re.Match[str]) -> str:
        source = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["source"]))
        names = [part.strip() for part in (found["names"] or "").split(",") if part.strip()]
        if wrong := [part for part in names if not _NAME.fullmatch(part)]:
            raise CannotJoin(f"{name} imports {wrong[0]!r}, which is not understood.")
        imports[source] = (*imports.get(source, ()), *names)
        return ""

    exports: list[str] = []

    def take_export(found: re.Match[str]) -> str:
        exports.append(found["name"])
        return ""

    body = _EXPORT.sub(take_export, _IMPORT.sub(take_import, text))
    if left := _NOT_UNDERSTOOD.search(body):
        raise CannotJoin(f"{name} has a line that is not understood: {left[0].strip()}")
    return _Module(name, body.strip() + "\n", imports, tuple(exports))


def _as_function(module: _Module, all_modules: Mapping[str, _Module]) -> str:
    lines = []
    for source, names in module.imports.items():
        given = all_modules[source]
        for name in names:
            if name.split(" ")[0] not in given.exports:
                raise CannotJoin(f"{module.name} imports {name.split(' ')[0]}, which {source} does not export.")
        if names:
            lines.append(f"const {{ {', '.join(name.replace(' as ', ': ') for name in names)} }} = {given.variable};\n")
    opening, closing = "(() => {\n", "})();\n"
    if module.exports:
        opening = f"const {module.variable} = {opening}"
        closing = f"return {{ {', '.join(module.exports)} }};\n{closing}"
    return opening + "".join(lines) + module.body + closing
