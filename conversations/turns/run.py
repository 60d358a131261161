"""The writing of one reply: ask the provider, send pieces, save, end.

A run belongs to no socket. It ends in exactly one of complete, stopped, interrupted and failed, or it finds that
another process has taken it over and leaves without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from contextvars import Context
from dataclasses import dataclass, replace
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from conversations import rendering
from conversations.branches import shown
from conversations.continuing import Seam
from conversations.models import Message, State
from conversations.prompts import Exchange, Prompt, ToolCall
from conversations.providers.base import ProviderError, Stop, Thinking, Timeouts, Usage
from conversations.providers.registry import no_model_label, provider_timeouts
from conversations.spending import broken_off
from conversations.turns import announce, formatting, frames, tools
from conversations.turns.claims import Claim
from conversations.turns.ending import Ending, Finished, finish
from conversations.turns.formatting import Formatting
from conversations.turns.hub import hub
from conversations.turns.keeping import CHECKPOINT_BYTES, CHECKPOINT_SECONDS, keeper, renew_after
from conversations.turns.ledger import Kept, Part
from conversations.turns.preparation import Prepared, note_start, prepare
from memchat import wall
from memchat.database import in_database, in_database_at_once
from memchat.monitoring import logs, metrics, readiness, telemetry

logger = logging.getLogger(__name__)

NOTE_AFTER_SECONDS = 0.01
MOST_TOOL_ROUNDS = 4
MOST_TOOL_CALLS = 8
"""For one reply; after that it is written without tools."""
TOOL_END_SECONDS = 10.0
"""How long the end of a reply waits for a tool that is under way."""
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


@dataclass(frozen=True, slots=True)
class Note:
    """What a run has to save."""

    part: Part
    unsaved_bytes: int


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
        self._markup_topic = formatting.topic_of(claim)
        self._markup_asked = False
        self._formatting: Formatting | None = None
        self._saved = 0
        self._unsaved_bytes = 0
        self._saved_any = False
        self._saved_at = self._renewed_at = self._begun_at = asyncio.get_running_loop().time()
        self._first_at: float | None = None
        self._pieces = 0
        self._provider_name = ""
        self._stop_asked = False
        self._lost = False
        self._usage: Usage | None = None
        self._seam = Seam(claim.begun)
        self._tool_calls = 0
        self._using: asyncio.Task[tools.Used | None] | None = None
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

    def tell_markup(self, put: Callable[[frames.Frame], None]) -> None:
        """Give a tab of this process the reply as markup, as far as it has come; what is new follows by itself."""
        if self._formatting is None:
            # What it tells first goes to everybody who listens.
            self._formatted()
        else:
            self._formatting.tell(put)

    def tell_markup_everywhere(self) -> None:
        """The same for a tab at another process, which cannot be seen from here."""
        self._markup_asked = True
        if self._formatting is None:
            self._formatted()
        else:
            self._formatting.tell_all()

    async def _write(self) -> None:
        logs.mark(run=str(self.claim.run_id))
        # Whoever began it, a sweep perhaps: it is written for its person.
        with wall.person(self.claim.user_id):
            await self._write_to_its_end()

    async def _write_to_its_end(self) -> None:
        ending: Ending
        keeper.watch(self)
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
            # Without the detail, which may quote the message; it is stored with the reply.
            logger.info("run %s: %s", self.claim.run_id, error.kind)
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
            keeper.forget(self)

    async def _end_for_sure(self, ending: Ending) -> None:
        """Save the end whoever cancels this meanwhile: the server may end while a reply is being saved."""
        self._saving = asyncio.create_task(self._end(ending))
        while not self._saving.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._saving)
        self._saving.result()

    # --- Asking ---------------------------------------------------------------------------------------------

    async def _ask(self) -> Ending:
        prepared = await self._prepare()
        if prepared is None:
            raise LostRun
        self._provider_name = prepared.provider.name
        noting = asyncio.create_task(self._note_start(prepared))
        if self.claim.begun:
            # An earlier version broke off here, and this one goes on from there.
            self._take(self.claim.begun)
        try:
            stop = await self._converse(prepared, noting)
        finally:
            # What memory gave must be on record before the reply ends, also when it ends badly.
            with suppress(DatabaseError, InterfaceError):
                await asyncio.shield(noting)
        if stop.reason == "refusal":
            return Ending(State.FAILED, "", stop_reason=stop.reason, error_kind="refused")
        if not self.length:
            raise ProviderError("empty_reply")
        return Ending(State.COMPLETE, "", stop_reason=stop.reason)

    async def _prepare(self) -> Prepared | None:
        preparing = asyncio.create_task(in_database(prepare, self.claim, self._question))
        try:
            return await asyncio.shield(preparing)
        except asyncio.CancelledError:
            # What the message asks of memory is carried out all the same: a reply that has ended by then is told of it.
            replies = [self.claim.reply_id]
            preparing.add_done_callback(lambda _: announce.notes_changed(self.claim.user_id, reply_ids=replies))
            raise

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
                "tools": [],
                "omitted": prepared.prompt.omitted,
                "notice": prepared.recollection.notice,
                "provider": prepared.provider.name,
                "model_name": no_model_label(prepared.provider.name) or prepared.model_name,
            },
        )

    async def _converse(self, prepared: Prepared, noting: asyncio.Task[None]) -> Stop:
        """Ask, and ask again with the results as long as the model calls tools."""
        prompt = prepared.prompt
        limits = provider_timeouts()
        loop = asyncio.get_running_loop()
        ends = loop.time() + limits.reply
        while True:
            begun = self.length
            calls: list[ToolCall] = []
            stop = await self._stream(prepared, prompt, replace(limits, reply=ends - loop.time()), calls)
            if stop.reason != "tools":
                return stop
            results = await self._use_tools(prepared, calls, noting)
            exchange = Exchange(self.text[begun:], tuple(calls), results)
            exchanges = (*prompt.exchanges, exchange)
            may_call = len(exchanges) < MOST_TOOL_ROUNDS and self._tool_calls < MOST_TOOL_CALLS
            prompt = replace(prompt, exchanges=exchanges, may_call=may_call)

    async def _stream(self, prepared: Prepared, prompt: Prompt, limits: Timeouts, calls: list[ToolCall]) -> Stop:
        """Take in one answer of the provider; what it calls is added to `calls`."""
        stop: Stop | None = None
        patience = Patience(limits)
        earlier = self._usage or Usage(0, 0)
        gap = self._gap() if prompt.exchanges else ""
        try:
            async with patience, aclosing(prepared.provider.stream(prompt, prepared.model_name)) as stream:
                async for event in stream:
                    if isinstance(event, str):
                        patience.piece_came()
                        if piece := self._seam.take(event):
                            self._take(gap + piece if gap else piece)
                            gap = ""
                    elif isinstance(event, Usage):
                        self._usage = earlier + event
                    elif isinstance(event, Thinking):
                        patience.piece_came()
                    elif isinstance(event, ToolCall):
                        calls.append(event)
                    else:
                        stop = event
        except TimeoutError:
            raise ProviderError("timed_out", "no piece in time") from None
        self._take_rest()
        if stop is None:
            raise ProviderError("no_stop_reason")
        return stop

    def _take_rest(self) -> None:
        """Take what the seam holds back."""
        if rest := self._seam.rest():
            self._take(rest)

    def _gap(self) -> str:
        """What sets the text of a later round apart from what was said before it."""
        text = self.text
        return "\n" * (2 - (len(text) - len(text.rstrip("\n")))) if text.strip() else ""

    # --- Tools ----------------------------------------------------------------------------------------------

    async def _use_tools(
        self, prepared: Prepared, calls: list[ToolCall], noting: asyncio.Task[None]
    ) -> tuple[str, ...]:
        """Carry out the calls of one round, and show what came of them."""
        with suppress(DatabaseError, InterfaceError):
            # What is found now ranks after what the prompt had.
            await asyncio.shield(noting)
        results: list[str] = []
        shows = False
        for call in calls:
            self._tool_calls += 1
            used = tools.failure("There were too many calls for one reply.")
            if self._tool_calls <= MOST_TOOL_CALLS:
                used = await self._use_tool(prepared, call)
            results.append(used.result)
            shows = shows or used.shows
        if shows:
            with suppress(DatabaseError, InterfaceError):
                told = await in_database(tools.told, self.claim)
                if told is not None:
                    hub.publish(self._topic, told)
        return tuple(results)

    async def _use_tool(self, prepared: Prepared, call: ToolCall) -> tools.Used:
        # From now on only the database knows what the reply has to do with memories.
        self._changes = self._memories = None
        self._using = asyncio.create_task(in_database(tools.use, self.claim, prepared.provider.name, call))
        try:
            # A stop must not lose sight of it: what it does is part of the reply all the same.
            used = await asyncio.shield(self._using)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("run %s could not use a tool: %s", self.claim.run_id, type(error).__name__)
            return tools.failure("It did not work this time.")
        if used is None:
            raise LostRun
        return used

    # --- Sending --------------------------------------------------------------------------------------------

    def _take(self, piece: str) -> None:
        first = self.length == 0
        self._parts.append(piece)
        self._unsent.append(piece)
        self.length += len(piece)
        self._unsaved_bytes += len(piece) if piece.isascii() else len(piece.encode())
        if first or self._unsaved_bytes >= CHECKPOINT_BYTES:
            keeper.look()
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
        self._pieces += len(self._unsent)
        self._unsent.clear()
        self._flushed_at = asyncio.get_running_loop().time()
        if self._first_at is None:
            self._first_at = self._flushed_at
        offset = self._sent
        self._sent += len(text)
        if len(text) <= frames.PIECE_MAX_CHARS:
            hub.publish(self._topic, {**self._piece, "offset": offset, "end": self._sent, "text": text})
        else:
            for frame in self.pieces_from(offset):
                hub.publish(self._topic, frame)
        if self._markup_asked or hub.listens(self._markup_topic):
            self._formatted(text)
        elif self._formatting is not None:
            self._formatting.stop()
            self._formatting = None

    def _formatted(self, fresh: str = "") -> Formatting:
        """The reply as markup, with what was just sent."""
        if self._formatting is None:
            self._formatting, fresh = Formatting(self.claim), self.text[: self._sent]
        if fresh:
            self._formatting.feed(fresh)
        return self._formatting

    # --- Saving ---------------------------------------------------------------------------------------------

    def is_due(self, now: float) -> bool:
        """Whether there is text to save, or a lease to renew."""
        if self._unsaved_bytes:
            long_ago = now - self._saved_at >= CHECKPOINT_SECONDS
            return long_ago or not self._saved_any or self._unsaved_bytes >= CHECKPOINT_BYTES
        return now - self._renewed_at >= renew_after()

    def note(self) -> Note:
        """What to save now."""
        text = self.text[self._saved :] if self._unsaved_bytes else None
        return Note(Part(self.claim, text, self._saved), self._unsaved_bytes)

    def kept(self, note: Note, found: Kept | None, now: float) -> None:
        """A note was saved; `found` is None when the run is another owner's."""
        if found is None:
            if self._saving is None:
                self._lost = True
                if self._task is not None:
                    self._task.cancel()
            return
        self._renewed_at = now
        if not found.is_written:
            # The database has lost something since: it is given everything again.
            self._saved = 0
        else:
            self._unsaved_bytes -= note.unsaved_bytes
            self._saved += len(note.part.text or "")
            self._saved_any = self._saved_any or note.part.text is not None
            self._saved_at = now
        if found.stop:
            self.stop()

    async def _end(self, ending: Ending) -> None:
        """Save the reply's end, however long the database takes to come back, then tell everyone."""
        self._take_rest()
        self._flush()
        if self._using is not None and not self._using.done():
            await asyncio.wait([self._using], timeout=TOOL_END_SECONDS)
        text = self.text
        blocks, version = await asyncio.to_thread(render_blocks, text)
        usage = self._usage
        if usage is not None and not ending.stop_reason:
            usage = self._usage = broken_off(usage, self.length - len(self.claim.begun))
        whole = Ending(
            ending.state,
            text,
            "".join(blocks),
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
            self._count(finished.reply)
            if self._formatting is not None:
                await self._formatting.finish(blocks)
            # What was looked up comes with the reply.
            announce.ended(finished.reply, self._changes, self._memories, None if self._tool_calls else [])
        if finished.next_claim is not None:
            # Nobody who asked for this reply asked for that one.
            Context().run(self._on_next, finished.next_claim)

    def _count(self, reply: Message) -> None:
        """Add to the figures what the reply took."""
        seconds = asyncio.get_running_loop().time() - self._begun_at
        provider = self._provider_name
        metrics.turn_seconds.observe(seconds)
        metrics.pieces.inc(self._pieces)
        if self._first_at is not None and not self.claim.begun:
            metrics.first_piece.labels(provider).observe(self._first_at - self._begun_at)
        if self._usage is not None:
            metrics.tokens_used(
                provider, self._usage.input_tokens, self._usage.output_tokens, self._usage.cached_tokens
            )
        about = {"memchat.provider": provider, "memchat.state": str(reply.state)}
        telemetry.record("turn", seconds, about, bool(reply.error_kind))


def render(text: str) -> tuple[str, int]:
    """The stored form of a reply's rendering: its HTML and the version of the rules that made it. Never raises."""
    blocks, version = render_blocks(text)
    return "".join(blocks), version


def render_blocks(text: str) -> tuple[list[str], int]:
    """The same, block by block."""
    try:
        return rendering.blocks(text), rendering.VERSION
    except Exception:
        logger.exception("a reply could not be rendered and is shown as plain text")
        return [rendering.plain(text)], rendering.VERSION


def _column(tokens: int) -> int:
    """A provider's count, kept within what the column holds."""
    return max(0, min(tokens, 2**31 - 1))


def _finish(claim: Claim, ending: Ending, look_up_memories: bool) -> Finished:
    """End the run. A reply that ended before it was noted what memory gave it comes with what is stored of that."""
    # A process that is about to end leaves what waits in the thread to another one.
    finished = finish(claim, ending, take_next=not readiness.draining)
    if finished.reply is not None and look_up_memories:
        finished = replace(finished, reply=shown(claim.user_id).get(pk=claim.reply_id))
    return finished
