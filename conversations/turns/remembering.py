"""What a person's message does to their memories, and which of them its reply is given.

Whether it may is decided by `memories.access`, through which everything here goes; `access_for` gathers what the
decision needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import ChangeKind, ChangeSource, MemoryChange, Message, Thread
from conversations.prompts import Change, QuotedMemory
from memchat.postgres.prepared import BoundStatement, PreparedStatement, Row
from memories.access import Access, Outcome, decide
from memories.models import Memory, Origin
from memories.recall import Recalled
from memories.requests import Forget, ListAll, Remember, Request, find_requests

LISTED_COUNT = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one turn: what it may do with the person's memories, and what they and the site ask of replies."""

    access: Access
    custom_instructions: str
    site_instructions: str = ""
    has_changed: bool = False
    """Whether the message has changed memories before: an earlier reply to it was learned from, say."""
    has_files: bool = False
    """Whether the person has ever attached anything to a message."""


_STANDING = PreparedStatement(
    "standing",
    """
    SELECT memory_on, custom_instructions,
           EXISTS (SELECT FROM conversations_providerrule WHERE provider = %(provider)s AND NOT sends_memories),
           (SELECT text FROM conversations_siteprompt),
           EXISTS (SELECT FROM conversations_memorychange WHERE message_id = %(message)s),
           EXISTS (SELECT FROM conversations_attachment WHERE user_id = %(user)s AND message_id IS NOT NULL)
    FROM users_user WHERE id = %(user)s
    """,
    {"provider": "text", "message": "uuid", "user": "bigint"},
)


def standing_asked(thread: Thread, provider_name: str, message_id: UUID | None = None) -> BoundStatement:
    """Ask what a turn of this thread with this provider may do, and what the message it answers has done."""
    return _STANDING, {"provider": provider_name, "message": message_id, "user": thread.user_id}


def standing_of(thread: Thread, rows: Sequence[Row]) -> Standing:
    """What `standing_asked` gives."""
    memory_on, instructions, kept_back, of_site, has_changed, has_files = (*rows, _NOBODYS)[0]
    access = decide(
        thread.user_id,
        memory_on=memory_on,
        mode=thread.memory_mode,
        temporary=thread.temporary,
        sends_memories=not kept_back,
    )
    return Standing(access, instructions, of_site or "", has_changed, has_files)


_NOBODYS = (False, "", True, "", False, False)


def standing(thread: Thread, provider_name: str) -> Standing:
    """What a turn of this thread with this provider may do."""
    statement, values = standing_asked(thread, provider_name)
    return standing_of(thread, statement.fetch(values))


@dataclass(frozen=True, slots=True)
class Recollection:
    """What memory contributes to one prompt. `notice` names a difficulty the person should know of."""

    memories: tuple[QuotedMemory, ...] = ()
    uses: tuple[Recalled, ...] = ()
    notice: str = ""


def apply_requests(access: Access, thread: Thread, message: Message) -> list[MemoryChange]:
    """Carry out what the message explicitly asks of memory, once however often this runs, and tell what was done."""
    requests = find_requests(message.text)
    if not requests:
        return []
    with transaction.atomic():
        # Locking the message makes two runs of it queue up here; the second finds what the first has done.
        Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        done = changes_of(message)
        if any(change.source == ChangeSource.REQUEST for change in done):
            return done
        source = {"origin": Origin.SAID, "source_thread": thread.pk, "source_message": message.pk}
        rows = _carry_out_all(access, requests, source)
        # It may have been learned from before, when its first reply broke off.
        for position, row in enumerate(rows, start=done[-1].position + 1 if done else 0):
            row.message, row.user_id, row.position = message, message.user_id, position
        MemoryChange.objects.bulk_create(rows)
        # With all that is told of them, which where the reply is written nobody can look up.
        return changes_of(message)


def apply_requests_of_call(access: Access, text: str) -> list[MemoryChange]:
    """The same for what somebody says through a program, which is no message: what was done is stored nowhere."""
    source = {"origin": Origin.API}
    return _carry_out_all(access, find_requests(text), source)


def changes_of(message: Message) -> list[MemoryChange]:
    """What a message has done to memories, in order."""
    memory = Memory.objects.without_vectors()
    versions = memory.prefetch_related(Prefetch("supersedes", memory), Prefetch("superseded_by", memory))
    changes = MemoryChange.objects.filter(message=message)
    return list(changes.prefetch_related(Prefetch("memory", versions), "proposal"))


def as_told(access: Access, change: MemoryChange) -> Change:
    """A change in the words of the prompt; where memories may not be read, without the text of any."""
    text = change.memory.text if change.memory and access.may_read else change.text
    return Change(change.kind, text, change.reason)  # type: ignore[arg-type]


def _carry_out_all(access: Access, requests: Iterable[Request], source: Mapping[str, Any]) -> list[MemoryChange]:
    rows: list[MemoryChange] = []
    for request in requests:
        stored = [row.memory.pk for row in rows if row.memory is not None and row.kind != ChangeKind.FORGOT]
        rows += _carry_out(access, request, source, stored)
    return rows


def _carry_out(
    access: Access, request: Request, source: Mapping[str, Any], stored: Collection[int]
) -> list[MemoryChange]:
    """Do one of the things that a message asks for, which has had `stored` before."""
    if isinstance(request, ListAll):
        if access.why_not_read:
            return [MemoryChange(kind=ChangeKind.REFUSED, reason=access.why_not_read)]
        return [MemoryChange(kind=ChangeKind.LISTED, text=_left_out(access))]
    if not access.may_write:
        return [MemoryChange(kind=ChangeKind.REFUSED, reason=access.why_not_write)]
    match request:
        case Remember(text=text):
            outcome = access.remember(text, **source)
            return [change_of(outcome) or MemoryChange(kind=outcome.kind, memory=outcome.memory, reason=outcome.reason)]
        case Forget(everything=True):
            if not (count := len(access.forget_all())):
                return [MemoryChange(kind=ChangeKind.NOT_FOUND, text=_("everything"))]
            text = ngettext("everything (%(count)d memory)", "everything (%(count)d memories)", count)
            return [MemoryChange(kind=ChangeKind.FORGOT, text=text % {"count": count})]
        case Forget(query=query):
            forgotten = access.forget_matching(query, besides=stored)
            if not forgotten:
                return [MemoryChange(kind=ChangeKind.NOT_FOUND, text=query[:500])]
            return [MemoryChange(kind=ChangeKind.FORGOT, memory=memory) for memory in forgotten]


def _listed(access: Access) -> list[Recalled]:
    return access.list_all(limit=LISTED_COUNT, token_budget=4 * settings.RECALL_TOKENS)


def _left_out(access: Access) -> str:
    """That a list holds only the newest of many memories; nothing where it holds all."""
    shown, count = len(_listed(access)), access.count()
    if shown == count:
        return ""
    # Translators: what is listed, as in "Listed what is remembered: the newest 200 of 512 memories"
    return _("the newest %(shown)d of %(count)d memories") % {"shown": shown, "count": count}


def change_of(outcome: Outcome) -> MemoryChange | None:
    """What a wish has changed, as it is told and can be undone; None where nothing."""
    if outcome.memory is None or (outcome.kind == "known" and outcome.replaced is None):
        return None
    if outcome.replaced is None:
        return MemoryChange(kind=ChangeKind.REMEMBERED, memory=outcome.memory)
    if outcome.memory.supersedes_id != outcome.replaced.pk:
        # What replaced it was known already, and is none of its versions: all that happened is that it went.
        return MemoryChange(kind=ChangeKind.FORGOT, memory=outcome.replaced)
    return MemoryChange(kind=ChangeKind.UPDATED, memory=outcome.memory)


def recollect(access: Access, text: str, changes: list[MemoryChange]) -> Recollection:
    """Find the memories that a prompt with this text should carry, and record exactly those in `uses`."""
    if not access.may_read:
        return Recollection()
    notice = ""
    if any(change.kind == ChangeKind.LISTED for change in changes):
        chosen = _listed(access)
    else:
        chosen, notice = access.recall(text, count=settings.RECALL_COUNT, token_budget=settings.RECALL_TOKENS)
    return Recollection(tuple(quoted(one) for one in chosen), tuple(chosen), notice)


def quoted(one: Recalled) -> QuotedMemory:
    """A memory as a prompt carries it."""
    return QuotedMemory(one.memory_id, one.text, one.since, one.score, one.similarity, one.quoted)
