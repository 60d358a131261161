"""Threads: listed, begun, arranged, searched, exported and deleted."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from conversations import arranging
from conversations.errors import TurnError
from conversations.exporting import as_json, as_markdown
from conversations.finding.search import QUERY_MAX_CHARS, Place, Question, messages, places, titles
from conversations.models import Thread
from conversations.providers.registry import configured_providers, default_provider
from conversations.turns import announce, steering
from memchat.api import making, shapes
from memchat.api.errors import ERRORS
from memchat.api.reading import MOST_ROWS, ROWS, Bearer, page_of, start_of
from memchat.users.models import Scope

router = Router(tags=["threads"])
reads, writes = Bearer(Scope.READ_THREADS), Bearer(Scope.WRITE_THREADS)
TITLES = 10


@router.get("/threads", auth=reads, response={200: shapes.ThreadPage, **ERRORS}, summary="List threads, latest first")
def list_threads(
    request: HttpRequest,
    archived: bool | None = None,
    pinned: bool | None = None,
    tag: str = Query("", max_length=200),
    cursor: str = Query("", max_length=60),
    limit: int = Query(ROWS, ge=1, le=MOST_ROWS),
) -> Any:
    """Temporary threads are in no list. Without `archived` and `pinned` all others are."""
    rows = Thread.objects.of(request.user).filter(temporary=False)
    if archived is not None:
        rows = rows.filter(archived=archived)
    if pinned is not None:
        rows = rows.filter(pinned=pinned)
    if tag:
        rows = rows.filter(tags__contains=[tag.replace("\x00", "")])
    found, following = page_of(rows, cursor, limit, by="active_at")
    return {"items": [making.thread(one) for one in found], "next": following}


@router.post("/threads", auth=writes, response={201: shapes.ThreadShape, **ERRORS}, summary="Begin an empty thread")
def create_thread(request: HttpRequest, new: shapes.NewThread) -> Any:
    """A thread also begins with its first message. An empty one counts like a message."""
    thread = arranging.begin(
        _id(request), title=new.title, memory_mode=new.memory_mode or "", is_temporary=new.temporary
    )
    return Status(201, making.thread(thread))


@router.get(
    "/threads/search",
    auth=reads,
    response={200: shapes.FoundMessages, **ERRORS},
    summary="Find messages and titles by words and by meaning",
)
def search_threads(
    request: HttpRequest,
    q: str = Query(..., min_length=1, max_length=QUERY_MAX_CHARS),
    thread: uuid.UUID | None = None,
    cursor: str = Query("", max_length=60),
    limit: int = Query(20, ge=1, le=50),
) -> Any:
    return found_in_threads(_id(request), q, thread, start_of(cursor), limit)


def found_in_threads(user_id: int, q: str, thread: uuid.UUID | None, start: int, limit: int) -> dict[str, Any]:
    within = Thread.objects.of(user_id).filter(temporary=False, pk=thread).first() if thread else None
    if thread and within is None:
        raise TurnError("not_found")
    question = Question.of(q, thread=within.pk if within else None)
    # Half of the first page at the most: there is more to a message than to a title.
    ahead = titles(user_id, question, min(TITLES, (limit + 1) // 2))
    found = messages(user_id, question)
    end = start + limit
    ids = found.ids[max(0, start - len(ahead)) : max(0, end - len(ahead))]
    shown = ahead[start:end] + places(user_id, question, found, ids)
    more = len(ahead) + len(found.ids) > end
    return {"items": [_place(one) for one in shown], "next": str(end) if more else None}


def _place(place: Place) -> dict[str, Any]:
    return {
        "thread": place.thread.pk,
        "title": "".join(part.text for part in place.title),
        "message": place.message.pk if place.message else None,
        "role": place.message.role if place.message else None,
        "snippet": "".join(part.text for part in place.snippet),
        "at": place.at,
        "by_meaning": place.by_meaning,
    }


@router.get(
    "/threads/{uuid:thread_id}", auth=reads, response={200: shapes.ThreadShape, **ERRORS}, summary="Get a thread"
)
def get_thread(request: HttpRequest, thread_id: uuid.UUID) -> Any:
    return making.thread(_own(request, thread_id))


@router.patch(
    "/threads/{uuid:thread_id}", auth=writes, response={200: shapes.ThreadShape, **ERRORS}, summary="Arrange a thread"
)
def change_thread(request: HttpRequest, thread_id: uuid.UUID, change: shapes.ThreadChange) -> Any:
    """Title, place in the list, tags and memory: all that is named, or nothing if a part of it is wrong."""
    user_id = _id(request)
    with transaction.atomic():
        if _own(request, thread_id).temporary and change.temporary is False:
            arranging.keep(user_id, thread_id)
        if change.title is not None:
            arranging.rename(user_id, thread_id, change.title)
        for name in ("pinned", "archived"):
            if (value := getattr(change, name)) is not None:
                arranging.switch(user_id, thread_id, name, value)
        if change.tags is not None:
            arranging.set_tags(user_id, thread_id, change.tags)
        if change.memory_mode is not None:
            arranging.set_memory_mode(user_id, thread_id, change.memory_mode)
        return making.thread(_own(request, thread_id))


@router.delete(
    "/threads/{uuid:thread_id}", auth=writes, response={204: None, **ERRORS}, summary="Delete a thread for good"
)
def delete_thread(request: HttpRequest, thread_id: uuid.UUID, forget_memories: bool = False) -> Any:
    """With `forget_memories` also what was learned from it; the token then needs `memories:write` too."""
    _own(request, thread_id)
    if forget_memories:
        Bearer(Scope.WRITE_MEMORIES).authenticate(request, "")
        arranging.forget_learned(arranging.learned_from(request.user, thread_id))
    arranging.delete(request.user, thread_id)
    return Status(204, None)


@router.post(
    "/threads/{uuid:thread_id}/seen", auth=writes, response={204: None, **ERRORS}, summary="Note that it was seen"
)
def mark_seen(request: HttpRequest, thread_id: uuid.UUID) -> Any:
    _own(request, thread_id)
    if steering.mark_seen(_id(request), thread_id):
        announce.seen(_id(request), thread_id)
    return Status(204, None)


@router.get(
    "/threads/{uuid:thread_id}/export",
    auth=reads,
    response=ERRORS,
    openapi_extra=shapes.file_of("The thread, as `format` says", "application/json", "text/markdown"),
    summary="A thread as JSON or Markdown",
)
def export_thread(request: HttpRequest, thread_id: uuid.UUID, format: Literal["json", "md"] = "json") -> Any:
    thread = _own(request, thread_id)
    write, kind = (as_json, "application/json") if format == "json" else (as_markdown, "text/markdown; charset=utf-8")
    return HttpResponse((piece.encode() for piece in write(thread)), content_type=kind)


@router.get("/models", auth=Bearer(), response={200: shapes.Models, **ERRORS}, summary="The models that can be chosen")
def list_models(request: HttpRequest) -> Any:
    default = default_provider()
    return {
        "items": [
            {
                "provider": provider.name,
                "model": name,
                "label": provider.label,
                "is_default": provider is default and name == provider.model_names[0],
                "sees_images": provider.sees_images,
            }
            for provider in configured_providers().values()
            for name in provider.model_names
        ]
    }


def _own(request: HttpRequest, thread_id: uuid.UUID) -> Thread:
    found: Thread | None = Thread.objects.of(request.user).filter(pk=thread_id).first()
    if found is None:
        raise TurnError("not_found")
    return found


def _id(request: HttpRequest) -> int:
    return request.user.pk  # type: ignore[return-value]
