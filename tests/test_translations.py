"""Every language says everything, and says it of the same things; nothing that people read is English alone."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from conversations.models import Message as ThreadMessage
from conversations.models import MessageRole, State, Thread
from conversations.turns import frames, wording
from memchat.users import access_words
from memchat.users.language import language_of
from memchat.users.models import User
from tools import messages as tool

LANGUAGES = tool.languages()
HOW = "Run `make messages`, then `python -m tools.messages {0}` for a list, and translate it in locale/{0}."


@cache
def sources() -> Catalog:
    return tool.extracted()


@cache
def catalogue(language: str) -> Catalog:
    return tool.read(language)


def translated(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def texts(catalog: Catalog) -> dict[str, list[str]]:
    """What stands for each sentence, whatever sequence the one or the other way of reading makes of plurals."""

    def listed(text: Any) -> list[str]:
        return [text] if isinstance(text, str) else list(text)

    def named(context: Any) -> str:
        # Babel leaves it as bytes where it reads what is compiled.
        return context.decode() if isinstance(context, bytes) else context or ""

    return {repr((named(one.context), listed(one.id))): listed(one.string) for one in catalog if one.id}


def ids(catalog: Catalog) -> set[Any]:
    return {(message.context, message.id) for message in catalog if message.id}


# --- The catalogues ------------------------------------------------------------------------------------------------


def test_german_and_arabic_are_offered_beside_english() -> None:
    assert {"ar", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_what_the_sources_ask_for_and_nothing_else(language: str) -> None:
    asked, there = ids(sources()), ids(catalogue(language))
    assert not asked - there, HOW.format(language)
    assert not there - asked, HOW.format(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    missing = [message.id for message in translated(language) if not tool.is_translated(message)]
    assert not missing, HOW.format(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_plural_has_as_many_forms_as_the_language(language: str) -> None:
    catalog = catalogue(language)
    for message in translated(language):
        if message.pluralizable:
            assert len(message.string) == catalog.num_plurals, message.id
    assert catalog.num_plurals == {"ar": 6, "de": 2}.get(language, catalog.num_plurals)


_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|%%|\{[a-z_]+\}")
_TAG = re.compile(r"</?[a-z]+[^>]*>")
ONE_NUMBER = {"ar": {0, 1, 2}, "de": {0}}
"""Forms that stand for a single number may say it as a word."""


def forms_of(message: Message) -> Iterator[tuple[int, str, str]]:
    """Each translated form, with the original that it translates."""
    if not message.pluralizable:
        yield -1, message.id, message.string
        return
    for index, text in enumerate(message.string):
        yield index, message.id[1] if index else message.id[0], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_and_markup(language: str) -> None:
    for message in translated(language):
        for index, original, text in forms_of(message):
            wanted, found = (Counter(_PLACEHOLDER.findall(one)) for one in (original, text))
            if index in ONE_NUMBER.get(language, set()):
                both = _PLACEHOLDER.findall(" ".join(message.id))
                assert set(found) <= set(both), (message.id, text)
                # What is filled in by its place must be there: Python refuses to leave a number over.
                positional = {"%d", "%s"}
                assert set(wanted) & positional == set(found) & positional, (message.id, text)
            elif message.pluralizable:
                assert found == Counter(_PLACEHOLDER.findall(message.id[1])), (message.id, text)
            else:
                assert found == wanted, (message.id, text)
            assert sorted(_TAG.findall(original)) == sorted(_TAG.findall(text)), (message.id, text)
            # The beginnings of messages that are offered end in a space.
            assert original.endswith(" ") == text.endswith(" "), (message.id, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_site_reads_is_compiled_from_the_catalogue(language: str) -> None:
    with tool.mo(language).open("rb") as file:
        compiled = texts(read_mo(file))
    assert compiled == texts(catalogue(language)), "Run `make messages`."


def test_german_says_du_also_where_django_and_allauth_do_not() -> None:
    with translation.override("de"):
        assert translation.gettext("Are you sure?") == "Bist du sicher?"
        assert not re.search(r"\b[Ii]hre?[nmrs]?\b|\bSie\b", translation.gettext("Enter your password:"))


# --- What is to be translated --------------------------------------------------------------------------------------

_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "data-failed"}
_NOT_ENGLISH = {
    "memchat", "Ctrl", "Shift", "Enter", "Esc", "CSV", "ChatGPT", "Claude",
    # Names of CSS classes that a template tag leaves standing alone.
    "account", "chat",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{2,}")


class BareText(HTMLParser):
    """Words that stand in a template outside of what is translated."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in _ATTRIBUTES:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        self.found += [word for word in _WORD.findall(data) if word not in _NOT_ENGLISH]


def bare_text(template: str) -> list[str]:
    for left_out in (
        r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}",
        r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}",
        r"{%.*?%}|{{.*?}}",
    ):
        template = re.sub(left_out, "", template, flags=re.DOTALL)
    parser = BareText()
    parser.feed(template)
    return parser.found


def test_no_template_has_words_of_its_own() -> None:
    found = {
        path.relative_to(tool.TEMPLATES).as_posix(): words
        for path in sorted(tool.TEMPLATES.rglob("*.html"))
        if (words := bare_text(path.read_text(encoding="utf-8")))
    }
    assert not found, "Put these into {% translate %} or {% blocktranslate %}."


def test_words_outside_of_what_is_translated_are_noticed() -> None:
    assert bare_text("<p>{% translate 'Fine' %} Not fine</p><input title='Nor this'>") == ["Not", "fine", "Nor", "this"]


_SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_SCRIPT_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'|`((?:[^`\\]|\\.)*)`')
_SENTENCE = re.compile(r"^[A-Z][a-z]+\b|[a-z]{2,} [a-z]{2,} [a-z]{2,}")


def test_no_script_has_words_of_its_own() -> None:
    found = []
    for path in sorted((tool.ROOT / "static" / "memchat" / "js").glob("*.js")):
        code = _SCRIPT_COMMENT.sub("", path.read_text(encoding="utf-8"))
        for match in _SCRIPT_STRING.finditer(code):
            text = re.sub(r"\$\{[^{}]*\}", "", next(filter(None, match.groups()), ""))
            thrown = code[: match.start()].endswith("Error(")
            if _SENTENCE.search(text) and not thrown and text not in _SCRIPT_NAMES:
                found.append((path.name, text))
    assert not found, "Sentences belong into templates/conversations/_strings.html."


_SCRIPT_NAMES = {
    # Of keys, headers, and what the browser calls things.
    "ArrowDown", "ArrowUp", "Content-Type", "End", "Enter", "Escape", "Files", "Home", "Mac", "Meta", "Pattern",
}  # fmt: skip

_SAYS = {"success", "info", "warning", "error"}
_NAMES = {"label", "help_text", "verbose_name", "verbose_name_plural", "description", "short_description", "title"}


def plain_texts(code: str) -> Iterator[str]:
    """Literal sentences and names where Django shows them to people."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        on = getattr(getattr(node.func, "value", None), "id", "")
        said = (
            list(node.args)
            if name in {"ValidationError", "message_user"} or (on == "messages" and name in _SAYS)
            else []
        )
        said += [keyword.value for keyword in node.keywords if keyword.arg in _NAMES]
        for one in said:
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and re.search(r"[A-Za-z]{2,}", one.value):
                yield one.value


def test_python_says_nothing_to_people_that_is_not_translated() -> None:
    found = []
    for package in tool.PACKAGES:
        for path in (tool.ROOT / package).rglob("*.py"):
            # How the API and the tools are described is for programs and those who write them.
            if not {"migrations", "management", "api", "mcp"} & {*path.parts}:
                found += [(path.name, text) for text in plain_texts(path.read_text(encoding="utf-8"))]
    assert not found, "Mark these with gettext."


# --- Pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "direction", "says"),
    [
        ("de", "ltr", "Worüber möchtest du sprechen?"),
        ("ar", "rtl", "عمّ تريد أن نتحدث؟"),
        ("en", "ltr", "What would you"),
    ],
)
def test_a_page_speaks_the_language_of_the_browser(alice: User, code: str, direction: str, says: str) -> None:
    client = Client(headers={"Accept-Language": f"{code}, en;q=0.5"})
    client.force_login(alice)
    response = client.get("/")
    page = response.content.decode()
    assert f'<html lang="{code}" dir="{direction}">' in page
    assert says in page
    assert response["Content-Language"] == code
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


@pytest.mark.django_db
def test_what_caches_keep_is_kept_for_each_language(client: Client) -> None:
    response = client.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert response.json()["lang"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_what_was_chosen_goes_before_what_the_browser_asks_for(alice: User) -> None:
    client = Client(headers={"Accept-Language": "ar"})
    client.force_login(alice)
    response = client.post("/language/", {"language": "de"}, headers={"Referer": "http://testserver/memories/"})
    assert response["Location"] == "http://testserver/memories/"
    assert '<html lang="de" dir="ltr">' in client.get("/memories/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "says"), [("de", "Hier ist nichts"), ("ar", "لا شيء هنا")])
def test_pages_about_errors_are_translated(client: Client, code: str, says: str) -> None:
    assert says in client.get("/nowhere/", headers={"Accept-Language": code}).content.decode()


@pytest.mark.parametrize(
    ("code", "says"),
    [("de", ["Erinnerungen", "Chats", "gelesene Token"]), ("ar", ["الذكريات", "المحادثات", "الرموز المقروءة"])],
)
def test_staff_read_the_admin_in_their_language(client: Client, alice: User, code: str, says: list[str]) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    page = client.get("/admin/", headers={"Accept-Language": code}).content.decode()
    assert says[0] in page
    assert says[1] in page
    with translation.override(code):
        # A name that Django makes of the code, see memchat/naming.py.
        assert str(ThreadMessage._meta.get_field("input_tokens").verbose_name) == says[2]


def test_dates_and_numbers_are_written_as_in_the_language() -> None:
    shown = Template("{% load humanize %}{{ n|intcomma }} {{ day|date:'DATE_FORMAT' }}")
    from datetime import date

    context = {"n": 12345, "day": date(2026, 3, 9)}
    with translation.override("de"):
        assert shown.render(Context(context)) == "12.345 9. März 2026"
    with translation.override("ar"):
        assert "مارس" in shown.render(Context(context))


def test_the_scripts_get_a_form_of_a_sentence_for_each_way_of_counting() -> None:
    template = Template("{% load counted %}{% counted_sentences %}")
    with translation.override("ar"):
        kinds = re.findall(r'data-string="room" data-count="(\w+)"', template.render(Context()))
    assert kinds == ["zero", "one", "two", "few", "many", "other"]
    with translation.override("en"):
        kinds = re.findall(r'data-string="room" data-count="(\w+)"', template.render(Context()))
    assert kinds == ["one", "other"]


# --- The socket ----------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(alice: User) -> ThreadMessage:
    thread = Thread.objects.create(user=alice)
    return ThreadMessage.objects.create(
        user=alice,
        thread=thread,
        role=MessageRole.ASSISTANT,
        state=State.FAILED,
        error_kind="rate_limited",
        retry_after=3,
        input_tokens=1200,
        output_tokens=34,
    )


def test_a_tab_is_told_in_its_own_language_what_another_one_caused(failed: ThreadMessage) -> None:
    with translation.override("de"):
        frame = frames.ended_frame(failed)
    assert frame["message"]["error"]["text"] == (
        "Der Anbieter des Modells bittet um langsamere Anfragen. Versuch es in 3 Sekunden noch einmal."
    )
    told = wording.in_language(frame, "ar")["message"]
    assert "3 ثوانٍ" in told["error"]["text"]
    english = wording.in_language(frame, "en")["message"]
    assert english["error"]["text"] == "The model's provider asks to slow down. Try again in 3 seconds."
    assert (english["usage"]["label"], frame["message"]["usage"]["label"]) == ("1,234 tokens", "1.234 Token")


def test_a_frame_in_the_language_of_its_tab_is_not_touched(failed: ThreadMessage) -> None:
    frame = frames.ended_frame(failed)
    assert wording.in_language(frame, "en") is frame
    piece = {"type": "piece", "text": "Hello"}
    assert wording.in_language(piece, "de") is piece


def test_a_socket_speaks_the_language_of_the_page_that_opened_it() -> None:
    assert language_of([(b"accept-language", b"ar, en;q=0.5")]) == "ar"
    assert language_of([(b"accept-language", b"ar"), (b"cookie", b"a=b; django_language=de")]) == "de"
    assert language_of([(b"accept-language", b"xx"), (b"cookie", b"django_language=xx")]) == "en"


# --- What is stored ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "german"),
    [
        ("memory 12", "Erinnerung 12"),
        ("thread 00000000-0000-0000-0000-000000000000, deleted", "Chat 00000000-0000-0000-0000-000000000000, gelöscht"),
        ("list of proposed memories", "Liste: vorgeschlagene Erinnerungen"),
        ("memories, as CSV", "Erinnerungen, als CSV"),
        ("everything", "alles"),
        ("something else", "something else"),
    ],
)
def test_the_access_log_is_read_in_one_s_own_language(what: str, german: str) -> None:
    with translation.override("de"):
        assert access_words.in_words(what) == german
    with translation.override("en"):
        assert access_words.in_words(what) == what


def test_the_access_log_knows_what_the_pages_of_the_admin_call_themselves() -> None:
    from django.contrib import admin

    from memchat.staff.texts import StaffLooks

    pages = [page for page in admin.site._registry.values() if isinstance(page, StaffLooks)]
    assert {name for page in pages for name in (page.named, page.named_all) if name} <= set(access_words.NAMES)
