"""Whether a statement of the person answers a question of theirs, told by words alone.

The rules would rather miss an answer than give a wrong one: most of a question's weight must be found in a
statement, and the statement must be about whom the question is about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from conversations.providers.offline_wording import plain

_ENOUGH = 0.5
"""The share of a question's weight that a statement must exceed."""
_ATTRIBUTE_WEIGHT = 0.5
_LIGHT_WEIGHT = 0.2
_OTHER_WORD = 0.9
"""What a synonym counts against the word itself."""

# Words that mean the same here. The first of a line names it.
_SYNONYMS = """
name named called call heisse heisst nom nombre nome appelle llamo llama chamo chama chiamo 名字 我叫 叫我 名前
live reside home address moved move based wohne wohnen adresse habite vivo moro 住在 我住
work job employed employer employee occupation profession career arbeite beruf
like love enjoy prefer favourite favorite fond lieblings mag
age old aged alt
birth birthday born birthdate geboren geburtstag 生日
email mail
phone telephone mobile cell
allergy allergic allergies
child children kid kids
mother mom mum
father dad
wife spouse
husband spouse
colour color
movie film
"""
_ATTRIBUTES = frozenset({"name", "live", "work", "like", "age", "birth", "email", "phone"})
"""What everybody has: "name" alone does not tell whose."""

# Words of a question that more special words of a statement answer.
_KINDS = """
pet cat dog rabbit hamster bird parrot fish horse snake turtle kitten puppy
child son daughter boy girl baby
parent mother father
sibling brother sister
spouse wife husband partner
partner wife husband girlfriend boyfriend
family mother father brother sister son daughter child wife husband
age birth
diet vegetarian vegan
vehicle car bike bicycle motorbike van
"""
# Words that tell nothing apart, in the languages whose first person is known below. Spanish "son" is an English child.
_STOP = """
a about am an and any are aren as at be been but by can could did do does don for from had has have he her here his how
i if in into is it its let me mine my myself no not of off on or our ours she should so some that the their them then
there these they this those to too us was we were what when where which while who whom whose why will with would you
your yours
aber auch auf bin bist das dass dein dem den der die du ein eine einen er es für habe haben hast hat ich ihr im ist mein
meine meinem meinen meiner mich mir mit nach nicht noch oder sein sie sind und uns von wann war warum was welche welcher
welches wem wen wer wie wir wird wo zu
au aux ce ces comment dans de des du elle en est et il ils je la le les ma mes moi mon ne nous où pas que quel quelle
qui quoi sa ses sont suis sur ta te tu un une vous
como con cual cuál cuando cuándo cómo del donde dónde el ella en era eres es esta está hay las los mi mis mí qué quién
se ser si sí soy su te tengo tiene tu una uno y yo
da das do dos é eu foi meu meus minha na no nos o onde os para por qual quando quem são se seu sou sua tenho um uma você
"""
_LIGHT = """
kind type sort city town country place thing stuff number date day time year people person one put keep kept get got go
going went use used make made take took give gave need want see saw find found feel buy bought meet met new lot
"""
_NOISE = """
remember recall remind know tell say said told mention mentioned wrote please think anything something everything
currently now again actually exactly ever many much list show hey hello also today still really something else
"""
_STOP_WORDS = frozenset(_STOP.split())
_PHRASES = (
    (re.compile(r"\bfor a living\b"), "work"),
    (re.compile(r"\bphone number\b"), "phone"),
    (re.compile(r"\be-mail\b"), "email"),
)

_WORD = re.compile(
    r"(?P<unspaced>[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
_GLUED = re.compile(r"(?<=\w)'(?:s|t|re|ve|ll|d|m)\b|\b(?:[cdjlmnst]|qu)'(?=\w)")
_FIRST_PERSON = re.compile(
    r"(?<!\w)(?:I|I'm|I've|me|my|mine|we|our|us|ich|mein\w*|mir|mich|je|j'|mon|ma|mes|moi|yo|mi|mis|eu|meu|minha)(?!\w)"
    r"|我|私",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:and\s+)?(?:my|our)\s+((?:[\w'-]+\s+){0,3}?[\w'-]+?)\s+(?:is|are|was|were|has|have|had|will|can|\w+s|\w+ed)\b",
    re.IGNORECASE,
)
_OWNER_FIRST = re.compile(r"\b(\w{2,})'s?\s+(\w+)")
_OWNED_FIRST = re.compile(r"\b(\w+) of (?:my |our )?(\w+)", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,:] )(?!I\b)[A-ZÀ-Þ][\w-]+")
"""A capitalised word within a sentence: a question about Ann is not answered by what is true of others."""
_UNSPACED_QUESTION = re.compile("[什么麼吗嗎哪谁誰何几幾怎]")

_CLAUSE_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bProf)(?<!\b\w)[.!?]\s+(?=\S)"
    r"|[;\n]\s*|[。！？]"
    r"|(?:,\s*|(?<!\s)\s+)(?:and|but)\s+(?=(?:I|I'm|I've|my)\b)|,\s+(?=(?:I|I'm|I've|my)\b)"
)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return str(Stemmer.Stemmer("english", 0).stemWord(word))


@lru_cache(maxsize=2_000)
def _stems(text: str) -> tuple[str, ...]:
    """The words that count, stemmed; of scripts without spaces every pair of characters."""
    text = plain(unicodedata.normalize("NFKC", text)).casefold()
    for phrase, word in _PHRASES:
        text = phrase.sub(word, text)
    stems: list[str] = []
    for match in _WORD.finditer(_GLUED.sub("", text)):
        word = match.group()
        if match["unspaced"]:
            stems += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        elif word not in _STOP_WORDS:
            stems.append(_stem(word))
    return tuple(stems)


def _lines(table: str) -> Iterator[tuple[str, list[str]]]:
    for line in table.split("\n"):
        first, *rest = line.split() or [""]
        if first:
            yield first, rest


def _meanings() -> dict[str, frozenset[str]]:
    meanings: dict[str, set[str]] = {}
    for first, rest in _lines(_SYNONYMS):
        for word in (first, *rest):
            for stem in _stems(word):
                meanings.setdefault(stem, set()).add(first)
    return {stem: frozenset(found) for stem, found in meanings.items()}


_MEANINGS = _meanings()
_LIGHT_STEMS = frozenset(_stems(_LIGHT))
_NOISE_STEMS = frozenset(_stems(_NOISE))


def _meaning(stem: str) -> frozenset[str]:
    return _MEANINGS.get(stem) or frozenset({stem})


def _special() -> dict[str, frozenset[str]]:
    special: dict[str, set[str]] = {}
    for first, rest in _lines(_KINDS):
        for stem in _stems(first):
            for meaning in _meaning(stem):
                special.setdefault(meaning, set()).update(*(_meaning(part) for word in rest for part in _stems(word)))
    return {meaning: frozenset(found) for meaning, found in special.items()}


_SPECIAL = _special()


def _weight(stem: str) -> float:
    if stem in _LIGHT_STEMS:
        return _LIGHT_WEIGHT
    return _ATTRIBUTE_WEIGHT if _meaning(stem) & _ATTRIBUTES else 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """The words of a question that count, those that must be found, and whether it is about the person who asks."""

    stems: tuple[str, ...]
    names: frozenset[str]
    first_person: bool

    @classmethod
    def of(cls, text: str) -> Question:
        stems = dict.fromkeys(_stems(text))
        counted = [stem for stem in stems if stem not in _NOISE_STEMS and not _UNSPACED_QUESTION.search(stem)]
        names = {stem for name in _NAME.findall(text) for stem in _stems(name)}
        return cls(tuple(counted), frozenset(names), _FIRST_PERSON.search(text) is not None)

    def fit(self, statement: str) -> float:
        """How well `statement` answers, from 0.0 (not at all) to 1.0 (every word that counts is in it)."""
        known = _stems(statement)
        meant = {meaning for stem in known for meaning in _meaning(stem)}
        found = {stem: 1.0 if stem in known else _OTHER_WORD for stem in self.stems if self._answered(stem, meant)}
        total = sum(map(_weight, self.stems))
        share = sum(_weight(stem) * worth for stem, worth in found.items()) / total if total else 0.0
        telling = any(_weight(stem) > _LIGHT_WEIGHT for stem in found)
        fits = share > _ENOUGH and telling and self.names <= found.keys()
        return share if fits and self.same_subject(statement, found) else 0.0

    def _answered(self, stem: str, meant: set[str]) -> bool:
        meanings = _meaning(stem)
        return bool(meanings & meant) or any(_SPECIAL.get(meaning, frozenset()) & meant for meaning in meanings)

    def same_subject(self, statement: str, matched: Iterable[str] = ()) -> bool:
        """Whether question and statement can be about the same: "my sister is called Ann" is not about one's own name.

        `matched` are the words of the question that the statement answers; what is not about the person on both
        sides needs a telling one.
        """
        if not (self.first_person and _FIRST_PERSON.search(statement)):
            return any(_weight(stem) == 1.0 for stem in matched)
        subject = found.group(1) if (found := _SUBJECT.match(statement)) else ""
        owned = [(thing, owner) for owner, thing in _OWNER_FIRST.findall(statement)] + _OWNED_FIRST.findall(statement)
        theirs = any(self._asks_for(thing) and not self._names_any(owner) for thing, owner in owned)
        return self._names_any(subject) and not theirs

    def _asks_for(self, word: str) -> bool:
        known = {meaning for stem in _stems(word) for meaning in _meaning(stem)}
        return any(self._answered(stem, known) for stem in self.stems)

    def _names_any(self, words: str) -> bool:
        """Whether one of the telling words among `words` is asked for; true when there is none."""
        telling = " ".join(stem for stem in _stems(words) if _weight(stem) == 1.0)
        return not telling or self._asks_for(telling)


def clauses(text: str) -> list[str]:
    """The statements a text is made of."""
    parts = (part.strip(" ,;") for part in _CLAUSE_END.split(plain(text)))
    return [part for part in parts if part]
