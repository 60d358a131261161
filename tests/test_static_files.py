"""How the files of a page are joined, and what a page links."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template import Context, Template

from memchat.web.joining import CannotJoin, join_modules, join_styles
from memchat.web.static_files import PAGE_KINDS, style_file

SOURCES = Path(__file__).resolve().parent.parent / "static"


def joined(entries, **files):
    """`joined(["a"], a="…", b="…")`, with the files as js/a.js and js/b.js."""
    texts = {f"js/{name}.js": text for name, text in files.items()}
    return join_modules([f"js/{entry}.js" for entry in entries], texts.__getitem__)


def test_modules_run_after_those_they_import_and_see_what_they_named():
    text = joined(
        ["page"],
        page='import { draw } from "./draw.js";\nimport { SIZE as size, colour } from "./measures.js";\ndraw(size);\n',
        draw='import { SIZE } from "./measures.js";\n\nexport function draw(size) {\n  return size + SIZE;\n}\n',
        measures='const KEY = 1;\nexport const SIZE = 2;\nexport const colour = "red";\n',
    )
    assert text == (
        "const $measures = (() => {\n"
        'const KEY = 1;\nconst SIZE = 2;\nconst colour = "red";\n'
        "return { SIZE, colour };\n})();\n"
        "const $draw = (() => {\nconst { SIZE } = $measures;\n"
        "function draw(size) {\n  return size + SIZE;\n}\n"
        "return { draw };\n})();\n"
        "(() => {\nconst { draw } = $draw;\nconst { SIZE: size, colour } = $measures;\n"
        "draw(size);\n})();\n"
    )


def test_what_two_entries_share_is_there_once():
    text = joined(
        ["one", "two"],
        one='import { A } from "./shared.js";\nA;\n',
        two='import { A } from "./shared.js";\nimport "./side.js";\nA;\n',
        shared="export class A {}\n",
        side="start();\n",
    )
    assert text.count("class A") == 1
    assert text.index("start()") < text.rindex("A;")


def test_imports_over_several_lines_and_asynchronous_functions_are_understood():
    text = joined(
        ["page"],
        page='import {\n  one,\n  two,\n} from "./numbers.js";\none(two);\n',
        numbers="export async function one() {}\nexport function two() {}\n",
    )
    assert "const { one, two } = $numbers;" in text
    assert "return { one, two };" in text


@pytest.mark.parametrize(
    "wrong",
    [
        'import everything from "./other.js";\n',
        'import * as everything from "./other.js";\n',
        "import { a } from './other.js';\n",
        'import { a } from "./other.js"\n',
        'import { a } from "other";\n',
        '  import { a } from "./other.js";\n',
        'import { a, b-c } from "./other.js";\n',
        'const late = await import("./other.js");\n',
        "const here = import.meta.url;\n",
        "export default function a() {}\n",
        "export { a };\n",
        'export { a } from "./other.js";\n',
        "export let a = 1;\n",
        "export const { a } = b;\n",
        "export function* a() {}\n",
    ],
)
def test_what_is_not_understood_stops_the_joining_and_is_named(wrong):
    with pytest.raises(CannotJoin, match=r"js/page\.js"):
        joined(["page"], page=f"const before = 1;\n{wrong}", other="export const a = 1;\n")


def test_a_module_that_is_missing_lacks_a_name_or_comes_round_again_is_named():
    with pytest.raises(CannotJoin, match=r"There is no js/gone\.js, which js/page\.js imports"):
        joined(["page"], page='import { a } from "./gone.js";\n')
    with pytest.raises(CannotJoin, match=r"imports b, which js/other\.js does not export"):
        joined(["page"], page='import { b } from "./other.js";\n', other="export const a = 1;\n")
    with pytest.raises(CannotJoin, match=r"js/a\.js → js/b\.js → js/a\.js"):
        joined(["a"], a='import { b } from "./b.js";\n', b='import { a } from "./a.js";\n')


def test_style_sheets_keep_their_order_and_their_meaning():
    sheets = {
        "a.css": "a {}\n\n",
        "b.css": "b {}",
        "c.css": '@import "d.css";',
        "d.css": "a { background: url(x.png) }",
    }
    assert join_styles(["a.css", "b.css"], sheets.__getitem__) == "a {}\nb {}\n"
    for name in ("c.css", "d.css"):
        with pytest.raises(CannotJoin, match=name):
            join_styles([name], sheets.__getitem__)


def test_where_files_are_not_joined_a_page_links_each():
    links = Template('{% load page_files %}{% page_files "chat" %}').render(Context())
    assert re.findall(r"css/(\w+)\.css", links) == list(PAGE_KINDS["chat"].styles)
    assert re.findall(r"js/(\w+)\.js", links) == ["site", "chat"]


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "memchat.web.static_files.HashedStaticFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_collected_files_are_joined_hashed_and_compressed(collected):
    for kind, parts in PAGE_KINDS.items():
        links = Template(f'{{% load page_files %}}{{% page_files "{kind}" %}}').render(Context())
        style, script = re.findall(rf'"/static/(memchat/joined/{kind}\.[0-9a-f]{{12}}\.(?:css|js))"', links)
        assert links.count("<link") == links.count("<script") == 1
        written = (collected / style).read_text()
        assert written == "".join((SOURCES / style_file(part)).read_text().strip() + "\n" for part in parts.styles)
        assert gzip.decompress((collected / f"{style}.gz").read_bytes()).decode() == written
        assert "import " not in re.sub(r"//.*", "", (collected / script).read_text())
