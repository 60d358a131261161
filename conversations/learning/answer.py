"""Reads what a model found in a message, and believes none of it that the person did not say. Pure rules."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from conversations.evidence import MOST_YEARS_AHEAD, Evidence
from conversations.learning.question import MOST_FACTS, Known
from memories.models import Category
from memories.requests import stated_words
from memories.safety.instructions import reads_like_instruction

STATEMENT_MAX_CHARS = 600

_SPACE = re.compile(r"\s+")


class Unreadable(Exception):
    """The answer is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact the person stated. `same_as` and `replaces` are ids of memories of theirs."""

    statement: str
    category: str | None = None
    since: date | None = None
    same_as: int | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message teaches; `outdated` are (older, newer) ids of memories."""

    findings: tuple[Finding, ...] = ()
    outdated: tuple[tuple[int, int], ...] = ()
    disbelieved: int = 0
    """How many facts were left out because the person did not say them."""


def read(raw: str, *, own_text: str, earlier_own: str, known: Sequence[Known], said_on: date) -> Answer:
    """Take an answer apart. `own_text` is the person's own part of the message, `earlier_own` what they said before.

    A fact counts only if its quote stands in the message, and its statement is made of what the person wrote there,
    earlier, or in a known memory. Raises Unreadable.
    """
    data = _object(raw)
    by_label = {one.label: one for one in known}
    evidence = Evidence(stated_words(own_text), earlier_own, [one.text for one in known], said_on)
    findings: list[Finding] = []
    disbelieved = 0
    facts = data.get("facts")
    if not isinstance(facts, list):
        raise Unreadable("no list of facts")
    for fact in facts[: 2 * MOST_FACTS]:
        finding = _finding(fact, by_label, said_on) if isinstance(fact, dict) else None
        if finding is None or not _is_believed(finding.statement, fact.get("quote"), evidence):
            disbelieved += 1
        elif len(findings) < MOST_FACTS and finding.statement not in {one.statement for one in findings}:
            findings.append(finding)
    return Answer(tuple(findings), _outdated(data.get("outdated"), by_label), disbelieved)


def _is_believed(statement: str, quote: object, evidence: Evidence) -> bool:
    """Whether the person said so, and said something of themselves: an order to an assistant is no fact to learn."""
    return evidence.supports(statement, quote) and not reads_like_instruction(statement)


def _object(raw: str) -> dict[str, Any]:
    """The JSON object in an answer, also where the model put words or a fence around it, or thought aloud before."""
    raw = raw.rpartition("</think>")[2]
    start = raw.find("{")
    if start < 0:
        raise Unreadable("no object")
    try:
        data, _ = json.JSONDecoder().raw_decode(raw[start:])
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    if not isinstance(data, dict):
        raise Unreadable("no object")
    return data


def _finding(fact: dict[str, Any], by_label: dict[str, Known], said_on: date) -> Finding | None:
    statement = fact.get("statement")
    if not isinstance(statement, str) or not 3 <= len(statement.strip()) <= STATEMENT_MAX_CHARS:
        return None
    category = fact.get("category")
    return Finding(
        statement=_SPACE.sub(" ", statement).strip(),
        category=category if category in Category.values else None,
        since=_day(fact.get("since"), said_on),
        same_as=_id(fact.get("same_as"), by_label),
        replaces=_id(fact.get("replaces"), by_label),
    )


def _id(label: object, by_label: dict[str, Known]) -> int | None:
    one = by_label.get(label) if isinstance(label, str) else None
    return one.id if one else None


def _day(raw: object, said_on: date) -> date | None:
    if not isinstance(raw, str):
        return None
    try:
        day = date.fromisoformat(raw[:10])
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= said_on + timedelta(days=366 * MOST_YEARS_AHEAD) else None


def _outdated(raw: object, by_label: dict[str, Known]) -> tuple[tuple[int, int], ...]:
    """Only a memory that this very message stored can outdate another."""
    pairs: list[tuple[int, int]] = []
    for one in raw[:MOST_FACTS] if isinstance(raw, list) else []:
        if not isinstance(one, dict):
            continue
        older, newer = by_label.get(str(one.get("memory"))), by_label.get(str(one.get("because_of")))
        if older and newer and newer.just_stored and not older.just_stored:
            pairs.append((older.id, newer.id))
    return tuple(dict.fromkeys(pairs))
