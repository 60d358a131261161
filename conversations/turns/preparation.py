"""Everything a run needs before it asks the provider, read in one go on a database thread."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from conversations import prompts
from conversations.branches import history_asked, history_of
from conversations.models import ChangeSource, MemoryChange, Message, Thread
from conversations.providers.base import Provider
from conversations.providers.registry import choose, is_configured
from conversations.quoting import NOTHING, Enclosed
from conversations.turns.attached import enclosures, with_enclosures
from conversations.turns.claims import Claim
from conversations.turns.offered_tools import offered
from conversations.turns.remembering import (
    Recollection,
    apply_requests,
    as_told,
    changes_of,
    recollect,
    standing_asked,
    standing_of,
)
from memchat.postgres.prepared import PreparedStatement, fetch_together

CHARS_PER_TOKEN_AT_MOST = 8
"""No text has more characters a token than this on average; more history than that is not even read."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt and whom to ask; `notice` as in `Recollection`."""

    prompt: prompts.Prompt
    provider: Provider
    model_name: str
    recollection: Recollection
    changes: list[MemoryChange]


def prepare(claim: Claim, question: Message | None = None) -> Prepared | None:
    """Carry out memory requests, recall, read the history, fit the prompt. None when the thread is gone.

    `question` is the message to answer, with its thread, where the caller has it already.
    """
    message = question or (
        Message.objects.of(claim.user_id)
        .filter(pk=claim.question_id)
        .select_related("thread")
        .only(
            "text",
            "parent",
            "user",
            "thread__provider",
            "thread__model_name",
            "thread__memory_mode",
            "thread__temporary",
            "thread__user",
        )
        .first()
    )
    if message is None:
        return None
    thread: Thread = message.thread
    # A reply may be another model's than the thread's, this once.
    of = claim if is_configured(claim.provider, claim.model_name) else thread
    provider, model_name = choose(of.provider, of.model_name)
    max_chars = provider.context_tokens * CHARS_PER_TOKEN_AT_MOST
    of_turn, of_branch = fetch_together(
        standing_asked(thread, provider.name, message.pk),
        history_asked(message.parent_id, claim.user_id, max_chars),
    )
    holds, history = standing_of(thread, of_turn), history_of(of_branch)
    changes = apply_requests(holds.access, thread, message)
    asked_for = [change for change in changes if change.source == ChangeSource.REQUEST]
    if holds.has_changed and not changes:
        # What an earlier reply to the message led to shows under this one too.
        changes = changes_of(message)
    recollection = recollect(holds.access, message.text, changes)
    found: dict[UUID, Enclosed] = {}
    if holds.has_files:
        messages = [*history.ids, message.pk]
        found = enclosures(claim.user_id, messages, max_chars=max_chars, with_pictures=provider.sees_images)
    prompt = prompts.build(
        text=message.text,
        now=timezone.localtime(),
        history=with_enclosures(history, found),
        enclosed=found.get(message.pk, NOTHING),
        sees_images=provider.sees_images,
        memories=recollection.memories,
        changes=[as_told(holds.access, change) for change in asked_for],
        custom_instructions=holds.custom_instructions,
        site_instructions=holds.site_instructions,
        begun=claim.begun,
        tools=offered(holds.access) if settings.MEMORY_TOOLS and provider.uses_tools else (),
        context_tokens=provider.context_tokens,
        reply_tokens=provider.reply_tokens,
        unread=history.unread,
    )
    return Prepared(prompt, provider, model_name, recollection, changes)


_NOTE_START = PreparedStatement(
    "note_start",
    """
    WITH started AS (
        UPDATE conversations_message
        SET provider = %(provider)s, model_name = %(model_name)s,
            omitted_count = %(omitted)s, memory_notice = %(notice)s
        FROM conversations_run run
        WHERE conversations_message.id = %(reply)s AND run.reply_id = %(reply)s
          AND run.epoch = %(epoch)s AND run.owner = %(owner)s
        RETURNING conversations_message.user_id
    )
    INSERT INTO conversations_memoryuse (reply_id, user_id, memory_id, rank, reasons, score)
    SELECT %(reply)s, started.user_id, memory.id, used.rank, used.reasons, used.score
    FROM started,
         unnest(%(ids)s, %(reasons)s, %(scores)s) WITH ORDINALITY AS used (id, reasons, score, rank)
         JOIN memories_memory memory ON memory.id = used.id
    WHERE memory.user_id = started.user_id
    """,
    {
        "provider": "text",
        "model_name": "text",
        "omitted": "integer",
        "notice": "text",
        "reply": "uuid",
        "epoch": "integer",
        "owner": "text",
        "ids": "bigint[]",
        "reasons": "text[]",
        "scores": "float[]",
    },
)
_FORGET_USES, _FORGET_TOOLS = (
    PreparedStatement(
        f"forget_{name}s",
        f"DELETE FROM conversations_{name} WHERE reply_id = %(reply)s AND user_id = %(user)s",
        {"reply": "uuid", "user": "bigint"},
    )
    for name in ("memoryuse", "tooluse")
)


def note_start(claim: Claim, prepared: Prepared) -> None:
    """Record on the reply who writes it and exactly which memories stand in its prompt."""
    uses = prepared.recollection.uses
    # An earlier process has prepared it too, if this is not the first.
    earlier = (_FORGET_USES, _FORGET_TOOLS) if claim.epoch > 1 else ()
    started = {
        "provider": prepared.provider.name,
        "model_name": prepared.model_name,
        "omitted": prepared.prompt.omitted,
        "notice": prepared.recollection.notice,
        "reply": claim.reply_id,
        "epoch": claim.epoch,
        "owner": claim.owner,
        "ids": [use.memory_id for use in uses],
        "reasons": [",".join(use.reasons) for use in uses],
        "scores": [use.score for use in uses],
    }
    fetch_together(
        *((one, {"reply": claim.reply_id, "user": claim.user_id}) for one in earlier),
        (_NOTE_START, started),
    )
