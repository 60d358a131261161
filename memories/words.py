"""Words: how a text becomes the terms it is found by. Pure rules, no database.

Recall and search compare a question with memories by these terms, beside comparing their meaning. The terms of
a memory are stored when it is written, so a change of these rules asks for `manage.py reembed --words`.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

import Stemmer

MAX_TERM_CHARS = 64
"""Longer runs of letters are no words (encoded data, mostly); they are cut, so that every term can be indexed."""

# Words that tell nothing apart. Left out on purpose: what is a meaningful word in one of the other languages
# (son, car, die, war, sin, come, man, mine), because nobody says which language a memory is written in.
_ENGLISH = """
a about an and any are as at be been being but by can cannot could did do does doing
for from had has have having he her here hers him his how i if in into is it its itself just
let me my myself no nor not of off on or our ours out she should so some such than that the their theirs
them then there these they this those to too very was we were what when where which while who whom
whose why with would you your yours yourself am please tell know
"""
_GERMAN = """
aber als auch auf aus bei bin bis bist da damit dann das dass dein deine dem den denn der des dich dir doch du ein
eine einem einen einer eines er es euch für habe haben hast hat hatte ich ihm ihn ihr ihre ihren im ist ja jede kann
kein keine mein meine meinem meinen meiner mich mir mit nach nein nicht noch nur oder ohne sehr sein seine sich sie
sind über um und uns unser vom von vor wann warum wem wen wenn wer werde werden weil welche welcher wie wird wo wurde
zu zum zur
"""
_FRENCH = """
au aux avec ce cela ces cet cette dans de des du elle elles en est et eu été être il ils je la le les leur leurs lui
ma mais me mes moi mon ne nos notre nous ont ou où par pas quand que quel quelle qui quoi sa sans se ses sont suis
sur ta te tes toi ton tu un une vos votre vous
"""
_SPANISH = """
al como con cual cuando de del dónde donde el ella ellas ellos era eres es esa ese eso esta está estas este esto
estos estoy fue ha han hay la las le les lo los me mi mis muy nos nosotros nuestra nuestro para pero por porque qué
que quién quien se ser si sí sobre soy su sus también te tengo tiene tu tus un una uno y yo
"""
_PORTUGUESE = """
à ao aos as às até com da das de dela dele depois do dos e é ela elas ele eles em entre essa esse esta este eu foi
já lhe mas me meu meus minha minhas muito na não nas nem no nos nossa nosso num numa o os ou para pela pelo por
quando que quem são se sem seu seus só sua suas também tem tenho teu tua um uma você vocês
"""

# What English and the Romance languages glue to a word with an apostrophe: Bob's, don't, l'adresse.
_GLUED = re.compile(r"(?<=\w)(?:'(?:s|re|ve|ll|d|m)|n't)\b|\b(?:[cdjlmnst]|qu)'(?=\w)")

# Scripts written without spaces (or, as Korean, with endings glued to the word) are cut into pairs of characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af"  # Japanese, Korean
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
"""A class of characters that belong to the letter before them, which `\\w` leaves out."""
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])(?:[^\W_]|[{MARKS}]))+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")

_EDGES = ".,;:!?…·'\"`´‘’‚“”„«»‹›()[]{}<>—–¡¿。、，．！？；：「」『』（）【】《》〈〉・"


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _without_accents(word: str) -> str:
    """José is found as Jose. Only accents go: the marks of other scripts are part of the word."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))


STOP_WORDS_OF = {
    language: frozenset(_without_accents(word) for word in words.split())
    for language, words in (
        ("english", _ENGLISH),
        ("german", _GERMAN),
        ("french", _FRENCH),
        ("spanish", _SPANISH),
        ("portuguese", _PORTUGUESE),
    )
}
STOP_WORDS = frozenset().union(*STOP_WORDS_OF.values())

_stemmers = threading.local()


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A stemmer must not be shared between threads.
    try:
        stemmer = _stemmers.english
    except AttributeError:
        stemmer = _stemmers.english = Stemmer.Stemmer("english", 0)
    stem: str = stemmer.stemWord(word)
    return stem


def words_of(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text in their order, folded and without stop words, and for each whether it is a whole one.

    Scripts without spaces have pairs of characters instead.
    """
    folded = _folded(text)
    if "'" in folded:
        folded = _GLUED.sub("", folded)
    if folded.isascii():
        for word in _ASCII_WORD.findall(folded):
            if word not in STOP_WORDS:
                yield word[:MAX_TERM_CHARS], True
        return
    for match in _WORD.finditer(folded):
        word = match.group()
        if match["unspaced"]:
            for at in range(max(1, len(word) - 1)):
                yield word[at : at + 2], False
            continue
        word = _without_accents(word)
        if word and word not in STOP_WORDS:
            yield word[:MAX_TERM_CHARS], True


def ends_of(text: str) -> list[str]:
    """The last character of each run of a script without spaces, folded: it begins no pair.

    A text is found by these as well. They are none of its terms, whose number says how long it is.
    """
    if text.isascii():
        return []
    runs = (match["unspaced"] for match in _WORD.finditer(_folded(text)))
    return [run[-1] for run in runs if run and len(run) > 1]


def languages_in(text: str) -> dict[str, int]:
    """How many small words of each language a text has."""
    words = [_without_accents(word) for word in re.findall(r"[^\W\d_]+", _folded(text))]
    return {language: sum(word in small for word in words) for language, small in STOP_WORDS_OF.items()}


def terms_of(text: str) -> list[str]:
    """The terms of a text in their order, repetitions included; empty when it says nothing but stop words."""
    return [_stem(word) if is_whole else word for word, is_whole in words_of(text)]


def owned(user_id: int, term: str) -> str:
    """A term as it is stored and looked up: bound to its owner, so that an index over everybody answers for one."""
    return f"{user_id}:{term}"


def fingerprint(text: str) -> str:
    """The same for texts that differ only in case, in white space or in the punctuation around words.

    What stands inside a word or is no punctuation counts: "C" is not "C++", 3.5 is not 35.
    """
    words = (word.strip(_EDGES) for word in _folded(text).split())
    kept = " ".join(word for word in words if word) or " ".join(text.split())
    return blake2b(kept.encode("utf-8", "replace"), digest_size=16).hexdigest()
