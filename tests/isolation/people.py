"""The cast, and what is theirs: everybody has a row of everything, with a word of their own in every field."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client
from django.utils import timezone
from PIL import Image

from conversations.models import (
    Attachment,
    ChangeKind,
    Heard,
    Import,
    ImportPart,
    Learning,
    MemoryChange,
    MemoryUse,
    Message,
    MonthlyUsage,
    Run,
    SharedThread,
    State,
    Thread,
    ToolUse,
)
from conversations.turns import accepting, ending
from conversations.turns.ending import Ending
from memchat.users import tokens
from memchat.users.models import AccessKind, AccessLogEntry, Scope, User
from memories.items.places import Place
from memories.models import Memory, Origin, Proposal
from memories.writing import correct, forget, remember
from memories.writing.items import FieldVector, Put, write

PEOPLE = ("alice", "bob", "carol")
STAFF = ("clerk", "reader")
"""Both may see every page of the admin; only the second one people's words."""
NAMES = (*PEOPLE, *STAFF)

# Words that everybody's texts have, to be searched for: a request that named a canary would get it back.
COMMON = "lighthouse harbour"


def words_of(name: str) -> str:
    """Stands in what they wrote, and in what was answered."""
    return f"{name}quokka"


def name_of(name: str) -> str:
    """Stands in who they are. Staff see it."""
    return f"{name}wombat"


def tag_of(name: str) -> str:
    return f"{words_of(name)} tag"


@dataclass
class Person:
    name: str
    user: User
    client: Client = field(default_factory=Client)
    is_staff: bool = False
    signed_in: bool = True
    token: str = ""
    """What their program shows."""

    @property
    def pk(self) -> int:
        return int(self.user.pk)


def make_everybody() -> dict[str, Person]:
    cast = {name: Person(name, _account(name), is_staff=name in STAFF) for name in NAMES}
    for person in cast.values():
        _fill(person)
    for name, more in (("clerk", ()), ("reader", ("view_text",))):
        seen = Permission.objects.filter(codename__startswith="view_").exclude(codename="view_text")
        acts = Permission.objects.filter(codename__in=("change_memory", "delete_thread", *more))
        cast[name].user.user_permissions.set([*seen, *acts])
        cast[name].user.is_staff = True
        cast[name].user.save(update_fields=["is_staff"])
    return cast


def _account(name: str) -> User:
    who = name_of(name)
    user = User.objects.create_user(who, email=f"{who}@example.org", password=f"{who} staple", first_name=who)
    user.last_name, user.custom_instructions = who, f"Call me {words_of(name)} at the {COMMON}"
    user.save()
    return user


def _fill(person: Person) -> None:
    """A row of every kind, and in it the person's word."""
    user, word, who = person.user, words_of(person.name), name_of(person.name)
    said = f"My boat at the {COMMON} is called {word}"
    EmailAddress.objects.create(user=user, email=f"{who}@example.net")
    UserSession.objects.create(user=user, ip="192.0.2.7", user_agent=f"browser of {who}", session_key=f"{who}-key")
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": who, "used_mask": 0})
    AccessLogEntry.objects.create(
        user=user, staff_name=f"staff for {who}", kind=AccessKind.READ, what=f"for {who}", reason=f"asked by {who}"
    )
    thread, asked, reply = _turn(user, said, f"What a name, *{word}*.", f"Boats of {word}")
    Thread.objects.filter(pk=thread.pk).update(tags=[tag_of(person.name)], unread=True)
    Message.objects.filter(pk=reply.pk).update(
        error_detail=f"cannot say {word}", html=f"<p>What a name, {word}.</p>", memory_notice=word[:30]
    )
    _turn(user, f"And a second {COMMON}, {word}", f"Yes, {word}", f"More of {word}", archived=True)
    later = timezone.now() + timedelta(days=1)
    _turn(user, f"Between us, {word}", f"Sh, {word}", f"Secret {word}", temporary=True, expires_at=later)
    _unanswered(user, f"Is somebody at the {COMMON}, {word}?")
    _remembered(person, thread, asked, reply)
    _files(user, asked, word)
    _imports(user, word)
    MonthlyUsage.objects.create(user=user, provider="openai", model_name="fake", replies=1)
    person.token = tokens.make(user, f"program of {word}", Scope.values)[1]
    Heard.objects.create(user=user, text=f"I said {word} elsewhere", earlier=[["user", f"Before {word}"]])
    SharedThread.objects.create(
        token=(word + "-" + "x" * 43)[:43],
        user=user,
        thread=thread,
        title=f"Given by {word}",
        said=[{"role": "user", "text": f"Given away by {word}"}],
    )


def _turn(user: User, said: str, answered: str, title: str, **more: Any) -> tuple[Thread, Message, Message]:
    accepted = accepting.accept(user.pk, None, uuid.uuid4(), said, owner="there", temporary="temporary" in more)
    ending.finish(accepted.claim, Ending(State.COMPLETE, answered))  # type: ignore[arg-type]
    Thread.objects.filter(pk=accepted.thread.pk).update(title=title, **more)
    return accepted.thread, accepted.message, accepted.reply


def _unanswered(user: User, said: str) -> None:
    """A reply that another process is writing."""
    accepted = accepting.accept(user.pk, None, uuid.uuid4(), said, owner=f"there of {user.username}")
    Thread.objects.filter(pk=accepted.thread.pk).update(title=said)
    Message.objects.filter(pk=accepted.reply.pk).update(text=said)
    Run.objects.filter(reply=accepted.reply).update(lease_expires_at=timezone.now() + timedelta(days=1))


def _remembered(person: Person, thread: Thread, asked: Message, reply: Message) -> None:
    user, word = person.user, words_of(person.name)
    source: dict[str, Any] = {"source_thread": thread.pk, "source_message": asked.pk}
    first = remember(user, f"I keep {word} at the {COMMON}", origin=Origin.SAID, key=f"k-{word}", **source).memory
    assert first is not None
    current = correct(first, f"I keep {word} at the old {COMMON}").memory
    other = remember(user, f"My goat is called {word}", origin=Origin.SAID, pinned=True, **source).memory
    gone = remember(user, f"I once lost {word} in the {COMMON}", origin=Origin.LEARNED, **source).memory
    assert current is not None and other is not None and gone is not None
    forget(gone)
    Memory.objects.filter(pk=other.pk).update(namespace=f"memories of {word}")
    value = {"title": f"Goats of {word}"}
    made = FieldVector(f"title of {word}", 0, [1.0, 0.0])
    put = Put(Place(user.pk, "memories.goats"), f"goats-{word}", value, json.dumps(value), (made.path,), vectors=[made])
    put.indexed_by = "program"
    write(user.pk, [put])
    proposal = Proposal.objects.create(
        user=user, text=f"{word} is my illness", sensitive="health", origin="learned", fingerprint=word, **source
    )
    for position, memory in enumerate((current, gone)):
        MemoryUse.objects.create(reply=reply, user=user, memory=memory, rank=position + 1, reasons=f"words,{word}"[:40])
        MemoryChange.objects.create(
            message=asked,
            user=user,
            position=position,
            kind=ChangeKind.REMEMBERED,
            memory=memory,
            text=f"to keep {word}",
            reason=f"because of {word}",
            proposal=None if position else proposal,
        )
    ToolUse.objects.create(reply=reply, user=user, position=0, name="search_memories", query=f"what of {word}", found=1)
    Learning.objects.update_or_create(
        message=asked, defaults={"user": user, "error_kind": "unreadable", "error_detail": f"no {word}"}
    )


def _files(user: User, asked: Message, word: str) -> None:
    image = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(image, "PNG")
    drawn = image.getvalue() + word.encode()
    text = f"A file about the {COMMON} of {word}"
    for at, message in enumerate((asked, None)):
        Attachment.objects.create(
            user=user, message=message, position=at, name=f"{word}.txt", kind="text", media_type="text/plain",
            size=len(text), data=text.encode(), text=text, chars=len(text),
        )  # fmt: skip
        Attachment.objects.create(
            user=user, message=message, position=at + 2, name=f"{word}.png", kind="image", media_type="image/png",
            size=len(drawn), data=drawn, preview=drawn, width=8, height=8,
        )  # fmt: skip


def _imports(user: User, word: str) -> None:
    found = {
        "new": 1, "grown": 0, "known": 0, "messages": 2, "first": None, "last": None, "files": 0, "skipped": 0,
        "titles": [[str(uuid.uuid4()), f"Brought by {word}", "new"]],
    }  # fmt: skip
    memories = [{"text": f"I brought {word}", "verdict": "new", "reason": "", "state": "", "category": "fact"}]
    for state in ("done", "ready"):
        ended = timezone.now() if state == "done" else None
        brought = Import.objects.create(
            user=user, state=state, size=5, source="memchat", found=found, memories=memories, ended_at=ended
        )
        ImportPart.objects.create(of=brought, position=0, data=f"part of {word}".encode())


# --- Which tables there are ------------------------------------------------------------------------------------------


def owned_models() -> Iterator[tuple[type[models.Model], str]]:
    """Every model with an owner, and the column that names them; accounts own themselves."""
    for model in apps.get_models():
        if model is User:
            yield model, "id"
        elif model is not ImportPart and "user" in {one.name for one in model._meta.concrete_fields}:
            yield model, model._meta.get_field("user").column  # type: ignore[union-attr]


# What these hold is nobody's: names of states and kinds, keys, what the program made of a text.
WITHOUT_WORDS = {
    "password", "language", "fingerprint", "embedder", "indexed_by", "recalled", "sensitive", "stop_reason",
    "error_kind", "provider", "source", "media_type", "session_key", "type", "model_name",
}  # fmt: skip

NOBODYS = {
    "conversations.ToolUse.name", "users.Counter.kind", "usersessions.UserSession.data", "users.AccessToken.digest",
    "users.AccessToken.scopes",
}  # fmt: skip


def fields_for_words(model: type[models.Model]) -> list[str]:
    """The fields of a model that could hold somebody's words."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    return [
        one.attname
        for one in model._meta.concrete_fields
        # Of a list, what it is of.
        if (
            isinstance(getattr(one, "base_field", one), kinds)
            or type(one).__name__ in {"SearchVectorField", "GeneratedField"}
        )
        and not one.choices
        and one.attname not in WITHOUT_WORDS
    ]
