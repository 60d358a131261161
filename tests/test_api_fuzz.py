"""The API by its own description: whatever fits it, and whatever does not, is answered and no error of the site."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET

from memchat.api.site import api
from memchat.users import tokens
from memchat.users.models import Scope, User
from tests.test_doors import belongings_of

EXAMPLES = 150
"""The same in every run, however busy the machine is."""
DESCRIBED: Any = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]
ANY = st.one_of(
    [
        one.as_strategy(generation_mode=mode)
        for one in OPERATIONS
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]
)
EXPECTED = {200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 422, 429}


def sent(case: Any) -> bytes:
    if case.body is NOT_SET or case.body is None:
        return b""
    if isinstance(case.body, bytes):
        return case.body
    try:
        return json.dumps(case.body).encode()
    except (TypeError, ValueError):
        return repr(case.body).encode(errors="replace")


@pytest.mark.django_db
def test_nothing_that_programs_send_is_an_error_of_the_site(alice: User, settings_without_limits: None) -> None:
    hers = belongings_of(alice)
    known = {
        "thread_id": hers.ids["thread_id"], "message_id": hers.ids["reply"], "memory_id": hers.ids["memory"],
        "proposal_id": hers.ids["proposal"], "attachment_id": hers.ids["attachment_id"],
    }  # fmt: skip
    token = tokens.make(alice, "fuzz", Scope.values)[1]
    client = Client(raise_request_exception=False)
    seen: dict[str, set[int]] = {}

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(ANY, st.booleans())
    def knock(case: Any, about_hers: bool) -> None:
        path = case.operation.path
        for name, value in (case.path_parameters or {}).items():
            path = path.replace(f"{{{name}}}", quote(str(known[name] if about_hers else value), safe=""))
        query = urlencode(
            {str(name): value for name, value in (case.query or {}).items()}, doseq=True, errors="replace"
        )
        headers = {"Authorization": f"Bearer {token}"}
        with transaction.atomic():
            response = client.generic(case.method, f"{path}?{query}", sent(case), "application/json", headers=headers)
            # The next one finds everything as it was.
            transaction.set_rollback(True)
        seen.setdefault(f"{case.method} {case.operation.path}", set()).add(response.status_code)
        assert response.status_code in EXPECTED, (case.method, path, query, sent(case), response.content)
        if response.status_code >= 400 and response.status_code != 405:
            assert response.json()["error"]["code"]

    knock()
    assert len(seen) > len(OPERATIONS) / 2


@pytest.fixture
def settings_without_limits(settings: Any) -> None:
    settings.MESSAGES_PER_MINUTE = settings.RUNS_AT_ONCE = settings.TOKENS_PER_DAY = 0
