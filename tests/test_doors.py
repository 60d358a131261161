"""Every address and every command of the socket says who may use it, and is tried by everybody else.

A new one without a line here fails. Three sorts of people knock: somebody who is not signed in, somebody whose account
was deactivated, and Bob, who is signed in and asks for what is Alice's.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from conversations import commands
from conversations.models import (
    Attachment,
    AttachmentKind,
    Import,
    MemoryUse,
    Message,
    MessageRole,
    SharedThread,
    State,
    Thread,
)
from conversations.review import reviewer
from memchat import erasure
from memchat.asgi import application
from memchat.database import close_threads, in_database
from memchat.mcp import door as mcp_door
from memchat.monitoring import probes
from memchat.users import tokens
from memchat.users.models import Scope, User
from memchat.web import programs
from memories.models import Memory, Proposal
from tests.live.site import ROOT
from tests.socket import Tab

# --- Who may ask for what ------------------------------------------------------------------------------------------

# anyone: no account is needed. person: any who is signed in, about themselves. owner: who is signed in, and nobody but
# whom the thing in the address belongs to. key: whoever knows the address, which cannot be guessed.
ADDRESSES = """
                                                            person  GET
say/                                                        person  GET POST
search/                                                     person  GET
usage/                                                      person  GET
language/                                                   anyone  POST
manifest.webmanifest                                        anyone  GET
first-staff/<str:token>/                                    key     GET POST
import/                                                     person  GET POST
import/<uuid:import_id>/                                    owner   GET
import/<uuid:import_id>/progress/                           owner   GET
import/<uuid:import_id>/start/                              owner   POST
import/<uuid:import_id>/cancel/                             owner   POST
attachments/                                                person  GET POST
attachments/<uuid:attachment_id>/remove/                    owner   POST DELETE
attachments/<uuid:attachment_id>/preview/                   owner   GET
attachments/<uuid:attachment_id>/<str:name>                 owner   GET
threads/list/                                               person  GET
threads/archived/                                           person  GET
threads/<uuid:thread_id>/                                   owner   GET
threads/<uuid:thread_id>/pin/                               owner   POST
threads/<uuid:thread_id>/archive/                           owner   POST
threads/<uuid:thread_id>/tags/                              owner   POST
threads/<uuid:thread_id>/share/                             owner   GET POST
threads/<uuid:thread_id>/export.<str:kind>                  owner   GET
threads/<uuid:thread_id>/rename/                            owner   POST
threads/<uuid:thread_id>/memory/                            owner   POST
threads/<uuid:thread_id>/keep/                              owner   POST
threads/<uuid:thread_id>/delete/                            owner   GET POST
shared/                                                     person  GET
shared/<uuid:shared_id>/revoke/                             owner   POST
shared/<str:token>/                                         key     GET
messages/<uuid:message_id>/source/                          owner   GET
messages/<uuid:message_id>/html/                            owner   GET
messages/<uuid:message_id>/notes/                           owner   GET
messages/<uuid:message_id>/stop/                            owner   POST
messages/<uuid:message_id>/retry/                           owner   GET POST
messages/<uuid:message_id>/continue/                        owner   POST
messages/<uuid:message_id>/edit/                            owner   GET POST
messages/<uuid:message_id>/show/                            owner   POST
messages/<uuid:message_id>/memories/<int:memory_id>/not-relevant/  owner  POST
memories/                                                   person  GET
memories/add/                                               person  GET POST
memories/settings/                                          person  GET POST
memories/settings/switch/                                   person  POST
memories/access-log/                                        person  GET
memories/forget-selected/                                   person  POST
memories/undo-selected/                                     person  POST
memories/forget-all/                                        person  GET POST
memories/forgotten/                                         person  GET
memories/forgotten/undo/                                    person  POST
memories/forgotten/erase/                                   person  GET POST
memories/export/                                            person  GET
memories/export/markdown/                                   person  GET
memories/import/                                            person  GET POST
memories/import/chosen/                                     person  POST
memories/proposals/                                         person  GET
memories/proposals/<int:pk>/approve/                        owner   POST
memories/proposals/<int:pk>/reject/                         owner   POST
memories/proposals/<int:pk>/edit/                           owner   GET POST
memories/<int:pk>/edit/                                     owner   GET POST
memories/<int:pk>/history/                                  owner   GET
memories/<int:pk>/forget/                                   owner   POST
memories/<int:pk>/undo/                                     owner   POST
memories/<int:pk>/restore/                                  owner   POST
memories/<int:pk>/take-back/                                owner   POST
memories/<int:pk>/erase/                                    owner   POST
memories/<int:pk>/pin/                                      owner   POST
accounts/data/                                              person  GET
accounts/export/                                            person  GET
accounts/export/threads/                                    person  GET
accounts/delete/                                            person  GET POST
accounts/tokens/                                            person  GET
accounts/tokens/new/                                        person  GET POST
accounts/tokens/<int:pk>/revoke/                            owner   POST
accounts/deleted/                                           anyone  GET
"""

# Programs, by token: what the token needs to be allowed.
OF_API = """
api/v1/openapi.json                                         anyone          GET
api/v1/docs/                                                anyone          GET
api/v1/threads                                              threads:read    GET
api/v1/threads                                              threads:write   POST
api/v1/threads/search                                       threads:read    GET
api/v1/threads/<uuid:thread_id>                             threads:read    GET
api/v1/threads/<uuid:thread_id>                             threads:write   PATCH DELETE
api/v1/threads/<uuid:thread_id>/seen                        threads:write   POST
api/v1/threads/<uuid:thread_id>/export                      threads:read    GET
api/v1/threads/<uuid:thread_id>/messages                    threads:read    GET
api/v1/models                                               -               GET
api/v1/attachments                                          threads:read    GET
api/v1/attachments                                          threads:write   POST
api/v1/attachments/<uuid:attachment_id>                     threads:read    GET
api/v1/attachments/<uuid:attachment_id>                     threads:write   DELETE
api/v1/messages                                             threads:write   POST
api/v1/messages/<uuid:message_id>                           threads:read    GET
api/v1/messages/<uuid:message_id>/events                    threads:read    GET
api/v1/messages/<uuid:message_id>/stop                      threads:write   POST
api/v1/messages/<uuid:message_id>/retry                     threads:write   POST
api/v1/messages/<uuid:message_id>/continue                  threads:write   POST
api/v1/messages/<uuid:message_id>/edit                      threads:write   POST
api/v1/messages/<uuid:message_id>/show                      threads:write   POST
api/v1/messages/<uuid:message_id>/memories/<int:memory_id>  threads:write+memories:write  PUT
api/v1/memories                                             memories:read   GET
api/v1/memories                                             memories:write  POST
api/v1/memories/forget                                      memories:write  POST
api/v1/memories/undo                                        memories:write  POST
api/v1/memories/forget-all                                  memories:write  POST
api/v1/memories/undo-all                                    memories:write  POST
api/v1/memories/erase-all                                   memories:write  POST
api/v1/memories/export                                      memories:read   GET
api/v1/memories/import                                      memories:write  POST
api/v1/memories/import/look                                 memories:read+memories:write  POST
api/v1/memories/proposals                                   memories:read   GET
api/v1/memories/proposals/<int:proposal_id>/approve         memories:write  POST
api/v1/memories/proposals/<int:proposal_id>/reject          memories:write  POST
api/v1/memories/<int:memory_id>                             memories:read   GET
api/v1/memories/<int:memory_id>                             memories:write  PATCH DELETE
api/v1/memories/<int:memory_id>/history                     memories:read   GET
api/v1/memories/<int:memory_id>/undo                        memories:write  POST
api/v1/memories/<int:memory_id>/restore                     memories:write  POST
api/v1/memories/<int:memory_id>/take-back                   memories:write  POST
api/v1/memories/<int:memory_id>/erase                       memories:write  POST
api/v1/account                                              account         GET PATCH
v1/chat/completions                                         chat            POST
v1/models                                                   chat            GET
v1/models/<path:name>                                       chat            GET
api/v1/account/export                                       account+threads:read+memories:read  GET
"""

# allauth's own, which knows its methods.
OF_ALLAUTH = """
accounts/login/                                             anyone
accounts/logout/                                            anyone
accounts/inactive/                                          anyone
accounts/signup/                                            anyone
accounts/reauthenticate/                                    person
accounts/email/                                             person
accounts/confirm-email/                                     anyone
accounts/^confirm-email/(?P<key>[-:\\w]+)/$                 key
accounts/password/change/                                   person
accounts/password/set/                                      person
accounts/password/reset/                                    anyone
accounts/password/reset/done/                               anyone
accounts/password/reset/key/done/                           anyone
accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$  key
accounts/login/code/confirm/                                anyone
accounts/2fa/                                               person
accounts/2fa/authenticate/                                  anyone
accounts/2fa/reauthenticate/                                person
accounts/2fa/totp/activate/                                 person
accounts/2fa/totp/deactivate/                               person
accounts/2fa/recovery-codes/                                person
accounts/2fa/recovery-codes/generate/                       person
accounts/2fa/recovery-codes/download/                       person
accounts/sessions/                                          person
"""

# Everything below admin/ is for staff, except
ADMIN_FOR_ANYONE = {"admin/login/", "admin/logout/"}

# Before Django: no person is behind them.
FOR_MACHINES = {"/health/live", "/health/ready", "/metrics"}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Door:
    path: str
    who: str
    methods: frozenset[str]


def _doors(table: str) -> dict[str, Door]:
    doors = {}
    for line in table.splitlines():
        if line.strip():
            path, who, methods = re.fullmatch(r"(\S*)\s+(anyone|person|owner|key)\s*(.*)", line).groups()  # type: ignore[union-attr]
            doors[path] = Door(path, who, frozenset(methods.split()))
    return doors


OWN, ALLAUTH = _doors(ADDRESSES), _doors(OF_ALLAUTH)


@dataclass(frozen=True)
class ApiDoor:
    path: str
    method: str
    scopes: frozenset[str]


API = [
    ApiDoor(path, method, frozenset() if needs == "-" else frozenset(needs.split("+")))
    for path, needs, *methods in (line.split() for line in OF_API.splitlines() if line)
    for method in methods
]
BY_TOKEN = [door for door in API if door.scopes != {"anyone"}]


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, path)
        else:
            assert isinstance(one, URLPattern)
            # The API has a converter of its own, which checks the same and hands on the text.
            yield path.replace("<uuidstr:", "<uuid:")


ALL = list(dict.fromkeys(_walk(get_resolver())))
ADMIN = [path for path in ALL if path.startswith("admin/")]


def test_every_address_says_who_may_ask_for_it() -> None:
    # The root of the API is no page; it only has a name.
    declared = {*OWN, *ALLAUTH, *ADMIN, *(door.path for door in API), "api/v1/"}
    assert {*ALL} - declared == set(), "say in tests/test_doors.py who may ask for these"
    assert declared - {*ALL} == set(), "these are there no more"
    assert set(probes._PAGES) == FOR_MACHINES


# --- What there is of Alice's --------------------------------------------------------------------------------------


@dataclass
class Belongings:
    """One thing of each kind, by the names that addresses have for them."""

    ids: dict[str, Any] = field(default_factory=dict)

    def of(self, path: str) -> dict[str, Any]:
        found = {**self.ids, "message_id": self.ids["question" if path.endswith("/edit/") else "reply"]}
        found["pk"] = self.ids["proposal" if "proposals" in path else "access_token" if "tokens" in path else "memory"]
        return found


@pytest.fixture
def hers(alice: User) -> Belongings:
    return belongings_of(alice)


def belongings_of(alice: User) -> Belongings:
    thread = Thread.objects.create(user=alice, title="Hers")
    question = Message.objects.create(thread=thread, user=alice, depth=0, role=MessageRole.USER, text="Hers")
    reply = Message.objects.create(
        thread=thread, user=alice, parent=question, depth=1, role=MessageRole.ASSISTANT, text="Hers",
        html="<p>Hers</p>",
        state=State.STOPPED,
    )  # fmt: skip
    Thread.objects.filter(pk=thread.pk).update(head=reply)
    memory = Memory.objects.create(user=alice, value={"data": "Hers"}, key=uuid.uuid4().hex)
    MemoryUse.objects.create(reply=reply, user=alice, memory=memory, rank=1, reasons="words")
    proposal = Proposal.objects.create(
        user=alice, text="Hers", sensitive="religion", origin="learned", fingerprint=b"hers"
    )
    image = Attachment.objects.create(
        user=alice, name="hers.png", kind=AttachmentKind.IMAGE, media_type="image/png", size=4, data=b"hers",
        preview=b"hers", width=1, height=1,
    )  # fmt: skip
    shared = SharedThread.objects.create(user=alice, thread=thread, token="t" * 43, title="Hers", said=[])
    brought = Import.objects.create(user=alice, size=4)
    access_token, _shown = tokens.make(alice, "Hers", Scope.values)
    return Belongings(
        {
            "thread_id": thread.pk, "question": question.pk, "reply": reply.pk, "memory_id": memory.pk,
            "memory": memory.pk, "proposal": proposal.pk, "attachment_id": image.pk, "shared_id": shared.pk,
            "token": shared.token, "import_id": brought.pk, "name": "hers.png", "kind": "json",
            "access_token": access_token.pk,
        }
    )  # fmt: skip


PLACE = re.compile(r"<(\w+):(\w+)>")
FORM = {
    "text": "Mine", "title": "Mine", "add": "mine", "mode": "off", "memory_mode": "off", "confirm": "yes",
    "pinned": "yes",
    "archived": "yes", "not_relevant": "yes",
}  # fmt: skip


def filled(path: str, ids: dict[str, Any]) -> str:
    return "/" + PLACE.sub(lambda place: quote(str(ids[place[2]]), safe=""), path)


def missing(path: str, ids: dict[str, Any]) -> str:
    """The same address for things that nobody has."""

    def nobodys(place: re.Match[str]) -> str:
        value = str(ids[place[2]])
        if place[1] == "uuid":
            return str(uuid.uuid4())
        # As many digits: the page has the asker's own address in it.
        return value[:-1] + str((int(value) + 5) % 10) if place[1] == "int" else value

    return "/" + PLACE.sub(nobodys, path)


def ask(client: Client, method: str, address: str) -> Any:
    return client.generic(
        method,
        address,
        "&".join(f"{name}={value}" for name, value in FORM.items()),
        "application/x-www-form-urlencoded",
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def all_rows_of(user: User) -> list[tuple[str, str | None]]:
    """What is to be found of somebody in each table, as a fingerprint."""
    columns = [(model._meta.db_table, model._meta.get_field(name).column) for model, name in erasure.owned()]
    rows = "SELECT '{0}', md5(string_agg(one::text, '|' ORDER BY one::text)) FROM {0} one WHERE {1} = %(user)s"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(rows.format(*place) for place in columns), {"user": user.pk})
        return sorted(cursor.fetchall())


def names(doors: Any) -> Any:
    return pytest.mark.parametrize("door", doors, ids=lambda door: door.path or "/")


def those(*who: str, table: dict[str, Door] = OWN) -> list[Door]:
    return [door for door in table.values() if door.who in who]


def assert_is_sent_to_sign_in(response: Any) -> None:
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/accounts/login/")


# --- Those who are not signed in -----------------------------------------------------------------------------------


@pytest.mark.django_db
@names([*those("person", "owner")])
def test_who_is_not_signed_in_is_sent_to_sign_in(door: Door, hers: Belongings, alice: User) -> None:
    before = all_rows_of(alice)
    for method in door.methods:
        address, nobodys = filled(door.path, hers.of(door.path)), missing(door.path, hers.of(door.path))
        there, not_there = ask(Client(), method, address), ask(Client(), method, nobodys)
        assert_is_sent_to_sign_in(there)
        assert there["Location"].replace(address, "") == not_there["Location"].replace(nobodys, "")
    assert all_rows_of(alice) == before


@pytest.mark.django_db
@names([*those("person", "owner")])
def test_a_deactivated_account_is_nobody_s(door: Door, hers: Belongings, alice: User) -> None:
    client = signed_in(alice)
    # As an operator would do it in the database: no session is ended by it.
    User.objects.filter(pk=alice.pk).update(is_active=False)
    before = all_rows_of(alice)
    for method in door.methods:
        assert_is_sent_to_sign_in(ask(client, method, filled(door.path, hers.of(door.path))))
    assert all_rows_of(alice) == before


@pytest.mark.django_db
@names(those("person", table=ALLAUTH))
def test_pages_of_an_account_are_for_who_is_signed_in(door: Door, alice: User) -> None:
    deactivated = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    for client in (Client(), deactivated):
        for method in ("GET", "POST"):
            if door.path == "accounts/email/":
                # Without a mail server it says that there is none, whoever asks.
                assert "mail" in ask(client, method, f"/{door.path}").content.decode()
            else:
                assert_is_sent_to_sign_in(ask(client, method, f"/{door.path}"))


@pytest.mark.django_db
@names([*those("anyone", "key"), *those("anyone", "key", table=ALLAUTH)])
def test_what_is_for_anyone_or_for_a_key_tells_nothing_without_it(door: Door, hers: Belongings) -> None:
    address = re.sub(r"\^|\$|\(\?P<\w+>[^)]*\)", lambda found: "wrong" if found[0].startswith("(") else "", door.path)
    address = "/" + PLACE.sub("wrong", address)
    for method in door.methods or {"GET", "POST"}:
        response = ask(Client(), method, address)
        assert response.status_code < 500
        assert b"Hers" not in response.content
        if door.who == "key" and door.path in OWN:
            assert response.status_code == 404


# --- Somebody else -------------------------------------------------------------------------------------------------

_TOKENS = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|name="id" value="[-\w]+"')


def as_seen(response: Any, address: str) -> tuple[Any, ...]:
    """All of an answer, but for what a form's token and next message differ in each time, and what the asker wrote."""
    body = _TOKENS.sub(b"", response.content).replace(address.encode(), b"")
    return response.status_code, sorted(response.items()), body


@pytest.mark.django_db
@names(those("owner"))
def test_what_is_somebody_else_s_is_not_there(door: Door, hers: Belongings, alice: User, bob: User) -> None:
    before = all_rows_of(alice)
    client = signed_in(bob)
    for method in door.methods:
        address, nobodys = filled(door.path, hers.of(door.path)), missing(door.path, hers.of(door.path))
        foreign = as_seen(ask(client, method, address), address)
        assert foreign[0] == 404
        assert foreign == as_seen(ask(client, method, nobodys), nobodys)
        assert b"Hers" not in foreign[2]
    assert all_rows_of(alice) == before


@pytest.mark.django_db
@names(those("owner"))
def test_what_is_one_s_own_is_there(door: Door, hers: Belongings, alice: User) -> None:
    """Or else the tests above would hold of an address that leads nowhere at all."""
    prepare(door.path, hers)
    client = signed_in(alice)
    method = "GET" if "GET" in door.methods else "POST"
    if door.path == "threads/<uuid:thread_id>/share/":
        method = "GET"
    assert ask(client, method, filled(door.path, hers.of(door.path))).status_code not in {403, 404, 405, 500}


def prepare(path: str, hers: Belongings) -> None:
    """Have things in the state in which this can be asked for."""
    memories = Memory.objects.filter(pk=hers.ids["memory"])
    if path.endswith(("/undo/", "/restore/", "/erase/")):
        memories.update(ended_at=timezone.now(), ending="forgotten")
    if path.endswith("/keep/"):
        Thread.objects.filter(pk=hers.ids["thread_id"]).update(
            temporary=True, memory_mode="off", expires_at=timezone.now() + timedelta(hours=1)
        )


@pytest.mark.django_db
def test_ids_in_what_is_sent_are_held_to_the_same(hers: Belongings, alice: User, bob: User) -> None:
    """Not only those in addresses: a thread to write into, files to send along, memories to forget."""
    before = all_rows_of(alice)
    client = signed_in(bob)
    thread, nobodys = hers.ids["thread_id"], uuid.uuid4()
    answers = [client.post("/say/", {"text": "Mine", "thread": one}) for one in (thread, nobodys)]
    assert as_seen(answers[0], "") == as_seen(answers[1], "")
    assert answers[0].status_code == 404
    attach = [client.post("/say/", {"text": "Mine", "attachment": one}) for one in (hers.ids["attachment_id"], nobodys)]
    assert [page.status_code for page in attach] == [400, 400]
    assert b"hers.png" not in attach[0].content
    for address in ("/memories/forget-selected/", "/memories/undo-selected/"):
        for name in ("pk", "pks", "memory", "selected", "id", "ids"):
            client.post(address, {name: hers.ids["memory"]})
    for address in ("/memories/forget-all/", "/memories/forgotten/erase/", "/memories/forgotten/undo/"):
        client.post(address, {"confirm": "yes", "user": alice.pk, "user_id": alice.pk})
    assert all_rows_of(alice) == before


@pytest.mark.django_db
def test_the_list_of_sessions_ends_one_s_own_alone(alice: User, bob: User) -> None:
    hers = UserSession.objects.create(user=alice, ip="192.0.2.1", user_agent="hers", session_key="hers")
    signed_in(bob).post("/accounts/sessions/", {"session": hers.pk})
    assert UserSession.objects.filter(pk=hers.pk).exists()


# --- What nobody should send ---------------------------------------------------------------------------------------

MALFORMED = [
    "x",
    "0",
    "-1",
    "null",
    "None",
    "%00",
    "9" * 30,
    "..",
    "1'--",
    "é",
    "%ff",
    str(uuid.uuid4())[:-1],
    " ",
    "a/b",
]
_EXISTS_FOR_ALL = {"name"}


@pytest.mark.django_db
@names([door for door in OWN.values() if PLACE.search(door.path)])
def test_an_id_that_is_none_leads_nowhere(door: Door, hers: Belongings, alice: User) -> None:
    client = signed_in(alice)
    ids = hers.of(door.path)
    for _kind, name in PLACE.findall(door.path):
        for bad in MALFORMED if name not in _EXISTS_FOR_ALL else []:
            address = "/" + PLACE.sub(lambda place: bad if place[2] == name else quote(str(ids[place[2]])), door.path)  # noqa: B023
            for method in door.methods:
                assert ask(client, method, address).status_code == 404, (method, address)


@pytest.mark.django_db
@names(OWN.values())
def test_no_other_method_is_answered(door: Door, hers: Belongings, alice: User) -> None:
    client = signed_in(alice)
    before = all_rows_of(alice)
    for method in METHODS:
        if method not in door.methods and door.who != "key":
            assert ask(client, method, filled(door.path, hers.of(door.path))).status_code == 405, method
    assert all_rows_of(alice) == before


@pytest.mark.django_db
@names([door for door in OWN.values() if door.methods - {"GET"}])
def test_a_form_without_its_token_is_not_taken(door: Door, hers: Belongings, alice: User) -> None:
    """Nothing that changes something can be sent by the page of another site."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    before = all_rows_of(alice)
    for method in door.methods - {"GET"}:
        assert ask(client, method, filled(door.path, hers.of(door.path))).status_code == 403
    assert all_rows_of(alice) == before


# --- Programs ------------------------------------------------------------------------------------------------------

SENT: dict[str, dict[str, Any]] = {
    "messages": {"text": "Mine"}, "edit": {"text": "Mine"}, "memories": {"text": "I like tea"},
    "forget": {"ids": [1]}, "undo": {"ids": [1]}, "forget-all": {"confirm": "forget"},
    "erase-all": {"confirm": "forget"}, "completions": {"messages": [{"role": "user", "content": "Hi"}]},
}  # fmt: skip


def body_for(door: ApiDoor) -> bytes:
    if door.method == "PUT":
        return b'{"not_relevant": true}'
    several = "<" not in door.path or door.path.endswith("edit")
    sent = SENT.get(door.path.rpartition("/")[2], {}) if door.method == "POST" and several else {}
    return json.dumps(sent).encode()


def api_ids(hers: Belongings, door: ApiDoor) -> dict[str, Any]:
    return {**hers.of(door.path), "proposal_id": hers.ids["proposal"], "memory_id": hers.ids["memory"]}


def ask_api(door: ApiDoor, address: str, token: str = "", method: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().generic(method or door.method, address, body_for(door), "application/json", headers=headers)


def api_doors(doors: Any) -> Any:
    return pytest.mark.parametrize("door", doors, ids=lambda door: f"{door.method} {door.path}")


def token_of(user: User, *scopes: str) -> str:
    return tokens.make(user, "program", scopes or Scope.values)[1]


@pytest.mark.django_db
@api_doors(BY_TOKEN)
def test_a_program_without_a_token_that_works_or_allows_it_is_told_so(
    door: ApiDoor, hers: Belongings, alice: User
) -> None:
    weak, revoked = token_of(alice, *({*Scope.values} - door.scopes)), token_of(alice)
    tokens.holder(revoked).delete()  # type: ignore[union-attr]
    address = filled(door.path, api_ids(hers, door))
    before = all_rows_of(alice)
    with_cookie = signed_in(alice).generic(door.method, address, body_for(door), "application/json")
    for answer in (with_cookie, ask_api(door, address), ask_api(door, address, revoked)):
        assert answer.status_code == 401
        assert b"Hers" not in answer.content
    if door.scopes:
        assert ask_api(door, address, weak).status_code == 403
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert ask_api(door, address, weak).status_code == 401
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert [row for row in all_rows_of(alice) if "token" not in row[0]] == [
        row for row in before if "token" not in row[0]
    ]


@pytest.mark.django_db
@api_doors([door for door in BY_TOKEN if PLACE.search(door.path) and "<path:" not in door.path])
def test_a_program_of_somebody_else_finds_nothing(door: ApiDoor, hers: Belongings, alice: User, bob: User) -> None:
    before, token, ids = all_rows_of(alice), token_of(bob), api_ids(hers, door)
    foreign, nobodys = (ask_api(door, address, token) for address in (filled(door.path, ids), missing(door.path, ids)))
    assert foreign.status_code == 404
    assert (foreign.content, sorted(foreign.items())) == (nobodys.content, sorted(nobodys.items()))
    assert all_rows_of(alice) == before
    assert ask_api(door, filled(door.path, ids), token_of(alice)).status_code not in {401, 403, 405, 500}
    for _kind, name in PLACE.findall(door.path):
        for bad in MALFORMED:
            address = "/" + PLACE.sub(lambda place: bad if place[2] == name else quote(str(ids[place[2]])), door.path)  # noqa: B023
            assert ask_api(door, address, token_of(alice) if bad == "x" else token).status_code in {404, 405}, address


@pytest.mark.django_db
def test_no_other_method_of_the_api_is_answered(hers: Belongings, alice: User) -> None:
    token, before = token_of(alice), all_rows_of(alice)
    for door in {door.path: door for door in API}.values():
        allowed = {one.method for one in API if one.path == door.path}
        for method in {*METHODS} - allowed:
            address = filled(door.path, api_ids(hers, door))
            assert ask_api(door, address, token, method).status_code == 405, (method, door.path)
    assert [row for row in all_rows_of(alice) if "token" not in row[0]] == [
        row for row in before if "token" not in row[0]
    ]


@pytest.mark.django_db
def test_ids_that_programs_send_are_held_to_the_same(hers: Belongings, alice: User, bob: User) -> None:
    before, client = all_rows_of(alice), Client(headers={"Authorization": f"Bearer {token_of(bob)}"})

    def post(path: str, sent: Any) -> Any:
        return client.post(f"/api/v1{path}", json.dumps(sent), "application/json")

    answers = [post("/messages", {"text": "Mine", "thread": str(one)}) for one in (hers.ids["thread_id"], uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    answers = [
        post("/messages", {"text": "Mine", "attachments": [str(one)]})
        for one in (hers.ids["attachment_id"], uuid.uuid4())
    ]
    assert [answer.json()["error"]["code"] for answer in answers] == ["attachment_gone"] * 2
    assert answers[0].content == answers[1].content
    assert post("/memories/forget", {"ids": [hers.ids["memory"]]}).json() == {"ids": [], "count": 0}
    assert post("/memories/undo", {"ids": [hers.ids["memory"]]}).json()["count"] == 0
    for one in (hers.ids["thread_id"], uuid.uuid4()):
        assert client.get(f"/api/v1/threads/search?q=Hers&thread={one}").status_code == 404
    assert all_rows_of(alice) == before


async def ask_mcp(token: str, method: str = "POST", origin: str = "", path: str = "/mcp") -> int:
    """The status of an answer, of everything that daphne serves."""
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"accept", b"application/json")]
    headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
    headers += [(b"origin", origin.encode())] if origin else []
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "path": path, "raw_path": path.encode(), "method": method, "query_string": b"",
        "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }  # fmt: skip
    await application(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.django_db(transaction=True)
async def test_mcp_is_for_programs_with_a_token(alice: User) -> None:
    token, revoked = await in_database(token_of, alice), await in_database(token_of, alice)
    held = await in_database(tokens.holder, revoked)
    await in_database(held.delete)  # type: ignore[union-attr]
    try:
        for path in programs.MCP_PATHS:
            assert await ask_mcp(token, path=path) == 200
            assert [await ask_mcp(one, path=path) for one in ("", "x", revoked)] == [401] * 3
            assert {await ask_mcp(token, method, path=path) for method in {*METHODS} - {"POST"}} == {405}
            assert await ask_mcp(token, origin="https://evil.example", path=path) == 403
        await in_database(User.objects.filter(pk=alice.pk).update, is_active=False)
        assert await ask_mcp(token) == 401
    finally:
        await mcp_door.stop()
        close_threads()


# --- The admin -----------------------------------------------------------------------------------------------------


def _admin_addresses() -> list[str]:
    paths = [path for path in ADMIN if path not in ADMIN_FOR_ANYONE and "(?P<url>" not in path]
    labelled = (re.sub(r"\^\(\?P<app_label>[^)]*\)(.*)\$", r"memories\1", path) for path in paths)
    return ["/" + re.sub(r"<(\w+:)?\w+>", "1", path) for path in labelled]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "an ordinary person", "deactivated staff"])
def test_the_admin_is_for_staff(who: str, hers: Belongings, alice: User) -> None:
    client = Client()
    if who == "an ordinary person":
        client = signed_in(alice)
    elif who == "deactivated staff":
        client = signed_in(User.objects.create_superuser("staff", password="x"))
        User.objects.filter(username="staff").update(is_active=False)
    before = all_rows_of(alice)
    for address in _admin_addresses():
        for method in ("GET", "POST"):
            response = ask(client, method, address)
            if address == "/admin/jsi18n/":
                # Words for its scripts; but not even these for others.
                assert response.status_code in {302, 403}
            refused = response.status_code == 403 or (
                response.status_code == 302 and re.match(r"/(admin|accounts)/(login|logout)/", response["Location"])
            )
            assert refused, (method, address, response.status_code)
    assert all_rows_of(alice) == before


# --- The socket ----------------------------------------------------------------------------------------------------

# Each command with the fields that name something. All are for who is signed in, and what they name must be theirs.
SAY_ID = "00000000-0000-4000-8000-000000000001"
COMMANDS: dict[str, dict[str, Any]] = {
    "open": {"thread": "thread_id"},
    "say": {"thread": "thread_id", "id": SAY_ID, "text": "Mine"},
    "stop": {"message": "reply"},
    "retry": {"message": "reply"},
    "edit": {"message": "question", "id": SAY_ID, "text": "Mine"},
    "continue": {"message": "reply"},
    "show": {"message": "reply"},
    "seen": {"thread": "thread_id"},
    "resume": {"message": "reply", "offset": 0},
}
# These name nothing and read nothing of anybody.
COMMANDS_ABOUT_THE_SOCKET: dict[str, dict[str, Any]] = {"got": {"bytes": 1}, "markup": {}, "ping": {}}


def command(name: str, ids: dict[str, Any] | None) -> dict[str, Any]:
    """A command about these things, or about some that nobody has."""
    told = dict(COMMANDS[name])
    for key, value in told.items():
        if key in {"thread", "message"}:
            told[key] = str(ids[value] if ids else uuid.uuid4())
    return {"do": name, **told}


def test_every_command_of_the_socket_is_known_here() -> None:
    assert {*COMMANDS, *COMMANDS_ABOUT_THE_SOCKET} == set(commands._READERS)


@pytest.fixture
def threads_end() -> Iterator[None]:
    yield
    close_threads()


on_sockets = pytest.mark.django_db(transaction=True)


@on_sockets
@pytest.mark.usefixtures("threads_end")
async def test_a_socket_gives_somebody_else_nothing_whatever_they_ask(hers: Belongings, alice: User, bob: User) -> None:
    before = await in_database(all_rows_of, alice)
    async with await Tab.of(bob) as tab:
        for name in COMMANDS:
            foreign = await tab.answer_to(command(name, hers.ids))
            nobodys = await tab.answer_to(command(name, None))
            assert foreign == nobodys
            # Whether a thread was seen is not answered at all.
            assert name == "seen" or foreign[-1]["kind"] == "not_found"
        attached = {**command("say", None), "thread": None}
        for one in (hers.ids["attachment_id"], uuid.uuid4()):
            answer = await tab.answer_to({**attached, "attachments": [str(one)]})
            assert answer[-1]["kind"] == "attachment_gone"
    assert await in_database(all_rows_of, alice) == before


@on_sockets
@pytest.mark.usefixtures("threads_end")
async def test_ids_that_are_none_are_told_and_the_socket_stays(hers: Belongings, alice: User) -> None:
    bad = ["x", "", 1, None, [], {}, "9" * 36, "\x00" * 36, str(uuid.uuid4()) + "0"]
    async with await Tab.of(alice) as tab:
        for name, fields in COMMANDS.items():
            for wrong in bad:
                for key in {"thread", "message", "id"} & set(fields):
                    if (name, key, wrong) != ("say", "thread", None):
                        answer = await tab.answer_to({**command(name, hers.ids), key: wrong})
                        assert answer[-1]["kind"] == "bad_command", (name, key, wrong)
        assert (await tab.answer_to({"do": "ping"}))[-1]["type"] == "pong"


def sign_out(client: Client, user: User) -> None:
    client.post("/accounts/logout/")


def change_password(client: Client, user: User) -> None:
    elsewhere = signed_in(user)
    new = {"password1": "another-horse-battery-8", "password2": "another-horse-battery-8"}
    done = elsewhere.post("/accounts/password/change/", {"oldpassword": "correct horse battery", **new})
    assert done.status_code == 302


def end_session_from_the_list(client: Client, user: User) -> None:
    client.get("/")
    elsewhere = signed_in(user)
    key = client.session.session_key
    UserSession.objects.get_or_create(user=user, session_key=key, defaults={"ip": "192.0.2.1", "user_agent": "a"})
    elsewhere.get("/accounts/sessions/")
    elsewhere.post("/accounts/sessions/")


def deactivate(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def delete_account(client: Client, user: User) -> None:
    User.objects.create_superuser("staff", password="x")
    erasure.close(user.pk)


EVENTS = [sign_out, change_password, end_session_from_the_list, deactivate, delete_account]


@on_sockets
@pytest.mark.usefixtures("threads_end")
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
async def test_open_sockets_are_closed_within_seconds_and_carry_nothing_out(
    event: Any, hers: Belongings, alice: User, bob: User, settings: Any
) -> None:
    assert settings.SOCKET_REVIEW_SECONDS <= 4
    client = await in_database(signed_in, alice)
    async with await Tab.of(bob) as bobs, Tab(client) as idle:
        busy = [Tab(client) for _ in COMMANDS]
        for tab in (idle, bobs, *busy):
            await tab.opened()
        await in_database(event, client, alice)
        before = await in_database(all_rows_of, alice)
        for name, tab in zip(COMMANDS, busy, strict=True):
            await tab.send(command(name, hers.ids))
            assert await tab.code() == 4401, name
        await reviewer.review()
        assert await idle.code() == 4401
        assert await in_database(all_rows_of, alice) == before
        assert (await bobs.answer_to({"do": "ping"}))[-1]["type"] == "pong"
        # Nor does a new one open with the old cookie.
        again = Tab(client)
        assert await again.code() == 4401


@on_sockets
@pytest.mark.usefixtures("threads_end")
async def test_who_is_not_signed_in_gets_no_socket(alice: User) -> None:
    assert await Tab(Client()).code() == 4401
    client = await in_database(signed_in, alice)
    for origin in ("https://evil.example", "http://localhost:1", "null", None):
        refused = Tab(client, origin=origin)
        assert await refused.code() == 4403
        assert not refused.accepted


def test_the_protocol_tells_of_every_command() -> None:
    told = (ROOT / "docs" / "protocol.md").read_text()
    for name in (*COMMANDS, *COMMANDS_ABOUT_THE_SOCKET):
        assert f"`{name}`" in told, name
