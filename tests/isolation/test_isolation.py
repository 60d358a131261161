"""Three people, two of the staff, somebody who was locked out and a visitor do whatever they like, through every door.

After each step: nobody has seen, changed or been able to infer anything of another. `ISOLATION_SEQUENCES=5000` makes it
thousands of sequences; see CONTRIBUTING.md.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils.html import escape
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conversations.models import SharedThread
from conversations.review import reviewer
from memchat.users.models import AccessLogEntry
from tests.isolation import doors, watching
from tests.isolation.doors import Chooser, Request, Route, Tool
from tests.isolation.one_thread import Site, Tab
from tests.isolation.people import (
    NOBODYS,
    PEOPLE,
    STAFF,
    Person,
    fields_for_words,
    make_everybody,
    name_of,
    owned_models,
    words_of,
)
from tests.isolation.watching import Owners

SEQUENCES = int(os.environ.get("ISOLATION_SEQUENCES") or 200)
STEPS = 50
# How long a sequence is; most are short, as what one step leaves behind is mostly found by one of the next.
LENGTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 50)
IN_CI = SEQUENCES <= 200
# What differs between two answers to the same request, and says nothing.
MASKED = re.compile(
    rb'\d{4}-\d\d-\d\dT[\d:.+]+|name="csrfmiddlewaretoken" value="[^"]+"|(?:csrftoken|sessionid|messages)="?[^;"]*|'
    rb"nonce-[\w=+/-]+|(?i:content-length): \d+|[Ee]xpires[=:][^;\n]+|(?i:x-request-id|request-id): \S+"
    rb'|"created": \d+'
)
NEW_ID = re.compile(rb"chatcmpl-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class World:
    """What all sequences begin with."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cast = make_everybody()
        for person in self.cast.values():
            person.client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
        self.owners = Owners.of_everything()
        self.tokens = dict(SharedThread.objects.order_by("pk").values_list("token", "user_id"))
        self.done: Counter[str] = Counter()
        watching.touched()

    def cookie(self, name: str) -> str:
        return self.cast[name].client.cookies["sessionid"].value


WORLD: World
"""The one of the test that is running; hypothesis makes the machines."""

OWN = [route for route in doors.routes() if route.room == "own"]
ACCOUNTS = [route for route in doors.routes() if route.room == "accounts"]
ADMIN = [route for route in doors.routes() if route.room == "admin"]
API = [route for route in doors.routes() if route.room == "api"]
# Doors for programs that are no part of the API.
MODELS = [route for route in doors.routes() if route.room == "v1"]
TOOLS = list(doors.tools())
# Where what is somebody's can be reached is where most is tried.
JOB, LOCK = "a job is done", "somebody is locked out"
# What shows much at once: lists, searches, exports.
WIDE = [route for route in OWN if "<" not in route.path] + [route for route in ACCOUNTS if "export" in route.path]
DOORS: list[Any] = [
    *OWN * 5, *API * 6, *MODELS * 20, *TOOLS * 12, *WIDE * 5, *doors.COMMANDS * 16, *ACCOUNTS, *ADMIN,
    *[JOB] * 25, *[LOCK] * 10,
]  # fmt: skip


class Strangers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world, self.site = WORLD, WORLD.site
        self._all = transaction.atomic()
        self._all.__enter__()
        cache.clear()
        self.owners = self.world.owners.copy()
        self.tokens = dict(self.world.tokens)
        self.forms: dict[str, str] = {}
        self.waits = False
        self.log = watching.Log()
        self.people: dict[str, Person] = {}
        self.tabs: dict[str, Tab] = {}
        logging.getLogger().addHandler(self.log)
        for name, person in self.world.cast.items():
            self.people[name] = replace(person, client=Client(), signed_in=True)
            self.people[name].client.cookies["sessionid"] = self.world.cookie(name)
        for name in PEOPLE:
            self.tabs[name] = Tab(self.site, self.world.cookie(name))
        self.site.settle(list(self.tabs.values()))
        watching.touched()
        self.world.done["sequences"] += 1

    def teardown(self) -> None:
        logging.getLogger().removeHandler(self.log)
        for tab in self.tabs.values():
            tab.close()
        transaction.set_rollback(True)
        self._all.__exit__(None, None, None)

    # --- What they do -----------------------------------------------------------------------------------------------

    @initialize(steps=st.sampled_from(LENGTHS))
    def begin(self, steps: int) -> None:
        self.left = steps

    @rule(name=st.sampled_from(PEOPLE), door=st.sampled_from(DOORS), seed=st.integers(0, 2**32))
    def somebody_tries_a_door(self, name: str, door: Any, seed: int) -> None:
        self.left -= 1
        if self.left < 0:
            return
        if door == JOB:
            self._work()
        elif door == LOCK:
            self._lock_out_or_let_in(self.people[name])
        elif isinstance(door, Route | Tool):
            # The admin is tried by people too, and people's pages by staff and by visitors.
            others = [*STAFF, *STAFF, name, ""] if door.room == "admin" else [name] * 16 + [*STAFF, "", ""]
            self._ask(self.people.get(others[seed % len(others)]), door, seed)
        else:
            self._command(self.people[name], door, seed)

    def _work(self) -> None:
        """The worker does what waits first."""
        if not (jobs := self.site.waiting_jobs()):
            return
        owner = next((one for one in self.people.values() if one.pk == jobs[0][2].get("user")), None)
        note(f"job {jobs[0][1]} of {owner and owner.name}")
        self.world.done["jobs"] += 1
        self.site.carry_out(jobs[0])
        self._look_around(replace(owner, signed_in=True) if owner else None, b"")

    def _lock_out_or_let_in(self, person: Person) -> None:
        note(f"{person.name} is {'locked out' if person.signed_in else 'let in again'}")
        accounts = type(person.user).objects.filter(pk=person.pk)
        # The session stays: no door may open for it. The socket is told, as every few seconds.
        accounts.update(is_active=not person.signed_in)
        person.signed_in = not person.signed_in
        if person.signed_in:
            self._sign_in(person)
        self.site.run(reviewer.review())
        self.site.settle(list(self.tabs.values()))
        watching.touched()

    def _sign_in(self, person: Person) -> None:
        person.client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
        if person.name in self.tabs:
            self.tabs[person.name].close()
            self.tabs[person.name] = Tab(self.site, person.client.cookies["sessionid"].value)

    # --- Through a page ---------------------------------------------------------------------------------------------

    def _ask(self, person: Person | None, route: Route | Tool, seed: int) -> None:
        chooser = Chooser(random.Random(seed), person, self.owners, self.tokens)
        request = doors.request_for(route, chooser, self.forms)
        note(f"{person.name if person else 'a visitor'}: {request}")
        self.world.done[f"{'staff' if person and person.is_staff else 'people'} {route.room}"] += 1
        client = person.client if person else Client()
        in_path = any(one in request.path for one in request.foreign)
        if not (person and person.is_staff) and (in_path or (request.foreign and chooser.random.random() < 0.3)):
            self._tells_nothing(client, request, person)
        response = self._send(client, request, person)
        data = watching.contents(response, self.site.loop)
        self._look_around(person, request.said())
        self._may_see(person, data, request)
        self._follow_up(person, response, data)

    def _send(self, client: Client, request: Request, person: Person | None) -> Any:
        query = doors.query_string(request.query)
        path = f"{request.path}?{query}" if query else request.path
        if request.by_program:
            # Whatever cookie there is, the token says who asks.
            headers = {"Authorization": f"Bearer {person.token}"} if person else {}
            if "file" in request.data:
                request.data["file"].seek(0)
                return client.post(path, request.data, headers=headers)
            body = json.dumps(request.data) if request.data else ""
            if request.path == doors.MCP:
                return self.site.ask(request.path, body, headers)
            return client.generic(request.method, path, body, "application/json", headers=headers)
        if request.method == "GET":
            return client.get(path, headers=request.headers)
        for value in request.data.values():
            if hasattr(value, "seek"):
                value.seek(0)
        return client.post(path, request.data, headers=request.headers)

    def _tells_nothing(self, client: Client, request: Request, person: Person | None) -> None:
        """Somebody else's ids are answered as missing ones are, to the byte."""
        for _attempt in range(2):
            # Twice, as a minute may pass between two answers.
            foreign, missing = (self._tried(client, one, request, person) for one in (request, request.instead()))
            if foreign == missing:
                return
        assert foreign == missing, f"{request}\ntells that it exists: {_difference(foreign, missing)}"

    def _tried(self, client: Client, request: Request, original: Request, person: Person | None) -> tuple[int, bytes]:
        """The answer to a request that is taken back."""
        again = Client()
        if "sessionid" in client.cookies:
            again.cookies["sessionid"] = client.cookies["sessionid"].value
        with transaction.atomic():
            response = self._send(again, request, person)
            data = watching.contents(response, self.site.loop)
            transaction.set_rollback(True)
        query = doors.query_string(request.query)
        for echoed in (query, quote(query), quote_plus(query), quote(quote(query)), escape(query)):
            data = data.replace(echoed.encode(), b"query") if query else data
        data = data.replace(request.path.encode(), b"path")
        for found in original.foreign:
            data = re.sub(rb"(?<=[=/,])" + re.escape(found.encode()) + rb"(?=[/,&#\"\s])", b"id", data)
        data = re.sub(rb"(?<=[=/,])" + doors.MISSING_NUMBER.encode() + rb"(?=[/,&#\"\s])", b"id", data)
        return response.status_code, NEW_ID.sub(b"id", MASKED.sub(b"", data))

    def _follow_up(self, person: Person | None, response: Any, data: bytes) -> None:
        """What the next steps can use: new links, forms that carry something, and whether one is still signed in."""
        for value in re.findall(rb'name="entries" value="([^"]+)"', data):
            self.forms[value.decode()] = person.name if person else ""
        user = getattr(getattr(response, "wsgi_request", None), "user", None)
        if "/api/" in getattr(getattr(response, "wsgi_request", None), "path", ""):
            # Not by a session.
            return
        if person is not None and person.signed_in and user is not None and not user.is_authenticated:
            self._sign_in(person)
            watching.touched()

    # --- Through the socket -----------------------------------------------------------------------------------------

    def _command(self, person: Person, name: str, seed: int) -> None:
        self.world.done["socket"] += 1
        chooser = Chooser(random.Random(seed), person, self.owners, self.tokens)
        command = doors.command_for(name, chooser)
        note(f"{person.name} sends {command}")
        tab = self.tabs[person.name]
        if chooser.foreign and person.signed_in:
            self._answers_alike(person, command, chooser.foreign)
        tab.send(json.dumps(command))
        self._look_around(person, json.dumps(command).encode())

    def _answers_alike(self, person: Person, command: dict[str, Any], foreign: dict[str, str]) -> None:
        both = []
        for one in (command, doors._replaced(command, foreign)):
            with transaction.atomic():
                tab = Tab(self.site, person.client.cookies["sessionid"].value)
                tab.send(json.dumps(one))
                self.site.settle([tab])
                transaction.set_rollback(True)
            tab.close()
            told = NEW_ID.sub(b"id", "\n".join(tab.taken()).encode())
            both.append(re.sub(rb'"(?:at|created_at|active_at|ended_at)":"?[^",]+"?', b"", told))
        if b'"error"' in both[0] or b'"error"' in both[1]:
            assert both[0] == both[1], f"{command}\ntells that it exists: {_difference((0, both[0]), (0, both[1]))}"

    # --- What must hold ---------------------------------------------------------------------------------------------

    def _look_around(self, actor: Person | None, said: bytes) -> None:
        self.world.done["steps"] += 1
        self.site.settle(list(self.tabs.values()))
        self._rows_are_theirs(actor)
        if self.waits:
            self.waits = self.site.sweep(list(self.tabs.values()))
            # The site's own doing, whoever is next.
            self._note_new(watching.touched())
        for name, tab in self.tabs.items():
            for frame in tab.taken():
                self._may_see(self.people[name], frame.encode(), None, said if actor and actor.name == name else b"")
        written = "\n".join(self.log.taken())
        assert not watching.canaries(written.encode()), f"the log tells: {written}"
        self._providers_were_told_of_one()

    def _rows_are_theirs(self, actor: Person | None) -> None:
        rows = watching.touched()
        noted = {owner for table, op, owner, _ in rows if (table, op) == ("users_accesslogentry", "INSERT")}
        self._note_new(rows)
        for table, op, owner, pk in rows:
            if actor is not None and owner == actor.pk and actor.signed_in:
                continue
            looked = actor is not None and actor.is_staff and owner in noted
            assert looked, f"{op} of {table} {pk}, which is {owner}'s, by {actor and actor.name}"
            assert table == "users_accesslogentry" or self._was_asked_for(actor, owner), (
                f"{op} of {table} without entry"
            )

    def _note_new(self, rows: list[tuple[str, str, int, str]]) -> None:
        for table, op, owner, pk in rows:
            if op == "INSERT":
                self.owners.add(table, pk, owner)
                self.waits = self.waits or table == "conversations_run"
            if op == "INSERT" and table == SharedThread._meta.db_table:
                self.tokens.update(SharedThread.objects.filter(pk=pk).values_list("token", "user_id"))

    def _was_asked_for(self, actor: Person | None, owner: int) -> bool:
        return AccessLogEntry.objects.filter(staff=actor and actor.pk, user=owner, kind="forgot").exists()

    def _providers_were_told_of_one(self) -> None:
        provider = self.site.provider
        for requests in (provider.requests, provider.learning_requests):
            while requests:
                told = watching.canaries(json.dumps(requests.popleft().body).encode())
                assert len({name for name, _ in told}) <= 1, f"a provider was told {told} at once"
                assert not {kind for _, kind in told} & {"wombat"}, "a provider was told who somebody is"

    def _may_see(self, person: Person | None, data: bytes, request: Request | None, said: bytes = b"") -> None:
        said = request.said() if request else said
        seen = watching.canaries(data) - watching.everybodys(person) - watching.canaries(said)
        if request is not None and request.token:
            # Whoever has the link may read what was said, and nothing of who said it.
            owner = self.tokens.get(request.token)
            seen -= {(one.name, "quokka") for one in self.people.values() if one.pk == owner}
        if person is not None and person.is_staff and person.signed_in:
            seen -= self._was_noted(person, {name for name, kind in seen if kind == "quokka"})
            assert not seen, f"{person.name} saw {seen} without an entry that says so"
            return
        assert not seen, f"{person.name if person else 'a visitor'} saw {seen}: {_around(data, seen)}"
        self._ids_are_theirs(person, data, said)

    def _was_noted(self, staff: Person, names: set[str]) -> set[tuple[str, str]]:
        if staff.name != "reader" or not names:
            return set()
        noted = set(AccessLogEntry.objects.filter(staff=staff.pk).values_list("user", flat=True))
        return {(name, "quokka") for name in names if self.people[name].pk in noted}

    def _ids_are_theirs(self, person: Person | None, data: bytes, said: bytes) -> None:
        me = person.pk if person and person.signed_in else 0
        for found in watching.ids(data) - watching.ids(said):
            owner = self.owners.of_id.get(found, me)
            assert owner == me, f"{person and person.name} was told {found.decode()}, which is {owner}'s"


def _around(data: bytes, seen: set[tuple[str, str]]) -> str:
    at = data.lower().find("".join(next(iter(seen))).encode())
    return data[max(0, at - 300) : at + 100].decode(errors="replace")


def _difference(one: tuple[int, bytes], other: tuple[int, bytes]) -> str:
    pairs = enumerate(zip(one[1], other[1], strict=False))
    same = next((at for at, (left, right) in pairs if left != right), 0)
    return "\n".join(f"{status} …{data[max(0, same - 80) : same + 120]!r}" for status, data in (one, other))


@pytest.fixture(scope="module")
def watched(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), watching.watched_rows():
        yield


@pytest.fixture
def world(watched: None, db: None) -> Iterator[World]:
    global WORLD
    with Site() as site:
        WORLD = World(site)
        yield WORLD


@pytest.mark.timeout(600 if IN_CI else 0)
def test_strangers_who_do_whatever_they_like_see_and_change_nothing_of_each_other(world: World) -> None:
    run_state_machine_as_test(
        Strangers,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # In CI the same every time, and without looking for a shorter way to what was found.
            derandomize=IN_CI,
            phases=[Phase.generate] if IN_CI else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"\n{dict(world.done)}")
    assert world.done["sequences"] >= SEQUENCES
    assert world.done["steps"] >= SEQUENCES * 5


def test_every_field_that_can_hold_words_holds_somebodys(world: World) -> None:
    """So that a new field is watched like the others."""
    empty = []
    for model, owner in owned_models():
        if model is AccessLogEntry or model._meta.app_label == "admin":
            continue
        for name in fields_for_words(model):
            if f"{model._meta.label}.{name}" in NOBODYS:
                continue
            for person in (world.cast[one] for one in PEOPLE):
                held = _held(model._meta.db_table, model._meta.get_field(name).column, owner, person.pk)  # type: ignore[union-attr]
                if words_of(person.name) not in held and name_of(person.name) not in held:
                    empty.append(f"{model._meta.label}.{name} of {person.name}")
    assert not empty, "\n".join(empty)


def _held(table: str, column: str, owner: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{owner}" = %s', [pk])
        values = [one for (one,) in cursor.fetchall()]
    return " ".join(bytes(one).decode("latin1") if isinstance(one, memoryview | bytes) else str(one) for one in values)


def test_every_address_and_every_command_is_tried() -> None:
    assert len(OWN) > 60 and len(ADMIN) > 40 and len(ACCOUNTS) > 10 and len(API) > 30
    assert {"recall", "remember", "forget", "list_threads", "search_threads", "read_thread"} <= {
        tool.name for tool in TOOLS
    }
    assert {"v1/chat/completions", "v1/models"} <= {route.path for route in MODELS}
    described = doors._operations()
    assert {route.path for route in API} - {"api/v1/docs/"} <= {*described}, "the API does not describe these"
    assert {"open", "say", "stop", "retry", "edit", "continue", "show", "seen", "resume", "got", "markup", "ping"} <= {
        *doors.COMMANDS
    }
    assert set(doors.COMMANDS) == set(doors.NEEDS), "a new command needs its fields in tests/isolation/doors.py"
