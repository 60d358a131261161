"""Finds which memories a request to forget means. Precision comes first: what is not clearly meant stays.

From sure to less sure, and the first that finds anything decides: the same statement; the request's own words in a
row ("my address", "I live"); all its words somewhere, unless they speak of something else; at last a
meaning so near that no other memory comes close.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from memories.embedding.base import EmbedderError
from memories.embedding.registry import current_embedder
from memories.models import Memory, MemoryQuerySet
from memories.recall import recall
from memories.words import ends_of, fingerprint, owned, terms_of

MOST_MATCHES = 200
CLEAR_SIMILARITY = 0.6
CLEAR_LEAD = 0.15

# What stands before the thing that is meant: "the fact that", "everything about", "where".
_LEAD = re.compile(
    r"^(?:(?:please|the (?:fact|thing|memory|note)s?|(?:every|any)thing|all|that|about|on|of"
    r"|what|who|where|when|which|how much|how|whether|dass|wo|was|wie|wann|über|que|sobre|où|quand|comment|combien"
    r"|qué|dónde|cómo|cuándo|cuánto|onde|como|quando|quanto)\b[\s,:]*)+",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"n['’]t\b|\b(?:not|never|no|cannot|nicht|nie|kein\w*|pas|jamais|nunca|não|jamás)\b|不|没|沒|ない|ません",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"(?:I|we|ich|wir|je|nous|on|yo|nosotros|eu|nós)\b|j['’]", re.IGNORECASE)
_OF_THE_PERSON = re.compile(r"^(?:the )?(?:user|person)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def clear_matches(user_id: int, query: str) -> list[Memory]:
    """The current memories of a person that a request such as "my address" clearly means; often none."""
    wanted = _LEAD.sub("", query.strip()) or query.strip()
    current = Memory.objects.of(user_id).current().without_vectors()
    same = list(current.filter(fingerprint__in=[fingerprint(query), fingerprint(wanted)]))
    if same:
        return same
    terms = set(terms_of(wanted))
    if not terms:
        return []
    holding = current.holding(owned(user_id, term) for term in terms)
    sharing = [
        one for one in holding.order_by("-created_at", "-pk")[:MOST_MATCHES] if not _only_ends_in(one.text, terms)
    ]
    for clear in (_in_a_row(wanted), _says_it_of_the_person(wanted, terms) or _speaks_of_it(wanted)):
        found = [memory for memory in sharing if clear(memory.text)]
        if found:
            return found
    return [] if sharing else _by_meaning(user_id, wanted, current)


def _only_ends_in(text: str, terms: set[str]) -> bool:
    """Whether one of these is but the last character of a longer word: others that have it within say it as much."""
    return bool(terms.intersection(ends_of(text)).difference(terms_of(text)))


def _in_a_row(wanted: str) -> Callable[[str], bool]:
    phrase = _spaced(wanted)
    return lambda text: phrase in _spaced(text)


def _says_it_of_the_person(wanted: str, terms: set[str]) -> Callable[[str], bool] | None:
    """For one word that a person says of themselves ("I live"): what a model has noted says it of "the user" or nobody.

    "My sister lives in Hamburg" says it of somebody else, "My work is hard" something else.
    """
    if len(terms) > 1 or not _FIRST_PERSON.match(wanted):
        return None
    words = {word.casefold() for word in _WORD.findall(wanted)}

    def says_it(text: str) -> bool:
        said = _WORD.search(_OF_THE_PERSON.sub("", text, count=1))
        return said is not None and said[0].casefold() not in words and set(terms_of(said[0])) == terms

    return says_it


def _speaks_of_it(wanted: str) -> Callable[[str], bool]:
    """Neither "my dog's name" nor "the name of my dog" is "my name", and "I don't like tea" is not "I like tea"."""
    denied = bool(_DENIAL.search(wanted))
    mine = re.match(r"(?:my|our)\s+(\w+)", wanted, re.IGNORECASE)
    thing = re.escape(mine[1].casefold()) if mine else ""
    another = re.compile(
        rf"\b(?!(?:user|person)['’])\w+['’]s (?:\w+ )?{thing}|\b{thing}\w* of (?:my|his|her|their|our|the)\b"
    )

    def speaks_of_it(text: str) -> bool:
        return bool(_DENIAL.search(text)) == denied and not (thing and another.search(text.casefold()))

    return speaks_of_it


def _spaced(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold().replace('’', chr(39))))} "


def _by_meaning(user_id: int, wanted: str, current: MemoryQuerySet) -> list[Memory]:
    embedder = current_embedder()
    try:
        vector = embedder.embed([wanted])[0]
    except EmbedderError:
        return []
    nearest = sorted(
        (one for one in recall(user_id, "", vector, embedder.name, count=5) if one.similarity is not None),
        key=lambda one: -(one.similarity or 0.0),
    )
    if not nearest or (nearest[0].similarity or 0.0) < CLEAR_SIMILARITY:
        return []
    if len(nearest) > 1 and (nearest[0].similarity or 0.0) - (nearest[1].similarity or 0.0) < CLEAR_LEAD:
        return []
    return list(current.filter(pk=nearest[0].memory_id))
