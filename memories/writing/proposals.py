"""What becomes of a statement that waited for its person's word."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from memories.models import Proposal
from memories.signals import proposal_settled
from memories.writing.checks import changed_meanwhile
from memories.writing.correcting import correct
from memories.writing.outcome import Outcome
from memories.writing.remembering import remember
from memories.writing.rows import lock


def approve(proposal: Proposal, text: str = "") -> Outcome:
    """Store what waited for the person's word, in other words if they gave some."""
    with transaction.atomic():
        lock(proposal.user_id)
        waiting = Proposal.objects.of(proposal.user_id).select_related("replaces").filter(pk=proposal.pk).first()
        if waiting is None:
            return Outcome("refused", reason=changed_meanwhile())
        source: dict[str, Any] = {
            "origin": waiting.origin,
            "category": waiting.category,
            "source_thread": waiting.source_thread,
            "source_message": waiting.source_message,
            "valid_from": waiting.valid_from,
            "approved": True,
        }
        older = waiting.replaces
        if older is not None and older.ended_at is None:
            outcome = correct(older, text or waiting.text, is_newer_fact=True, **source)
        else:
            outcome = remember(waiting.user_id, text or waiting.text, **source)
        if outcome.memory is not None:
            proposal_settled.send(sender=Proposal, proposal=waiting, memory=outcome.memory)
            waiting.delete()
    return outcome


def reject(proposal: Proposal) -> None:
    """Remove, for good, what the person does not want to be remembered."""
    with transaction.atomic():
        waiting = Proposal.objects.of(proposal.user_id).select_for_update().filter(pk=proposal.pk).first()
        if waiting is not None:
            proposal_settled.send(sender=Proposal, proposal=waiting, memory=None)
            waiting.delete()
