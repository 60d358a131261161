"""Reads the requests of one message, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from memories.requests.clauses import LONGEST_QUESTION, Budget, Clause, clauses, skip_openers
from memories.requests.framing import Framing
from memories.requests.languages import Language
from memories.requests.languages.base import Patterns
from memories.requests.reading import REMOVED, Line, Sentence, fold
from memories.requests.statements import (
    Form,
    end_of_object,
    end_of_statement,
    is_statement,
    is_whole,
    split_statements,
    tidy,
    without_manners,
)

MOST_PLACES = 200
LONGEST_BRIEF = 400
"""Up to this length a message may state something to remember without mentioning the person."""
MOST_LISTED = 20
FARTHEST_ANTECEDENT = 12
"""How many lines or sentences may stand before "remember that"."""

_COLONS = ":="
_DASHES = ("- ", "– ", "— ", "-- ", "–", "—")


@dataclass(frozen=True, slots=True)
class Remember:
    """Store `text`, in the person's words: "my name is Bob"."""

    text: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Look for `query` ("my address") and forget it, or forget everything about the person."""

    query: str
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ListAll:
    """Show everything that is remembered: "what do you know about me?"."""


Request = Remember | Forget | ListAll


@dataclass(frozen=True, slots=True)
class _Asked:
    """A verb that asks to remember, and what follows it."""

    language: Language
    lasting: bool
    rest: str
    form: Form
    stands_for_another: bool = False
    """Whether it says "this" or nothing at all instead of a statement."""


class Message:
    """The person's own lines, read for requests in some languages."""

    def __init__(self, lines: Sequence[Line], languages: Sequence[Language], length: int) -> None:
        self._lines = lines
        self._languages = languages
        self._brief = length <= LONGEST_BRIEF
        self._budget = Budget(MOST_PLACES)
        self._claimed: set[int] = set()
        lowered = "\n".join(line.text for line in lines).lower()
        self._stems = [stem for language in languages for stem in language.stems if stem in lowered]

    def requests(self) -> Iterator[Request]:
        """Every request, in the order of the text."""
        for number, line in enumerate(self._lines):
            for index, sentence in enumerate(line.sentences):
                if number in self._claimed or not self._may_ask(sentence):
                    continue
                for clause in clauses(sentence, self._languages, self._budget):
                    for request in self._read(clause, number, index):
                        if not self._framing.is_foreign(number, index):
                            yield request

    def _may_ask(self, sentence: Sentence) -> bool:
        lowered = sentence.folded.lower()
        return any(stem in lowered for stem in self._stems)

    @cached_property
    def _framing(self) -> Framing:
        return Framing(self._lines)

    def _read(self, clause: Clause, line: int, index: int) -> Iterator[Request]:
        if request := self._read_question(clause):
            yield request
            return
        for asked in self._asked(clause):
            statements = self._statements(asked, clause, line, index)
            yield from map(Remember, statements)
            if statements:
                return

    def _read_question(self, clause: Clause) -> Request | None:
        """What is asked of the memories there are: to list them, to forget one, to forget them all."""
        if REMOVED in clause.folded[:LONGEST_QUESTION]:
            return None
        for language in clause.languages:
            patterns = language.compiled
            text = without_manners(clause.text[:LONGEST_QUESTION], patterns)
            folded = fold(text)
            if any(pattern.match(folded) for pattern in patterns.list_all):
                return ListAll()
            if patterns.excepting.search(folded) or patterns.excepting.search(fold(clause.head)):
                continue
            settled = clause.ending != "?" or clause.asked or len(text) < len(clause.text.rstrip(" ,"))
            if settled and any(pattern.match(folded) for pattern in patterns.forget_everything):
                return Forget(query=tidy(text), everything=True)
            for pattern in patterns.forget:
                if (found := pattern.match(folded)) and (settled or found.end() < len(folded)):
                    named = text[found.start("query") : found.end("query")]
                    query = tidy(end_of_object(named, patterns))
                    if is_whole(query) and not any(map(patterns.not_forgettable.match, (fold(named), fold(query)))):
                        return Forget(query)
        return None

    def _asked(self, clause: Clause) -> Iterator[_Asked]:
        """The readings of `clause` as a request to remember, one for each language that knows it as one."""
        for language in clause.languages:
            patterns = language.compiled
            if verb := patterns.remember.match(clause.folded):
                yield self._after_verb(clause, language, verb.end(), lasting=False)
            elif verb := patterns.note.match(clause.folded):
                yield self._after_verb(clause, language, verb.end(), lasting=True)
            text = without_manners(clause.text, patterns)
            if _is_announced(fold(text), patterns):
                continue
            if ending := patterns.ending.search(fold(text)):
                lasting = patterns.note.search(ending[0]) is not None
                yield _Asked(language, lasting, text[: ending.start()], "that")
            elif ending := patterns.ending_after_name.search(fold(text)):
                yield _Asked(language, False, text[: ending.start()], "plain")

    @staticmethod
    def _after_verb(clause: Clause, language: Language, at: int, *, lasting: bool) -> _Asked:
        patterns, folded = language.compiled, clause.folded
        if asides := patterns.asides.match(folded, at):
            at = asides.end()
        this = patterns.this.match(folded, at)
        if this and _stands_alone(folded[this.end() :], language):
            start = this.start("named") if "named" in this.re.groupindex and this["named"] else this.end()
            if asides := patterns.asides.match(folded, start):
                start = asides.end()
            rest = clause.text[start:].lstrip()
            return _Asked(language, lasting, rest, "colon", stands_for_another=not fold(rest).strip(" :=–—-.,!"))
        rest = clause.text[at:].lstrip()
        opening = fold(rest[:2])
        if opening.startswith(tuple(_COLONS)) or rest.startswith(_DASHES):
            return _Asked(language, lasting, rest[1:], "colon", stands_for_another=not fold(rest).strip(" :=–—-"))
        if that := patterns.that.match(folded, at):
            return _Asked(language, lasting, clause.text[that.end() :], "that")
        if not without_manners(rest, patterns).strip(" ,.!"):
            return _Asked(language, lasting, "", "plain", stands_for_another=True)
        return _Asked(language, lasting, rest, "comma" if opening[0] in ",、" else "plain")

    def _statements(self, asked: _Asked, clause: Clause, line: int, index: int) -> list[str]:
        if not asked.stands_for_another:
            return self._stated(asked, clause, line, index)
        if clause.ending == "?" and not clause.asked:
            return []
        colon = clause.folded.rstrip().endswith(tuple(_COLONS))
        if not colon and (before := self._stated_before(asked, clause, line, index)):
            return [before]
        ends_line = index + 1 == len(self._lines[line].sentences)
        return self._stated_below(asked, line + 1, free=colon) if ends_line and clause.ending in ("", "!") else []

    def _stated(self, asked: _Asked, clause: Clause, line: int, index: int) -> list[str]:
        """The statements in the request itself, or the one before it that says what the request only names."""
        statement = end_of_statement(asked.rest, clause.ending, clause.asked, asked.language.compiled)
        if statement is None:
            return []
        statements = [tidy(part) for part in split_statements(statement, asked.language.compiled)]
        if all(self._accepts(statement, asked) for statement in statements):
            return statements
        before = self._stated_before(asked, clause, line, index)
        return [before] if before and _names_subject(statement, before) else []

    def _accepts(self, statement: str, asked: _Asked, form: Form | None = None) -> bool:
        return is_statement(statement, form or asked.form, asked.language, lasting=asked.lasting, brief=self._brief)

    def _stated_before(self, asked: _Asked, clause: Clause, line: int, index: int) -> str | None:
        """What "remember that" points back to: the one statement about themselves the person made before it."""
        if clause.head:
            candidate = clause.head
        else:
            earlier = self._sentences_before(line, index)
            earlier = [sentence for sentence in earlier if not _is_greeting(sentence, asked.language)]
            if len(earlier) != 1 or earlier[0].ending == "?" or self._may_ask(earlier[0]):
                return None
            candidate = earlier[0].text
        patterns = asked.language.compiled
        opening = skip_openers(fold(candidate))
        statement = tidy(without_manners(candidate[opening.end :], patterns))
        if opening.asked or patterns.reporting.search(fold(statement)) or not self._accepts(statement, asked, "plain"):
            return None
        return statement

    def _sentences_before(self, line: int, index: int) -> list[Sentence]:
        """The sentences before a place; none where there are too many for "that" to be plain."""
        if line > FARTHEST_ANTECEDENT:
            return []
        before = [sentence for earlier in self._lines[:line] for sentence in earlier.sentences]
        before += self._lines[line].sentences[:index]
        return before if len(before) <= FARTHEST_ANTECEDENT else []

    def _stated_below(self, asked: _Asked, number: int, *, free: bool) -> list[str]:
        """The statements on the lines below "Remember:", listed or plain; unless `free`, about the person."""
        lines = self._lines
        if number < len(lines) and lines[number].blank:
            number += 1
        listed = number < len(lines) and lines[number].bullet
        statements: list[str] = []
        last = min(len(lines), number + MOST_LISTED)
        while number < last and lines[number].sentences and lines[number].bullet == listed:
            line = lines[number]
            questioning = any(sentence.ending == "?" for sentence in line.sentences[: None if listed else 1])
            text = line.text if listed else line.sentences[0].text
            statement = tidy(without_manners(text, asked.language.compiled))
            form: Form = "colon" if free and (listed or not statements) else "plain"
            if not questioning and self._accepts(statement, asked, form):
                statements.append(statement)
                self._claimed.add(number)
            elif not listed:
                break
            number += 1
        return statements


def _is_announced(folded: str, patterns: Patterns) -> bool:
    """Whether a text to work on follows a colon: what stands last in it is said in that text."""
    head, colon, _ = folded.partition(":")
    return bool(colon) and bool(patterns.working_on.search(head) or patterns.reporting.search(head))


def _stands_alone(rest: str, language: Language) -> bool:
    """Whether "this" is all there is, so that what it stands for must be found elsewhere."""
    patterns = language.compiled
    if asides := patterns.asides.match(rest):
        rest = rest[asides.end() :]
    rest = rest.lstrip()
    if rest.startswith((*_COLONS, *_DASHES)):
        return True
    return not rest.strip(" .,!") or not without_manners(rest, patterns).strip()


def _names_subject(name: str, statement: str) -> bool:
    """Whether a statement is about what a request only named: "My name is Bob. Please remember my name."."""
    return fold(statement).lower().startswith(f"{fold(tidy(name)).lower()} ")


def _is_greeting(sentence: Sentence, language: Language) -> bool:
    """Whether a sentence says nothing: only "hello" or "thanks"."""
    opening = skip_openers(sentence.folded)
    return opening.end >= len(sentence.folded) or not without_manners(sentence.text, language.compiled)
