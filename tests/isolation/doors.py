"""Every way in: the addresses of the URL resolver, with every id there is in them, and the commands of the socket."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver

from conversations.commands import _READERS
from memchat.api.site import api
from memchat.mcp.tools import server
from tests.isolation.people import COMMON, Person, words_of
from tests.isolation.watching import Owners

PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
MISSING_ID = "00000000-0000-4000-8000-00000000dead"
MISSING_NUMBER = "987654321"
MALFORMED = ["0", "-1", "x", "null", "%00", "9" * 30, "../admin", "1'--", "é", MISSING_ID[:-1], MISSING_ID + "0"]
# Their work is done elsewhere: a language costs a second, and these would be no step of anybody's.
LEFT_OUT = (
    "admin/jsi18n/", "manifest.webmanifest", "api/v1/openapi.json", "api/v1/",
    "api/v1/messages/<uuidstr:message_id>/events",
)  # fmt: skip


class Route:
    """An address with places for its ids, and the fields that its code knows."""

    def __init__(self, path: str, view: Callable[..., Any]) -> None:
        self.path = path
        self.fields = _fields_of(view)
        self.methods = _methods_of(view) if self.room != "api" else tuple(_operations().get(self.path, ())) or ("GET",)

    @property
    def room(self) -> str:
        first = self.path.partition("/")[0]
        return first if first in {"admin", "accounts", "api", "v1"} else "own"

    def __repr__(self) -> str:
        return f"/{self.path}"


@cache
def routes() -> tuple[Route, ...]:
    found = {path: Route(path, view) for path, view in _walk(get_resolver(), "") if path not in LEFT_OUT}
    return tuple(found[path] for path in sorted(found))


@dataclass(frozen=True)
class Tool:
    """What a program that speaks MCP may call, or read."""

    name: str
    arguments: tuple[str, ...]
    is_resource: bool = False
    room = "mcp"


MCP = "/mcp"


@cache
def tools() -> tuple[Tool, ...]:
    """As the server describes them."""

    async def described() -> list[Tool]:
        found = [Tool(one.name, tuple(one.input_schema["properties"])) for one in await server.list_tools()]
        found += [Tool(str(one.uri), (), is_resource=True) for one in await server.list_resources()]
        for one in await server.list_resource_templates():
            found.append(Tool(one.uri_template, tuple(re.findall(r"{(\w+)}", one.uri_template)), is_resource=True))
        return found

    return tuple(asyncio.run(described()))


@cache
def _operations() -> dict[str, dict[str, tuple[str, ...]]]:
    """For each route of the API its methods, and the fields that each of them takes: as it describes itself."""
    described: Any = api.get_openapi_schema(path_prefix="/api/v1/")
    shapes = described["components"]["schemas"]
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path, methods in described["paths"].items():
        route = re.sub(r"{(\w+)}", lambda place: f"<{'int' if place[1] in NUMBERED else 'uuidstr'}:{place[1]}>", path)
        for method, operation in methods.items():
            contents = operation.get("requestBody", {}).get("content", {})
            body = next(iter(contents.values()), {}).get("schema", {})
            shape = shapes.get(body.get("$ref", "").rpartition("/")[2], body)
            asked = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            names = asked if method in {"get", "delete"} else shape.get("properties", ())
            found.setdefault(route.lstrip("/"), {})[method.upper()] = tuple(names)
    return found


NUMBERED = {"memory_id", "proposal_id"}


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in resolver.url_patterns:
        pattern: Any = one.pattern
        own = str(pattern)
        path = prefix + (own if hasattr(pattern, "_route") else simplify_regex(own).removeprefix("/"))
        if isinstance(one, URLResolver):
            yield from _walk(one, path)
        elif isinstance(one, URLPattern):
            yield path, one.callback


def _methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """Those that lead further than to a refusal, mostly: a refusal is tried as well."""
    try:
        source = inspect.getsource(inspect.unwrap(view)).partition("def ")[0]
    except (OSError, TypeError):
        return ("GET", "GET", "POST")
    if "@require_GET" in source or "@require_safe" in source:
        return ("GET",) * 12 + ("POST",)
    if "@require_POST" in source:
        return ("POST",) * 12 + ("GET",)
    return ("GET", "POST")


def _fields_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """The names of fields that stand in the view's module, or in a form beside it."""
    module = inspect.getmodule(inspect.unwrap(view))
    file = Path(getattr(module, "__file__", "") or "")
    if not file.is_file() or "site-packages" in file.parts:
        return ("q", "texts", "page", "next")
    beside = [one for one in (file.parent / "forms.py", file.parent / "own.py") if one.is_file()]
    source = "".join(one.read_text() for one in (file, *beside))
    if file.parts[-3:-1] == ("memories", "views"):
        source += (file.parent.parent / "forms.py").read_text()
    return tuple(name for name in FIELDS if f'"{name}"' in source or f"{name} = forms." in source)


# --- Values ----------------------------------------------------------------------------------------------------------


@dataclass
class Chooser:
    """Draws ids out of everybody's, and values for fields; notes which of the ids are somebody else's."""

    random: random.Random
    person: Person | None
    owners: Owners
    tokens: dict[str, int]
    foreign: dict[str, str] = field(default_factory=dict)
    """Somebody else's ids that were drawn, each with a missing one of its kind."""

    def row(self, table: str) -> str:
        rows = self.owners.rows[table]
        dice = self.random.random()
        if not rows or dice < 0.04:
            return self.random.choice(MALFORMED) if dice < 0.02 else self.missing(table)
        me = self.person.pk if self.person else 0
        pks = list(rows)
        if dice < 0.45 and (own := [pk for pk in pks if rows[pk] == me]):
            return self.random.choice(own)
        pk = self.random.choice(pks)
        if rows[pk] != me:
            self.foreign[pk] = self.missing(table)
        return pk

    def missing(self, table: str) -> str:
        rows = self.owners.rows[table]
        return MISSING_NUMBER if rows and next(iter(rows)).isdigit() else MISSING_ID

    def some(self, table: str) -> list[str]:
        return [self.row(table) for _ in range(self.random.randint(1, 3))]

    def word(self) -> str:
        who = self.person.name if self.person else "nobody"
        return self.random.choice(
            [f"Remember that I keep {words_of(who)} at the {COMMON}", f"What about the {COMMON}?", "Forget my boat",
             "What do you know about me?", f"Note of {words_of(who)}", ""]
        )  # fmt: skip

    def token(self) -> str:
        if not self.tokens or self.random.random() < 0.1:
            return "A" * 43
        return self.random.choice(list(self.tokens))


THREAD, MESSAGE, MEMORY = "conversations_thread", "conversations_message", "memories_memory"
ATTACHMENT, PROPOSAL, IMPORT = "conversations_attachment", "memories_proposal", "conversations_import"
SHARED, TOKEN = "conversations_sharedthread", "users_accesstoken"

Value = Callable[[Chooser], Any]


def one_of(*values: str) -> Value:
    return lambda chooser: chooser.random.choice(values)


def of(table: str) -> Value:
    return lambda chooser: chooser.row(table)


def several(table: str) -> Value:
    return lambda chooser: chooser.some(table)


FIELDS: dict[str, Value] = {
    # What a person writes
    "text": Chooser.word, "title": Chooser.word, "custom_instructions": Chooser.word, "add": Chooser.word,
    "remove": one_of(f"alice{'quokka'} tag", "tag"), "reason": one_of("asked by mail", ""),
    "confirmation": one_of("forget", "no"),
    "q": one_of("lighthouse", "boats", COMMON, "goat", "where is my ship", "illness", "file", "owner:x", "%"),
    # Ids, of whomever
    "thread": of(THREAD), "current": of(THREAD), "threads_before": of(THREAD),
    "leaf": of(MESSAGE), "at": of(MESSAGE), "before": of(MESSAGE), "message": of(MESSAGE), "from": of(MESSAGE),
    "memory": several(MEMORY), "ids": lambda chooser: ",".join(chooser.some(MEMORY)), "pk": several(MEMORY),
    "forgotten": lambda chooser: ",".join(chooser.some(MEMORY)), "proposal": of(PROPOSAL),
    "attachment": several(ATTACHMENT), "new": of(SHARED), "owner": of("users_user"), "user": of("users_user"),
    "id": lambda chooser: str(uuid.UUID(int=chooser.random.getrandbits(128), version=4)),
    # Choices
    "memory_mode": one_of("off", "read", "write", "x"), "temporary": one_of("", "yes"),
    "not_relevant": one_of("yes", "no"), "pinned": one_of("yes", "no", "on"), "archived": one_of("yes", "no"),
    "forget_memories": one_of("yes", ""), "memory_on": one_of("on", ""), "erase": one_of("yes", ""),
    "threads": one_of("yes", ""), "language": one_of("en"), "month": one_of("2026-11", "x"),
    "model": one_of("openai:fake", "offline:offline", "x"), "page": one_of("1", "2", "x"),
    "back": one_of("", "archived", "q=boat"), "next": one_of("/", "https://example.org/", "/memories/"),
    "texts": one_of("shown"), "tag": one_of(*(f"{name}quokka tag" for name in ("alice", "bob"))),
    "category": one_of("", "fact"), "origin": one_of("", "said"), "state": one_of("", "forgotten", "superseded"),
    "since": one_of("", "2026-01-01"), "until": one_of("", "2030-01-01"), "sort": one_of("", "used"),
    "expires_on": one_of("", "2030-01-01"),
    # Filled in by the machine, which has seen the form
    "entries": lambda chooser: "",
    "entry-0": one_of("add", "replace"),
    "file": lambda chooser: _file(chooser), "files": lambda chooser: _file(chooser),
}  # fmt: skip
IN_ADMIN: dict[str, Value] = {
    "q": FIELDS["q"], "texts": FIELDS["texts"], "thread__id__exact": of(THREAD), "user__id__exact": of("users_user"),
    "action": one_of("forget", "export", "export_with_texts", "delete_selected", "deactivate"),
    "_selected_action": several(MEMORY), "ids": FIELDS["ids"], "reason": FIELDS["reason"], "post": one_of("yes"),
    "index": one_of("0"), "term": FIELDS["q"], "app_label": one_of("users", "memories"),
    "model_name": one_of("user", "memory"), "field_name": one_of("user", "thread"),
    "text__startswith": one_of("I"), "title__contains": one_of("quokka"), "o": one_of("1"), "next": FIELDS["next"],
    "_popup": one_of("1"), "_to_field": one_of("id", "text"),
}  # fmt: skip
ARGUMENTS: dict[str, Value] = {
    "query": FIELDS["q"], "statement": Chooser.word, "thread": of(THREAD),
    "memory": lambda chooser: int(one) if (one := chooser.row(MEMORY)).isascii() and one.isdigit() else 0,
    "limit": lambda chooser: chooser.random.choice((1, 5, 50)),
}  # fmt: skip
UNTOLD = {"username"}
"""Fields of forms that only ever name the person themselves or open the account."""


def _file(chooser: Chooser) -> Any:
    word = words_of(chooser.person.name if chooser.person else "nobody")
    if chooser.random.random() < 0.5:
        data = {"format": "memchat-memories", "version": 1, "memories": [{"text": f"I brought {word} by hand"}]}
        return SimpleUploadedFile("memories.json", json.dumps(data).encode())
    return SimpleUploadedFile(f"{word}.txt", f"A text by {word}".encode())


@dataclass
class Request:
    """A request as it will be made; `instead` is the same one with missing ids for somebody else's."""

    method: str
    path: str
    query: dict[str, Any]
    data: dict[str, Any]
    headers: dict[str, str]
    foreign: dict[str, str]
    token: str = ""
    by_program: bool = False

    def instead(self) -> Request:
        return Request(
            self.method, _replaced(self.path, self.foreign), _replaced(self.query, self.foreign),
            _replaced(self.data, self.foreign), self.headers, {}, self.token, self.by_program,
        )  # fmt: skip

    def said(self) -> bytes:
        """Everything in it that could come back."""
        return repr((self.path, self.query, self.data)).encode()

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.query or ''} {self.data or ''} {self.headers or ''}"


def _replaced(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        # What is signed is left as it is.
        return {name: one if name == "entries" else _replaced(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, ids) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(ids.get(str(value), value))
    if isinstance(value, str):
        for found, missing in ids.items():
            value = re.sub(rf"(?<![0-9a-fv-]){re.escape(found)}(?![0-9a-f-])", missing, value)
    return value


def request_for(route: Route | Tool, chooser: Chooser, forms: dict[str, str]) -> Request:
    """One request to a route, with ids of whomever in every place that takes one."""
    if isinstance(route, Tool):
        return _call_of_tool(route, chooser)
    if route.room == "api":
        return _request_of_program(route, chooser)
    if route.room == "v1":
        return _call_of_model(route, chooser)
    draw = chooser.random
    token = chooser.token()
    path = "/" + PLACE.sub(lambda place: _for_place(route, place, chooser, token), route.path)
    method = draw.choice(route.methods)
    values = IN_ADMIN if route.room == "admin" else FIELDS
    names = [name for name in (values if route.room == "admin" else route.fields) if draw.random() < 0.7]
    if route.room == "admin":
        names = draw.sample(list(values), draw.randint(0, 3))
        names += ["action", "_selected_action", "index"] if method == "POST" else []
    filled = {name: values[name](chooser) for name in dict.fromkeys(names)}
    if route.room == "admin" and "_selected_action" in filled:
        filled["_selected_action"] = chooser.some(_admin_table(route.path))
    if "entries" in filled:
        filled["entries"] = draw.choice(list(forms)) if forms else ""
    headers = {"X-Requested-With": "fetch"} if draw.random() < 0.4 else {}
    if method == "GET":
        query = {name: one for name, one in filled.items() if not isinstance(one, SimpleUploadedFile)}
        return Request(method, path, query, {}, headers, chooser.foreign, token if token in path else "")
    return Request(method, path, {}, filled, headers, chooser.foreign)


# What differs from the fields of pages of the same name.
IN_API: dict[str, Value] = {
    "attachments": several(ATTACHMENT),
    "ids": lambda chooser: [int(one) for one in chooser.some(MEMORY) if one.isascii() and one.isdigit()],
    "tags": lambda chooser: [chooser.random.choice(("tag", "alicequokka tag"))],
    "temporary": lambda chooser: chooser.random.random() < 0.3, "confirm": one_of("forget"),
    "pinned": lambda chooser: chooser.random.random() < 0.5, "archived": lambda chooser: chooser.random.random() < 0.3,
    "memory_on": lambda chooser: chooser.random.random() < 0.8, "not_relevant": lambda chooser: True,
    "provider": one_of("openai", "offline", ""), "model": one_of("fake", "offline", ""), "cursor": of(MESSAGE),
    "category": one_of("fact"), "origin": one_of("said"), "state": one_of("current", "forgotten"),
    "memory_mode": one_of("off", "write"), "format": one_of("json", "md"), "forget_memories": one_of("true", "false"),
}  # fmt: skip
OF_PROGRAM = FIELDS | IN_API


def _request_of_program(route: Route, chooser: Chooser) -> Request:
    draw = chooser.random
    path = "/" + PLACE.sub(lambda place: _for_place(route, place, chooser, ""), route.path)
    method = draw.choice(route.methods)
    known = _operations().get(route.path, {}).get(method, ())
    filled = {name: OF_PROGRAM[name](chooser) for name in known if name in OF_PROGRAM and draw.random() < 0.6}
    if method in {"GET", "DELETE"}:
        return Request(method, path, filled, {}, {}, chooser.foreign, by_program=True)
    must = {"text", "ids", "confirm", "not_relevant", "file"} & {*known}
    filled |= {name: OF_PROGRAM[name](chooser) for name in must if name not in filled}
    return Request(method, path, {}, filled, {}, chooser.foreign, by_program=True)


def _call_of_model(route: Route, chooser: Chooser) -> Request:
    """A call of OpenAI's protocol. Nothing in it names a row; where such a protocol may, it does."""
    draw = chooser.random
    if "completions" not in route.path:
        path = "/" + PLACE.sub(lambda _place: draw.choice(("memchat", "openai:fake", chooser.row(THREAD))), route.path)
        return Request("GET", path, {}, {}, {}, chooser.foreign, by_program=True)
    before = [{"role": "user", "content": chooser.word()}, {"role": "assistant", "content": "Noted."}]
    data: dict[str, Any] = {
        "model": draw.choice(("memchat", "openai:fake", "offline:offline")),
        "messages": [*(before if draw.random() < 0.3 else ()), {"role": "user", "content": chooser.word() or "Hi"}],
        "stream": draw.random() < 0.3,
        "memory": draw.choice(("write", "write", "read", "off")),
    }
    more: dict[str, Value] = {
        "user": of("users_user"), "metadata": lambda chooser: {"thread": chooser.row(THREAD)},
        "thread": of(THREAD), "memory_ids": several(MEMORY), "previous_response_id": of(MESSAGE),
    }  # fmt: skip
    data |= {name: value(chooser) for name, value in more.items() if draw.random() < 0.3}
    return Request("POST", f"/{route.path}", {}, data, {}, chooser.foreign, by_program=True)


def _call_of_tool(tool: Tool, chooser: Chooser) -> Request:
    arguments = {name: ARGUMENTS[name](chooser) for name in tool.arguments}
    if tool.is_resource:
        asked = {"method": "resources/read", "params": {"uri": tool.name.format(**arguments)}}
    else:
        asked = {"method": "tools/call", "params": {"name": tool.name, "arguments": arguments}}
    return Request("POST", MCP, {}, {"jsonrpc": "2.0", "id": 1, **asked}, {}, chooser.foreign, by_program=True)


def _for_place(route: Route, place: re.Match[str], chooser: Chooser, token: str) -> str:
    converter, name = place[1], place[2]
    by_name = {
        "thread_id": THREAD, "message_id": MESSAGE, "memory_id": MEMORY, "attachment_id": ATTACHMENT,
        "import_id": IMPORT, "shared_id": SHARED, "proposal_id": PROPOSAL,
    }  # fmt: skip
    if route.room == "admin":
        return chooser.row(_admin_table(route.path)) if name == "object_id" else "memories"
    if name in by_name:
        return chooser.row(by_name[name])
    if name == "pk":
        kinds = {"proposals": PROPOSAL, "tokens": TOKEN}
        return chooser.row(next((table for name, table in kinds.items() if name in route.path), MEMORY))
    if name == "token":
        return token
    if name == "kind":
        return chooser.random.choice(("md", "json", "exe"))
    # A route that is newer than this table: anything of anybody's that fits.
    tables = [table for table, rows in chooser.owners.rows.items() if rows and _fits(next(iter(rows)), converter)]
    return chooser.row(chooser.random.choice(sorted(tables))) if tables else "x"


def _fits(pk: str, converter: str | None) -> bool:
    return pk.isdigit() if converter == "int" else not pk.isdigit() if converter == "uuid" else True


def _admin_table(path: str) -> str:
    parts = path.split("/")
    return f"{parts[1]}_{parts[2]}" if len(parts) > 2 else MEMORY


def query_string(query: dict[str, Any]) -> str:
    made = QueryDict(mutable=True)
    for name, value in query.items():
        made.setlist(name, value if isinstance(value, list) else [value])
    return made.urlencode()


# --- The socket ------------------------------------------------------------------------------------------------------

COMMANDS = tuple(sorted(_READERS))
IN_COMMANDS: dict[str, Value] = {
    "thread": of(THREAD), "message": of(MESSAGE), "after": of(MESSAGE), "id": FIELDS["id"], "text": Chooser.word,
    "attachments": lambda chooser: chooser.some(ATTACHMENT), "memory_mode": one_of("off", "write"),
    "temporary": lambda chooser: chooser.random.random() < 0.3,
    "bytes": lambda chooser: chooser.random.choice((0, 1, 2**20)),
    "offset": lambda chooser: chooser.random.choice((0, 3, 10**6)),
    "have": lambda chooser: {"message": chooser.row(MESSAGE), "offset": 2},
}  # fmt: skip
NEEDS = {
    "open": ("thread",), "say": ("id", "text"), "stop": ("message",), "retry": ("message",),
    "edit": ("message", "id", "text"), "continue": ("message",), "show": ("message",), "seen": ("thread",),
    "resume": ("message", "offset"), "got": ("bytes",), "markup": (), "ping": (),
}  # fmt: skip
MAY_HAVE = {
    "open": ("after", "have"), "say": ("thread", "attachments", "temporary", "memory_mode"), "retry": ("id",),
    "continue": ("id",),
}  # fmt: skip


def command_for(name: str, chooser: Chooser) -> dict[str, Any]:
    """A command with ids of whomever; one that is newer than the table above gets every field."""
    draw = chooser.random
    optional = MAY_HAVE.get(name, ()) if name in NEEDS else tuple(IN_COMMANDS)
    names = [*NEEDS.get(name, ()), *(one for one in optional if draw.random() < 0.5)]
    command = {"do": name, "ref": "r", **{one: IN_COMMANDS[one](chooser) for one in names}}
    if name in {"say", "retry", "edit"} and draw.random() < 0.3:
        command |= {"provider": "openai", "model_name": "fake"}
    return command
