"""Kills a server while it answers, and looks for what was lost.

A round: people send messages at random moments, so that at the moment of the kill some are on their way, some accepted,
some being answered and some answered. The server is killed and started again, and the tabs do what a page does: connect
again and send again what was not acknowledged. Then the database is compared with what every tab had seen.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.fake_providers import FakeProvidersProcess
from tests.live.person import PASSWORD, Person, Tab
from tests.live.site import Site
from tools.faults.database import connect

TEXT = "".join(f"{number} wörd " for number in range(200))
INTERVALS = (0.002, 0.01, 0.05)
"""Seconds between the pieces of a round's replies."""
SPREAD_SECONDS = 2.0
"""From the first message of a round to the last one, and the kill comes in its second half."""

LOST_SECONDS = 1.0
LOST_BYTES = 1_024
MARKED_SECONDS = 15.0
MARKED_AFTER_READY_SECONDS = 10.0
"""Where the machine is so busy that starting again took longer than the rest: from when it was done."""
SETTLE_SECONDS = 45.0


@dataclass
class Turn:
    """One message, and what its sender's tab saw before the kill."""

    person: Person
    question: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent: bool = False
    said: dict[str, Any] | None = None
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """When how much of the reply had arrived."""
    text: str = ""
    ended: str = ""

    @property
    def phase(self) -> str:
        if self.ended:
            return "answered"
        if self.text:
            return "being answered"
        if self.said:
            return "accepted"
        return "sent" if self.sent else "not sent"

    def take(self, frame: dict[str, Any]) -> None:
        if frame.get("ref") == self.id:
            self.said = frame
        elif self.said is None or frame.get("message") is None:
            return
        elif frame["type"] == "piece" and frame["message"] == self.said["reply"]["id"]:
            self.text = self.text[: frame["offset"]] + frame["text"]
            self.arrivals.append((time.time(), len(self.text)))
        elif frame["type"] == "ended" and frame["message"]["id"] == self.said["reply"]["id"]:
            self.ended = frame["message"]["state"]

    def lost(self, kept: str, killed_at: float) -> tuple[int, float]:
        """How many bytes that the tab had seen are not kept, and for how long the oldest of them had been seen."""
        if len(kept) >= len(self.text):
            return 0, 0.0
        seen_at = next(at for at, length in self.arrivals if length > len(kept))
        return len(self.text[len(kept) :].encode()), killed_at - seen_at


@dataclass
class Report:
    """What all rounds found. Nothing may stand in `broken`."""

    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    most_bytes_lost: int = 0
    most_seconds_lost: float = 0.0
    marked_after: float = 0.0
    ready_after: float = 0.0
    broken: list[str] = field(default_factory=list)

    @property
    def turns(self) -> int:
        """Those that had begun and had no end when their server was killed."""
        return self.phases["sent"] + self.phases["accepted"] + self.phases["being answered"]

    def line(self) -> str:
        phases = ", ".join(f"{count} {phase}" for phase, count in sorted(self.phases.items()))
        return (
            f"{self.turns} turns in {self.kills} kills ({phases}); lost at most {self.most_bytes_lost} bytes, "
            f"{self.most_seconds_lost:.2f} s; ready within {self.ready_after:.1f} s, "
            f"marked within {self.marked_after:.1f} s; "
            f"{len(self.broken)} broken promises"
        )


class Killer:
    """Kills one site again and again. The site runs before and after."""

    def __init__(self, site: Site, provider: FakeProvidersProcess, seed: int, at_once: int = 10) -> None:
        self._site = site
        self._provider = provider
        self._random = random.Random(seed)
        self._at_once = at_once
        self._people: list[Person] = []
        self.report = Report()

    async def kill_turns(self, count: int, until: float = float("inf")) -> Report:
        """Go on until so many turns were under way when their server was killed, or until a moment of `time.time`."""
        made = await asyncio.to_thread(self._site.make_accounts, self._at_once, PASSWORD)
        self._people = [Person(self._site, name).with_session(key) for name, key in made]
        while self.report.turns < count and time.time() < until:
            await self._round()
        return self.report

    async def _round(self) -> None:
        self._provider.reset()
        self._provider.script(
            reply=TEXT, interval=self._random.choice(INTERVALS), first_delay=self._random.choice((0.0, 0.3))
        )
        number = self.report.kills
        turns = [Turn(person, f"Round {number}: {person.name}") for person in self._people]
        kill_after = SPREAD_SECONDS * self._random.uniform(0.5, 1.2)
        delays = [self._random.uniform(0, SPREAD_SECONDS) for _ in turns]
        tabs = [await turn.person.tab().__aenter__() for turn in turns]
        taking_part = [
            asyncio.create_task(_take_part(turn, tab, delay))
            for turn, tab, delay in zip(turns, tabs, delays, strict=True)
        ]
        await asyncio.sleep(kill_after)
        killed_at = time.time()
        self._site.kill()
        await asyncio.gather(*taking_part)
        self.report.kills += 1
        self.report.phases.update(turn.phase for turn in turns)
        await asyncio.to_thread(self._site.start)
        ready_after = time.time() - killed_at
        self.report.ready_after = max(self.report.ready_after, ready_after)
        await asyncio.gather(*(self._come_back(turn) for turn in turns))
        await self._settled(turns)
        self._compare(turns, killed_at, max(MARKED_SECONDS, ready_after + MARKED_AFTER_READY_SECONDS))

    async def _come_back(self, turn: Turn) -> None:
        """What was not acknowledged is sent again; some of the rest too, as by a page that missed the answer."""
        if turn.said is None or self._random.random() < 0.3:
            async with turn.person.tab() as tab:
                said = await tab.say(turn.question, id=turn.id)
            if said["type"] != "said":
                self._break(turn, f"sent again, it is answered with {said}")
            elif turn.said is not None and said["reply"]["id"] != turn.said["reply"]["id"]:
                self._break(turn, "sent again, it has another reply")

    async def _settled(self, turns: list[Turn]) -> None:
        """Wait until no reply of the round is open."""
        end = time.monotonic() + SETTLE_SECONDS
        query = """
            SELECT count(*) FROM conversations_message question
            JOIN conversations_message reply ON reply.parent_id = question.id
            WHERE question.client_id = ANY(%s) AND reply.state IN ('pending', 'streaming')
        """
        ids = [uuid.UUID(turn.id) for turn in turns]
        with connect(self._site) as connection:
            while opened := connection.execute(query, [ids]).fetchall()[0][0]:
                if time.monotonic() > end:
                    self.report.broken.append(f"{opened} replies have no end")
                    return
                await asyncio.sleep(0.25)

    def _compare(self, turns: list[Turn], killed_at: float, mark_within: float) -> None:
        with connect(self._site) as connection:
            rows = connection.execute(_STORED, [[uuid.UUID(turn.id) for turn in turns]]).fetchall()
        for turn in turns:
            stored = [row[1:] for row in rows if str(row[0]) == turn.id]
            if len(stored) != 1:
                self._break(turn, f"it is stored with {len(stored)} replies")
                continue
            question, messages, state, text, ended_at = stored[0]
            if question != turn.question or messages != 2:
                self._break(turn, f"its thread has {messages} messages; {question!r}")
            self._compare_reply(turn, state, text, killed_at)
            if state == "interrupted":
                self._compare_time(turn, ended_at.timestamp() - killed_at, mark_within)

    def _compare_reply(self, turn: Turn, state: str, text: str, killed_at: float) -> None:
        if not TEXT.startswith(text) or not TEXT.startswith(turn.text):
            self._break(turn, "its reply is not the beginning of what the provider said")
        if state not in {"complete", "interrupted"} or (state == "complete" and text != TEXT):
            self._break(turn, f"{state} with {len(text)} of {len(TEXT)} characters")
        if turn.ended and (state, text) != (turn.ended, turn.text):
            self._break(turn, f"it had ended as {turn.ended} with {len(turn.text)} characters, and is {state} now")
        if state == "interrupted":
            size, age = turn.lost(text, killed_at)
            self.report.most_bytes_lost = max(self.report.most_bytes_lost, size)
            self.report.most_seconds_lost = max(self.report.most_seconds_lost, age)
            if size > LOST_BYTES and age > LOST_SECONDS:
                self._break(turn, f"{size} bytes are lost, seen for {age:.2f} s")

    def _compare_time(self, turn: Turn, marked_after: float, mark_within: float) -> None:
        self.report.marked_after = max(self.report.marked_after, marked_after)
        if marked_after > mark_within:
            self._break(turn, f"marked after {marked_after:.1f} s instead of {mark_within:.1f} s")

    def _break(self, turn: Turn, what: str) -> None:
        self.report.broken.append(f"{turn.question} ({turn.phase}): {what}")


_STORED = """
    SELECT question.client_id, question.text,
           (SELECT count(*) FROM conversations_message WHERE thread_id = question.thread_id),
           reply.state, reply.text, reply.ended_at
    FROM conversations_message question JOIN conversations_message reply ON reply.parent_id = question.id
    WHERE question.client_id = ANY(%s)
"""


async def _take_part(turn: Turn, tab: Tab, delay: float) -> None:
    try:
        await asyncio.sleep(delay)
        turn.sent = True
        await tab.send(do="say", ref=turn.id, id=turn.id, thread=None, text=turn.question)
        while True:
            turn.take(await tab.receive(60))
    except (ConnectionClosed, InvalidStatus, OSError):
        pass
    finally:
        await tab.__aexit__(None, None, None)
