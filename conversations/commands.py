"""Reads what a browser sends over the socket: pure, strict, and never surprised.

Every frame becomes a `Command` or a TurnError that names what is wrong with it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from conversations.errors import TurnError
from memchat.text import storable
from memories.access import MemoryMode

FRAME_MAX_BYTES = 1_000_000
REF_MAX_CHARS = 64
MOST_ATTACHMENTS = 100
"""How many a frame may name; how many a message may have, `turns.accepting` says."""


@dataclass(frozen=True, slots=True)
class Have:
    """How much of a reply a page shows already."""

    message: uuid.UUID
    offset: int


@dataclass(frozen=True, slots=True)
class Open:
    thread: uuid.UUID
    after: uuid.UUID | None
    have: Have | None


@dataclass(frozen=True, slots=True)
class Say:
    thread: uuid.UUID | None
    id: uuid.UUID
    text: str
    provider: str
    model_name: str
    memory_mode: str = ""
    temporary: bool = False
    attachments: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class StopReply:
    message: uuid.UUID


@dataclass(frozen=True, slots=True)
class Retry:
    message: uuid.UUID
    id: uuid.UUID | None = None
    provider: str = ""
    model_name: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    message: uuid.UUID
    id: uuid.UUID
    text: str
    provider: str = ""
    model_name: str = ""


@dataclass(frozen=True, slots=True)
class GoOn:
    message: uuid.UUID
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Show:
    message: uuid.UUID


@dataclass(frozen=True, slots=True)
class Seen:
    thread: uuid.UUID


@dataclass(frozen=True, slots=True)
class Resume:
    message: uuid.UUID
    offset: int


@dataclass(frozen=True, slots=True)
class Got:
    chars: int


@dataclass(frozen=True, slots=True)
class Markup:
    pass


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Command = Open | Say | StopReply | Retry | Edit | GoOn | Show | Seen | Resume | Got | Markup | Ping


class CommandError(TurnError):
    """A frame that is no command; `ref` is what it was called, as far as that could be read."""

    def __init__(self, kind: str, text: str = "", ref: str | None = None) -> None:
        super().__init__(kind, text)
        self.ref = ref


def parse(text: str | None, data: bytes | None) -> tuple[Command, str | None]:
    """The command in one frame, and its `ref`. Raises CommandError: bad_frame, too_large, bad_command."""
    fields = _object(text, data)
    ref = fields.get("ref")
    if ref is not None and (not isinstance(ref, str) or len(ref) > REF_MAX_CHARS or storable(ref) != ref):
        raise CommandError("bad_command", _wrong("ref"))
    name = fields.get("do")
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        raise CommandError("bad_command", ref=ref)
    try:
        return reader(_Fields(fields)), ref
    except CommandError as error:
        error.ref = ref
        raise


def _object(text: str | None, data: bytes | None) -> dict[str, Any]:
    if text is None:
        if data is None:
            raise CommandError("bad_frame")
        if len(data) > FRAME_MAX_BYTES:
            raise CommandError("too_large")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise CommandError("bad_frame") from None
    if len(text) > FRAME_MAX_BYTES:
        raise CommandError("too_large")
    try:
        fields = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CommandError("bad_frame") from None
    if not isinstance(fields, dict):
        raise CommandError("bad_frame")
    return fields


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _wrong(name: str) -> str:
    return _("The field “%(name)s” is missing or has the wrong shape.") % {"name": name}


class _Fields:
    """The fields of one command, each asked for by its shape."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _fail(self, name: str) -> NoReturn:
        raise CommandError("bad_command", _wrong(name))

    def id(self, name: str) -> uuid.UUID:
        value = self._fields.get(name)
        if not isinstance(value, str) or len(value) != 36:
            self._fail(name)
        try:
            return uuid.UUID(value)
        except ValueError:
            self._fail(name)

    def id_or_none(self, name: str) -> uuid.UUID | None:
        return None if self._fields.get(name) is None else self.id(name)

    def text(self, name: str) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str):
            self._fail(name)
        return value

    def name(self, name: str) -> str:
        value = self._fields.get(name, "")
        if not isinstance(value, str) or len(value) > 120:
            self._fail(name)
        return value

    def ids(self, name: str, most: int) -> tuple[uuid.UUID, ...]:
        """A list of ids, or none where the field is missing."""
        value = self._fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > most:
            self._fail(name)
        try:
            return tuple(_Fields({"id": one}).id("id") for one in value)
        except CommandError:
            self._fail(name)

    def count(self, name: str) -> int:
        value = self._fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 2**53:
            self._fail(name)
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        """One of these, or "" where nothing is chosen."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in choices:
            self._fail(name)
        return value

    def flag(self, name: str) -> bool:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            self._fail(name)
        return bool(value)

    def only_if(self, condition: bool, *names: str) -> None:
        """These fields are wrong unless the condition holds."""
        for name in names:
            if not condition and self._fields.get(name) is not None:
                self._fail(name)

    def have(self, name: str) -> Have | None:
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._fail(name)
        inner = _Fields(value)
        return Have(inner.id("message"), inner.count("offset"))


def _say(fields: _Fields) -> Say:
    thread = fields.id_or_none("thread")
    memory_mode, temporary = fields.choice("memory_mode", MemoryMode.values), fields.flag("temporary")
    # How a thread begins. One that exists has its own switches.
    fields.only_if(thread is None, "memory_mode", "temporary")
    fields.only_if(not temporary, "memory_mode")
    return Say(
        thread,
        fields.id("id"),
        fields.text("text"),
        fields.name("provider"),
        fields.name("model_name"),
        memory_mode,
        temporary,
        fields.ids("attachments", MOST_ATTACHMENTS),
    )


_READERS: dict[str, Callable[[_Fields], Command]] = {
    "open": lambda fields: Open(fields.id("thread"), fields.id_or_none("after"), fields.have("have")),
    "say": _say,
    "stop": lambda fields: StopReply(fields.id("message")),
    "retry": lambda fields: Retry(
        fields.id("message"), fields.id_or_none("id"), fields.name("provider"), fields.name("model_name")
    ),
    "edit": lambda fields: Edit(
        fields.id("message"),
        fields.id("id"),
        fields.text("text"),
        fields.name("provider"),
        fields.name("model_name"),
    ),
    "continue": lambda fields: GoOn(fields.id("message"), fields.id_or_none("id")),
    "show": lambda fields: Show(fields.id("message")),
    "seen": lambda fields: Seen(fields.id("thread")),
    "resume": lambda fields: Resume(fields.id("message"), fields.count("offset")),
    "got": lambda fields: Got(fields.count("bytes")),
    "markup": lambda fields: Markup(),
    "ping": lambda fields: Ping(),
}
