"""What became of a wish to have something remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memories.models import Memory, Proposal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish. `memory` is the one that now says it, None when refused; `reason` is a sentence.

    `replaced` is the memory whose place it took; `proposal` waits for the person's word.
    """

    kind: Literal["remembered", "known", "refused", "proposed"]
    memory: Memory | None = None
    reason: str = ""
    replaced: Memory | None = None
    proposal: Proposal | None = None
