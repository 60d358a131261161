"""Messages: read, sent, streamed, stopped, and written anew. The same runs as those of the pages."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from conversations import arranging
from conversations.branches import messages_up_to, reachable, with_versions
from conversations.errors import TurnError
from conversations.models import Message, MessageRole, Thread
from conversations.turns import accepting, announce, asked, steering
from memchat.api import events, making, shapes
from memchat.api.errors import ERRORS
from memchat.api.reading import MOST_ROWS, ROWS, Bearer, bad_cursor
from memchat.users.bearer import token_of
from memchat.users.models import AccessToken, Scope

router = Router(tags=["messages"])
reads, writes = Bearer(Scope.READ_THREADS), Bearer(Scope.WRITE_THREADS)
_STREAM = {"text/event-stream": {"schema": {"type": "string"}}}
SENT: Any = {
    "responses": {200: {"description": "As events, for `Accept: text/event-stream`", "content": _STREAM}},
}


@router.get(
    "/threads/{uuid:thread_id}/messages",
    auth=reads,
    response={200: shapes.MessagePage, **ERRORS},
    summary="The branch that is shown, newest page first",
)
def list_messages(
    request: HttpRequest,
    thread_id: uuid.UUID,
    cursor: str = Query("", max_length=60),
    limit: int = Query(ROWS, ge=1, le=MOST_ROWS),
) -> Any:
    thread = Thread.objects.of(request.user).filter(pk=thread_id).first()
    if thread is None:
        raise TurnError("not_found")
    leaf = thread.head_id
    if cursor:
        try:
            leaf = uuid.UUID(cursor)
        except ValueError:
            raise bad_cursor() from None
        if not Message.objects.of(request.user).filter(pk=leaf, thread=thread).exists():
            raise bad_cursor()
    found = messages_up_to(leaf, thread.user_id, limit)
    following = str(found[0].parent_id) if found and found[0].parent_id else None
    return {"items": [making.message(one) for one in found], "next": following}


@router.post(
    "/messages",
    auth=writes,
    response={200: shapes.Accepted, 202: shapes.Accepted, **ERRORS},
    summary="Send a message, into a thread or to begin one",
)
def send_message(request: HttpRequest, new: shapes.NewMessage) -> Any:
    """202 when it is stored; its reply is then written whether anybody listens or not. 200 when it was sent before.

    With `Accept: text/event-stream` the answer goes on with the reply's events, after one named `accepted`.
    """
    if new.thread is not None and (new.temporary or new.memory_mode):
        raise arranging.NotDone(str(TurnError("bad_command").text))
    asked.check_model(new.provider, new.model)
    accepted = accepting.accept(
        _id(request),
        new.thread,
        new.id or uuid.uuid4(),
        new.text,
        provider=new.provider,
        model_name=new.model,
        memory_mode="" if new.temporary else new.memory_mode or "",
        temporary=new.temporary,
        attachments=new.attachments,
    )
    return _begun(request, accepted, with_question=True)


@router.get(
    "/messages/{uuid:message_id}", auth=reads, response={200: shapes.MessageShape, **ERRORS}, summary="Get a message"
)
def get_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    return _told(request, message_id)


@router.get(
    "/messages/{uuid:message_id}/events",
    auth=reads,
    response=ERRORS,
    openapi_extra={"responses": {200: {"description": "Events: `piece`, then `ended`", "content": _STREAM}}},
    summary="A reply while it is written",
)
def stream_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    """`piece` has more of the reply's `text`, `ended` all of the reply; `gone` comes where it or the token is no more.

    `Last-Event-ID` is how many characters there are already.
    """
    reply = _own(request, message_id, MessageRole.ASSISTANT)
    return events.response(_token(request), reply, events.offset_of(request.headers.get("Last-Event-ID", "")))


@router.post(
    "/messages/{uuid:message_id}/stop",
    auth=writes,
    response={202: shapes.MessageShape, **ERRORS},
    summary="Stop a reply, with the text it has",
)
def stop_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    asked.stop(_id(request), message_id)
    return Status(202, _told(request, message_id))


@router.post(
    "/messages/{uuid:message_id}/retry",
    auth=writes,
    response={200: shapes.Accepted, 202: shapes.Accepted, **ERRORS},
    openapi_extra=SENT,
    summary="Another reply beside this one",
)
def retry_message(request: HttpRequest, message_id: uuid.UUID, again: shapes.Again) -> Any:
    asked.check_model(again.provider, again.model)
    accepted = steering.retry(
        _id(request), message_id, client_id=again.id, provider=again.provider, model_name=again.model
    )
    return _begun(request, accepted, with_question=False)


@router.post(
    "/messages/{uuid:message_id}/continue",
    auth=writes,
    response={200: shapes.Accepted, 202: shapes.Accepted, **ERRORS},
    openapi_extra=SENT,
    summary="Go on with a reply that broke off",
)
def continue_message(request: HttpRequest, message_id: uuid.UUID, going_on: shapes.GoingOn) -> Any:
    accepted = steering.go_on(_id(request), message_id, client_id=going_on.id)
    return _begun(request, accepted, with_question=False)


@router.post(
    "/messages/{uuid:message_id}/edit",
    auth=writes,
    response={200: shapes.Accepted, 202: shapes.Accepted, **ERRORS},
    openapi_extra=SENT,
    summary="Another wording beside this message, and its reply",
)
def edit_message(request: HttpRequest, message_id: uuid.UUID, new: shapes.Saying) -> Any:
    asked.check_model(new.provider, new.model)
    accepted = steering.edit(
        _id(request), message_id, new.id or uuid.uuid4(), new.text, provider=new.provider, model_name=new.model
    )
    return _begun(request, accepted, with_question=True)


@router.post(
    "/messages/{uuid:message_id}/show",
    auth=writes,
    response={200: shapes.Branch, **ERRORS},
    summary="Show the branch that this message is on",
)
def show_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    _own(request, message_id)
    branch = steering.show_branch(_id(request), message_id)
    if branch.changed:
        announce.branch_shown(announce.branch_frame(branch))
    return {"thread": branch.thread.pk, "head": branch.leaf}


@router.put(
    "/messages/{uuid:message_id}/memories/{int:memory_id}",
    auth=Bearer(Scope.WRITE_THREADS, Scope.WRITE_MEMORIES),
    response={204: None, **ERRORS},
    summary="Whether a memory was relevant to a reply",
)
def mark_memory(request: HttpRequest, message_id: uuid.UUID, memory_id: int, said: shapes.Relevance) -> Any:
    reply = _own(request, message_id, MessageRole.ASSISTANT)
    arranging.mark_not_relevant(_id(request), reply.pk, memory_id, said.not_relevant)
    return Status(204, None)


def _begun(request: HttpRequest, accepted: accepting.Accepted, with_question: bool) -> Any:
    with_versions([accepted.message, accepted.reply], accepted.thread.user_id)
    if not accepted.again:
        asked.tell_of(accepted, with_question=with_question)
    told = making.accepted(accepted)
    if accepted.again:
        # What has become of it since.
        told["reply"] = _told(request, accepted.reply.pk)
    if _wants_events(request):
        return events.response(_token(request), accepted.reply, 0, [("accepted", told)])
    return Status(200 if accepted.again else 202, told)


def _told(request: HttpRequest, message_id: uuid.UUID) -> making.Json:
    found = _own(request, message_id)
    return making.message(*with_versions([found], found.user_id))


def _wants_events(request: HttpRequest) -> bool:
    return "text/event-stream" in request.headers.get("Accept", "")


def _own(request: HttpRequest, message_id: uuid.UUID, role: MessageRole | None = None) -> Message:
    found: Message | None = reachable(_id(request)).filter(pk=message_id).first()
    if found is None or (role is not None and found.role != role):
        raise TurnError("not_found")
    return found


def _token(request: HttpRequest) -> AccessToken:
    token = token_of(request)
    assert token is not None
    return token


def _id(request: HttpRequest) -> int:
    return request.user.pk  # type: ignore[return-value]
