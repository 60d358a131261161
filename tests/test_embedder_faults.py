"""An embedder that is down or answers nonsense costs nobody a reply, and nothing of what they said."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.models import Message, State
from conversations.turns import ending
from memchat.users.models import User
from memories.embedding.registry import current_embedder
from memories.models import Memory, Origin
from memories.writing import embed_missing, remember
from tests.test_embedders import Server, server  # noqa: F401  a fixture
from tests.test_remembering_in_turns import prepared

pytestmark = pytest.mark.django_db


def answer(*vectors: list[float], plain: bool = False) -> tuple[int, dict[str, Any]]:
    rows = [
        {"index": i, "embedding": one if plain else base64.b64encode(struct.pack(f"<{len(one)}f", *one)).decode()}
        for i, one in enumerate(vectors)
    ]
    return 200, {"object": "list", "data": rows, "model": "small", "usage": {}}


NAN, ENDLESS = float("nan"), float("inf")
NONSENSE = {
    "too few dimensions": answer([1.0, 0.0]),
    "too many dimensions": answer([1.0] * 4_000),
    "no direction": answer([0.0] * 32),
    "no numbers": answer([NAN] * 32),
    "endless": answer([ENDLESS] * 32),
    "NaN in the JSON": (200, b'{"data": [{"index": 0, "embedding": [NaN]}]}'),
    "words for numbers": answer(["one"] * 32, plain=True),  # type: ignore[list-item]
    "no vectors": answer(),
    "too many vectors": answer([1.0] * 32, [1.0] * 32),
    "no JSON": (200, b"<html>Welcome</html>"),
    "no object": (200, b"[]"),
    "no text": (200, b"\xff\xfe"),
    "nothing": (200, b""),
    "an error": (500, b"{}"),
    "too much": (429, b"{}"),
}


@pytest.fixture
def nonsense(server: Server, settings) -> Iterator[Server]:  # noqa: F811
    settings.EMBEDDER = {
        "kind": "openai",
        "model": "small",
        "api_key": "key",
        "base_url": server.url,
        "dimensions": 32,
        "timeout": 2.0,
    }
    current_embedder.cache_clear()
    yield server
    current_embedder.cache_clear()


@pytest.mark.parametrize("what", NONSENSE)
def test_a_turn_goes_on_by_words_and_what_is_said_is_remembered(alice: User, nonsense: Server, what: str):
    nonsense.answer = lambda request: NONSENSE[what]
    remember(alice, "my boat is called Dora", origin=Origin.WRITTEN)
    # As it is some time later: a server that did not answer is left alone for a while.
    current_embedder.cache_clear()
    accepted, found = prepared(alice, "Remember: my name is Alice. What is my boat called?")
    assert "my boat is called Dora" in [memory.text for memory in found.prompt.memories]
    assert [change.kind for change in found.changes] == ["remembered"]
    assert Message.objects.of(alice).get(pk=accepted.reply.pk).memory_notice == "embedder_down"
    stored = Memory.objects.of(alice)
    assert {memory.text for memory in stored} == {"my boat is called Dora", "my name is Alice"}
    assert not stored.exclude(embedding=None).exists()
    assert ending.finish(accepted.claim, ending.Ending(State.COMPLETE, "Dora.")).reply is not None


@pytest.mark.parametrize("status", [413, 500], ids=["text-embeddings-inference", "llama.cpp"])
def test_a_text_longer_than_the_server_takes_keeps_no_other_from_its_vector(alice: User, nonsense: Server, status: int):
    nonsense.answer = lambda request: (503, b"{}")
    for text in ("my boat is called Dora", "my diary says " + "much " * 200, "I live in Oslo"):
        remember(alice, text, origin=Origin.WRITTEN)
    current_embedder.cache_clear()

    def picky(request):
        if max(map(len, request["input"])) > 500:
            return status, b'{"error": {"message": "input is too large to process"}}'
        return answer(*[[1.0] * 32 for _ in request["input"]])

    nonsense.answer = picky
    assert embed_missing() == 2
    assert [memory.text[:8] for memory in Memory.objects.of(alice).filter(embedding=None)] == ["my diary"]
    assert current_embedder().embed(["a boat"]), "nobody has to wait because of it"
