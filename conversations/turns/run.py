"""The writing of one reply: ask the provider, send pieces, save, end.

A run belongs to no socket. It ends in exactly one of complete, stopped, interrupted and failed, or it finds that
another process has taken it over and leaves without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from conversations import rendering
from conversations.branches import shown
from conversations.models import Message, State
from conversations.providers.base import ProviderError, Stop, Timeouts, Usage
from conversations.providers.registry import no_model_label, provider_timeouts
from conversations.turns import announce, frames, ledger
from conversations.turns.hub import hub
from conversations.turns.ledger import Claim, Ending
from conversations.turns.preparation import Prepared, note_start, prepare
from memchat.database import in_database, in_database_at_once

logger = logging.getLogger(__name__)

NOTE_AFTER_SECONDS = 0.01
CHECKPOINT_SECONDS = 0.8
CHECKPOINT_BYTES = 1_024
SAVE_PATIENCE_SECONDS = 120.0
"""How long the end of a reply is held in memory while the database cannot be reached."""


class Patience:
    """Ends a block with TimeoutError when a provider is silent for too long, or takes too long in all.

    `asyncio.timeout` moved at every piece costs as much as sending it; this only notes that a piece came, and
    looks again when the time would have been up.
    """

    STEPS = 10
    """A silence between pieces is noticed at most this fraction of its limit late."""

    def __init__(self, limits: Timeouts) -> None:
        self._limits = limits
        self._begun = False
        self._heard = False
        self._silent_steps = 0

    async def __aenter__(self) -> Patience:
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + self._limits.reply
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self._timer = self._loop.call_later(min(self._limits.first_piece, self._limits.reply), self._give_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def piece_came(self) -> None:
        self._heard = True
        if not self._begun:
            self._begun = True
            self._timer.cancel()
            self._wait_a_step()

    def _wait_a_step(self) -> None:
        self._timer = self._loop.call_later(self._limits.between_pieces / self.STEPS, self._look)

    def _look(self) -> None:
        self._silent_steps = 0 if self._heard else self._silent_steps + 1
        self._heard = False
        if self._silent_steps >= self.STEPS or self._loop.time() >= self._ends:
            self._give_up()
        else:
            self._wait_a_step()

    def _give_up(self) -> None:
        self._timeout.reschedule(self._loop.time())


class LostRun(Exception):
    """Another process owns this run now."""


class ReplyRun:
    """One reply being written by this process. `text` is all of it so far."""

    def __init__(self, claim: Claim, on_next: Callable[[Claim], None], question: Message | None = None) -> None:
        """`question` spares looking it up again where it has just been stored."""
        self.claim = claim
        self._question = question
        self._on_next = on_next
        self._topic = f"thread.{claim.thread_id}"
        self._parts: list[str] = []
        self._joined = ""
        self.length = 0
        self._sent = 0
        self._unsent: list[str] = []
        self._flushed_at = 0.0
        self._piece: frames.Frame = {
            "type": "piece",
            "thread": str(claim.thread_id),
            "message": str(claim.reply_id),
            "epoch": claim.epoch,
        }
        self._flush_timer: asyncio.TimerHandle | None = None
        self._unsaved_bytes = 0
        self._save_now = asyncio.Event()
        self._stop_asked = False
        self._lost = False
        self._usage: Usage | None = None
        self._changes: list[frames.Frame] | None = None
        self._memories: list[frames.Frame] | None = None
        self._task: asyncio.Task[None] | None = None
        self._saving: asyncio.Task[None] | None = None

    @property
    def text(self) -> str:
        if self._parts:
            self._joined += "".join(self._parts)
            self._parts.clear()
        return self._joined

    def start(self) -> asyncio.Task[None]:
        self._task = asyncio.create_task(self._write(), name=f"run {self.claim.run_id}")
        return self._task

    def stop(self) -> None:
        """End the reply as stopped, with the text it has."""
        if not self._stop_asked and self._saving is None and self._task is not None:
            self._stop_asked = True
            self._task.cancel()

    def pieces_from(self, offset: int) -> list[frames.Frame]:
        """What has been sent from `offset` on; later pieces follow by themselves."""
        claim = self.claim
        return frames.pieces(claim.thread_id, claim.reply_id, claim.epoch, self.text[: self._sent], offset)

    async def _write(self) -> None:
        ending: Ending
        keeper = asyncio.create_task(self._keep())
        try:
            ending = await self._ask()
        except asyncio.CancelledError:
            if not self._stop_asked and not self._lost:
                # The server ends.
                ending = Ending(State.INTERRUPTED, "", error_kind="server_stopped")
            else:
                ending = Ending(State.STOPPED, "")
            if self._task is not None:
                self._task.uncancel()
        except LostRun:
            self._lost = True
            ending = Ending(State.INTERRUPTED, "")
        except ProviderError as error:
            logger.info("run %s: %s %s", self.claim.run_id, error.kind, error.detail)
            state = State.INTERRUPTED if self.length and error.kind not in {"refused", "empty_reply"} else State.FAILED
            ending = Ending(
                state, "", error_kind=error.kind, error_detail=error.detail[:500], retry_after=error.retry_after
            )
        except Exception:
            logger.exception("run %s failed", self.claim.run_id)
            ending = Ending(State.INTERRUPTED if self.length else State.FAILED, "", error_kind="internal")
        try:
            if not self._lost:
                await self._end_for_sure(ending)
        finally:
            # Until the end is stored the lease must be kept.
            keeper.cancel()

    async def _end_for_sure(self, ending: Ending) -> None:
        """Save the end whoever cancels this meanwhile: the server may end while a reply is being saved."""
        self._saving = asyncio.create_task(self._end(ending))
        while not self._saving.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._saving)
        self._saving.result()

    # --- Asking ---------------------------------------------------------------------------------------------

    async def _ask(self) -> Ending:
        prepared = await in_database(prepare, self.claim, self._question)
        if prepared is None:
            raise LostRun
        noting = asyncio.create_task(self._note_start(prepared))
        try:
            stop = await self._stream(prepared)
        finally:
            # What memory gave must be on record before the reply ends, also when it ends badly.
            with suppress(DatabaseError, InterfaceError):
                await asyncio.shield(noting)
        if stop.reason == "refusal":
            return Ending(State.FAILED, "", stop_reason=stop.reason, error_kind="refused")
        if not self.length:
            raise ProviderError("empty_reply")
        return Ending(State.COMPLETE, "", stop_reason=stop.reason)

    async def _note_start(self, prepared: Prepared) -> None:
        # The request to the provider goes out first; this would only compete with it.
        await asyncio.sleep(NOTE_AFTER_SECONDS)
        await in_database(note_start, self.claim, prepared)
        self._changes = [frames.change_frame(change) for change in prepared.changes]
        self._memories = [
            frames.memory_frame(use.memory_id, use.text, rank, use.reasons)
            for rank, use in enumerate(prepared.recollection.uses, start=1)
        ]
        hub.publish(
            self._topic,
            {
                "type": "started",
                "thread": str(self.claim.thread_id),
                "message": str(self.claim.reply_id),
                "epoch": self.claim.epoch,
                "changes": self._changes,
                "memories": self._memories,
                "omitted": prepared.prompt.omitted,
                "notice": prepared.recollection.notice,
                "provider": prepared.provider.name,
                "model_name": no_model_label(prepared.provider.name) or prepared.model_name,
            },
        )

    async def _stream(self, prepared: Prepared) -> Stop:
        stop: Stop | None = None
        patience = Patience(provider_timeouts())
        try:
            async with patience, aclosing(prepared.provider.stream(prepared.prompt, prepared.model_name)) as stream:
                async for event in stream:
                    if isinstance(event, str):
                        self._take(event)
                        patience.piece_came()
                    elif isinstance(event, Usage):
                        self._usage = event
                    else:
                        stop = event
        except TimeoutError:
            raise ProviderError("timed_out", "no piece in time") from None
        if stop is None:
            raise ProviderError("no_stop_reason")
        return stop

    # --- Sending --------------------------------------------------------------------------------------------

    def _take(self, piece: str) -> None:
        first = self.length == 0
        self._parts.append(piece)
        self._unsent.append(piece)
        self.length += len(piece)
        self._unsaved_bytes += len(piece) if piece.isascii() else len(piece.encode())
        if first or self._unsaved_bytes >= CHECKPOINT_BYTES:
            self._save_now.set()
        if self._flush_timer is None:
            loop = asyncio.get_running_loop()
            wait = self._flushed_at + settings.FLUSH_SECONDS - loop.time()
            # A little early is as good as in time, and spares the timer where pieces come at the same pace.
            if first or wait < settings.FLUSH_SECONDS / 4:
                self._flush()
            else:
                self._flush_timer = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if not self._unsent:
            return
        text = "".join(self._unsent)
        self._unsent.clear()
        self._flushed_at = asyncio.get_running_loop().time()
        offset = self._sent
        self._sent += len(text)
        if len(text) <= frames.PIECE_MAX_CHARS:
            hub.publish(self._topic, {**self._piece, "offset": offset, "end": self._sent, "text": text})
            return
        for frame in self.pieces_from(offset):
            hub.publish(self._topic, frame)

    # --- Saving ---------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Save the text so far and renew the lease until cancelled."""
        renew = settings.RUN_LEASE_SECONDS / 3
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(CHECKPOINT_SECONDS, renew)):
                    await self._save_now.wait()
            self._save_now.clear()
            unsaved = self._unsaved_bytes
            if not unsaved and loop.time() - renewed < renew:
                continue
            try:
                held = await in_database_at_once(ledger.checkpoint, self.claim, self.text if unsaved else None)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("run %s cannot be saved right now: %s", self.claim.run_id, type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            self._unsaved_bytes -= unsaved
            renewed = loop.time()
            if not held.ours and self._saving is None:
                self._lost = True
                if self._task is not None:
                    self._task.cancel()
                return
            if held.stop:
                self.stop()

    async def _end(self, ending: Ending) -> None:
        """Save the reply's end, however long the database takes to come back, then tell everyone."""
        self._flush()
        text = self.text
        html, version = await asyncio.to_thread(render, text)
        usage = self._usage
        whole = Ending(
            ending.state,
            text,
            html,
            version,
            ending.stop_reason,
            ending.error_kind,
            ending.error_detail,
            ending.retry_after,
            _column(usage.input_tokens) if usage else None,
            _column(usage.output_tokens) if usage else None,
            _column(usage.cached_tokens) if usage else None,
        )
        loop = asyncio.get_running_loop()
        give_up = loop.time() + SAVE_PATIENCE_SECONDS
        while True:
            try:
                finished = await in_database_at_once(_finish, self.claim, whole, self._memories is None)
                break
            except (OperationalError, InterfaceError):
                if loop.time() > give_up:
                    logger.exception("run %s could not be saved", self.claim.run_id)
                    return
                await asyncio.sleep(0.5)
        if finished.reply is not None:
            announce.ended(finished.reply, self._changes, self._memories)
        if finished.next_claim is not None:
            self._on_next(finished.next_claim)


def render(text: str) -> tuple[str, int]:
    """The stored form of a reply's rendering: its HTML and the version of the rules that made it. Never raises."""
    try:
        return rendering.render(text), rendering.VERSION
    except Exception:
        logger.exception("a reply could not be rendered and is shown as plain text")
        return rendering.plain(text), rendering.VERSION


def _column(tokens: int) -> int:
    """A provider's count, kept within what the column holds."""
    return max(0, min(tokens, 2**31 - 1))


def _finish(claim: Claim, ending: Ending, look_up_memories: bool) -> ledger.Finished:
    """End the run. A reply that ended before it was noted what memory gave it comes with what is stored of that."""
    finished = ledger.finish(claim, ending)
    if finished.reply is not None and look_up_memories:
        finished = replace(finished, reply=shown(claim.user_id).get(pk=claim.reply_id))
    return finished
