"""What pages and programs ask of turns from Django's threads: told to open tabs, and handed to the event loop."""

from __future__ import annotations

import uuid

from conversations.branches import reachable
from conversations.errors import TurnError
from conversations.providers.registry import is_configured
from conversations.turns import accepting, announce, frames, ledger, wording
from conversations.turns.hub import hub
from conversations.turns.runner import runner


def check_model(provider: str, model_name: str) -> None:
    """Raises TurnError(unknown_provider) for a model that cannot be chosen here; naming none is fine."""
    if (provider or model_name) and not is_configured(provider, model_name):
        raise TurnError("unknown_provider")


def tell_of(accepted: accepting.Accepted, with_question: bool) -> None:
    """What has been stored, to the tabs that are open; and that a reply waits to be written."""
    topic = f"thread.{accepted.thread.pk}"
    for message in [accepted.message, accepted.reply] if with_question else [accepted.reply]:
        whole = frames.new_message_frame(message, accepted.attachments if message is accepted.message else ())
        hub.publish_soon(topic, {"type": "message", **wording.marked(), "thread": whole["thread"], "message": whole})
    announce.thread_changed(accepted.thread)
    runner.look_soon()


def stop(user_id: int, reply_id: uuid.UUID) -> ledger.Stopped:
    """Stop a reply, wherever it is written. Raises TurnError(not_found)."""
    stopped = ledger.request_stop(user_id, reply_id)
    if stopped.ended:
        announce.ended(reachable(user_id).get(pk=reply_id))
    else:
        hub.call_soon(runner.stop_run, reply_id)
    return stopped
