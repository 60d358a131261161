"""In which replies a memory was used: shown on the admin's page of that memory, which knows no replies itself."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.models import ChangeKind, ChangeSource, MemoryChange, MemoryUse
from memchat.staff.panels import Link, Panel
from memories.admin.memory import MemoryAdmin
from memories.models import Memory

SHOWN = 50


def uses(request: HttpRequest, memory: Memory) -> Panel:
    """The newest replies in whose prompt it stood."""
    found = MemoryUse.objects.of(memory.user_id).filter(memory=memory).order_by("-pk")
    rows = [
        (at, _message(reply), rank, reasons, gettext("yes") if not_relevant else "")
        for at, reply, rank, reasons, not_relevant in found.values_list(
            "reply__created_at", "reply_id", "rank", "reasons", "not_relevant"
        )[:SHOWN]
    ]
    columns = (_("time"), _("reply"), _("rank"), _("found by"), _("called not relevant"))
    return Panel(_("Used in replies"), columns, rows, _("The newest %d.") % SHOWN if len(rows) == SHOWN else "")


def changes(request: HttpRequest, memory: Memory) -> Panel:
    """The messages that did something to it."""
    found = MemoryChange.objects.of(memory.user_id).filter(memory=memory).order_by("-pk")
    rows = [
        (at, _message(message), ChangeKind(kind).label, ChangeSource(source).label)
        for at, message, kind, source in found.values_list("message__created_at", "message_id", "kind", "source")[
            :SHOWN
        ]
    ]
    return Panel(_("Changed by messages"), (_("time"), _("message"), _("what"), _("how")), rows)


def _message(pk: object) -> Link:
    return Link(pk, reverse("admin:conversations_message_change", args=[pk]))


MemoryAdmin.panels += [uses, changes]
