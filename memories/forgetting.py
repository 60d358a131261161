"""Finds which memories a request to forget means. Precision comes first: what is not clearly meant stays.

From sure to less sure, and the first that finds anything decides: the same statement; the request's own words in a
row ("my address", "I live"); what the person calls theirs in other forms ("meinen Job", "mein Job"); all its words
somewhere, unless they speak of something or somebody else; at last a meaning so near that no other memory comes close.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

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
    r"n['’]t\b|\b(?:not|never|no|cannot|hates?|dislikes?|nicht|nie|kein\w*|hass(?:e|t)|pas|jamais|déteste|nunca|não|jamás"
    r"|odi[oa]|odei[oa])\b|不|没|沒|ない|ません",
    re.IGNORECASE,
)
_PERSON = (
    r"(?:I|we|ich|wir|je|nous|yo|nosotros|eu|nós|me|soy|estoy|tengo|vivo|trabajo|estudio|hablo|sou|estou|tenho|moro|trabalho"
    r"|estudo|falo)\b|j['’]"
)
_FIRST_PERSON = re.compile(rf"{_PERSON}|(?:im|ive|on)\b", re.IGNORECASE)
_SPEAKS = re.compile(rf"(?<![\w'’-])(?:{_PERSON})", re.IGNORECASE)
_MINE = re.compile(
    r"\b(?:my|our|mein(?:e[nmrs]?)?|unser(?:e[nmrs]?)?|mon|ma|mes|notre|nos|mis?|nuestr[oa]s?|meus?|minhas?"
    r"|noss[oa]s?) ",
    re.IGNORECASE,
)
_OF_THE_PERSON = re.compile(r"^(?:the )?(?:user|person)\b", re.IGNORECASE)
# "Mein Name" when it is to be forgotten: "meinen Namen".
_IN_THE_ACCUSATIVE = re.compile(r"^(meinen (?:\w+)?name)n\b", re.IGNORECASE)
# What may stand between "my" and the thing: "my new job". Another noun makes another thing of it: "my e-mail address".
_SUCH = re.compile(
    r"(?:new|old|current|present|first|last|full|own|home|private|personal|favou?rite|little|big|dear|late|red|blue|green"
    r"|black|white|brown|grey|neue[nrs]?|alte[nrs]?|jetzige[nrs]?|aktuelle[nrs]?|kleine[nrs]?|große[nrs]?|nouve(?:au|lle)"
    r"|ancien(?:ne)?|petite?|nuev[oa]|nov[oa]|antig[ou]+[oa]) ",
    re.IGNORECASE,
)
# How a note of the person begins that does not name them: "Has a dog".
_UNNAMED = re.compile(
    r"(?:has|had|is|was|owns|got|bought|drives|wants|needs|plans|planning|likes|loves|enjoys|prefers|hates|dislikes|uses|plays"
    r"|works|lives|takes|studies|learning|hat|ist|war|a|est|tiene|es|tem|é)\b",
    re.IGNORECASE,
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SHORT = {"i'm": "i am", "im": "i am", "i've": "i have", "ive": "i have", "we're": "we are", "we've": "we have"}
_ARTICLES = frozenset(("a", "an", "the"))


def clear_matches(user_id: int, query: str, besides: Collection[int] = ()) -> list[Memory]:
    """The current memories of a person that a request such as "my address" clearly means; `besides` are left out.

    Of what programs keep, it means what chats recall: a word in all that a program knows is no wish to lose it.
    """
    wanted = _IN_THE_ACCUSATIVE.sub(r"\1", _LEAD.sub("", query.strip()) or query.strip())
    current = Memory.objects.of(user_id).current().recalled().without_vectors().exclude(pk__in=besides)
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
    speaks_of_it = _says_it_of_the_person(wanted, terms) or _speaks_of_it(wanted, terms)
    for clear in (_in_a_row(wanted), _calls_it_theirs(wanted), speaks_of_it):
        found = [memory for memory in sharing if clear(memory.text)]
        if found:
            return found
    return (
        [] if sharing else [one for one in _by_meaning(user_id, wanted, current) if _may_say(one.text, wanted, terms)]
    )


def _only_ends_in(text: str, terms: set[str]) -> bool:
    """Whether one of these is but the last character of a longer word: others that have it within say it as much."""
    return bool(terms.intersection(ends_of(text)).difference(terms_of(text)))


def _in_a_row(wanted: str) -> Callable[[str], bool]:
    phrase = _spaced(wanted)
    return lambda text: phrase in _spaced(text)


def _calls_it_theirs(wanted: str) -> Callable[[str], bool]:
    """For "meinen Job": "mein Job" in any form."""
    mine = _MINE.match(wanted)
    thing = terms_of(wanted[mine.end() :]) if mine else []

    def calls_it_theirs(text: str) -> bool:
        return bool(thing) and any(terms_of(text[one.end() :])[: len(thing)] == thing for one in _MINE.finditer(text))

    return calls_it_theirs


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


def _speaks_of_it(wanted: str, terms: set[str]) -> Callable[[str], bool]:
    """Neither "my dog's name" nor "the name of my dog" is "my name", and "I don't like tea" is not "I like tea".

    What the person says of themselves is not what they say of others: "my job" is not "my husband has a job".
    """
    denied = bool(_DENIAL.search(wanted))
    of_the_person = bool(_FIRST_PERSON.match(wanted) or _MINE.match(wanted))
    mine = re.match(r"(?:my|our)\s+(\w+)", wanted, re.IGNORECASE)
    thing = re.escape(mine[1].casefold()) if mine else ""
    another = re.compile(
        rf"\b(?!(?:user|person)['’])\w+['’]s (?:\w+ )?{thing}|\b{thing}\w* of (?:my|his|her|their|our|the)\b"
    )

    def speaks_of_it(text: str) -> bool:
        if bool(_DENIAL.search(text)) != denied or (thing and another.search(text.casefold())):
            return False
        return not of_the_person or _UNSPACED.search(text) is not None or _is_of_the_person(text, terms)

    return speaks_of_it


def _is_of_the_person(text: str, terms: set[str]) -> bool:
    """Whether a text with these terms says them of the person: neither of "my sister" nor of "Anna"."""
    if _OF_THE_PERSON.match(text) or _UNNAMED.match(text):
        return True
    start = mine.end() if (mine := _MINE.match(text)) else 0
    if mine and (such := _SUCH.match(text, start)):
        start = such.end()
    first = _WORD.search(text, start)
    if first is not None and terms.intersection(terms_of(first[0])):
        return True
    return mine is None and _SPEAKS.search(text) is not None


def _may_say(text: str, wanted: str, terms: set[str]) -> bool:
    """Whether a text that is near in meaning can be what was asked for: "I love olives" is near to "I hate olives"."""
    if not _FIRST_PERSON.match(wanted):
        return True
    shared = terms.intersection(terms_of(text))
    return 2 * len(shared) >= len(terms) and bool(_DENIAL.search(text)) == bool(_DENIAL.search(wanted))


def _spaced(text: str) -> str:
    """The words of a text, "I'm a vegan" and "I am vegan" alike."""
    words = (_SHORT.get(word, word) for word in _WORD.findall(text.casefold().replace("’", "'")))
    return f" {' '.join(word for word in words if word not in _ARTICLES)} "


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
