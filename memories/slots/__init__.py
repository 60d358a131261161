"""Tells which statements about a person can have only one value at a time: where they live, what they are called.

Of two such statements with different values the newer one is what holds. Pure rules for plain statements: no slot
is better than a wrong one, so whatever qualifies, doubts or adds ("I also live in Oslo") has none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from memories.requests.reading import fold, normalise
from memories.slots import forms
from memories.words import terms_of

LONGEST = 200
"""No plain statement is longer."""
MOST_TERMS = 20
"""No plain statement has more."""
MOST_WORDS = 5
"""No name of anything is longer."""

Relation = Literal["same", "finer", "coarser", "other"]

_NAMED = {"name", "first name", "last name", "middle name", "family name", "maiden name", "given name", "nickname"}
_NUMBERED = {"phone", "mobile", "work phone", "office phone", "home phone"}
_GRADED = {"name", "home", "birthday", "marital status", "employer", "job"}
"""Slots in which a value can be said more exactly: "Vienna", then "Vienna, Austria"."""

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_SPACE = re.compile(r"\s+")
_PLAIN_WORD = re.compile(r"\w+")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|º|\.)?(?=[\s,.日]|$)|\b(?:the|of|de|del|do|le|el|den|der)\b")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_AT_COMPANY = re.compile(r"\s+(?:at|for|in|bei|in|chez|en|em|na|no|para)\s.*$")
_ARTICLE = re.compile(r"^(?:an?|the|eine?|une?|una?|uma?|le|la|el)\s+|^l'", re.IGNORECASE)
_HEDGE = re.compile(forms.HEDGES.strip().replace("\n", ""), re.IGNORECASE)
_TRAILER = re.compile(forms.TRAILERS.strip().replace("\n", ""), re.IGNORECASE)
_MONTHS = {
    word: number
    for number, words in enumerate(forms.MONTHS.strip().replace("\n", "|").split("|"), start=1)
    for word in words.split()
}
_PROPER_ARTICLE = re.compile(r"^(?:the|der|die|den|la|le|el|o|a|os|as) (?=[A-ZÄÖÜ])")
_ZONE = re.compile(r"[A-Z]{2,5}|/|[+-]\d|[Tt]ime|[Zz]eit|[Ee]urop|Pacific|Eastern|Central")
_NO_NAME_UNSPACED = re.compile(forms.NO_NAME_UNSPACED)
_NO_PLACE_UNSPACED = re.compile(forms.NO_PLACE_UNSPACED)
_COUNTRIES = frozenset(forms.COUNTRIES.split()) | {
    " ".join(land.split()) for land in forms.LANDS_OF_SEVERAL_WORDS.split(",")
}
_PARTICLES = frozenset(forms.PARTICLES.split())


@dataclass(frozen=True, slots=True)
class Slot:
    """Something of which a person has one at a time, and the value a statement gives it."""

    name: str
    value: str
    """As it is compared: without case, articles and punctuation."""

    def relation(self, older: Slot) -> Relation:
        """How this value stands to an older one of the same slot."""
        if self.value == older.value:
            return "same"
        if self.name in _GRADED:
            new, old = self.value.split(), older.value.split()
            if new[: len(old)] == old:
                return "finer"
            if old[: len(new)] == new:
                return "coarser"
        return "other"

    def may_be(self, form: str) -> bool:
        """Whether a form in `forms` may fill this slot."""
        if "{" in form:
            return self.name.startswith(form.partition("{")[0]) and self.name.endswith(form.partition("}")[2])
        return form == ("home" if self.name == "home country" else self.name)

    def anchors(self) -> list[str]:
        """Terms of which every statement about this slot has one."""
        if self.name.startswith("favourite "):
            # What is liked best is named in the language of the statement, often in one word with "favourite".
            return sorted({*_anchors("favourite"), *terms_of(self.name), *terms_of("lieblings" + self.name[10:])})
        if self.name.endswith("'s name"):
            return sorted({*_anchors("thing"), *terms_of(self.name.removesuffix("'s name"))})
        if self.name == "age":
            return [*_anchors("age"), *map(str, range(1, 121))]
        for word in ("name", "address", "phone", "email"):
            if self.name.endswith(f" {word}"):
                return sorted({*_anchors(word), *_anchors("last name")})
        return list(_anchors(self.name))


def slot_of(text: str, like: Slot | None = None) -> Slot | None:
    """The slot that a plain statement about its speaker fills, or None; only asked about a slot `like` another."""
    if len(text) > LONGEST:
        return None
    said = _SPACE.sub(" ", fold(normalise(text))).strip(" .!。！,;\"“”„'")
    if "?" in said or "\n" in text.strip():
        return None
    for slot, pattern, language in _patterns():
        if like is not None and not like.may_be(slot):
            continue
        if found := pattern.fullmatch(said):
            groups = found.groupdict()
            raw = groups["value"]
            name = slot.format(thing=_thing(groups.get("thing")), kind=(groups.get("kind") or "").lower())
            careless = said == said.lower() and (
                name == "name" or (name == "home" and language == "english" and " moved " not in said)
            )
            if _HEDGE.search(said) or not (value := _value(name, raw, careless)):
                return None
            if name == "home" and _stem_of(value) in _COUNTRIES:
                name = "home country"
            return Slot(name, value)
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (slot, re.compile(f"(?:{pattern.replace('~', forms.NOW[language])})", re.IGNORECASE), language)
        for language, listed in forms.FORMS.items()
        for slot, pattern in listed
    ]


@cache
def _anchors(slot: str) -> tuple[str, ...]:
    words = forms.ANCHORS.get("home" if slot == "home country" else slot, "")
    return tuple(sorted({term for word in words.split() for term in terms_of(word)}))


def _thing(thing: str | None) -> str:
    thing = (thing or "").lower().replace("favorite", "favourite")
    return thing.replace("color", "colour") if thing in {"color", "color scheme"} else thing


def _value(slot: str, raw: str, careless: bool) -> str:
    """A value as it is compared, or nothing where it is none of this slot. `careless`: written without any capital."""
    raw = _without_trailers(raw)
    if slot in _NUMBERED:
        digits = re.sub(r"\D", "", raw)
        return digits if 5 <= len(digits) <= 15 and not re.search(r"[A-Za-z]{3}", raw) else ""
    if slot.endswith("email"):
        return raw.lower() if _EMAIL.fullmatch(raw) else ""
    if slot == "age":
        return str(int(raw)) if raw and 0 < int(raw) <= 120 else ""
    if slot == "birthday":
        return _date(raw)
    if slot == "marital status":
        return _marital(raw)
    if slot in {"home", "hometown"}:
        return _place(raw, careless)
    if slot.endswith("address"):
        return _plain(raw) if any(char.isdigit() for char in raw) else ""
    if slot == "employer" or slot in _NAMED or slot.endswith("'s name"):
        raw = _PROPER_ARTICLE.sub("", raw)
        wrong = forms.NO_EMPLOYER if slot == "employer" else forms.NO_NAME
        return _plain(raw) if _is_name(raw, careless) and not _begins_with(raw, wrong) else ""
    return _described(slot, raw)


def _described(slot: str, raw: str) -> str:
    if slot == "job":
        return "" if _begins_with(_ARTICLE.sub("", raw), forms.NO_JOB) else _few_words(_AT_COMPANY.sub("", raw), 5)
    if slot == "time zone":
        return _few_words(raw, 3) if _ZONE.search(raw) else ""
    if slot.startswith("favourite "):
        nothing = _begins_with(raw, forms.NO_FAVOURITE) or slot[10:] in forms.NO_THING.split()
        return "" if nothing else _few_words(raw, 8)
    return _few_words(raw, 5)


def _without_trailers(raw: str) -> str:
    for _ in range(4):
        raw = raw.strip(" .,;:!\"'“”„«»「」")
        shorter = _TRAILER.sub("", raw)
        if shorter == raw:
            break
        raw = shorter
    return raw


def _marital(raw: str) -> str:
    status, _, spouse = raw.casefold().partition(" to ")
    status = next((known for known, stems in forms.MARITAL.items() if status.startswith(tuple(stems.split()))), status)
    return _plain(f"{status} to {spouse}" if spouse else status)


def _place(raw: str, careless: bool) -> str:
    town = _PROPER_ARTICLE.sub("", raw)
    if not _is_name(town, careless) or _begins_with(town, forms.NO_PLACE) or _NO_PLACE_UNSPACED.search(town):
        return ""
    return _plain(town)


def _is_name(raw: str, careless: bool) -> bool:
    """Whether this is written like a name: with capitals, unless nobody who wrote it bothers with any."""
    if _UNSPACED.search(raw):
        return len(raw) <= 15 and _NO_NAME_UNSPACED.search(raw) is None
    words = raw.replace(",", " ").split()
    if not 0 < len(words) <= MOST_WORDS or re.search(r"[.;:!?()]\s", raw) or "I" in words:
        return False
    if careless:
        return raw[0].isalpha() and len(words) <= 2 and not {"and", "und", "et", "y", "e", "in", "with"} & set(words)
    if not raw[0].isalpha() or raw[0].islower():
        return False
    return all(not word[0].islower() or word in _PARTICLES or word[:2] in {"d'", "l'"} for word in words)


def _begins_with(raw: str, words: str) -> bool:
    first = re.match(r"[\w'-]+", raw)
    return first is not None and first[0].lower() in words.split()


def _few_words(raw: str, most: int) -> str:
    value = _plain(raw)
    return value if value and len(value.split()) <= most and (not _UNSPACED.search(value) or len(value) <= 20) else ""


def _plain(raw: str) -> str:
    value = unicodedata.normalize("NFKC", _ARTICLE.sub("", raw)).casefold()
    return " ".join(re.findall(r"[\w+#&/'-]+", value))


def _stem_of(value: str) -> str:
    return value.removeprefix("the ").removeprefix("united kingdom").removeprefix("united states of ") or "us"


def _date(raw: str) -> str:
    """A day as month, day and perhaps year; nothing where it is none."""
    text = _ORDINAL.sub(" ", raw.lower())
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = next((_MONTHS[word] for word in _PLAIN_WORD.findall(text) if word in _MONTHS), None)
    years = [number for number in numbers if 1900 <= number <= 2100]
    rest = [number for number in numbers if number not in years]
    if len(numbers) > 3 or len(years) > 1:
        return ""
    if found := re.fullmatch(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?", raw.strip()):
        return f"{int(found[2])}-{int(found[3])} {found[1]}"
    if found := re.fullmatch(r"(\d{1,2})月(\d{1,2})[日号號]?", raw.strip()):
        return f"{int(found[1])}-{int(found[2])}"
    if month and len(rest) == 1 and rest[0] <= 31:
        return f"{month}-{rest[0]}" + (f" {years[0]}" if years else "")
    if not month and len(rest) == 2 and all(number <= 31 for number in rest):
        return "/".join(map(str, rest)) + (f" {years[0]}" if years else "")
    return ""
