"""Hears of changes to memories, whoever made them, and passes them on to the pages that show them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver

from conversations.models import MemoryChange, MemoryUse, ToolUse
from conversations.turns import announce
from memories.models import Memory, Proposal
from memories.signals import memories_changed, memories_removed, proposal_settled


@receiver(memories_changed)
def pass_on(user_id: int, memory_ids: list[int], **_: Any) -> None:
    announce.notes_changed(user_id, memory_ids=memory_ids)


@receiver(proposal_settled)
def note_what_came_of_it(proposal: Proposal, memory: Memory | None, **_: Any) -> None:
    """The message that led to a proposal tells of the memory instead."""
    told = MemoryChange.objects.of(proposal.user_id).filter(proposal=proposal)
    messages = list(told.values_list("message", flat=True))
    if memory is not None:
        told.update(memory=memory)
    transaction.on_commit(lambda: announce.notes_changed(proposal.user_id, message_ids=messages))


@receiver(memories_removed)
def keep_no_words(user_id: int, memory_ids: list[int], **_: Any) -> None:
    """That a message changed something stays on record, so that it is not done again; what it was does not.

    Nor does what a model looked for in a reply that used it, or whose message told of it, perhaps in its words.
    """
    changes = MemoryChange.objects.of(user_id).filter(memory__in=memory_ids)
    uses = MemoryUse.objects.of(user_id).filter(memory__in=memory_ids)
    messages = list(changes.order_by("-pk").values_list("message", flat=True))
    replies = list(uses.order_by("-pk").values_list("reply", flat=True))
    ToolUse.objects.of(user_id).filter(Q(reply__in=replies) | Q(reply__parent__in=messages)).delete()
    changes.update(text="", reason="")
    at_most = announce.NOTES_AT_MOST
    transaction.on_commit(
        lambda: announce.notes_changed(user_id, message_ids=messages[:at_most], reply_ids=replies[:at_most])
    )
