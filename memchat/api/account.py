"""One's own account: what it is called, what it asks of replies, and everything of it as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from memchat import account_pages
from memchat.api import shapes
from memchat.api.errors import ERRORS
from memchat.api.reading import Bearer, Problem
from memchat.users.bearer import token_of
from memchat.users.models import Scope, User
from memories import by_hand
from memories.forms import SettingsForm
from memories.usage import room_of

router = Router(tags=["account"])
account = Bearer(Scope.ACCOUNT)


@router.get("/account", auth=account, response={200: shapes.Account, **ERRORS}, summary="Your account")
def get_account(request: HttpRequest) -> Any:
    return _shown(request)


@router.patch("/account", auth=account, response={200: shapes.Account, **ERRORS}, summary="Change its settings")
def change_account(request: HttpRequest, change: shapes.AccountChange) -> Any:
    """`memory_on` is the switch over all memory; `custom_instructions` are part of every thread."""
    person = _person(request)
    given = change.dict(exclude_none=True)
    form = SettingsForm({"memory_on": person.memory_on, "custom_instructions": person.custom_instructions, **given})
    if not form.is_valid():
        name, found = next(iter(form.errors.get_json_data().items()))
        raise Problem("bad_field", found[0]["message"], 422, param=name)
    by_hand.save_settings(person, form)
    return _shown(request)


@router.get(
    "/account/export",
    auth=Bearer(Scope.ACCOUNT, Scope.READ_THREADS, Scope.READ_MEMORIES),
    response=ERRORS,
    openapi_extra=shapes.file_of("The archive", "application/zip"),
    summary="Everything of you as a ZIP file",
)
def export_account(request: HttpRequest) -> Any:
    return account_pages.everything(request)


def _shown(request: HttpRequest) -> dict[str, Any]:
    person, token = _person(request), token_of(request)
    assert token is not None
    room = room_of(person)
    return {
        "username": person.username,
        "email": person.email,
        "memory_on": person.memory_on,
        "custom_instructions": person.custom_instructions,
        "language": person.language,
        "room": {"memories": room.count, "most": room.most, "earlier": room.earlier, "bytes": room.bytes},
        "token": {"name": token.name, "scopes": token.scopes, "expires_at": token.expires_at},
    }


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
