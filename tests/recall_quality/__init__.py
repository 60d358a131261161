"""People who do not exist, what is remembered of them, and questions they might ask: the yardstick for recall.

One text file per person. A memory is `number date category text`, in the order of storing. A question is
`? kind answers | text`: the numbers of all memories that a good reply needs; `4>3` says that 3 was true once, 4 is true
now, and 4 must come first though both are current rows. Half of the people are for development, the others are only
looked at to report. The questions were written before anything was recalled with them; a question is not changed
because of what it finds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

KINDS = ("direct", "paraphrase", "indirect", "date", "negation", "several", "superseded", "other", "nothing")


@dataclass(frozen=True, slots=True)
class Statement:
    number: int
    day: date
    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    text: str
    answers: frozenset[int]
    """What a reply needs; empty where nothing that is remembered has to do with it."""
    outdated: int | None = None
    """What was true before the (only) answer, and must come after it."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    held_out: bool
    statements: tuple[Statement, ...]
    questions: tuple[Question, ...]


_STATEMENT = re.compile(r"(\d+) (\d{4}-\d\d-\d\d) ([a-z]+) (.+)")
_QUESTION = re.compile(r"\? ([a-z]+) (?:([\d,>]+) )?\| (.+)")


def people() -> list[Person]:
    """Everybody, the people for development first."""
    everybody = [_read(path) for path in sorted(Path(__file__).parent.glob("*.txt"))]
    return sorted(everybody, key=lambda person: (person.held_out, person.name))


def _read(path: Path) -> Person:
    about, *lines = path.read_text().splitlines()
    statements, questions = [], []
    for line in filter(None, lines):
        if line.startswith("?"):
            questions.append(_question(line))
        else:
            number, day, category, text = _matched(_STATEMENT, line)
            statements.append(Statement(int(number), date.fromisoformat(day), category, text))
    return Person(path.stem, "held out" in about, tuple(statements), tuple(questions))


def _question(line: str) -> Question:
    kind, numbers, text = _matched(_QUESTION, line)
    if kind not in KINDS:
        raise ValueError(f"no kind of question: {line}")
    newer, _, older = (numbers or "").partition(">")
    answers = frozenset(int(number) for number in newer.split(",") if number)
    return Question(kind, text, answers, int(older) if older else None)


def _matched(pattern: re.Pattern[str], line: str) -> tuple[str, ...]:
    match = pattern.fullmatch(line)
    if match is None:
        raise ValueError(f"cannot read {line!r}")
    return match.groups()
