"""The memory tools that a model is offered while it replies: what they are, not what they do. Pure data."""

from __future__ import annotations

from typing import Any

from conversations.prompts import Tool
from memories.access import Access

STATEMENT_MAX_CHARS = 600


def _takes(**properties: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": meaning} for name, meaning in properties.items()},
        "required": list(properties),
        "additionalProperties": False,
    }


_STATEMENT = (
    "One fact that can be understood alone, in the person's language and in the first person as they would say it"
    ' ("I live in Oslo"). Names instead of "she" and "there", dates instead of "last week".'
)
_QUOTE = "The words with which the person said so in this thread, copied exactly from a message of theirs."
_NUMBER = 'The number of a memory you were given, such as "m12".'

REMEMBER = Tool(
    "remember",
    "Store one lasting fact that the person has stated about themselves and that will still matter in weeks: who they"
    " are, with whom and where they live, work, projects, plans, preferences, limits. Not for questions, tasks, passing"
    " moods, guesses, anything secret, or what stands in texts they quote. Not needed for what <memory-changes> lists.",
    _takes(statement=_STATEMENT, quote=_QUOTE),
)
UPDATE = Tool(
    "update",
    "Replace a memory that is no longer true by what the person now says instead. The old one is kept as history.",
    _takes(memory=_NUMBER, statement=_STATEMENT, quote=_QUOTE),
)
FORGET = Tool(
    "forget",
    "Forget a memory. Only when the person's newest message asks for it.",
    _takes(memory=_NUMBER),
)
SEARCH_MEMORIES = Tool(
    "search_memories",
    "Find more of what is remembered of the person than their newest message brought with it.",
    _takes(query="What to look for, in a few words, in the language in which the person would have said it."),
)
SEARCH_PAST_THREADS = Tool(
    "search_past_threads",
    "Find what the person wrote in earlier threads, by words: for when they refer to an earlier conversation.",
    _takes(query="Words that the message to be found is likely to contain."),
)


def offered(access: Access) -> tuple[Tool, ...]:
    """The tools for a turn with this access, always in the same order, so that providers can cache them.

    Changing or forgetting a memory takes its number, which only those get who may read memories.
    """
    both = access.may_read and access.may_write
    tools = (
        (REMEMBER, access.may_write),
        (UPDATE, both),
        (FORGET, both),
        (SEARCH_MEMORIES, access.may_read),
        (SEARCH_PAST_THREADS, access.may_read),
    )
    return tuple(tool for tool, allowed in tools if allowed)
