"""What programs send by OpenAI's protocol: taken as it is meant, or refused with the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from memchat.users import tokens
from memchat.users.models import Scope, User
from memories.models import Memory

pytestmark = pytest.mark.django_db

REMEMBER = {"role": "user", "content": "Remember: I play the cello"}


def ask(user: User, **sent: Any) -> Any:
    token = tokens.make(user, "program", [Scope.CHAT])[1]
    return Client(raise_request_exception=False).post(
        "/v1/chat/completions",
        json.dumps({"model": "memchat", **sent}),
        "application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize("mode", [False, 0, "", [], {}, "no", 1])
def test_a_switch_of_memory_that_is_none_stores_nothing(alice: User, mode: Any) -> None:
    """`memory: off` in a file of YAML arrives as false."""
    refused = ask(alice, messages=[REMEMBER], memory=mode)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "memory"
    assert not Memory.objects.of(alice).exists()


@pytest.mark.parametrize("role", [None, 1, ["user"], {"user": 1}, "tool"])
def test_a_role_that_is_none_is_named(alice: User, role: Any) -> None:
    refused = ask(alice, messages=[{"role": role, "content": "Hi"}])
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "messages.0.role"
