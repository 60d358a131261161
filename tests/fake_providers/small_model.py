"""The fake's own "model": a few rules that answer from the memories in the prompt, the same way every time."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r'<(memories|memory-changes) id="(\w+)">\n(.*?)\n</\1 id="\2">\n*', re.DOTALL)
_FILE = re.compile(
    r'<attachment id="(\w+)" name="[^"\n]*">\n.*?\n</attachment id="\1">(?:\n\[This file [^\n]*\])?\n*', re.DOTALL
)
_TODAY = re.compile(r"\AToday is [^\n]*\n\n")
_MEMORY = re.compile(r"^- (?:\[m\d+\] )?(?:\(\d{4}-\d\d-\d\d\) )?(.*)$", re.MULTILINE)
_CHANGE = re.compile(r"^- (\w+): (.*)$", re.MULTILINE)
_NAME = re.compile(r"\b(?:my name is|name is|I am called|call me|name:)\s+([^\s.,;!]+)", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\b(?:what(?:'s| is) my name|who am I|know my name)\b", re.IGNORECASE)
_ASKS_MEMORIES = re.compile(r"\bwhat do you (?:know|remember) about me\b", re.IGNORECASE)
_CHANGE_SENTENCES = {
    "remembered": "I will remember that: {}",
    "known": "I knew that already: {}",
    "forgot": "I have forgotten that: {}",
    "not_found": "I found nothing to forget about: {}",
    "refused": "I did not store that: {}",
}


@dataclass(frozen=True, slots=True)
class Question:
    """The newest user message, taken apart again."""

    text: str
    memories: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]


def take_apart(newest: str) -> Question:
    """Split what a provider was sent into the data blocks and the person's own words."""
    memories: list[str] = []
    changes: list[tuple[str, str]] = []
    newest = _FILE.sub("", newest)
    for name, _, lines in _BLOCK.findall(newest):
        if name == "memories":
            memories += _MEMORY.findall(lines)
        else:
            changes += _CHANGE.findall(lines)
    text = _BLOCK.sub("", _TODAY.sub("", newest)).strip()
    return Question(text, tuple(memories), tuple(changes))


def answer(newest: str) -> str:
    """What the small model says to the newest user message."""
    question = take_apart(newest)
    told = [_CHANGE_SENTENCES[kind].format(text) for kind, text in question.changes if kind in _CHANGE_SENTENCES]
    if told:
        return "\n".join(told)
    if _ASKS_MEMORIES.search(question.text) or any(kind == "listed" for kind, _ in question.changes):
        return "\n".join(f"- {memory}" for memory in question.memories) or "I know nothing about you yet."
    if _ASKS_NAME.search(question.text):
        names = [found.group(1) for memory in question.memories if (found := _NAME.search(memory))]
        return f"Your name is {names[0]}." if names else "I do not know your name."
    return f"You said: {question.text}"
