"""What the offline provider does with attached files: it quotes from their text, and says what it cannot do."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.providers.offline_matching import Question, clauses
from conversations.providers.offline_wording import quoted
from conversations.quoting import Enclosed, QuotedFile

_MOST_CHARS = 200_000
_MOST_QUOTES = 3
_LONGEST_LINE = 400


def quotes(question_text: str, files: Iterable[QuotedFile]) -> str:
    """The lines that answer a question best, word for word and with the file they stand in."""
    question = Question.of(question_text)
    fits = [
        (fit, file.name, clause)
        for file in files
        for line in file.text[:_MOST_CHARS].splitlines()
        for clause in (clauses(line) if len(line) > _LONGEST_LINE else [line])
        if (fit := question.fit(clause))
    ]
    best = max((fit for fit, _name, _clause in fits), default=0.0)
    found = list(dict.fromkeys((name, clause) for fit, name, clause in fits if fit == best))
    return "\n\n".join(f"In {name} it says: {quoted(clause)}." for name, clause in found[:_MOST_QUOTES])


def told(enclosed: Enclosed) -> str:
    """What was attached, and how little can be done with it here."""
    said = []
    if names := ", ".join(file.name for file in enclosed.files):
        said.append(
            f"I have the text of {names}. I can quote from it when you ask about something that stands in it, "
            "but not summarise or explain it."
        )
    if enclosed.notes or enclosed.pictures:
        said.append("I cannot see images.")
    return " ".join(said)
