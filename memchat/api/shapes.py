"""What is sent and what comes back, as OpenAPI describes it. Kept as they are for as long as this is version 1."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from memories.models import Category

MemoryModeName = Literal["off", "read", "write"]
Ids = Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=200)]
Model = Annotated[str, Field(max_length=120)]


class Sent(Schema):
    """What a program sends: a field that nobody knows is a mistake, and is said to be one."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Schema):
    code: str = Field(description="For the program, such as `not_found`.")
    message: str = Field(description="For people, in the language that was asked for.")
    param: str | None = Field(None, description="The field it is about.")
    type: str


class Error(Schema):
    """Every answer that is none: what is missing and what is somebody else's are the same."""

    error: ErrorDetail


_OF_KIND = {"application/json": {"type": "object"}, "text/markdown": {"type": "string"}}


def file_of(description: str, *kinds: str) -> dict[str, Any]:
    """For the description: an answer that is a file of one of these kinds."""
    binary = {"type": "string", "format": "binary"}
    content = {kind: {"schema": _OF_KIND.get(kind, binary)} for kind in kinds}
    return {"responses": {200: {"description": description, "content": content}}}


# --- Threads ------------------------------------------------------------------------------------------------------


class ThreadShape(Schema):
    id: uuid.UUID
    title: str
    memory_mode: MemoryModeName
    temporary: bool
    expires_at: datetime | None
    pinned: bool
    archived: bool
    unread: bool
    tags: list[str]
    provider: str
    model: str
    head: uuid.UUID | None = Field(description="The newest message of the branch that is shown.")
    created_at: datetime
    active_at: datetime


class ThreadPage(Schema):
    items: list[ThreadShape]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class NewThread(Sent):
    title: str = Field("", max_length=2_000)
    memory_mode: MemoryModeName | None = None
    temporary: bool = False


class ThreadChange(Sent):
    """What is left out stays as it is."""

    title: str | None = Field(None, max_length=2_000)
    pinned: bool | None = None
    archived: bool | None = None
    tags: list[Annotated[str, Field(max_length=200)]] | None = Field(None, max_length=100)
    memory_mode: MemoryModeName | None = None
    temporary: Literal[False] | None = Field(None, description="`false` keeps a temporary thread.")


class FoundMessage(Schema):
    thread: uuid.UUID
    title: str
    message: uuid.UUID | None = Field(description="Null where the title was found.")
    role: Literal["user", "assistant"] | None
    snippet: str
    at: datetime
    by_meaning: bool


class FoundMessages(Schema):
    items: list[FoundMessage]
    next: str | None


# --- Messages -----------------------------------------------------------------------------------------------------


class ReplyError(Schema):
    code: str
    message: str
    retry: bool
    retry_after: int | None


class MemoryChangeShape(Schema):
    kind: str
    source: str
    text: str
    previous: str
    reason: str
    status: str
    memory: int | None
    proposal: int | None


class MemoryUseShape(Schema):
    id: int
    text: str
    rank: int
    reasons: list[str]
    status: str
    not_relevant: bool


class UsageShape(Schema):
    read: int
    written: int
    cached: int
    cost: str | None


class VersionsShape(Schema):
    index: int
    count: int
    previous: uuid.UUID | None
    next: uuid.UUID | None


class AttachmentShape(Schema):
    id: uuid.UUID
    name: str
    kind: Literal["text", "image"] = Field(description="A model is given the text of a text file or of a PDF.")
    media_type: str = Field(description="Of what is kept: images are drawn anew.")
    size: int = Field(description="Bytes.")
    chars: int = Field(description="Characters of its text.")
    cut: bool = Field(description="Whether only the beginning of its text was taken.")
    pages: int | None = Field(description="Of a PDF.")
    unread_pages: list[int] = Field(description="Pages of a PDF without any text that can be read, such as scans.")
    width: int | None = Field(description="Pixels of an image.")
    height: int | None


class Attachments(Schema):
    items: list[AttachmentShape]


class MessageShape(Schema):
    id: uuid.UUID
    thread: uuid.UUID
    parent: uuid.UUID | None
    role: Literal["user", "assistant"]
    state: Literal["pending", "streaming", "complete", "stopped", "interrupted", "failed"]
    text: str
    attachments: list[AttachmentShape]
    created_at: datetime
    provider: str
    model: str
    stop_reason: str
    error: ReplyError | None
    changes: list[MemoryChangeShape] = Field(description="What the question of this reply did to memories.")
    memories: list[MemoryUseShape] = Field(description="The memories that stood in the prompt of this reply.")
    broke_off: bool
    usage: UsageShape | None
    versions: VersionsShape | None = Field(description="Null where there is but one.")


class MessagePage(Schema):
    items: list[MessageShape] = Field(description="Oldest first; the next page has older ones.")
    next: str | None


class Saying(Sent):
    """A message. The same `id` again is the same message, and gets the same answer."""

    text: str = Field(max_length=400_000)
    id: uuid.UUID | None = Field(None, description="Chosen by the program, so that sending twice stores once.")
    provider: Model = ""
    model: Model = ""


class NewMessage(Saying):
    thread: uuid.UUID | None = Field(None, description="Null begins a thread.")
    memory_mode: MemoryModeName | None = Field(None, description="For a thread that begins.")
    temporary: bool = Field(False, description="For a thread that begins.")
    attachments: list[uuid.UUID] = Field(
        [], max_length=100, description="Files that were taken in before; with one of them the text may be blank."
    )


class Again(Sent):
    id: uuid.UUID | None = Field(None, description="Asking twice with the same is asking once.")
    provider: Model = ""
    model: Model = ""


class GoingOn(Sent):
    id: uuid.UUID | None = None


class Relevance(Sent):
    not_relevant: bool


class Accepted(Schema):
    thread: ThreadShape
    message: MessageShape
    reply: MessageShape
    again: bool = Field(description="Whether this had been sent before.")


class Branch(Schema):
    thread: uuid.UUID
    head: uuid.UUID


# --- Memories -----------------------------------------------------------------------------------------------------


class SourceShape(Schema):
    thread: uuid.UUID
    message: uuid.UUID | None


class MemoryShape(Schema):
    id: int
    text: str
    category: str
    origin: str
    state: Literal["current", "expired", "superseded", "forgotten"]
    pinned: bool
    namespace: str
    key: str
    created_at: datetime
    confirmed_at: datetime | None
    valid_from: date | None
    valid_until: date | None
    expires_at: datetime | None
    ended_at: datetime | None
    supersedes: int | None
    source: SourceShape | None
    reasons: list[str] = Field([], description="Why a search found it: words, meaning.")


class MemoryPage(Schema):
    items: list[MemoryShape]
    next: str | None


class NewMemory(Sent):
    text: str = Field(max_length=40_000)
    category: Category | None = None
    pinned: bool = False
    expires_on: date | None = Field(None, description="The last day on which it counts.")


class MemoryEdit(Sent):
    """What is left out stays as it is."""

    text: str | None = Field(None, max_length=100_000, description="Of a program's data all of it, as JSON.")
    category: Category | None = None
    pinned: bool | None = None
    expires_on: date | None = None


class Outcome(Schema):
    """What became of a wish: `known` where the same was remembered already."""

    kind: Literal["remembered", "known", "proposed", "gone"]
    memory: MemoryShape | None
    replaced: int | None = Field(None, description="The memory whose place it took.")
    proposal: int | None = None


class Chosen(Sent):
    ids: Ids


class Several(Schema):
    ids: list[int]
    count: int


class Counted(Schema):
    asked: int
    count: int


class Everything(Sent):
    confirm: Literal["forget"] = Field(description="Typed as a word, so that a slip forgets nothing.")


class ProposalShape(Schema):
    id: int
    text: str
    category: str
    sensitive: str
    origin: str
    replaces: int | None
    created_at: datetime
    source: SourceShape | None


class ProposalPage(Schema):
    items: list[ProposalShape]
    next: str | None


class Approval(Sent):
    text: str = Field("", max_length=40_000, description="Other words, if the proposed ones are not right.")


class ImportItem(Schema):
    text: str
    reason: str
    other: MemoryShape | None = None


class ImportLook(Schema):
    """What a file would change, before it does."""

    new: list[ImportItem]
    conflicts: list[ImportItem]
    same: list[ImportItem]
    refused: list[ImportItem]


class Imported(Schema):
    remembered: int
    replaced: int
    known: int
    proposed: int
    refused: int


# --- Account ------------------------------------------------------------------------------------------------------


class TokenShape(Schema):
    name: str
    scopes: list[str]
    expires_at: datetime | None


class Room(Schema):
    memories: int
    most: int
    earlier: int
    bytes: int


class Account(Schema):
    username: str
    email: str
    memory_on: bool
    custom_instructions: str
    language: str
    room: Room
    token: TokenShape = Field(description="The one that this was asked with.")


class AccountChange(Sent):
    memory_on: bool | None = None
    custom_instructions: str | None = Field(None, max_length=40_000)


class ModelShape(Schema):
    provider: str
    model: str
    label: str
    is_default: bool
    sees_images: bool


class Models(Schema):
    items: list[ModelShape]
