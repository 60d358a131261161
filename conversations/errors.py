"""What went wrong, in words for the person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

COMMAND_ERRORS = {
    "bad_frame": _("That could not be read."),
    "too_large": _("That is too large to be sent at once."),
    "bad_command": _("That is not something this server understands."),
    "not_found": _("There is no such thread or message."),
    "busy": _(
        "One message of this thread is being answered and another one waits. Send this one when a reply has ended."
    ),
    "empty": _("There is nothing to send yet."),
    "too_long": _("That message is too long."),
    "too_many_attachments": _("That is more files than a message takes."),
    "attachment_gone": _("A file of this message is no longer here. Attach it again."),
    "unknown_provider": _("That model is not available on this site."),
    "not_ended": _("A reply of this thread is still being written."),
    "has_its_end": _("This reply has its end already; there is nothing to go on with."),
    "unavailable": _("The server cannot answer right now."),
    "read_only": _("The server's disk is full, so nothing can be stored right now."),
    "slow_down": _("Too much at once."),
    "limited": _("That is as much as this site takes from one person for now."),
}

REPLY_ERRORS = {
    "rate_limited": _("The model's provider asks to slow down."),
    "overloaded": _("The model's provider is overloaded at the moment."),
    "bad_key": _("The provider does not accept this site's key. Please tell the site's administrator."),
    "no_credit": _("This site's account with the provider has no credit left. Please tell the site's administrator."),
    "unknown_model": _("The provider does not know this model. Choose another one, or tell the site's administrator."),
    "context_too_long": _(
        "This thread, or your message, is too long for the model. Start a new thread or shorten the message."
    ),
    "refused": _("The model declined to answer this."),
    "bad_request": _("The provider did not accept the request. Please tell the site's administrator."),
    "provider_failed": _("Something went wrong at the model's provider."),
    "unreachable": _("The model's provider cannot be reached."),
    "timed_out": _("The model did not answer in time."),
    "broken_stream": _("The connection to the model broke."),
    "no_stop_reason": _("The reply ended without its end."),
    "empty_reply": _("The model sent an empty reply."),
    "server_stopped": _("The server stopped while this reply was being written."),
    "internal": _("Something went wrong on this site while the reply was being written."),
}

RETRY_NEVER_HELPS = {"bad_key", "no_credit", "unknown_model", "context_too_long", "bad_request"}


def too_long(over: int) -> str:
    """By how many characters a message is too long."""
    text = ngettext_lazy(
        "That message has %(n)s character too many.", "That message has %(n)s characters too many.", "n"
    )
    return text % {"n": over}


class TurnError(Exception):
    """A command that cannot be carried out. `kind` is one of COMMAND_ERRORS; `text` defaults to its sentence."""

    def __init__(self, kind: str, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.text = text or COMMAND_ERRORS[kind]
        self.retry_after = retry_after
