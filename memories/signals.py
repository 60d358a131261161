"""What others may wish to hear of memories, which know nobody who listens."""

from __future__ import annotations

from django.dispatch import Signal

memories_changed = Signal()
"""Sent once it is stored that memories began or ceased to count, or count for less: `user_id`, `memory_ids`."""

proposal_settled = Signal()
"""Sent before a proposal goes, in its transaction: `proposal`, and the `memory` that came of it or None."""

memories_removed = Signal()
"""Sent before memories are removed for good, in that transaction: `user_id`, `memory_ids`."""
