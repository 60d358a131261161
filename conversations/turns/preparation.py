"""Everything a run needs before it asks the provider, read in one go on a database thread."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from conversations import prompts
from conversations.branches import history_before
from conversations.models import Message, Thread
from conversations.providers.base import Provider
from conversations.providers.registry import choose
from conversations.turns.ledger import Claim
from conversations.turns.remembering import Recollection, apply_requests, recollect, record_uses

CHARS_PER_TOKEN_AT_MOST = 8
"""No text has more characters a token than this on average; more history than that is not even read."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt and whom to ask; `notice` as in `Recollection`."""

    prompt: prompts.Prompt
    provider: Provider
    model_name: str
    recollection: Recollection


def prepare(claim: Claim) -> Prepared | None:
    """Carry out memory requests, recall, read the history, fit the prompt. None when the thread is gone."""
    message = Message.objects.of(claim.user_id).filter(pk=claim.question_id).select_related("thread").first()
    if message is None:
        return None
    thread: Thread = message.thread
    provider, model_name = choose(thread.provider, thread.model_name)
    changes = apply_requests(thread, message)
    recollection = recollect(thread, message, changes)
    history = history_before(message.parent_id, claim.user_id, provider.context_tokens * CHARS_PER_TOKEN_AT_MOST)
    prompt = prompts.build(
        text=message.text,
        now=timezone.localtime(),
        history=history.said,
        memories=recollection.memories,
        changes=changes,
        context_tokens=provider.context_tokens,
        reply_tokens=provider.reply_tokens,
        unread=history.unread,
    )
    return Prepared(prompt, provider, model_name, recollection)


def note_start(claim: Claim, prepared: Prepared) -> Message | None:
    """Record on the reply who writes it and what memory gave it; returns the reply as pages show it."""
    from conversations.branches import shown

    updated = Message.objects.filter(pk=claim.reply_id, run__epoch=claim.epoch, run__owner=claim.owner).update(
        provider=prepared.provider.name,
        model_name=prepared.model_name,
        omitted_count=prepared.prompt.omitted,
        memory_notice=prepared.recollection.notice,
    )
    if not updated:
        return None
    record_uses(Message(pk=claim.reply_id, user_id=claim.user_id), prepared.recollection.uses)
    return shown(claim.user_id).filter(pk=claim.reply_id).first()
