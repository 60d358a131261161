"""How good recall is at finding what a question needs, beside a search by vectors alone and one by words alone.

    python -m benchmarks.recall_quality [--person nurse ...] [--kinds]

Stores the memories of the people in tests/recall_quality with the embedded embedder and asks their questions. For each
way it gives recall@5 and recall@10 (how much of what the answer needs is among the first five, ten), MRR (one over the
rank of the first that it needs), and for facts that have changed, how often the outdated one is not given before the
newer one.

- **Vectors**: the memories nearest to the question (cosine), which is what a LangGraph store does.
- **Words**: BM25 over stemmed words without stop words.
- **Ours**: `memories.recall.recall`.

Without DATABASE_URL it starts an embedded PostgreSQL in a temporary directory and removes it in the end; a given
DATABASE_URL must name an empty database that may be filled.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.recall_quality import Person, Question, Statement

COUNT = 10
WAYS = ("vectors", "words", "ours")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one way found for one question: numbers of statements, best first."""

    question: Question
    found: tuple[int, ...]
    chosen: tuple[int, ...] | None = None
    """Those of them that a prompt would have been given; known of ours only."""

    def recall_at(self, count: int) -> float:
        return len(self.question.answers & set(self.found[:count])) / len(self.question.answers)

    @property
    def reciprocal_rank(self) -> float:
        ranks = (rank for rank, number in enumerate(self.found, 1) if number in self.question.answers)
        return 1 / next(ranks, math.inf)

    @property
    def newer_is_first(self) -> bool:
        """Of a question about something that has changed: is what was true never given before what is true now?"""
        (newer,) = self.question.answers
        if self.question.outdated not in self.found:
            return True
        return newer in self.found and self.found.index(newer) < self.found.index(self.question.outdated)


def ask(person: Person, user: Any) -> dict[str, list[Answer]]:
    """All questions of a person, each in every way. `user` owns nothing yet and will own the person's memories."""
    from memories.embedding.registry import current_embedder
    from memories.recall import recall, select_for_prompt

    numbers = _store(person, user)
    embedder = current_embedder()
    vectors = embedder.embed([statement.text for statement in person.statements])
    asked = embedder.embed([question.text for question in person.questions])
    answers: dict[str, list[Answer]] = {way: [] for way in WAYS}
    for question, vector in zip(person.questions, asked, strict=True):
        found = recall(user, question.text, vector, embedder.name, count=COUNT)
        chosen = select_for_prompt(found, token_budget=1_500)
        ranked = tuple(numbers[one.memory_id] for one in found)
        answers["ours"].append(Answer(question, ranked, tuple(numbers[one.memory_id] for one in chosen)))
        answers["vectors"].append(Answer(question, _by_vectors(person.statements, vectors, vector)))
        answers["words"].append(Answer(question, _by_words(person.statements, question.text)))
    return answers


def figures(answers: Sequence[Answer]) -> dict[str, float]:
    """The share found, and so on, of one way. Questions that nothing answers count in `chosen for nothing` only."""
    real = [answer for answer in answers if answer.question.answers]
    pairs = [answer for answer in real if answer.question.outdated]
    idle = [len(answer.chosen) for answer in answers if not answer.question.answers and answer.chosen is not None]
    result = {
        "recall@5": mean(answer.recall_at(5) for answer in real),
        "recall@10": mean(answer.recall_at(10) for answer in real),
        "MRR": mean(answer.reciprocal_rank for answer in real),
    }
    if pairs:
        result["newer first"] = mean(answer.newer_is_first for answer in pairs)
    if idle:
        result["chosen for nothing"] = mean(idle)
    return {name: round(value, 3) for name, value in result.items()}


def _store(person: Person, user: Any) -> dict[int, int]:
    """Remember everything, each at its day; returns which statement a memory is."""
    from memories.models import Memory, Origin
    from memories.writing import remember

    numbers = {}
    for statement in person.statements:
        memory = remember(user, statement.text, origin=Origin.SAID, category=statement.category).memory
        assert memory is not None, statement
        stored_at = datetime.combine(statement.day, time(12), UTC)
        Memory.objects.of(user).filter(pk=memory.pk).update(created_at=stored_at)
        numbers[memory.pk] = statement.number
    assert len(numbers) == len(person.statements)
    return numbers


def _by_vectors(statements: Sequence[Statement], vectors: Sequence[Any], asked: Any) -> tuple[int, ...]:
    import numpy as np

    matrix, question = np.array([vector.to_numpy() for vector in vectors]), asked.to_numpy()
    cosine = matrix @ question / np.linalg.norm(matrix, axis=1) / np.linalg.norm(question)
    return _best(statements, cosine)


def _by_words(statements: Sequence[Statement], question: str) -> tuple[int, ...]:
    from memories.words import terms_of

    terms = [terms_of(statement.text) for statement in statements]
    usual = mean(len(one) for one in terms)
    scores = [0.0] * len(statements)
    for term in set(terms_of(question)):
        holding = [at for at, one in enumerate(terms) if term in one]
        weight = math.log(1 + (len(terms) - len(holding) + 0.5) / (len(holding) + 0.5))
        for at in holding:
            scores[at] += weight * 2.2 / (1.2 * (0.25 + 0.75 * len(terms[at]) / usual) + 1)
    return tuple(number for number in _best(statements, scores) if scores[number - 1])


def _best(statements: Sequence[Statement], scores: Sequence[float]) -> tuple[int, ...]:
    order = sorted(range(len(statements)), key=lambda at: (-scores[at], -at))
    return tuple(statements[at].number for at in order[:COUNT])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--person", nargs="+", help="ask these only")
    parser.add_argument("--half", choices=("development", "held out"), help="ask this half of the people only")
    parser.add_argument("--kinds", action="store_true", help="also each kind of question by itself")
    parser.add_argument("--missed", action="store_true", help="list what ours does not find among the first five")
    parser.add_argument("--quick", action="store_true", help="changes nothing: it takes seconds anyway")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memchat-bench-") as directory:
        os.environ["MEMCHAT_DATA_DIR"] = directory
        os.environ["MEMCHAT_ENV_FILE"] = os.devnull
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memchat.settings")
        import django

        django.setup()
        from memchat import wall

        wall.outside = wall.EVERYONE
        results = _run(options)
        from memchat.postgres import embedded

        embedded.stop()
    if options.json:
        options.json.write_text(json.dumps(results))


def _run(options: argparse.Namespace) -> dict[str, Any]:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    from tests.recall_quality import KINDS, people

    call_command("migrate", verbosity=0)
    halves: dict[str, dict[str, list[Answer]]] = {}
    try:
        for person in people():
            half = "held out" if person.held_out else "development"
            if (options.person and person.name not in options.person) or options.half not in (None, half):
                continue
            user = get_user_model().objects.create_user(person.name)
            gathered = halves.setdefault(half, defaultdict(list))
            for way, answers in ask(person, user).items():
                gathered[way] += answers
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    everything = {way: [one for half in halves.values() for one in half[way]] for way in WAYS}
    results: dict[str, Any] = {}
    for name, gathered in {"all": everything, **halves}.items():
        results[name] = {way: figures(gathered[way]) for way in WAYS}
    _print(results)
    if options.kinds:
        for kind in KINDS[:-1]:
            ours = figures([one for one in everything["ours"] if one.question.kind == kind])
            vectors = figures([one for one in everything["vectors"] if one.question.kind == kind])
            print(f"{kind}: ours {ours}, vectors {vectors}", file=sys.stderr)
    if options.missed:
        _print_missed(everything["ours"])
    return results


def _print(results: dict[str, Any]) -> None:
    columns = ("recall@5", "recall@10", "MRR", "newer first", "chosen for nothing")
    print(f"| people | way | {' | '.join(columns)} |")
    print("|---|---|" + "---:|" * len(columns))
    for name, ways in results.items():
        for way, found in ways.items():
            print(f"| {name} | {way} | {' | '.join(f'{found[c]:.3f}' if c in found else '' for c in columns)} |")


def _print_missed(answers: Iterable[Answer]) -> None:
    for answer in answers:
        if answer.question.answers and (
            answer.recall_at(5) < 1 or (answer.question.outdated and not answer.newer_is_first)
        ):
            print(f"{answer.question.kind}: {answer.question.text} {sorted(answer.question.answers)} {answer.found}")


if __name__ == "__main__":
    main()
