"""Tells which statements are of a kind that people must be asked about first.

The phrases are data (`kinds`), made for statements about people: "I'm Muslim", "my son has asthma". Where it is not
plain whether something is about a person they ask rather than not: a question too many costs a click.
"""

from __future__ import annotations

from types import ModuleType

from memories.models import Sensitive
from memories.safety.kinds import belief, body, descent, health, politics, sexuality, union
from memories.safety.kinds.grammar import ENGLISH, FRENCH, GERMAN, PORTUGUESE, SPANISH, TOPICS
from memories.safety.phrases import Phrases, Spelled, spelled, unspaced


class _Kind:
    """What speaks of one kind, in every language."""

    def __init__(self, data: ModuleType) -> None:
        self._harmless = Phrases(data.HARMLESS)
        languages = (
            (data.ENGLISH, ENGLISH),
            (data.GERMAN, GERMAN),
            (data.FRENCH, FRENCH),
            (data.SPANISH, SPANISH),
            (data.PORTUGUESE, PORTUGUESE),
        )
        self._spaced = [Phrases(phrases, words, not_before=TOPICS.split()) for phrases, words in languages]
        self._unspaced = [Phrases(data.CHINESE), Phrases(data.JAPANESE)]

    def is_spoken_of(self, words: Spelled, run_together: Spelled | None) -> bool:
        words = self._harmless.without(words)
        if any(language.found_in(words) for language in self._spaced):
            return True
        return run_together is not None and any(language.found_in(run_together) for language in self._unspaced)


_KINDS = {
    Sensitive.HEALTH: _Kind(health),
    Sensitive.RELIGION: _Kind(belief),
    Sensitive.POLITICS: _Kind(politics),
    Sensitive.SEXUALITY: _Kind(sexuality),
    Sensitive.UNION: _Kind(union),
    Sensitive.BIOMETRICS: _Kind(body),
    Sensitive.ORIGIN: _Kind(descent),
}


def sensitive_kind(text: str) -> Sensitive | None:
    """The first sensitive kind that `text` speaks of, or None."""
    words = spelled(text)
    run_together = None if text.isascii() else unspaced(text)
    return next((kind for kind, data in _KINDS.items() if data.is_spoken_of(words, run_together)), None)
