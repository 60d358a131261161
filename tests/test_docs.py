"""The documentation names what exists, and all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.live.site import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SETTINGS = ROOT / "memchat" / "settings.py"


def names_read_by_settings() -> dict[str, str]:
    """Every environment variable that the settings read, with its default as it is written there."""
    found = {"MEMCHAT_ENV_FILE": ""}
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and node.args):
            continue
        name = ast.literal_eval(node.args[0])
        default = node.args[1] if len(node.args) > 1 else None
        found.setdefault(name, str(default.value) if isinstance(default, ast.Constant) else "")
    return found


def documented_settings() -> Iterator[tuple[str, str]]:
    for line in (ROOT / "docs" / "configuration.md").read_text().splitlines():
        if row := re.match(r"\| `([A-Z_]+)` \| (.*?) \|", line):
            yield row[1], row[2].strip("` ")


def test_every_setting_is_documented_once_and_no_other() -> None:
    documented = [name for name, _ in documented_settings()]
    assert sorted(documented) == sorted(set(documented))
    assert set(documented) == set(names_read_by_settings())


def test_documented_defaults_are_the_real_ones() -> None:
    defaults = names_read_by_settings()
    for name, documented in documented_settings():
        default = defaults[name]
        if re.fullmatch(r"\d+(\.\d+)?", default):
            assert float(documented) == float(default), name
        elif default in {"True", "False"}:
            assert documented == default.lower(), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_target_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    for command in re.findall(r"manage\.py\s+([a-z]\w+)", text):
        assert command in get_commands(), command
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"(?:`|^|&& )make ([a-z]+)", text, re.MULTILINE):
        assert target in targets, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)\)", document.read_text()):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_variable_that_is_named_exists(document: Path) -> None:
    known = {*names_read_by_settings(), "MEMCHAT_REQUIRE_BROWSER", "MEMCHAT_TEST_DATA_DIR"}
    for name in re.findall(r"\b((?:MEMCHAT|ANTHROPIC|OPENAI|COMPATIBLE)_[A-Z_]+)\b", document.read_text()):
        assert name in known, name
