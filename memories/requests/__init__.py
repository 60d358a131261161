"""Finds what a person explicitly asks of their memories: "remember that ...", "forget my address".

Pure rules: no database, no network, no model. They work with every provider, and with none. Precision
comes first: a wrong memory is worse than a missed one, and only the person's own words count, never
code, quotes or a text they brought along. The languages are data (`languages`); a request must start
where a clause starts (`clauses`), be the person's own (`own_words`, `framing`) and hold a whole
statement (`statements`).
"""

from __future__ import annotations

from itertools import islice

from memories.requests.framing import Framing
from memories.requests.languages import languages_of
from memories.requests.message import Forget, ListAll, Message, Remember, Request
from memories.requests.own_words import mask, own_words, without_speech
from memories.requests.reading import REMOVED, edges, normalise, read_lines
from memories.requests.secrets import looks_like_secret

__all__ = [
    "Forget",
    "ListAll",
    "Remember",
    "Request",
    "find_requests",
    "looks_like_secret",
    "own_words",
    "stated_words",
]

MOST_REQUESTS = 10
MOST_REPEATED = 30
"""Where reading stops, equal requests included."""


def find_requests(text: str) -> list[Request]:
    """The explicit requests in what a person wrote, in the order of the text, each once, at most ten."""
    text = normalise(text)
    if not languages_of(text):
        return []
    text = edges(mask(text))
    languages = languages_of(text)
    if not languages:
        return []
    requests = Message(read_lines(text), languages, length=len(text)).requests()
    return list(dict.fromkeys(islice(requests, MOST_REPEATED)))[:MOST_REQUESTS]


def stated_words(text: str) -> str:
    """What of their own words a person says themselves: without a letter to be corrected, lyrics, what others said."""
    lines = read_lines(edges(without_speech(mask(normalise(text)))))
    framing = Framing(lines)
    kept = (
        " ".join(
            sentence.text + sentence.ending
            for index, sentence in enumerate(line.sentences)
            if not framing.is_foreign(number, index)
        )
        for number, line in enumerate(lines)
    )
    return "\n".join(line for line in kept if line).replace(REMOVED, " ").strip()
