"""The languages requests are understood in: one module each, nothing but data."""

from memories.requests.languages.base import Language
from memories.requests.languages.chinese import CHINESE
from memories.requests.languages.english import ENGLISH
from memories.requests.languages.french import FRENCH
from memories.requests.languages.german import GERMAN
from memories.requests.languages.japanese import JAPANESE
from memories.requests.languages.portuguese import PORTUGUESE
from memories.requests.languages.spanish import SPANISH

LANGUAGES: tuple[Language, ...] = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, CHINESE, JAPANESE)


def languages_of(text: str) -> list[Language]:
    """The languages that `text` may hold a request in, by the words no request lacks: cheap, so asked first."""
    lowered = text.lower()
    return [language for language in LANGUAGES if any(stem in lowered for stem in language.stems)]


__all__ = ["LANGUAGES", "Language", "languages_of"]
