"""Removing memories for good: every version of them, and what else was stored because of them.

Part of `memories.writing`, which locks the person's memories before it calls this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from memories.models import Memory, Proposal
from memories.signals import memories_removed, proposal_settled

# Every version that is linked with the given ones, older and newer, under the one it was found from.
_VERSIONS = """
    WITH RECURSIVE version (root, id) AS (
        SELECT id, id FROM memories_memory WHERE user_id = %(user)s AND id = ANY(%(ids)s::bigint[])
        UNION
        SELECT version.root, linked.id
        FROM version CROSS JOIN LATERAL (
            SELECT id FROM memories_memory WHERE supersedes_id = version.id
            UNION ALL
            SELECT supersedes_id FROM memories_memory WHERE id = version.id AND supersedes_id IS NOT NULL
        ) linked
    )
    SELECT version.root, memory.id, memory.ended_at IS NULL, memory.fingerprint
    FROM version JOIN memories_memory memory ON memory.id = version.id
    WHERE memory.user_id = %(user)s
"""


def remove(user_id: int, ids: Collection[int]) -> int:
    """Remove these memories with all their versions; how many rows that were.

    One that counts (again) stays: whoever wanted it removed has seen it before somebody had it back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"user": user_id, "ids": list(ids)})
        rows = cursor.fetchall()
    counting = {root for root, _, counts, _ in rows if counts}
    gone = {pk: print_ for root, pk, _, print_ in rows if root not in counting}
    if not gone:
        return 0
    _remove_proposals(user_id, gone.values())
    _leave_no_name_in_the_admin(gone)
    memories_removed.send(sender=Memory, user_id=user_id, memory_ids=list(gone))
    removed = Memory.objects.of(user_id).filter(pk__in=gone).without_vectors().delete()
    return removed[1].get("memories.Memory", 0)


def _remove_proposals(user_id: int, prints: Iterable[str]) -> None:
    """What was proposed in the same words, and never answered."""
    for proposal in Proposal.objects.of(user_id).filter(fingerprint__in=set(prints)):
        proposal_settled.send(sender=Proposal, proposal=proposal, memory=None)
        proposal.delete()


def _leave_no_name_in_the_admin(ids: Iterable[int]) -> None:
    """The admin notes what its staff did under a name of the object, and why."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Memory), object_id__in=[str(pk) for pk in ids]
    )
    entries.update(object_repr="removed memory", change_message="")
