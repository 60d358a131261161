"""`manage.py memories`: operators do it by name, and the person sees that they did."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from memchat.users.models import AccessKind, AccessLogEntry, User
from memories.models import Memory, Origin, Proposal
from memories.writing import forget, remember

pytestmark = pytest.mark.django_db


def manage(user: User, *words: str) -> str:
    out = StringIO()
    call_command("memories", user.username, *words, stdout=out)
    return out.getvalue()


def noted(user: User) -> list[tuple[str, str, str]]:
    return [(one.kind, one.what, one.reason) for one in AccessLogEntry.objects.filter(user=user).order_by("pk")]


def test_looking_is_noted_and_shows_the_person_s_own_alone(alice: User, bob: User) -> None:
    remember(alice, "I play the cello", origin=Origin.SAID)
    forget(remember(alice, "I own a boat", origin=Origin.SAID).memory)  # type: ignore[arg-type]
    remember(bob, "I play the flute", origin=Origin.SAID)
    listed = manage(alice, "list")
    assert "I play the cello" in listed
    assert "boat" not in listed
    assert "boat" in manage(alice, "list", "--all")
    found = manage(alice, "--reason", "asked by mail", "search", "Which instrument do I play?")
    assert "cello" in found
    assert "flute" not in found
    assert noted(alice) == [
        (AccessKind.READ, "list of memories", ""),
        (AccessKind.READ, "list of memories", ""),
        (AccessKind.READ, "search in memories", "asked by mail"),
    ]
    assert noted(bob) == []


def test_what_an_operator_adds_counts_as_brought_from_elsewhere(alice: User) -> None:
    assert "Remembered as memory" in manage(alice, "add", "I play the cello", "--category", "preference", "--pin")
    memory = Memory.objects.get()
    assert (memory.origin, memory.category, memory.pinned) == (Origin.IMPORTED, "preference", True)
    assert "known already" in manage(alice, "add", "I play the cello")
    assert "approval" in manage(alice, "add", "I have diabetes")
    assert Proposal.objects.get().text == "I have diabetes"
    with pytest.raises(CommandError, match="kept elsewhere"):
        manage(alice, "add", "My password is hunter2-Xy9")
    manage(alice, "--reason", "asked by mail", "add", "I own a boat")
    assert noted(alice) == 3 * [(AccessKind.WROTE, "list of memories", "")] + [
        (AccessKind.WROTE, "list of memories", "asked by mail")
    ]


def test_forgetting_needs_a_reason_and_the_person_s_own_memory(alice: User, bob: User) -> None:
    hers = remember(alice, "I play the cello", origin=Origin.SAID).memory
    his = remember(bob, "I play the flute", origin=Origin.SAID).memory
    assert hers and his
    with pytest.raises(CommandError, match="Say why"):
        manage(alice, "forget", str(hers.pk))
    with pytest.raises(CommandError, match="no such memory"):
        manage(alice, "--reason", "asked", "forget", str(hers.pk), str(his.pk))
    assert Memory.objects.filter(ended_at=None).count() == 2
    assert "Forgotten: 1" in manage(alice, "--reason", "asked", "forget", str(hers.pk))
    assert noted(alice) == [(AccessKind.FORGOT, f"memory {hers.pk}", "asked")]
    assert Memory.objects.get(ended_at=None) == his


def test_memories_go_into_a_file_and_to_somebody_else(alice: User, bob: User, tmp_path: Path) -> None:
    for text in ("I play the cello", "I own a boat"):
        remember(alice, text, origin=Origin.SAID)
    file = tmp_path / "memories.json"
    assert "Written to" in manage(alice, "export", "--to", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="cannot be written"):
        manage(alice, "export", "--to", str(file))
    assert json.loads(manage(alice, "export"))["memories"] == json.loads(file.read_text())["memories"]
    forget(remember(bob, "I own a boat", origin=Origin.SAID).memory)  # type: ignore[arg-type]
    assert manage(bob, "import", str(file)).strip() == "Of 2: 1 remembered, 1 left out."
    assert manage(bob, "import", str(file)).strip() == "Of 2: 1 known, 1 left out."
    assert [one.text for one in Memory.objects.of(bob).current()] == ["I play the cello"]
    assert [kind for kind, _, _ in noted(alice)] == [AccessKind.EXPORTED] * 3


@pytest.mark.parametrize("wrong", [["list"], ["import", "/nonexistent"], ["import", __file__]])
def test_what_cannot_be_done_is_said(alice: User, wrong: Any) -> None:
    with pytest.raises(CommandError):
        call_command("memories", "nobody" if wrong == ["list"] else "alice", *wrong)
